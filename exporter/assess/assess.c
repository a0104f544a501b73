#include "exporter/assess/assess.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/assess/assess_private.h"
#include "schema/limits.h"

/* Ids of the store in one go: what their rows take stays in the cache of a
   processor of today, near enough. */
#define CHUNK 512

/* How far back a verdict can reach with the fold of the days before; without
   it, settings->look_back. */
#define LONG_SPAN VERDICT_SPAN_DAYS

/* What was read of some domains. */
struct assess_batch {
	const struct assess_domain *domains;
	size_t count;
	struct arena *arena;
	struct store_sum_row *rows; /* as they come: by day */
	size_t row_count, row_room;
	struct stored_policy *policies; /* by domain */
	size_t policy_count, policy_room;
};

static struct assess_batch assess_batch_new(const struct assess_domain *domains,
                                            size_t count)
{
	return (struct assess_batch){
		.domains = domains,
		.count = count,
		.arena = arena_new(0),
	};
}

static void assess_batch_free(struct assess_batch *pile)
{
	arena_free(&pile->arena);
	free(pile->rows);
	free(pile->policies);
}

/* Grows an array by doubling. */
static void *assess_batch_grow(void *array, size_t count, size_t *room,
                               size_t size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 256 : *room * 2;
	return memory_resize(array, *room * size);
}

/* --- reading ------------------------------------------------------------- */

static int assess_batch_read_rows(const struct assess_request *judge,
                                  const struct store_day_range *range,
                                  struct assess_batch *pile, struct err *err)
{
	struct store_cursor *rows;
	struct store_sum_row row;
	int result;

	if (store_read_day_sums(judge->store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_sums_next(rows, &row, err)) == 1) {
		pile->rows = assess_batch_grow(pile->rows, pile->row_count,
		                               &pile->row_room,
		                               sizeof(*pile->rows));
		pile->rows[pile->row_count++] = row;
	}
	store_read_close(&rows);
	return result;
}

