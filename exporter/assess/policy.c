#include "exporter/assess/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"

static const char *const mode_names[STS_MODES] = {"unknown", "none", "testing",
                                                  "enforce"};

const char *sts_policy_mode_name(enum sts_mode mode)
{
	return mode_names[mode];
}

/* --- reading one --------------------------------------------------------- */

/* Sorts the patterns, drops what is there twice, and works out the digest. */
static void sts_policy_finish(struct text *mx, struct sts_policy *policy)
{
	struct buf all = BUF_INIT(SIZE_MAX);
	size_t i, kept = 0;

	if (policy->mx_count > 0)
		qsort(mx, policy->mx_count, sizeof(*mx), text_order_items);
	for (i = 0; i < policy->mx_count; i++) {
		if (kept > 0 && text_equal(mx[i], mx[kept - 1]))
			continue;
		mx[kept++] = mx[i];
		buf_printf(&all, "%zu:", mx[i].len);
		buf_add(&all, mx[i].data, mx[i].len);
	}
	policy->mx = mx;
	policy->mx_count = kept;
	digest_sha256(all.data, all.len, policy->set);
	buf_free(&all);
}

/* Names compare without case and without a dot at the end. What is no name is
   kept as it is: it equals only itself. */
static struct text sts_policy_pattern_normalise(struct arena *arena,
                                                struct text pattern)
{
	struct domain_changes changes = {false, false};
	struct text name = pattern, normal;
	struct err ignored;

	if (text_starts(pattern, "*."))
		name = (struct text){pattern.data + 2, pattern.len - 2};
	if (domain_normalise(arena, name, &normal, &changes, &ignored) < 0)
		return pattern;
	if (name.len == pattern.len)
		return normal;
	return text_of(
		arena_printf(arena, "*.%.*s", (int)normal.len, normal.data));
}

static void sts_policy_parse_line(struct arena *arena, struct text line,
                                  struct sts_policy *policy, struct text *mx)
{
	struct text value = line, key;
	int64_t number;
	int i;

	if (!text_next(&value, ':', &key) || value.data == NULL)
		return;
	key = text_trim(key);
	value = text_trim(value);
	if (text_equal_case(key, "mx")) {
		mx[policy->mx_count++] =
			sts_policy_pattern_normalise(arena, value);
	} else if (text_equal_case(key, "max_age")) {
		if (text_integer(value, &number) && number > 0)
			policy->max_age = number;
	} else if (text_equal_case(key, "mode")) {
		for (i = STS_MODE_NONE; i < STS_MODES; i++) {
			if (text_equal_case(value, mode_names[i]))
				policy->mode = (enum sts_mode)i;
		}
	}
}

/* Some senders put the whole file into one element. */
static size_t sts_policy_count_lines(const struct text_list *lines)
{
	size_t count = 0, i, k;

	for (i = 0; i < lines->count; i++) {
		count++;
		for (k = 0; k < lines->items[i].len; k++)
			count += lines->items[i].data[k] == '\n';
	}
	return count;
}

void sts_policy_parse(struct arena *arena, const struct text_list *lines,
                      struct sts_policy *out)
{
	struct text *mx =
		arena_array(arena, sts_policy_count_lines(lines), sizeof(*mx));
	struct text rest, line;
	size_t i;

	*out = (struct sts_policy){0};
	for (i = 0; i < lines->count; i++) {
		rest = lines->items[i];
		while (text_next(&rest, '\n', &line))
			sts_policy_parse_line(arena, line, out, mx);
	}
	sts_policy_finish(mx, out);
}

void sts_policy_from_patterns(struct arena *arena, const char *const *patterns,
                              size_t count, struct sts_policy *out)
{
	struct text *mx = arena_array(arena, count, sizeof(*mx));
	size_t i;

	*out = (struct sts_policy){.mx_count = count};
	for (i = 0; i < count; i++)
		mx[i] = sts_policy_pattern_normalise(arena,
		                                     text_of(patterns[i]));
	sts_policy_finish(mx, out);
}

/* --- which one is in force ----------------------------------------------- */

