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
struct pile {
	const struct judged_domain *domains;
	size_t count;
	struct arena *arena;
	struct store_sum_row *rows; /* as they come: by day */
	size_t row_count, row_room;
	struct shown_policy *shown; /* by domain */
	size_t shown_count, shown_room;
};

static struct pile pile_new(const struct judged_domain *domains, size_t count)
{
	return (struct pile){
		.domains = domains,
		.count = count,
		.arena = arena_new(0),
	};
}

static void pile_free(struct pile *pile)
{
	arena_free(&pile->arena);
	free(pile->rows);
	free(pile->shown);
}

/* Grows an array by doubling. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 256 : *room * 2;
	return memory_resize(array, *room * size);
}

/* --- reading ------------------------------------------------------------- */

static int read_rows(const struct judge *judge,
                     const struct store_day_range *range, struct pile *pile,
                     struct err *err)
{
	struct store_cursor *rows;
	struct store_sum_row row;
	int result;

	if (store_read_day_sums(judge->store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_day_sums_next(rows, &row, err)) == 1) {
		pile->rows = grown(pile->rows, pile->row_count, &pile->row_room,
		                   sizeof(*pile->rows));
		pile->rows[pile->row_count++] = row;
	}
	store_read_close(&rows);
	return result;
}

static int compare_shown(const void *a, const void *b)
{
	const struct shown_policy *x = a, *y = b;

	if (x->domain_id != y->domain_id)
		return x->domain_id < y->domain_id ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int read_policies(const struct judge *judge,
                         const struct store_day_range *range, struct pile *pile,
                         struct err *err)
{
	struct store_cursor *rows;
	struct store_policy_row row;
	struct shown_policy *shown;
	int result;

	if (store_read_policies(judge->store, range, &rows, err) < 0)
		return -1;
	while ((result = store_read_policies_next(rows, pile->arena, &row,
	                                          err)) == 1) {
		pile->shown = grown(pile->shown, pile->shown_count,
		                    &pile->shown_room, sizeof(*pile->shown));
		shown = &pile->shown[pile->shown_count++];
		*shown = (struct shown_policy){
			.id = row.id,
			.domain_id = row.domain_id,
			.empty = row.lines.count == 0,
			.first_day = row.first_day,
			.first_proved = row.first_proved,
		};
		sts_policy_parse(pile->arena, &row.lines, &shown->policy);
	}
	store_read_close(&rows);
	if (pile->shown_count > 0)
		qsort(pile->shown, pile->shown_count, sizeof(*pile->shown),
		      compare_shown);
	return result;
}

static int read_pile(const struct judge *judge, int32_t days, struct pile *pile,
                     struct err *err)
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
	if (read_rows(judge, &range, pile, err) < 0)
		return -1;
	return read_policies(judge, &range, pile, err);
}

/* --- one domain after the other ------------------------------------------ */

/* Where the rows of each id begin among those sorted by domain. */
struct places {
	int64_t first; /* id */
	size_t count;  /* of ids */
	size_t *starts;
	struct store_sum_row *sorted;
};

/* By domain; those of a domain stay in the order of their days. */
static void sort_rows(const struct pile *pile, struct places *places)
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

static struct domain_file file_of(const struct pile *pile,
                                  const struct places *places, size_t i)
{
	const struct judged_domain *domain = &pile->domains[i];
	struct domain_file file = {.name = domain->name};
	size_t at = (size_t)(domain->id - places->first), low = 0, high;

	if (domain->id == 0)
		return file;
	file.rows = places->sorted + places->starts[at];
	file.row_count = places->starts[at + 1] - places->starts[at];
	while (low < pile->shown_count &&
	       pile->shown[low].domain_id < domain->id)
		low++;
	for (high = low; high < pile->shown_count &&
	                 pile->shown[high].domain_id == domain->id;
	     high++)
		;
	file.shown = pile->shown + low;
	file.shown_count = high - low;
	return file;
}

static void hand_over(const struct judge *judge, size_t i,
                      const struct domain_file *file,
                      const struct docket *docket,
                      const struct verdict *verdict)
{
	const struct judgement judgement = {
		.domain = file->name,
		.verdict = verdict,
		.input = &docket->input,
		.policy = &docket->policy,
		.witnesses = docket->witnesses,
		.thresholds = docket->input.thresholds,
		.rows = file->rows,
		.row_count = file->row_count,
	};

	judge->take(judge->cls, i, &judgement);
}