static int assess_batch_compare_policies(const void *a, const void *b)
{
	const struct stored_policy *x = a, *y = b;

	if (x->domain_id != y->domain_id)
		return x->domain_id < y->domain_id ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int assess_batch_read_policies(const struct assess_request *judge,
                                      const struct store_day_range *range,
                                      struct assess_batch *pile,
                                      struct err *err)
{
	struct store_cursor *rows;
	struct store_policy_row row;
	struct stored_policy *shown;
	int result;

	if (store_read_policies(judge->store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_policies_next(rows, pile->arena, &row,
	                                          err)) == 1) {
		pile->policies = assess_batch_grow(pile->policies,
		                                   pile->policy_count,
		                                   &pile->policy_room,
		                                   sizeof(*pile->policies));
		shown = &pile->policies[pile->policy_count++];
		*shown = (struct stored_policy){
			.id = row.id,
			.domain_id = row.domain_id,
			.empty = row.lines.count == 0,
			.first_day = row.first_day,
			.first_proved = row.first_proved,
		};
		sts_policy_parse(pile->arena, &row.lines, &shown->policy);
	}
	store_read_close(&rows);
	if (pile->policy_count > 0)
		qsort(pile->policies, pile->policy_count,
		      sizeof(*pile->policies), assess_batch_compare_policies);
	return result;
}

static int assess_batch_read(const struct assess_request *judge, int32_t days,
                             struct assess_batch *pile, struct err *err)
{
	struct store_day_range range = {
		.first_day = judge->last - days + 1,
		.last_day = judge->today,
		.first_domain = pile->domains[0].id,
		.last_domain = pile->domains[pile->count - 1].id,
	};

	if (judge->store == NULL || range.last_domain == 0)
		return 0;
	if (judge->first_day != 0 && judge->first_day < range.first_day)
		range.first_day = judge->first_day;
	if (judge->last_day > range.last_day)
		range.last_day = judge->last_day;
	if (range.first_domain == 0)
		range.first_domain = 1;
	if (assess_batch_read_rows(judge, &range, pile, err) < 0)
		return -1;
	return assess_batch_read_policies(judge, &range, pile, err);
}

/* --- one domain after the other ------------------------------------------ */

/* Where the rows of each id begin among those sorted by domain. */
struct row_index {
	int64_t first; /* id */
	size_t count;  /* of ids */
	size_t *starts;
	struct store_sum_row *sorted;
};

/* By domain; those of a domain stay in the order of their days. */
static void assess_batch_sort(const struct assess_batch *pile,
                              struct row_index *places)
{
	size_t i, sum = 0, of_id;

	places->first = pile->domains[0].id;
	places->count =
		(size_t)(pile->domains[pile->count - 1].id - places->first) + 1;
	places->starts = arena_array(pile->arena, places->count + 1,
	                             sizeof(*places->starts));
	places->sorted = arena_array(pile->arena, pile->row_count,
	                             sizeof(*places->sorted));
	for (i = 0; i < pile->row_count; i++)
		places->starts[pile->rows[i].domain_id - places->first]++;
	for (i = 0; i <= places->count; i++) {
		of_id = places->starts[i];
		places->starts[i] = sum;
		sum += of_id;
	}
	for (i = 0; i < pile->row_count; i++)
		places->sorted[places->starts[pile->rows[i].domain_id -
		                              places->first]++] = pile->rows[i];
	/* Each start has moved to its end: the one before is the start. */
	memmove(places->starts + 1, places->starts,
	        places->count * sizeof(*places->starts));
	places->starts[0] = 0;
}

static struct domain_rows
assess_batch_domain_rows(const struct assess_batch *pile,
                         const struct row_index *places, size_t i)
{
	const struct assess_domain *domain = &pile->domains[i];
	struct domain_rows file = {.name = domain->name};
	size_t at = (size_t)(domain->id - places->first), low = 0, high;

	if (domain->id == 0)
		return file;
	file.rows = places->sorted + places->starts[at];
	file.row_count = places->starts[at + 1] - places->starts[at];
	while (low < pile->policy_count &&
	       pile->policies[low].domain_id < domain->id)
		low++;
	for (high = low; high < pile->policy_count &&
	                 pile->policies[high].domain_id == domain->id;
	     high++)
		;
	file.policies = pile->policies + low;
	file.policy_count = high - low;
	return file;
}

static void assess_deliver(const struct assess_request *judge, size_t i,
                           const struct domain_rows *file,
                           const struct verdict_inputs *docket,
                           const struct verdict *verdict)
{
	const struct assessment judgement = {
		.domain = file->name,
		.verdict = verdict,
		.input = &docket->input,
		.policy = &docket->policy,
		.groups = docket->groups,
		.thresholds = docket->input.thresholds,
	};

	judge->on_assessment(judge->cls, i, &judgement);
}

/* Decides on all of a pile. Where the day before matters and was not read, the
   domain's place goes to again, counted by *again_count. */
static void assess_decide_batch(const struct assess_request *judge,
                                const struct assess_batch *pile, size_t offset,
                                int fold_days, size_t *again,
                                size_t *again_count)
{
	struct arena *arena = arena_new(0);
	struct row_index places;
	struct domain_rows file;
	struct verdict_inputs docket;
	struct verdict verdict;
	size_t i;

	assess_batch_sort(pile, &places);
	for (i = 0; i < pile->count; i++) {
		arena_reset(arena, 0);
		file = assess_batch_domain_rows(pile, &places, i);
		if (fold_days == 0 && judge->on_rows != NULL)
			judge->on_rows(judge->cls, offset + i, file.rows,
			               file.row_count);
		verdict_inputs_build(judge, &file, arena, &docket);
		docket.input.fold_days = fold_days;
		verdict_decide(&docket.input, VERDICT_STATES, arena, &verdict);
		if (verdict.before_matters && fold_days == 0)
			again[(*again_count)++] = offset + i;
		else
			assess_deliver(judge, offset + i, &file, &docket,
			               &verdict);
	}
	arena_free(&arena);
}

/* One domain with all the days that its verdict can depend on. */
static int assess_again(const struct assess_request *judge,
                        const struct assess_domain *domains, size_t i,
                        struct err *err)
{
	struct assess_batch pile = assess_batch_new(&domains[i], 1);
	int result = assess_batch_read(judge, LONG_SPAN, &pile, err);

	if (result == 0)
		assess_decide_batch(judge, &pile, i, VERDICT_FOLD_DAYS, NULL,
		                    NULL);
	assess_batch_free(&pile);
	return result;
}

/* How many of the domains from here on lie within one chunk of ids. */
static size_t assess_chunk_length(const struct assess_domain *domains,
                                  size_t count)
{
	size_t length = 1;

	while (length < count && length < CHUNK &&
	       domains[length].id - domains[0].id < CHUNK)
		length++;
	return length;
}

static int assess_chunk(const struct assess_request *judge,
                        const struct assess_domain *domains, size_t from,
                        size_t count, struct err *err)
{
	struct assess_batch pile = assess_batch_new(domains + from, count);
	size_t again[CHUNK], again_count = 0, i;
	int result = assess_batch_read(
		judge, (int32_t)judge->settings->look_back, &pile, err);

	if (result == 0)
		assess_decide_batch(judge, &pile, from, 0, again, &again_count);
	assess_batch_free(&pile);
	for (i = 0; i < again_count && result == 0; i++)
		result = assess_again(judge, domains, again[i], err);
	return result;
}

int assess_domains(const struct assess_request *judge,
                   const struct assess_domain *domains, size_t count,
                   struct err *err)
{
	size_t from, length;

	for (from = 0; from < count; from += length) {
		length = assess_chunk_length(domains + from, count - from);
		if (assess_chunk(judge, domains, from, length, err) < 0)
			return -1;
	}
	return 0;
}

/* --- since when ---------------------------------------------------------- */

static enum verdict_state assess_state_at(const struct assess_request *judge,
                                          const struct domain_rows *file,
                                          struct arena *arena)
{
	struct verdict_inputs docket;
	struct verdict verdict;

	arena_reset(arena, 0);
	verdict_inputs_build(judge, file, arena, &docket);
	docket.input.fold_days = VERDICT_FOLD_DAYS;
	verdict_decide(&docket.input, VERDICT_STATES, arena, &verdict);
	return verdict.state;
}

int assess_since(const struct assess_request *judge,
                 const struct assess_domain *domain, int days, int32_t *since,
                 struct err *err)
{
	struct assess_batch pile = assess_batch_new(domain, 1);
	struct assess_request then = *judge;
	struct domain_rows file;
	struct row_index places;
	struct arena *arena;
	enum verdict_state now;
	int i;

	if (assess_batch_read(judge, LONG_SPAN + days, &pile, err) < 0) {
		assess_batch_free(&pile);
		return -1;
	}
	arena = arena_new(0);
	assess_batch_sort(&pile, &places);
	file = assess_batch_domain_rows(&pile, &places, 0);
	now = assess_state_at(&then, &file, arena);
	*since = judge->today;
	for (i = 0; i < days; i++) {
		then.today--;
		then.last--;
		if (assess_state_at(&then, &file, arena) != now)
			break;
		*since = then.today;
	}
	arena_free(&arena);
	assess_batch_free(&pile);
	return 0;
}
