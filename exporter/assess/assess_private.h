/*
 * What the files of the judge share among themselves; nobody else includes it.
 */
#ifndef EXPORTER_ASSESS_ASSESS_PRIVATE_H
#define EXPORTER_ASSESS_ASSESS_PRIVATE_H

#include "exporter/assess/assess.h"

/* What was read of one domain. */
struct domain_file {
	struct text name;
	const struct store_sum_row *rows; /* by day */
	size_t row_count;
	const struct shown_policy *shown; /* policies, in no order */
	size_t shown_count;
};

/* One domain's rows and policies as the input of the verdict, and what
   belongs to it. What is allocated belongs to arena. */
struct docket {
	struct verdict_input input;
	struct policy_in_force policy;
	uint32_t *witnesses;
};

void docket_make(const struct judge *judge, const struct domain_file *file,
                 struct arena *arena, struct docket *out);

#endif
