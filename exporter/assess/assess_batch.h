/*
 * The rows and policies of some domains, read in one go and handed out one
 * domain after the other.
 */
#ifndef EXPORTER_ASSESS_ASSESS_BATCH_H
#define EXPORTER_ASSESS_ASSESS_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "exporter/assess/policy_in_force.h"
#include "exporter/assess/verdict_inputs.h"
#include "schema/store/read.h"

struct assess_domain {
	int64_t id; /* in the store, 0: no report yet */
	struct text name;
};

/* What was read of some domains. */
struct assess_batch {
	const struct assess_domain *domains;
	size_t count;
	int32_t first_day; /* that was read */
	struct arena *arena;
	struct store_sum_row *rows; /* as they come: by day */
	size_t row_count, row_room;
	struct stored_policy *policies; /* by domain */
	size_t policy_count, policy_room;
};

/* Where the rows of each id begin among those sorted by domain. */
struct row_index {
	int64_t first; /* id */
	size_t count;  /* of ids */
	size_t *starts;
	struct store_sum_row *sorted;
};

struct assess_batch assess_batch_new(const struct assess_domain *domains,
                                     size_t count);
void assess_batch_free(struct assess_batch *batch);

int assess_batch_read(struct store *store, const struct store_day_range *range,
                      struct assess_batch *batch, struct err *err)
	ATTR_MUST_CHECK;

/* Sorts the rows by domain; those of a domain stay in the order of their days.
 */
void assess_batch_sort(const struct assess_batch *batch,
                       struct row_index *index);

/* What was read of domains[i]. */
struct domain_rows assess_batch_domain_rows(const struct assess_batch *batch,
                                            const struct row_index *index,
                                            size_t i);

#endif