/* Policies of the same mode and patterns, however they are spelt. */
struct policy_candidate {
	const struct stored_policy *policy; /* the newest shown of them */
	int32_t newest;                     /* day */
	int32_t agreed; /* newest day by which two witnesses showed it */
	uint32_t group; /* of newest */
	int group_count;
	int64_t first;   /* first day of any of them */
	int64_t arrived; /* of the witness that is known for longest */
};

static int policy_in_force_compare_policies(const struct stored_policy *a,
                                            const struct stored_policy *b)
{
	int order = memcmp(a->policy.set, b->policy.set, DIGEST_SIZE);

	return order != 0 ? order : (int)a->policy.mode - (int)b->policy.mode;
}

static int policy_in_force_compare_uses(const void *a, const void *b, void *cls)
{
	const struct policy_in_force_query *question = cls;
	const struct stored_policy *shown = question->policies;
	const struct policy_use *x = a, *y = b;
	int order = (int)y->proved - (int)x->proved;

	if (order == 0)
		order = policy_in_force_compare_policies(&shown[x->policy],
		                                         &shown[y->policy]);
	if (order == 0)
		order = (x->group > y->group) - (x->group < y->group);
	if (order == 0)
		order = (y->newest > x->newest) - (y->newest < x->newest);
	return order;
}

static int64_t policy_in_force_first_day(const struct policy_in_force_query *q,
                                         const struct stored_policy *shown,
                                         bool proved)
{
	return proved && !q->all_proved ? shown->first_proved
	                                : shown->first_day;
}

static void policy_in_force_add_group(const struct policy_in_force_query *q,
                                      struct policy_candidate *group,
                                      const struct policy_use *use,
                                      const struct stored_policy *shown)
{
	int64_t arrived = q->groups[use->group].arrived;

	if (arrived < group->arrived)
		group->arrived = arrived;
	group->group_count++;
	if (group->group_count == 1 || use->newest > group->newest) {
		group->agreed = group->group_count == 1 ? VERDICT_NO_DAY
		                                        : group->newest;
		group->newest = use->newest;
		group->group = use->group;
		group->policy = shown;
	} else if (use->newest > group->agreed) {
		group->agreed = use->newest;
	}
}

/* The groups of the uses of one kind, which are sorted. */
static struct policy_candidate *
policy_in_force_group_uses(const struct policy_in_force_query *q, bool proved,
                           struct arena *arena, size_t *count)
{
	struct policy_candidate *groups =
		arena_array(arena, q->use_count, sizeof(*groups));
	const struct policy_use *use, *before = NULL;
	const struct stored_policy *shown;
	struct policy_candidate *group = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < q->use_count; i++) {
		use = &q->uses[i];
		shown = &q->policies[use->policy];
		if (use->proved != proved)
			continue;
		if (group == NULL || policy_in_force_compare_policies(
					     group->policy, shown) != 0) {
			group = &groups[(*count)++];
			*group =
				(struct policy_candidate){.policy = shown,
			                                  .first = INT64_MAX,
			                                  .arrived = INT64_MAX};
			before = NULL;
		}
		if (policy_in_force_first_day(q, shown, proved) < group->first)
			group->first =
				policy_in_force_first_day(q, shown, proved);
		if (before == NULL || before->group != use->group)
			policy_in_force_add_group(q, group, use, shown);
		before = use;
	}
	return groups;
}

static bool policy_in_force_is_one_group(const struct policy_candidate *groups,
                                         size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (groups[i].group_count > 1 ||
		    groups[i].group != groups[0].group)
			return false;
	}
	return true;
}

/* Whether a is rather in force than b. Of one witness, its newest; of several
   the newest on which two agree, and of these the later one that came; where
   nobody agrees, what the witness shows that is known for longest, so that
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
	if (a->arrived != b->arrived)
		return a->arrived < b->arrived;
	return a->newest > b->newest;
}

static const struct policy_candidate *
policy_in_force_choose(const struct policy_candidate *groups, size_t count)
{
	bool single = policy_in_force_is_one_group(groups, count);
	const struct policy_candidate *best = &groups[0];
	size_t i;

	for (i = 1; i < count; i++) {
		if (policy_in_force_is_preferred(&groups[i], best, single))
			best = &groups[i];
	}
	return best;
}

/* The newest of another group, where it is newer than the chosen one, or as new
   and no older by its first day: what was there before is history. */
