#include "exporter/assess/policy_in_force.h"

#include <stdlib.h>
#include <string.h>

/* Policies of the same mode and patterns, however they are spelt. */
struct policy_candidate {
	const struct stored_policy *policy; /* the newest shown of them */
	int32_t newest;                     /* day */
	int32_t agreed; /* newest day by which two groups showed it */
	uint32_t group; /* of newest */
	int group_count;
	int64_t first;       /* first day of any of them */
	int32_t known_since; /* of the group that is known for longest */
};

static int policy_in_force_compare_uses(const void *a, const void *b, void *cls)
{
	const struct policy_in_force_query *query = cls;
	const struct stored_policy *policies = query->policies;
	const struct policy_use *x = a, *y = b;
	int order = (int)y->proved - (int)x->proved;

	if (order == 0)
		order = sts_policy_compare(&policies[x->policy].policy,
		                           &policies[y->policy].policy);
	if (order == 0)
		order = (x->group > y->group) - (x->group < y->group);
	if (order == 0)
		order = (y->newest > x->newest) - (y->newest < x->newest);
	return order;
}

static int64_t policy_in_force_first_day(const struct policy_in_force_query *q,
                                         const struct stored_policy *policy,
                                         bool proved)
{
	return proved && !q->all_proved ? policy->first_proved
	                                : policy->first_day;
}

static void policy_in_force_add_group(const struct policy_in_force_query *q,
                                      struct policy_candidate *candidate,
                                      const struct policy_use *use,
                                      const struct stored_policy *policy)
{
	int32_t since = q->groups[use->group].known_since;

	if (since != VERDICT_NO_DAY && since < candidate->known_since)
		candidate->known_since = since;
	candidate->group_count++;
	if (candidate->group_count == 1 || use->newest > candidate->newest) {
		candidate->agreed = candidate->group_count == 1
		                            ? VERDICT_NO_DAY
		                            : candidate->newest;
		candidate->newest = use->newest;
		candidate->group = use->group;
		candidate->policy = policy;
	} else if (use->newest > candidate->agreed) {
		candidate->agreed = use->newest;
	}
}

/* The candidates among the uses of one kind, which are sorted. */
static struct policy_candidate *
policy_in_force_find_candidates(const struct policy_in_force_query *q,
                                bool proved, struct arena *arena, size_t *count)
{
	struct policy_candidate *candidates =
		arena_array(arena, q->use_count, sizeof(*candidates));
	const struct policy_use *use, *before = NULL;
	const struct stored_policy *policy;
	struct policy_candidate *candidate = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < q->use_count; i++) {
		use = &q->uses[i];
		policy = &q->policies[use->policy];
		if (use->proved != proved)
			continue;
		if (candidate == NULL ||
		    sts_policy_compare(&candidate->policy->policy,
		                       &policy->policy) != 0) {
			candidate = &candidates[(*count)++];
			*candidate = (struct policy_candidate){
				.policy = policy,
				.first = INT64_MAX,
				.known_since = INT32_MAX};
			before = NULL;
		}
		if (policy_in_force_first_day(q, policy, proved) <
		    candidate->first)
			candidate->first =
				policy_in_force_first_day(q, policy, proved);
		if (before == NULL || before->group != use->group)
			policy_in_force_add_group(q, candidate, use, policy);
		before = use;
	}
	return candidates;
}

static bool
policy_in_force_is_one_group(const struct policy_candidate *candidates,
                             size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (candidates[i].group_count > 1 ||
		    candidates[i].group != candidates[0].group)
			return false;
	}
	return true;
}

/* Whether a is rather in force than b. Of one group, its newest; of several
   the newest on which two agree, and of these the later one that came; where
   nobody agrees, what the group shows that is known for longest, so that
   nobody who comes along takes a policy away. */
static bool policy_in_force_is_preferred(const struct policy_candidate *a,
                                         const struct policy_candidate *b,
                                         bool single)
{
	if (single)
		return a->newest > b->newest;
	if (a->agreed != b->agreed)
		return a->agreed > b->agreed;
	if (a->agreed != VERDICT_NO_DAY)
		return a->first > b->first;
	if (a->known_since != b->known_since)
		return a->known_since < b->known_since;
	return a->newest > b->newest;
}

static const struct policy_candidate *
policy_in_force_choose(const struct policy_candidate *candidates, size_t count)
{
	bool single = policy_in_force_is_one_group(candidates, count);
	const struct policy_candidate *best = &candidates[0];
	size_t i;

	for (i = 1; i < count; i++) {
		if (policy_in_force_is_preferred(&candidates[i], best, single))
			best = &candidates[i];
	}
	return best;
}

/* The newest other candidate, where it is newer than the chosen one, or as
   new and no older by its first day: what was there before is history. */
static const struct policy_candidate *
policy_in_force_find_newer(const struct policy_candidate *candidates,
                           size_t count, const struct policy_candidate *chosen)
{
	const struct policy_candidate *found = NULL, *g;
	size_t i;

	for (i = 0; i < count; i++) {
		g = &candidates[i];
		if (g == chosen || g->newest < chosen->newest ||
		    (g->newest == chosen->newest && g->first < chosen->first))
			continue;
		if (found == NULL || g->newest > found->newest)
			found = g;
	}
	return found;
}

