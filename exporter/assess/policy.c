#include "exporter/assess/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"

static const char *const mode_names[MODES] = {"unknown", "none", "testing",
                                              "enforce"};

const char *sts_mode_name(enum sts_mode mode)
{
	return mode_names[mode];
}

/* --- reading one --------------------------------------------------------- */

/* Sorts the patterns, drops what is there twice, and works out the digest. */
static void finish(struct text *mx, struct sts_policy *policy)
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
static struct text normal_pattern(struct arena *arena, struct text pattern)
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

static void read_line(struct arena *arena, struct text line,
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
		mx[policy->mx_count++] = normal_pattern(arena, value);
	} else if (text_equal_case(key, "max_age")) {
		if (text_integer(value, &number) && number > 0)
			policy->max_age = number;
	} else if (text_equal_case(key, "mode")) {
		for (i = MODE_NONE; i < MODES; i++) {
			if (text_equal_case(value, mode_names[i]))
				policy->mode = (enum sts_mode)i;
		}
	}
}

/* Some senders put the whole file into one element. */
static size_t count_lines(const struct text_list *lines)
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
	struct text *mx = arena_array(arena, count_lines(lines), sizeof(*mx));
	struct text rest, line;
	size_t i;

	*out = (struct sts_policy){0};
	for (i = 0; i < lines->count; i++) {
		rest = lines->items[i];
		while (text_next(&rest, '\n', &line))
			read_line(arena, line, out, mx);
	}
	finish(mx, out);
}

void sts_policy_of_patterns(struct arena *arena, const char *const *patterns,
                            size_t count, struct sts_policy *out)
{
	struct text *mx = arena_array(arena, count, sizeof(*mx));
	size_t i;

	*out = (struct sts_policy){.mx_count = count};
	for (i = 0; i < count; i++)
		mx[i] = normal_pattern(arena, text_of(patterns[i]));
	finish(mx, out);
}

/* --- which one is in force ----------------------------------------------- */

/* Policies of the same mode and patterns, however they are spelt. */
struct group {
	const struct shown_policy *one; /* the newest shown of them */
	int32_t newest;                 /* day */
	int32_t agreed;   /* newest day by which two witnesses showed it */
	uint32_t witness; /* of newest */
	int witnesses;
	int64_t first;   /* first day of any of them */
	int64_t arrived; /* of the witness that is known for longest */
};

static int compare_policies(const struct shown_policy *a,
                            const struct shown_policy *b)
{
	int order = memcmp(a->policy.set, b->policy.set, DIGEST_SIZE);

	return order != 0 ? order : (int)a->policy.mode - (int)b->policy.mode;
}

static int compare_uses(const void *a, const void *b, void *cls)
{
	const struct policy_question *question = cls;
	const struct shown_policy *shown = question->shown;
	const struct policy_use *x = a, *y = b;
	int order = (int)y->proved - (int)x->proved;

	if (order == 0)
		order = compare_policies(&shown[x->policy], &shown[y->policy]);
	if (order == 0)
		order = (x->witness > y->witness) - (x->witness < y->witness);
	if (order == 0)
		order = (y->newest > x->newest) - (y->newest < x->newest);
	return order;
}

static int64_t first_of(const struct policy_question *q,
                        const struct shown_policy *shown, bool proved)
{
	return proved && !q->all_proved ? shown->first_proved
	                                : shown->first_day;
}

static void add_witness(const struct policy_question *q, struct group *group,
                        const struct policy_use *use,
                        const struct shown_policy *shown)
{
	int64_t arrived = q->witnesses[use->witness].arrived;

	if (arrived < group->arrived)
		group->arrived = arrived;
	group->witnesses++;
	if (group->witnesses == 1 || use->newest > group->newest) {
		group->agreed = group->witnesses == 1 ? VERDICT_NO_DAY
		                                      : group->newest;
		group->newest = use->newest;
		group->witness = use->witness;
		group->one = shown;
	} else if (use->newest > group->agreed) {
		group->agreed = use->newest;
	}
}

/* The groups of the uses of one kind, which are sorted. */
static struct group *group_uses(const struct policy_question *q, bool proved,
                                struct arena *arena, size_t *count)
{
	struct group *groups =
		arena_array(arena, q->use_count, sizeof(*groups));
	const struct policy_use *use, *before = NULL;
	const struct shown_policy *shown;
	struct group *group = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < q->use_count; i++) {
		use = &q->uses[i];
		shown = &q->shown[use->policy];
		if (use->proved != proved)
			continue;
		if (group == NULL || compare_policies(group->one, shown) != 0) {
			group = &groups[(*count)++];
			*group = (struct group){.one = shown,
			                        .first = INT64_MAX,
			                        .arrived = INT64_MAX};
			before = NULL;
		}
		if (first_of(q, shown, proved) < group->first)
			group->first = first_of(q, shown, proved);
		if (before == NULL || before->witness != use->witness)
			add_witness(q, group, use, shown);
		before = use;
	}
	return groups;
}

static bool one_witness(const struct group *groups, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (groups[i].witnesses > 1 ||
		    groups[i].witness != groups[0].witness)
			return false;
	}
	return true;
}