static const struct policy_candidate *
policy_in_force_find_newer(const struct policy_candidate *groups, size_t count,
                           const struct policy_candidate *chosen)
{
	const struct policy_candidate *found = NULL, *g;
	size_t i;

	for (i = 0; i < count; i++) {
		g = &groups[i];
		if (g == chosen || g->newest < chosen->newest ||
		    (g->newest == chosen->newest && g->first < chosen->first))
			continue;
		if (found == NULL || g->newest > found->newest)
			found = g;
	}
	return found;
}

static void policy_in_force_note_other(struct policy_in_force *out,
                                       const struct policy_candidate *group)
{
	if (group == NULL)
		return;
	out->other = group->policy;
	out->other_newest = group->newest;
	out->other_group = group->group;
}

/* First days of the patterns in force, among those who are asked. */
static void policy_in_force_find_since(const struct policy_in_force_query *q,
                                       bool proved, struct policy_in_force *out)
{
	const struct stored_policy *shown;
	int64_t first;
	size_t i;

	out->since = VERDICT_NO_DAY;
	out->enforced_since = VERDICT_NO_DAY;
	for (i = 0; i < q->use_count; i++) {
		shown = &q->policies[q->uses[i].policy];
		first = policy_in_force_first_day(q, shown, proved);
		if (first == INT64_MAX ||
		    memcmp(shown->policy.set, out->policy.set, DIGEST_SIZE) !=
		            0)
			continue;
		if (out->since == VERDICT_NO_DAY || first < out->since)
			out->since = (int32_t)first;
		if (shown->policy.mode == STS_MODE_ENFORCE &&
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
	const struct policy_candidate *groups, *chosen;
	size_t count;

	*proved = true;
	groups = policy_in_force_group_uses(q, true, arena, &count);
	if (count == 0 && !q->signed_sts) {
		*proved = false;
		groups = policy_in_force_group_uses(q, false, arena, &count);
	}
	if (count == 0)
		return NULL;
	chosen = policy_in_force_choose(groups, count);
	out->policy = chosen->policy->policy;
	if (q->all_proved)
		out->mode_from = POLICY_SOURCE_REPORTS;
	else
		out->mode_from = *proved ? POLICY_SOURCE_SIGNED
		                         : POLICY_SOURCE_UNSIGNED;
	out->mx_from = out->mode_from;
	policy_in_force_note_other(
		out, policy_in_force_find_newer(groups, count, chosen));
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
static bool policy_in_force_contradicts(const struct sts_policy *shown,
                                        const struct policy_in_force *out)
{
	return (out->mode_from == POLICY_SOURCE_CONFIGURATION &&
	        shown->mode != out->policy.mode) ||
	       (out->mx_from == POLICY_SOURCE_CONFIGURATION &&
	        memcmp(shown->set, out->policy.set, DIGEST_SIZE) != 0);
}

void policy_in_force(struct policy_in_force_query *question,
                     struct arena *arena, struct policy_in_force *out)
{
	const struct policy_candidate *chosen;
	bool proved;

	*out = (struct policy_in_force){.since = VERDICT_NO_DAY,
	                                .enforced_since = VERDICT_NO_DAY};
	if (question->use_count > 0)
		qsort_r(question->uses, question->use_count,
		        sizeof(*question->uses), policy_in_force_compare_uses,
		        question);
	chosen = policy_in_force_apply_reports(question, arena, out, &proved);
	policy_in_force_apply_settings(question, arena, out);
	if (chosen != NULL &&
	    policy_in_force_contradicts(&chosen->policy->policy, out))
		policy_in_force_note_other(out, chosen);
	policy_in_force_find_since(question, proved, out);
}
