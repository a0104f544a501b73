/*
 * The day's sums, kept in step with the reports.
 */
#ifndef SCHEMA_STORE_STORE_SUM_H
#define SCHEMA_STORE_STORE_SUM_H

#include "schema/store/contribution.h"
#include "schema/store/store.h"

/* Whose sums they go to. */
struct sum_key {
	int64_t day;
	int64_t reporter_id;
	enum count_as count_as;
	int64_t arrived; /* day */
};

/* What of the contributions is written: their counts, their evidence, or both
   in the same rows, as for the usual report that has no twin. */
struct sum_scope {
	int64_t sign; /* 1 adds, -1 takes away */
	bool counts;
	bool evidence;
};

int store_sum_apply(struct store *store, const struct sum_key *key,
                    const struct contributions *contributions,
                    const struct sum_scope *scope, struct err *err)
	ATTR_MUST_CHECK;
/* Deletes rows of these parts that have come to nothing. */
int store_sum_drop_empty(struct store *store, const struct sum_key *key,
                         const struct contributions *contributions,
                         struct err *err) ATTR_MUST_CHECK;

#endif
