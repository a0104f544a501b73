#include "schema/store/sums.h"

#include <stdlib.h>

#include "base/memory.h"
#include "schema/store/booking.h"

void sums_free(struct sums *sums)
{
	free(sums->lines);
	free(sums->results);
	*sums = (struct sums){0};
}

void sums_clear(struct sums *sums)
{
	sums->count = 0;
	sums->result_count = 0;
}

/* --- adding -------------------------------------------------------------- */

static struct sum_line *sums_next_line(struct sums *sums)
{
	if (sums->count == sums->room) {
		sums->room = sums->room * 2 + 64;
		sums->lines = memory_resize(sums->lines,
		                            sums->room * sizeof(*sums->lines));
	}
	return &sums->lines[sums->count++];
}

static struct sum_result *sums_next_result(struct sums *sums)
{
	if (sums->result_count == sums->result_room) {
		sums->result_room = sums->result_room * 2 + 64;
		sums->results = memory_resize(sums->results,
		                              sums->result_room *
		                                      sizeof(*sums->results));
	}
	return &sums->results[sums->result_count++];
}

static bool sums_line_is_nothing(const struct sum_line *line)
{
	return (line->reports | line->successes | line->failures) == 0 &&
	       evidence_is_zero(&line->evidence);
}

static void sums_add_line(struct sums *sums, const struct sum_key *key,
                          const struct contribution *contribution,
                          const struct sum_scope *scope)
{
	struct sum_line line = {
		.key = *key,
		.domain_id = contribution->domain_id,
		.type = contribution->type,
		.policy_id = contribution->policy_id,
		.lowered = scope->sign < 0,
	};

	if (scope->counts) {
		line.reports = contribution->first ? scope->sign : 0;
		line.successes = scope->sign * contribution->successes;
		line.failures = scope->sign * contribution->failures;
	}
	if (scope->evidence)
		evidence_add(&line.evidence, &contribution->evidence,
		             scope->sign);
	if (!sums_line_is_nothing(&line))
		*sums_next_line(sums) = line;
}

static void sums_add_results(struct sums *sums, const struct sum_key *key,
                             const struct contribution *contribution,
                             int64_t sign)
{
	struct sum_result *line;
	int type;

	for (type = 0; type < RESULT_TYPES; type++) {
		if (contribution->by_result[type] == 0)
			continue;
		line = sums_next_result(sums);
		*line = (struct sum_result){
			.key = *key,
			.domain_id = contribution->domain_id,
			.type = contribution->type,
			.result = (enum result_type)type,
			.sessions = sign * contribution->by_result[type],
			.lowered = sign < 0,
		};
		line->key.arrived = 0;
	}
}

void sums_add(struct sums *sums, const struct sum_key *key,
              const struct contributions *contributions,
              const struct sum_scope *scope)
{
	const struct contribution *contribution;
	size_t i;

	for (i = 0; i < contributions->count; i++) {
		contribution = &contributions->items[i];
		sums_add_line(sums, key, contribution, scope);
		if (scope->counts)
			sums_add_results(sums, key, contribution, scope->sign);
	}
}

static struct sum_key sums_key_of_copy(const struct store_copies *copies,
                                       const struct store_copy *copy)
{
	return (struct sum_key){copies->day, copy->reporter_id, copy->count_as,
	                        booking_arrived(copy)};
}

void sums_add_copies(struct sums *sums, const struct store_copies *copies,
                     struct arena *arena, int64_t sign)
{
	const struct sum_scope counts = {sign, true, false},
			       both = {sign, true, true},
			       only_evidence = {sign, false, true};
	struct contributions evidence;
	const struct store_copy *counted =
		conflict_evidence(copies, arena, &evidence);
	const struct store_copy *copy;
	struct sum_key key;
	bool same;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		key = sums_key_of_copy(copies, copy);
		same = copy == counted &&
		       evidence.items == copy->contributions.items;
		sums_add(sums, &key, &copy->contributions,
		         same ? &both : &counts);
		if (copy == counted && !same)
			sums_add(sums, &key, &evidence, &only_evidence);
	}
}

/* --- merging ------------------------------------------------------------- */

static int sums_order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int sums_order_keys(const struct sum_key *a, const struct sum_key *b)
{
	int order = sums_order(a->reporter_id, b->reporter_id);

	return order != 0
	               ? order
	               : sums_order((int64_t)a->count_as, (int64_t)b->count_as);
}

/* As the primary keys of the tables are. */
static int sums_order_lines(const void *first, const void *second)
{
	const struct sum_line *a = first, *b = second;
	int order = sums_order(a->key.day, b->key.day);

	if (order == 0)
		order = sums_order(a->domain_id, b->domain_id);
	if (order == 0)
		order = sums_order((int64_t)a->type, (int64_t)b->type);
	if (order == 0)
		order = sums_order_keys(&a->key, &b->key);
	if (order == 0)
		order = sums_order(a->policy_id, b->policy_id);
	return order != 0 ? order : sums_order(a->key.arrived, b->key.arrived);
}

static int sums_order_results(const void *first, const void *second)
{
	const struct sum_result *a = first, *b = second;
	int order = sums_order(a->key.day, b->key.day);

	if (order == 0)
		order = sums_order(a->domain_id, b->domain_id);
	if (order == 0)
		order = sums_order((int64_t)a->type, (int64_t)b->type);
	if (order == 0)
		order = sums_order((int64_t)a->result, (int64_t)b->result);
	return order != 0 ? order : sums_order_keys(&a->key, &b->key);
}

static void sums_join_lines(struct sum_line *line, const struct sum_line *other)
{
	line->reports += other->reports;
	line->successes += other->successes;
	line->failures += other->failures;
	evidence_add(&line->evidence, &other->evidence, 1);
	line->lowered = line->lowered || other->lowered;
}

static void sums_merge_lines(struct sums *sums)
{
	struct sum_line line;
	size_t i = 0, kept = 0;

	qsort(sums->lines, sums->count, sizeof(*sums->lines), sums_order_lines);
	while (i < sums->count) {
		line = sums->lines[i++];
		for (; i < sums->count &&
		       sums_order_lines(&line, &sums->lines[i]) == 0;
		     i++)
			sums_join_lines(&line, &sums->lines[i]);
		if (!sums_line_is_nothing(&line))
			sums->lines[kept++] = line;
	}
	sums->count = kept;
}

static void sums_merge_results(struct sums *sums)
{
	struct sum_result line;
	size_t i = 0, kept = 0;

	qsort(sums->results, sums->result_count, sizeof(*sums->results),
	      sums_order_results);
	while (i < sums->result_count) {
		line = sums->results[i++];
		for (; i < sums->result_count &&
		       sums_order_results(&line, &sums->results[i]) == 0;
		     i++) {
			line.sessions += sums->results[i].sessions;
			line.lowered = line.lowered || sums->results[i].lowered;
		}
		if (line.sessions != 0)
			sums->results[kept++] = line;
	}
	sums->result_count = kept;
}

void sums_merge(struct sums *sums)
{
	if (sums->count > 0)
		sums_merge_lines(sums);
	if (sums->result_count > 0)
		sums_merge_results(sums);
}
