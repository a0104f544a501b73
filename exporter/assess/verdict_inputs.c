#include "exporter/assess/verdict_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exporter/assess/arrivals.h"
#include "exporter/assess/claims.h"
#include "exporter/assess/clean_days.h"

/* After so many days without a signed report of type sts unsigned ones may show
   the policy. */
#define SIGNED_DAYS 56

struct builder {
	const struct verdict_inputs_context *context;
	const struct domain_rows *domain;
	struct arena *arena;
	const struct thresholds *thresholds;
	struct verdict_inputs *out;
	struct verdict_row *rows;
	size_t count;
	uint32_t *policies; /* policy of each row, policy_count: none */
	int32_t *arrived;   /* day of arrival of each row */
	/* Of each group, sorted: its reporter group of reporters.h twice, plus
	   1 where nobody proved it. */
	uint64_t *keys;
	struct verdict_reporter_group *groups;
	int64_t *flagged; /* the reporter whose flags each group has */
};

/* --- groups -------------------------------------------------------------- */

static bool verdict_inputs_is_proved(const struct builder *b,
                                     const struct store_sum_row *row)
{
	return trust_is_proof((enum trust)row->count_as) ||
	       b->thresholds->trust_https == TRUST_HTTPS_YES;
}

/* What nobody proved in a reporter's name is a group of its own. */
static uint64_t verdict_inputs_group_key(const struct builder *b,
                                         const struct store_sum_row *row)
{
	uint64_t number =
		reporters_group(b->context->reporters, row->reporter_id);

	return number * 2 + !verdict_inputs_is_proved(b, row);
}