/* Whether a is rather in force than b. Of one witness, its newest; of several
   the newest on which two agree, and of these the later one that came; where
   nobody agrees, what the witness shows that is known for longest, so that
   nobody who comes along takes a policy away. */
static bool is_rather(const struct group *a, const struct group *b, bool single)
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

static const struct group *choose(const struct group *groups, size_t count)
{
	bool single = one_witness(groups, count);
	const struct group *best = &groups[0];
	size_t i;

	for (i = 1; i < count; i++) {
		if (is_rather(&groups[i], best, single))
			best = &groups[i];
	}
	return best;
}

/* The newest of another group, where it is newer than the chosen one, or as new
   and no older by its first day: what was there before is history. */
static const struct group *newer(const struct group *groups, size_t count,
                                 const struct group *chosen)
{
	const struct group *found = NULL, *g;
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

static void note_other(struct policy_in_force *out, const struct group *group)
{
	if (group == NULL)
		return;
	out->other = group->one;
	out->other_newest = group->newest;
	out->other_witness = group->witness;
}

/* First days of the patterns in force, among those who are asked. */
static void find_since(const struct policy_question *q, bool proved,
                       struct policy_in_force *out)
{
	const struct shown_policy *shown;
	int64_t first;
	size_t i;

	out->since = VERDICT_NO_DAY;
	out->enforced_since = VERDICT_NO_DAY;
	for (i = 0; i < q->use_count; i++) {
		shown = &q->shown[q->uses[i].policy];
		first = first_of(q, shown, proved);
		if (first == INT64_MAX ||
		    memcmp(shown->policy.set, out->policy.set, DIGEST_SIZE) !=
		            0)
			continue;
		if (out->since == VERDICT_NO_DAY || first < out->since)
			out->since = (int32_t)first;
		if (shown->policy.mode == MODE_ENFORCE &&
		    (out->enforced_since == VERDICT_NO_DAY ||
		     first < out->enforced_since))
			out->enforced_since = (int32_t)first;
	}
}

/* Returns what the reports show, NULL where they show nothing. */
static const struct group *obey_reports(const struct policy_question *q,
                                        struct arena *arena,
                                        struct policy_in_force *out,
                                        bool *proved)
{
	const struct group *groups, *chosen;
	size_t count;

	*proved = true;
	groups = group_uses(q, true, arena, &count);
	if (count == 0 && !q->signed_sts) {
		*proved = false;
		groups = group_uses(q, false, arena, &count);
	}
	if (count == 0)
		return NULL;
	chosen = choose(groups, count);
	out->policy = chosen->one->policy;
	if (q->all_proved)
		out->mode_from = SOURCE_REPORTS;
	else
		out->mode_from = *proved ? SOURCE_SIGNED : SOURCE_UNSIGNED;
	out->mx_from = out->mode_from;
	note_other(out, newer(groups, count, chosen));
	/* What nobody has signed takes no policy away and enforces none. */
	if (!*proved && out->policy.mode != MODE_TESTING) {
		out->policy.mode = MODE_UNKNOWN;
		note_other(out, chosen);
	}
	return chosen;
}

static void obey_configuration(const struct policy_question *q,
                               struct arena *arena, struct policy_in_force *out)
{
	const struct settings_section *section = q->section;
	struct sts_policy patterns;

	if (section == NULL)
		return;
	if (section->mode > 0) {
		out->policy.mode = (enum sts_mode)section->mode;
		out->mode_from = SOURCE_CONFIGURATION;
	}
	if (section->max_age > 0)
		out->policy.max_age = section->max_age;
	if (section->mx.count == 0)
		return;
	sts_policy_of_patterns(arena, section->mx.items, section->mx.count,
	                       &patterns);
	out->policy.mx = patterns.mx;
	out->policy.mx_count = patterns.mx_count;
	memcpy(out->policy.set, patterns.set, DIGEST_SIZE);
	out->mx_from = SOURCE_CONFIGURATION;
}

/* Whether reports show something else than the configuration says. */
static bool contradicts(const struct sts_policy *shown,
                        const struct policy_in_force *out)
{
	return (out->mode_from == SOURCE_CONFIGURATION &&
	        shown->mode != out->policy.mode) ||
	       (out->mx_from == SOURCE_CONFIGURATION &&
	        memcmp(shown->set, out->policy.set, DIGEST_SIZE) != 0);
}

void policy_in_force(struct policy_question *question, struct arena *arena,
                     struct policy_in_force *out)
{
	const struct group *chosen;
	bool proved;

	*out = (struct policy_in_force){.since = VERDICT_NO_DAY,
	                                .enforced_since = VERDICT_NO_DAY};
	if (question->use_count > 0)
		qsort_r(question->uses, question->use_count,
		        sizeof(*question->uses), compare_uses, question);
	chosen = obey_reports(question, arena, out, &proved);
	obey_configuration(question, arena, out);
	if (chosen != NULL && contradicts(&chosen->one->policy, out))
		note_other(out, chosen);
	find_since(question, proved, out);
}
