/*
 * What the files of the judge share among themselves; nobody else includes it.
 */
#ifndef EXPORTER_ASSESS_ASSESS_PRIVATE_H
#define EXPORTER_ASSESS_ASSESS_PRIVATE_H

#include "exporter/assess/assess.h"

/* What was read of one domain. */
struct domain_rows {
	struct text name;
	const struct store_sum_row *rows; /* by day */
	size_t row_count;
	const struct stored_policy *policies; /* policies, in no order */
	size_t policy_count;
};

/* One domain's rows and policies as the input of the verdict, and what
   belongs to it. What is allocated belongs to arena. */
struct verdict_inputs {
	struct verdict_input input;
	struct policy_in_force policy;
	uint32_t *groups;
};

void verdict_inputs_build(const struct assess_request *judge,
                          const struct domain_rows *file, struct arena *arena,
                          struct verdict_inputs *out);

#endif