static int verdict_inputs_compare_keys(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t verdict_inputs_group_index(const struct builder *b,
                                           uint64_t wanted)
{
	size_t low = 0, high = b->out->input.group_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (b->keys[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static void verdict_inputs_describe_group(const struct builder *b, size_t i)
{
	const struct reporters *reporters = b->context->reporters;
	struct verdict_reporter_group *group = &b->groups[i];
	uint32_t number = (uint32_t)(b->keys[i] / 2);
	int64_t since = b->thresholds->trust_https == TRUST_HTTPS_YES
	                        ? reporters_group_received(reporters, number)
	                        : reporters_group_proved(reporters, number);

	group->name = reporters_group_name(reporters, number);
	group->anonymous = b->keys[i] % 2 != 0;
	if (group->anonymous)
		group->name = text_of(arena_printf(b->arena, "%s (unverified)",
		                                   group->name.data));
	group->known_since = since == INT64_MAX || group->anonymous
	                             ? VERDICT_NO_DAY
	                             : (int32_t)since;
	b->flagged[i] = -1;
}

/* The groups of all rows, sorted, once each. */
static void verdict_inputs_find_groups(struct builder *b)
{
	const struct domain_rows *domain = b->domain;
	size_t i, count = 0, kept = 0;
	uint64_t key;

	b->keys = arena_array(b->arena, domain->row_count, sizeof(*b->keys));
	for (i = 0; i < domain->row_count; i++) {
		/* Rows of one reporter often follow each other. */
		key = verdict_inputs_group_key(b, &domain->rows[i]);
		if (count == 0 || b->keys[count - 1] != key)
			b->keys[count++] = key;
	}
	if (count > 0)
		qsort(b->keys, count, sizeof(*b->keys),
		      verdict_inputs_compare_keys);
	for (i = 0; i < count; i++) {
		if (kept == 0 || b->keys[i] != b->keys[kept - 1])
			b->keys[kept++] = b->keys[i];
	}
	b->groups = arena_array(b->arena, kept, sizeof(*b->groups));
	b->flagged = arena_array(b->arena, kept, sizeof(*b->flagged));
	for (i = 0; i < kept; i++)
		verdict_inputs_describe_group(b, i);
	b->out->group_keys = b->keys;
	b->out->input.groups = b->groups;
	b->out->input.group_count = kept;
}

/* --- rows ---------------------------------------------------------------- */

static bool verdict_inputs_list_is_any(const struct option_list *list)
{
	return list->count == 0 ||
	       (list->count == 1 && strcmp(list->items[0], "any") == 0);
}

/* Whether a row may be evidence; else it is only said that there is more. */
static bool verdict_inputs_is_evidence(const struct builder *b,
                                       const struct store_sum_row *row)
{
	const struct thresholds *t = b->thresholds;

	switch (row->count_as) {
	case COUNT_AS_ANONYMOUS:
		if (t->trust_https == TRUST_HTTPS_NO)
			return false;
		break;
	case COUNT_AS_AUTHSERV:
	case COUNT_AS_DKIM:
		break;
	case COUNT_AS_NONE:
	case COUNT_AS_DISPLACED:
	case COUNT_AS_KINDS:
		return false;
	}
	return verdict_inputs_list_is_any(&t->reporters) ||
	       reporters_is_listed(b->context->reporters, &t->reporters,
	                           row->reporter_id);
}

/* What the configuration says of a group, by one of its reporters. */
static void verdict_inputs_flag_group(const struct builder *b, uint32_t i,
                                      int64_t reporter_id)
{
	const struct reporters *reporters = b->context->reporters;
	const struct thresholds *t = b->thresholds;
	struct verdict_reporter_group *group = &b->groups[i];

	if (b->flagged[i] == reporter_id)
		return;
	b->flagged[i] = reporter_id;
	if (!group->anonymous &&
	    reporters_is_listed(reporters, &t->anchor_reporters, reporter_id))
		group->anchor = true;
	if (reporters_is_listed(reporters, &t->accept_reporters, reporter_id) ||
	    what_if_accepts(b->context->what_if, reporters, reporter_id))
		group->accepted = true;
	if (reporters_is_listed(reporters, &t->failures_only_reporters,
	                        reporter_id))
		group->failures_only = true;
}

static int verdict_inputs_compare_ids(const void *key, const void *item)
{
	const int64_t *id = key;
	const struct stored_policy *policy = item;

	return (*id > policy->id) - (*id < policy->id);
}

static uint32_t verdict_inputs_policy_index(const struct builder *b,
                                            int64_t policy_id)
{
	const struct stored_policy *found = NULL;

	if (policy_id != 0 && b->domain->policy_count > 0)
		found = bsearch(&policy_id, b->domain->policies,
		                b->domain->policy_count, sizeof(*found),
		                verdict_inputs_compare_ids);
	if (found == NULL || found->empty)
		return (uint32_t)b->domain->policy_count;
	return (uint32_t)(found - b->domain->policies);
}

/* Whether a row has neither sessions nor details. */
static bool verdict_inputs_is_empty(const struct store_sum_row *row)
{
	struct evidence evidence = row->evidence;

	if (evidence.elements <= 0)
		return true;
	evidence.elements = 0;
	return row->successes == 0 && row->failures == 0 &&
	       evidence_is_zero(&evidence);
}

static void verdict_inputs_add_row(struct builder *b,
                                   const struct store_sum_row *row)
{
	struct verdict_row *out = &b->rows[b->count];

	if (row->day > b->context->today ||
	    what_if_leaves_out(b->context->what_if, b->context->reporters,
	                       row->reporter_id))
		return;
	if (!verdict_inputs_is_evidence(b, row)) {
		b->out->input.ignored |= row->count_as != COUNT_AS_DISPLACED &&
		                         row->reports > 0;
		return;
	}
	if (verdict_inputs_is_empty(row))
		return;
	out->day = (int32_t)row->day;
	out->group =
		verdict_inputs_group_index(b, verdict_inputs_group_key(b, row));
	out->type = row->type;
	out->succeeded = row->successes > 0;
	out->evidence = row->evidence;
	verdict_inputs_flag_group(b, out->group, row->reporter_id);
	b->policies[b->count] = verdict_inputs_policy_index(b, row->policy_id);
	b->arrived[b->count] = (int32_t)row->arrived;
	if (!b->groups[out->group].anonymous &&
	    b->groups[out->group].known_since == VERDICT_NO_DAY)
		b->out->times_missing = true;
	b->count++;
}

static void verdict_inputs_add_rows(struct builder *b)
{
	size_t i;

	b->rows = arena_array(b->arena, b->domain->row_count, sizeof(*b->rows));
	b->policies = arena_array(b->arena, b->domain->row_count,
	                          sizeof(*b->policies));
	b->arrived = arena_array(b->arena, b->domain->row_count,
	                         sizeof(*b->arrived));
	for (i = 0; i < b->domain->row_count; i++)
		verdict_inputs_add_row(b, &b->domain->rows[i]);
	b->out->input.rows = b->rows;
	b->out->input.row_count = b->count;
}

static bool verdict_inputs_is_row_proved(const struct builder *b,
                                         const struct verdict_row *row)
{
	return !b->groups[row->group].anonymous;
}

/* The first of the one or two groups of a reporter speaks for both. */
static void verdict_inputs_find_claims(struct builder *b)
{
	size_t count = b->out->input.group_count, i;
	uint32_t *speakers = arena_array(b->arena, count, sizeof(*speakers));

	for (i = 0; i < count; i++)
		speakers[i] = i > 0 && b->keys[i - 1] / 2 == b->keys[i] / 2
		                      ? (uint32_t)i - 1
		                      : (uint32_t)i;
	claims_find(b->arena, b->rows, b->count, b->groups, speakers, count);
}

/* --- the policy ---------------------------------------------------------- */

/* How many of the last uses are looked at for the same again: reporters take
   turns, day by day. */
#define RECENT_USES 16U

/* Rows come from the newest on. */
static bool verdict_inputs_extend_use(struct policy_use *uses, size_t count,
                                      const struct policy_use *use)
{
	size_t i, least = count > RECENT_USES ? count - RECENT_USES : 0;

	for (i = count; i > least; i--) {
		if (uses[i - 1].policy != use->policy ||
		    uses[i - 1].group != use->group)
			continue;
		uses[i - 1].oldest = use->oldest;
		return true;
	}
	return false;
}

/* Which groups show which policies, and when; of the same there may be
   several. */
static void verdict_inputs_find_uses(const struct builder *b,
                                     const struct verdict_witness *witnesses,
                                     struct policy_in_force_query *query)
{
	const struct verdict_row *row;
	struct policy_use use;
	size_t i;

	for (i = b->count; i > 0; i--) {
		row = &b->rows[i - 1];
		if (row->type != POLICY_STS)
			continue;
		use = (struct policy_use){
			.policy = b->policies[i - 1],
			.group = row->group,
			.newest = row->day,
			.oldest = row->day,
			.proved = verdict_inputs_is_row_proved(b, row),
			.standing = witnesses[row->group].standing,
		};
		query->signed_sts |= use.proved &&
		                     row->day > b->context->today - SIGNED_DAYS;
		if (use.policy == b->domain->policy_count ||
		    verdict_inputs_extend_use(query->uses, query->use_count,
		                              &use))
			continue;
		query->uses[query->use_count++] = use;
	}
}

/* What newcomers show changes no policy. */
static void verdict_inputs_find_policy(struct builder *b)
{
	struct verdict_witness *witnesses = arena_array(
		b->arena, b->out->input.group_count, sizeof(*witnesses));
	struct policy_in_force_query query = {
		.policies = b->domain->policies,
		.policy_count = b->domain->policy_count,
		.uses = arena_array(b->arena, b->count,
	                            sizeof(struct policy_use)),
		.groups = b->out->input.groups,
		.section = settings_find_section(b->context->settings,
	                                         b->domain->name),
		.all_proved = b->thresholds->trust_https == TRUST_HTTPS_YES,
		.first_day = b->domain->first_day,
	};

	verdict_find_standing(&b->out->input, b->arena, witnesses);
	verdict_inputs_find_uses(b, witnesses, &query);
	policy_in_force(&query, b->arena, &b->out->policy);
}

static void verdict_inputs_match_rows(struct builder *b)
{
	const struct stored_policy *policy;
	size_t i;

	for (i = 0; i < b->count; i++) {
		if (b->policies[i] == b->domain->policy_count) {
			b->rows[i].match = POLICY_MATCH_MISSING;
			continue;
		}
		policy = &b->domain->policies[b->policies[i]];
		/* Where nobody says which policy it is, none is another. */
		if (b->out->policy.mx_from == POLICY_SOURCE_NONE ||
		    memcmp(policy->policy.set, b->out->policy.policy.set,
		           DIGEST_SIZE) == 0)
			b->rows[i].match = POLICY_MATCH_CURRENT;
		else
			b->rows[i].match = POLICY_MATCH_OLD;
	}
}

static void verdict_inputs_add_hosts(struct builder *b)
{
	const struct settings_section *section =
		settings_find_section(b->context->settings, b->domain->name);
	struct text *hosts;
	size_t i;

	if (section == NULL)
		return;
	hosts = arena_array(b->arena, section->mx_hosts.count, sizeof(*hosts));
	for (i = 0; i < section->mx_hosts.count; i++)
		hosts[i] = text_of(section->mx_hosts.items[i]);
	b->out->input.hosts = hosts;
	b->out->input.host_count = section->mx_hosts.count;
}

void verdict_inputs_build(const struct verdict_inputs_context *context,
                          const struct domain_rows *domain, struct arena *arena,
                          struct verdict_inputs *out)
{
	struct builder b = {
		.context = context,
		.domain = domain,
		.arena = arena,
		.thresholds =
			settings_thresholds(context->settings, domain->name),
		.out = out,
	};
	struct verdict_input *in = &out->input;

	*out = (struct verdict_inputs){0};
	in->today = context->today;
	in->now_minutes = context->now_minutes;
	in->last = context->last;
	in->thresholds = b.thresholds;
	in->limited = b.thresholds->trust_https == TRUST_HTTPS_LIMITED;
	verdict_inputs_find_groups(&b);
	verdict_inputs_add_rows(&b);
	out->times_missing |= arrivals_find(arena, b.rows, b.arrived, b.count,
	                                    b.groups, in->group_count);
	verdict_inputs_find_claims(&b);
	verdict_inputs_find_policy(&b);
	verdict_inputs_match_rows(&b);
	verdict_inputs_add_hosts(&b);
	in->mode = out->policy.policy.mode;
	in->mx = out->policy.policy.mx;
	in->mx_count = out->policy.policy.mx_count;
	in->since = out->policy.since;
	if (in->mode == STS_MODE_ENFORCE &&
	    out->policy.enforced_since != VERDICT_NO_DAY)
		in->clean_enforce_days =
			clean_days_count(in, out->policy.enforced_since, arena);
}
