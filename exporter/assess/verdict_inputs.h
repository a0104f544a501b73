/*
 * One domain's rows of the store as the input of the verdict: which reporter
 * group each is of, what of it may be evidence, and which policy is meant.
 */
#ifndef EXPORTER_ASSESS_VERDICT_INPUTS_H
#define EXPORTER_ASSESS_VERDICT_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "exporter/assess/policy_in_force.h"
#include "exporter/assess/reporters.h"
#include "exporter/assess/what_if.h"
#include "exporter/verdict/verdict.h"
#include "schema/settings/settings.h"
#include "schema/store/read.h"

/* What was read of one domain. */
struct domain_rows {
	struct text name;
	int32_t first_day;                /* from which on it was */
	const struct store_sum_row *rows; /* by day */
	size_t row_count;
	const struct stored_policy *policies; /* by id */
	size_t policy_count;
};

/* By whose rules, and when. */
struct verdict_inputs_context {
	const struct settings *settings;
	const struct reporters *reporters;
	int32_t today;
	int32_t now_minutes;           /* of today, since 00:00 UTC */
	int32_t last;                  /* the newest settled day */
	const struct what_if *what_if; /* NULL: as it is */
};

/* One domain's rows and policies as the input of the verdict, and what
   belongs to it. What is allocated belongs to arena. */
struct verdict_inputs {
	struct verdict_input input;
	struct policy_in_force policy;
	/* Of each group of the input: its number of reporters.h twice, plus 1
	   where nobody proved it. */
	const uint64_t *group_keys;
	bool times_missing; /* the store does not know when a reporter was
	                       proved, or when its reports arrived */
};

void verdict_inputs_build(const struct verdict_inputs_context *context,
                          const struct domain_rows *domain, struct arena *arena,
                          struct verdict_inputs *out);

#endif
