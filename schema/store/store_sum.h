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
};

/* Adds (sign 1) or takes away (-1) the parts' counts, and their evidence. */
int store_sum_apply_counts(struct store *store, const struct sum_key *place,
                           const struct contributions *parts, int64_t sign,
                           struct err *err) ATTR_MUST_CHECK;
int store_sum_apply_evidence(struct store *store, const struct sum_key *place,
                             const struct contributions *parts, int64_t sign,
                             struct err *err) ATTR_MUST_CHECK;
int store_sum_apply_both(struct store *store, const struct sum_key *place,
                         const struct contributions *parts, struct err *err)
	ATTR_MUST_CHECK;
/* Deletes rows of these parts that have come to nothing. */
int store_sum_drop_empty(struct store *store, const struct sum_key *place,
                         const struct contributions *parts, struct err *err)
	ATTR_MUST_CHECK;

#endif
