/*
 * What a report adds to the sums, as it is stored.
 */
#include "schema/store/contribution.h"

static void contribution_fill(const struct report_policy *policy,
                              struct contribution *contribution)
{
	size_t i;

	contribution->successes = policy->successes;
	contribution->failures = policy->failures;
	for (i = 0; i < policy->detail_count; i++)
		contribution->by_result[policy->details[i].type] +=
			policy->details[i].sessions;
	evidence_of(policy, &contribution->evidence);
}

void contribution_list(const struct store_loaded *loaded, struct arena *arena,
                       struct contributions *contributions)
{
	const struct report *report = loaded->report;
	struct contribution *contribution;
	size_t i, k;

	contributions->count = 0;
	contributions->items = arena_array(arena, report->policy_count,
	                                   sizeof(*contributions->items));
	for (i = 0; i < report->policy_count; i++) {
		if (loaded->domain_ids[i] == 0)
			continue;
		contribution = &contributions->items[contributions->count];
		contribution->domain_id = loaded->domain_ids[i];
		contribution->policy_id = loaded->policy_ids[i];
		contribution->first = true;
		for (k = 0; k < contributions->count && contribution->first;
		     k++)
			contribution->first =
				contributions->items[k].domain_id !=
				contribution->domain_id;
		contribution->type = report->policies[i].type;
		if ((loaded->origins[i] & STORE_ORIGIN_COUNTED) == 0)
			contribution_fill(&report->policies[i], contribution);
		contributions->count++;
	}
}
