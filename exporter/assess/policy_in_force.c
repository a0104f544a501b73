#include "exporter/assess/policy_in_force.h"

#include <stdlib.h>
#include <string.h>

/* How near to the first day that was read a policy has to be for it to be older
   than that. */
#define EDGE_DAYS 7

/* Policies of the same mode and patterns, however they are spelt. */
struct policy_candidate {
	const struct stored_policy *policy; /* the newest shown of them */
	int32_t newest, oldest;             /* days, of anybody */
	uint32_t group;                     /* of newest */
	/* Of those who are believed: */
	const struct stored_policy *believed; /* the newest shown of them */
	int32_t believed_newest, believed_oldest;
	int32_t agreed; /* newest day by which two of them showed it */
	uint32_t believed_group;
	int group_count;
	int32_t known_since; /* of the one that is known for longest */
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
	if (order == 0)
		order = (x->policy > y->policy) - (x->policy < y->policy);
	return order;
}

/* Of what nobody signs, all is as good. */
static bool policy_in_force_is_believed(const struct policy_use *use)
{
	return use->standing || !use->proved;
}

/* The newest use of one more group that is believed. */
static void policy_in_force_add_group(const struct policy_in_force_query *q,
                                      struct policy_candidate *candidate,
                                      const struct policy_use *use)
{
	int32_t since = q->groups[use->group].known_since;

	if (since != VERDICT_NO_DAY && since < candidate->known_since)
		candidate->known_since = since;
	candidate->group_count++;
	if (candidate->group_count == 1 ||
	    use->newest > candidate->believed_newest) {
		candidate->agreed = candidate->group_count == 1
		                            ? VERDICT_NO_DAY
		                            : candidate->believed_newest;
		candidate->believed_newest = use->newest;
		candidate->believed_group = use->group;
		candidate->believed = &q->policies[use->policy];
	} else if (use->newest > candidate->agreed) {
		candidate->agreed = use->newest;
	}
}

static void policy_in_force_add_use(const struct policy_in_force_query *q,
                                    struct policy_candidate *candidate,
                                    const struct policy_use *use,
                                    bool first_of_group)
{
	if (use->newest > candidate->newest) {
		candidate->newest = use->newest;
		candidate->policy = &q->policies[use->policy];
		candidate->group = use->group;
	}
	if (use->oldest < candidate->oldest)
		candidate->oldest = use->oldest;
	if (!policy_in_force_is_believed(use))
		return;
	if (use->oldest < candidate->believed_oldest)
		candidate->believed_oldest = use->oldest;
	if (first_of_group)
		policy_in_force_add_group(q, candidate, use);
}

/* The candidates among the uses of one kind, which are sorted. */
static struct policy_candidate *
policy_in_force_find_candidates(const struct policy_in_force_query *q,
                                bool proved, struct arena *arena, size_t *count)
{
	struct policy_candidate *candidates =
		arena_array(arena, q->use_count, sizeof(*candidates));
	struct policy_candidate *candidate = NULL;
	const struct policy_use *use, *before = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < q->use_count; i++) {
		use = &q->uses[i];
		if (use->proved != proved)
			continue;
		if (before == NULL ||
		    sts_policy_compare(&q->policies[before->policy].policy,
		                       &q->policies[use->policy].policy) != 0) {
			candidate = &candidates[(*count)++];
			*candidate = (struct policy_candidate){
				.newest = VERDICT_NO_DAY,
				.oldest = INT32_MAX,
				.believed_oldest = INT32_MAX,
				.known_since = INT32_MAX};
			before = NULL;
		}
		policy_in_force_add_use(q, candidate, use,
		                        before == NULL ||
		                                before->group != use->group);
		before = use;
	}
	return candidates;
}

static bool
policy_in_force_is_one_group(const struct policy_candidate *candidates,
                             size_t count)
{
	const struct policy_candidate *first = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (candidates[i].group_count == 0)
			continue;
		if (first == NULL)
			first = &candidates[i];
		if (candidates[i].group_count > 1 ||
		    candidates[i].believed_group != first->believed_group)
			return false;
	}
	return true;
}

