/*
 * The day's sums in memory: what reports add to them, and what is taken away
 * when a copy no longer counts, merged row by row. Pure: store_sum.h writes
 * them.
 */
#ifndef SCHEMA_STORE_SUMS_H
#define SCHEMA_STORE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/rules/outcome.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"

/* Whose sums a copy's contributions go to. */
struct sum_key {
	int64_t day;
	int64_t reporter_id;
	enum count_as count_as;
	int64_t arrived; /* day */
};

/* What of the contributions is added: their counts, their evidence, or both in
   the same lines, as for the usual report that has no twin. */
struct sum_scope {
	int64_t sign; /* 1 adds, -1 takes away */
	bool counts;
	bool evidence;
};

/* One row of day_sum, or what is added to it. */
struct sum_line {
	struct sum_key key;
	int64_t domain_id;
	enum policy_type type;
	int64_t policy_id;
	int64_t reports, successes, failures;
	struct evidence evidence;
	bool lowered; /* something was taken away: nothing may be left of the
	                 row */
};

/* One row of day_result; the day of arrival is no part of its key. */
struct sum_result {
	struct sum_key key; /* but for arrived, which is 0 */
	int64_t domain_id;
	enum policy_type type;
	enum result_type result;
	int64_t sessions;
	bool lowered;
};

struct sums {
	struct sum_line *lines;
	size_t count, room;
	struct sum_result *results;
	size_t result_count, result_room;
};

void sums_free(struct sums *sums);
void sums_clear(struct sums *sums); /* empty, memory kept */

void sums_add(struct sums *sums, const struct sum_key *key,
              const struct contributions *contributions,
              const struct sum_scope *scope);

/* Adds, or takes away (sign -1), all that the copies of a key are worth: the
   counts of each, where count_as says that they stand, and the key's evidence.
   Each has its contributions. */
void sums_add_copies(struct sums *sums, const struct store_copies *copies,
                     struct arena *arena, int64_t sign);

/* Sorts the lines by their keys, makes those of one key one, and leaves out
   those in which nothing is left. */
void sums_merge(struct sums *sums);

#endif
