/*
 * What a report adds to the sums, as it is stored.
 */
#include "schema/store/contribution.h"

static void contribution_fill(const struct report_policy *policy,
                              struct contribution *part)
{
	size_t i;

	part->successes = policy->successes;
	part->failures = policy->failures;
	for (i = 0; i < policy->detail_count; i++)
		part->by_result[policy->details[i].type] +=
			policy->details[i].sessions;
	evidence_of(policy, &part->evidence);
}

void contribution_list(const struct store_loaded *loaded, struct arena *arena,
                       struct contributions *parts)
{
	const struct report *report = loaded->report;
	struct contribution *part;
	size_t i, k;

	parts->count = 0;
	parts->items =
		arena_array(arena, report->policy_count, sizeof(*parts->items));
	for (i = 0; i < report->policy_count; i++) {
		if (loaded->domain_ids[i] == 0)
			continue;
		part = &parts->items[parts->count];
		part->domain_id = loaded->domain_ids[i];
		part->policy_id = loaded->policy_ids[i];
		part->first = true;
		for (k = 0; k < parts->count && part->first; k++)
			part->first = parts->items[k].domain_id !=
			              part->domain_id;
		part->type = report->policies[i].type;
		if ((loaded->origins[i] & STORE_ORIGIN_COUNTED) == 0)
			contribution_fill(&report->policies[i], part);
		parts->count++;
	}
}