/* Decides on all of a pile. Where the day before matters and was not read, the
   domain's place goes to again, counted by *again_count. */
static void decide_pile(const struct judge *judge, const struct pile *pile,
                        size_t offset, int fold_days, size_t *again,
                        size_t *again_count)
{
	struct arena *arena = arena_new(0);
	struct places places;
	struct domain_file file;
	struct docket docket;
	struct verdict verdict;
	size_t i;

	sort_rows(pile, &places);
	for (i = 0; i < pile->count; i++) {
		arena_reset(arena, 0);
		file = file_of(pile, &places, i);
		docket_make(judge, &file, arena, &docket);
		docket.input.fold_days = fold_days;
		verdict_decide(&docket.input, VERDICT_STATES, arena, &verdict);
		if (verdict.before_matters && fold_days == 0)
			again[(*again_count)++] = offset + i;
		else
			hand_over(judge, offset + i, &file, &docket, &verdict);
	}
	arena_free(&arena);
}

/* One domain with all the days that its verdict can depend on. */
static int judge_again(const struct judge *judge,
                       const struct judged_domain *domains, size_t i,
                       struct err *err)
{
	struct pile pile = pile_new(&domains[i], 1);
	int result = read_pile(judge, LONG_SPAN, &pile, err);

	if (result == 0)
		decide_pile(judge, &pile, i, VERDICT_FOLD_DAYS, NULL, NULL);
	pile_free(&pile);
	return result;
}

/* How many of the domains from here on lie within one chunk of ids. */
static size_t chunk_length(const struct judged_domain *domains, size_t count)
{
	size_t length = 1;

	while (length < count && length < CHUNK &&
	       domains[length].id - domains[0].id < CHUNK)
		length++;
	return length;
}

static int judge_chunk(const struct judge *judge,
                       const struct judged_domain *domains, size_t from,
                       size_t count, struct err *err)
{
	struct pile pile = pile_new(domains + from, count);
	size_t again[CHUNK], again_count = 0, i;
	int result = read_pile(judge, (int32_t)judge->settings->look_back,
	                       &pile, err);

	if (result == 0)
		decide_pile(judge, &pile, from, 0, again, &again_count);
	pile_free(&pile);
	for (i = 0; i < again_count && result == 0; i++)
		result = judge_again(judge, domains, again[i], err);
	return result;
}

int judge_domains(const struct judge *judge,
                  const struct judged_domain *domains, size_t count,
                  struct err *err)
{
	size_t from, length;

	for (from = 0; from < count; from += length) {
		length = chunk_length(domains + from, count - from);
		if (judge_chunk(judge, domains, from, length, err) < 0)
			return -1;
	}
	return 0;
}

/* --- since when ---------------------------------------------------------- */

static enum verdict_state state_at(const struct judge *judge,
                                   const struct domain_file *file,
                                   struct arena *arena)
{
	struct docket docket;
	struct verdict verdict;

	arena_reset(arena, 0);
	docket_make(judge, file, arena, &docket);
	docket.input.fold_days = VERDICT_FOLD_DAYS;
	verdict_decide(&docket.input, VERDICT_STATES, arena, &verdict);
	return verdict.state;
}

int judge_since(const struct judge *judge, const struct judged_domain *domain,
                int days, int32_t *since, struct err *err)
{
	struct pile pile = pile_new(domain, 1);
	struct judge then = *judge;
	struct domain_file file;
	struct places places;
	struct arena *arena;
	enum verdict_state now;
	int i;

	if (read_pile(judge, LONG_SPAN + days, &pile, err) < 0) {
		pile_free(&pile);
		return -1;
	}
	arena = arena_new(0);
	sort_rows(&pile, &places);
	file = file_of(&pile, &places, 0);
	now = state_at(&then, &file, arena);
	*since = judge->today;
	for (i = 0; i < days; i++) {
		then.today--;
		then.last--;
		if (state_at(&then, &file, arena) != now)
			break;
		*since = then.today;
	}
	arena_free(&arena);
	pile_free(&pile);
	return 0;
}