static void policy_in_force_note_other(struct policy_in_force *out,
                                       const struct policy_candidate *candidate)
{
	if (candidate == NULL)
		return;
	out->other = candidate->policy;
	out->other_newest = candidate->newest;
	out->other_group = candidate->group;
}

/* First days of the patterns in force, among those who are asked. */
static void policy_in_force_find_since(const struct policy_in_force_query *q,
                                       bool proved, struct policy_in_force *out)
{
	const struct stored_policy *policy;
	int64_t first;
	size_t i;

	out->since = VERDICT_NO_DAY;
	out->enforced_since = VERDICT_NO_DAY;
	for (i = 0; i < q->use_count; i++) {
		policy = &q->policies[q->uses[i].policy];
		first = policy_in_force_first_day(q, policy, proved);
		if (first == INT64_MAX ||
		    memcmp(policy->policy.set, out->policy.set, DIGEST_SIZE) !=
		            0)
			continue;
		if (out->since == VERDICT_NO_DAY || first < out->since)
			out->since = (int32_t)first;
		if (policy->policy.mode == STS_MODE_ENFORCE &&
		    (out->enforced_since == VERDICT_NO_DAY ||
		     first < out->enforced_since))
			out->enforced_since = (int32_t)first;
	}
}

/* Returns what the reports show, NULL where they show nothing. */
static const struct policy_candidate *
policy_in_force_apply_reports(const struct policy_in_force_query *q,
                              struct arena *arena, struct policy_in_force *out,
                              bool *proved)
{
	const struct policy_candidate *candidates, *chosen;
	size_t count;

	*proved = true;
	candidates = policy_in_force_find_candidates(q, true, arena, &count);
	if (count == 0 && !q->signed_sts) {
		*proved = false;
		candidates = policy_in_force_find_candidates(q, false, arena,
		                                             &count);
	}
	if (count == 0)
		return NULL;
	chosen = policy_in_force_choose(candidates, count);
	out->policy = chosen->policy->policy;
	if (q->all_proved)
		out->mode_from = POLICY_SOURCE_REPORTS;
	else
		out->mode_from = *proved ? POLICY_SOURCE_SIGNED
		                         : POLICY_SOURCE_UNSIGNED;
	out->mx_from = out->mode_from;
	policy_in_force_note_other(
		out, policy_in_force_find_newer(candidates, count, chosen));
	/* What nobody has signed takes no policy away and enforces none. */
	if (!*proved && out->policy.mode != STS_MODE_TESTING) {
		out->policy.mode = STS_MODE_UNKNOWN;
		policy_in_force_note_other(out, chosen);
	}
	return chosen;
}

static void
policy_in_force_apply_settings(const struct policy_in_force_query *q,
                               struct arena *arena, struct policy_in_force *out)
{
	const struct settings_section *section = q->section;
	struct sts_policy patterns;

	if (section == NULL)
		return;
	if (section->mode > 0) {
		out->policy.mode = (enum sts_mode)section->mode;
		out->mode_from = POLICY_SOURCE_CONFIGURATION;
	}
	if (section->max_age > 0)
		out->policy.max_age = section->max_age;
	if (section->mx.count == 0)
		return;
	sts_policy_from_patterns(arena, section->mx.items, section->mx.count,
	                         &patterns);
	out->policy.mx = patterns.mx;
	out->policy.mx_count = patterns.mx_count;
	memcpy(out->policy.set, patterns.set, DIGEST_SIZE);
	out->mx_from = POLICY_SOURCE_CONFIGURATION;
}

/* Whether reports show something else than the configuration says. */
static bool policy_in_force_contradicts(const struct sts_policy *policy,
                                        const struct policy_in_force *out)
{
	return (out->mode_from == POLICY_SOURCE_CONFIGURATION &&
	        policy->mode != out->policy.mode) ||
	       (out->mx_from == POLICY_SOURCE_CONFIGURATION &&
	        memcmp(policy->set, out->policy.set, DIGEST_SIZE) != 0);
}

void policy_in_force(struct policy_in_force_query *query, struct arena *arena,
                     struct policy_in_force *out)
{
	const struct policy_candidate *chosen;
	bool proved;

	*out = (struct policy_in_force){.since = VERDICT_NO_DAY,
	                                .enforced_since = VERDICT_NO_DAY};
	if (query->use_count > 0)
		qsort_r(query->uses, query->use_count, sizeof(*query->uses),
		        policy_in_force_compare_uses, query);
	chosen = policy_in_force_apply_reports(query, arena, out, &proved);
	policy_in_force_apply_settings(query, arena, out);
	if (chosen != NULL &&
	    policy_in_force_contradicts(&chosen->policy->policy, out))
		policy_in_force_note_other(out, chosen);
	policy_in_force_find_since(query, proved, out);
}