/* Whether a is rather in force than b. Of one group, its newest; of several
   the newest on which two agree, and of these the later one that came; where
   nobody agrees, what the group shows that is known for longest. */
static bool policy_in_force_is_preferred(const struct policy_candidate *a,
                                         const struct policy_candidate *b,
                                         bool single)
{
	int32_t newest = a->believed_newest, other = b->believed_newest;

	if (!single) {
		if (a->agreed != b->agreed)
			return a->agreed > b->agreed;
		if (a->agreed == VERDICT_NO_DAY &&
		    a->known_since != b->known_since)
			return a->known_since < b->known_since;
		if (a->agreed != VERDICT_NO_DAY)
			newest = other;
	}
	return newest != other ? newest > other
	                       : a->believed_oldest > b->believed_oldest;
}

/* NULL where nobody is believed. */
static const struct policy_candidate *
policy_in_force_choose(const struct policy_candidate *candidates, size_t count)
{
	bool single = policy_in_force_is_one_group(candidates, count);
	const struct policy_candidate *best = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (candidates[i].group_count > 0 &&
		    (best == NULL || policy_in_force_is_preferred(
					     &candidates[i], best, single)))
			best = &candidates[i];
	}
	return best;
}

/* The newest other candidate of anybody, where it is newer than the chosen one,
   or as new and no older by its first day: what was there before is history. */
static const struct policy_candidate *
policy_in_force_find_newer(const struct policy_candidate *candidates,
                           size_t count, const struct policy_candidate *chosen)
{
	const struct policy_candidate *found = NULL, *g;
	size_t i;

	for (i = 0; i < count; i++) {
		g = &candidates[i];
		if (chosen != NULL &&
		    (g == chosen || g->newest < chosen->believed_newest ||
		     (g->newest == chosen->believed_newest &&
		      g->oldest < chosen->believed_oldest)))
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

static void policy_in_force_move_back(int32_t *day, int64_t to)
{
	if (*day == VERDICT_NO_DAY || to < *day)
		*day = (int32_t)to;
}

/* The first days of the patterns in force, and of enforcing them, among those
   who are believed. What they have shown since the first days that were read is
   older, as old as the store remembers it. */
static void policy_in_force_find_since(const struct policy_in_force_query *q,
                                       bool proved, struct policy_in_force *out)
{
	const struct stored_policy *policy;
	const struct policy_use *use;
	int64_t first;
	size_t i;

	for (i = 0; i < q->use_count; i++) {
		use = &q->uses[i];
		policy = &q->policies[use->policy];
		if (use->proved != proved ||
		    !policy_in_force_is_believed(use) ||
		    memcmp(policy->policy.set, out->policy.set, DIGEST_SIZE) !=
		            0)
			continue;
		first = proved && !q->all_proved ? policy->first_proved
		                                 : policy->first_day;
		if (use->oldest - q->first_day > EDGE_DAYS ||
		    first > use->oldest)
			first = use->oldest;
		policy_in_force_move_back(&out->since, first);
		if (policy->policy.mode == STS_MODE_ENFORCE)
			policy_in_force_move_back(&out->enforced_since, first);
	}
}

/* Returns what the reports show, NULL where they show nothing that is
   believed. */
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
	chosen = policy_in_force_choose(candidates, count);
	policy_in_force_note_other(
		out, policy_in_force_find_newer(candidates, count, chosen));
	if (chosen == NULL)
		return NULL;
	out->policy = chosen->believed->policy;
	if (q->all_proved)
		out->mode_from = POLICY_SOURCE_REPORTS;
	else
		out->mode_from = *proved ? POLICY_SOURCE_SIGNED
		                         : POLICY_SOURCE_UNSIGNED;
	out->mx_from = out->mode_from;
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
	/* From the weakest on: each source overrules those above it. What is
	   fetched from where the policy is published belongs between these two,
	   and what is known of publishing it below. */
	chosen = policy_in_force_apply_reports(query, arena, out, &proved);
	policy_in_force_apply_settings(query, arena, out);
	if (chosen != NULL &&
	    policy_in_force_contradicts(&chosen->believed->policy, out))
		policy_in_force_note_other(out, chosen);
	policy_in_force_find_since(query, proved, out);
}
