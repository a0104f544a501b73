/*
 * One domain's rows of the store as the input of the verdict: who is which
 * witness, what of it may be evidence, and which policy is meant.
 */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exporter/assess/assess_private.h"

/* A reporter who signs so many of his last days is the only one to speak in
   his name. */
#define SIGNER_DAYS    7
#define SIGNED_OF_THEM 3

struct builder {
	const struct assess_request *request;
	const struct domain_rows *domain;
	struct arena *arena;
	const struct thresholds *thresholds;
	struct verdict_inputs *out;
	struct verdict_row *rows;
	size_t count;
	uint32_t *policies; /* policy of each row, shown_count: none */
};

/* --- witnesses ----------------------------------------------------------- */

static int verdict_inputs_compare_numbers(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t verdict_inputs_group_index(const uint32_t *sorted, size_t count,
                                           uint32_t wanted)
{
	size_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (sorted[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

/* The witnesses of all rows, sorted, once each. */
static void verdict_inputs_find_groups(struct builder *m)
{
	const struct reporters *reporters = m->request->reporters;
	const struct domain_rows *file = m->domain;
	uint32_t *numbers =
		arena_array(m->arena, file->row_count, sizeof(*numbers));
	struct verdict_reporter_group *witnesses;
	size_t i, count = 0, kept = 0;

	for (i = 0; i < file->row_count; i++) {
		uint32_t number =
			reporters_group(reporters, file->rows[i].reporter_id);

		/* Rows of one reporter often follow each other. */
		if (count == 0 || numbers[count - 1] != number)
			numbers[count++] = number;
	}
	if (count > 0)
		qsort(numbers, count, sizeof(*numbers),
		      verdict_inputs_compare_numbers);
	for (i = 0; i < count; i++) {
		if (kept == 0 || numbers[i] != numbers[kept - 1])
			numbers[kept++] = numbers[i];
	}
	witnesses = arena_array(m->arena, kept, sizeof(*witnesses));
	for (i = 0; i < kept; i++) {
		witnesses[i].name = reporters_group_name(reporters, numbers[i]);
		witnesses[i].arrived =
			reporters_group_arrived(reporters, numbers[i]);
	}
	m->out->groups = numbers;
	m->out->input.groups = witnesses;
	m->out->input.group_count = kept;
}

/* --- rows ---------------------------------------------------------------- */

static bool verdict_inputs_list_is_any(const struct option_list *list)
{
	return list->count == 0 ||
	       (list->count == 1 && strcmp(list->items[0], "any") == 0);
}

/* Whether a row may be evidence; else it is only said that there is more. */
static bool verdict_inputs_is_evidence(const struct builder *m,
                                       const struct store_sum_row *row)
{
	const struct thresholds *t = m->thresholds;

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
	       reporters_is_listed(m->request->reporters, &t->reporters,
	                           row->reporter_id);
}

static void verdict_inputs_flag_group(const struct builder *m,
                                      struct verdict_reporter_group *witness,
                                      int64_t reporter_id)
{
	const struct reporters *reporters = m->request->reporters;

	if (reporters_is_listed(reporters, &m->thresholds->accept_reporters,
	                        reporter_id))
		witness->accepted = true;
	if (reporters_is_listed(reporters,
	                        &m->thresholds->failures_only_reporters,
	                        reporter_id))
		witness->failures_only = true;
}

static int verdict_inputs_compare_ids(const void *key, const void *item)
{
	const int64_t *id = key;
	const struct stored_policy *shown = item;

	return (*id > shown->id) - (*id < shown->id);
}

static uint32_t verdict_inputs_policy_index(const struct builder *m,
                                            int64_t policy_id)
{
	const struct stored_policy *found = NULL;

	if (policy_id != 0 && m->domain->policy_count > 0)
		found = bsearch(&policy_id, m->domain->policies,
		                m->domain->policy_count, sizeof(*found),
		                verdict_inputs_compare_ids);
	if (found == NULL || found->empty)
		return (uint32_t)m->domain->policy_count;
	return (uint32_t)(found - m->domain->policies);
}

static void verdict_inputs_add_row(struct builder *m,
                                   const struct store_sum_row *row,
                                   struct verdict_reporter_group *witnesses)
{
	const struct reporters *reporters = m->request->reporters;
	struct verdict_row *out = &m->rows[m->count];

	if (row->day > m->request->today)
		return;
	if (!verdict_inputs_is_evidence(m, row)) {
		m->out->input.ignored |= row->count_as != COUNT_AS_DISPLACED &&
		                         row->reports > 0;
		return;
	}
	if (row->evidence.elements <= 0)
		return;
	out->day = (int32_t)row->day;
	out->group = verdict_inputs_group_index(
		m->out->groups, m->out->input.group_count,
		reporters_group(reporters, row->reporter_id));
	out->type = row->type;
	out->proved = trust_is_proof((enum trust)row->count_as) ||
	              m->thresholds->trust_https == TRUST_HTTPS_YES;
	out->evidence = row->evidence;
	verdict_inputs_flag_group(m, &witnesses[out->group], row->reporter_id);
	m->policies[m->count] = verdict_inputs_policy_index(m, row->policy_id);
	m->count++;
}

static void verdict_inputs_add_rows(struct builder *m)
{
	struct verdict_reporter_group *witnesses = arena_array(
		m->arena, m->out->input.group_count, sizeof(*witnesses));
	size_t i;

	if (m->out->input.group_count > 0)
		memcpy(witnesses, m->out->input.groups,
		       m->out->input.group_count * sizeof(*witnesses));
	m->rows = arena_array(m->arena, m->domain->row_count, sizeof(*m->rows));
	m->policies = arena_array(m->arena, m->domain->row_count,
	                          sizeof(*m->policies));
	for (i = 0; i < m->domain->row_count; i++)
		verdict_inputs_add_row(m, &m->domain->rows[i], witnesses);
	m->out->input.groups = witnesses;
	m->out->input.rows = m->rows;
	m->out->input.row_count = m->count;
}

/* --- claims -------------------------------------------------------------- */

/* A witness's last report days, newest last. */
struct last_days {
	int32_t days[SIGNER_DAYS];
	bool was_signed[SIGNER_DAYS];
	size_t count;
};

static void verdict_inputs_note_day(struct last_days *last,
                                    const struct verdict_row *row)
{
	size_t at = last->count > 0 ? last->count - 1 : 0;

	if (last->count == 0 || last->days[at] != row->day) {
		if (last->count == SIGNER_DAYS) {
			memmove(last->days, last->days + 1,
			        (SIGNER_DAYS - 1) * sizeof(last->days[0]));
			memmove(last->was_signed, last->was_signed + 1,
			        (SIGNER_DAYS - 1) *
			                sizeof(last->was_signed[0]));
			last->count--;
		}
		at = last->count++;
		last->days[at] = row->day;
		last->was_signed[at] = false;
	}
	last->was_signed[at] |= row->proved;
}

static bool verdict_inputs_is_signer(const struct last_days *last)
{
	size_t i, count = 0;

	for (i = 0; i < last->count; i++)
		count += last->was_signed[i];
	return count >= SIGNED_OF_THEM;
}

/* Unsigned reports in the name of somebody who signs count against the domain
   only. All rows of a day are noted before any of them is judged. */
static void verdict_inputs_find_claims(struct builder *m)
{
	struct last_days *all =
		arena_array(m->arena, m->out->input.group_count, sizeof(*all));
	size_t first, i;

	for (first = 0; first < m->count; first = i) {
		for (i = first;
		     i < m->count && m->rows[i].day == m->rows[first].day; i++)
			verdict_inputs_note_day(&all[m->rows[i].group],
			                        &m->rows[i]);
		for (i = first;
		     i < m->count && m->rows[i].day == m->rows[first].day; i++)
			m->rows[i].against_only =
				!m->rows[i].proved &&
				verdict_inputs_is_signer(
					&all[m->rows[i].group]);
	}
}

/* --- the policy ---------------------------------------------------------- */

/* How many of the last uses are looked at for the same again: reporters take
   turns, day by day. */
#define RECENT_USES 16U

static bool verdict_inputs_has_use(const struct policy_use *uses, size_t count,
                                   const struct policy_use *use)
{
	size_t i, least = count > RECENT_USES ? count - RECENT_USES : 0;

	for (i = count; i > least; i--) {
		if (uses[i - 1].policy == use->policy &&
		    uses[i - 1].group == use->group &&
		    uses[i - 1].proved == use->proved)
			return true;
	}
	return false;
}

/* The newest use of each witness and policy; older ones of the same may be
   among them. */
static void verdict_inputs_find_policy(struct builder *m)
{
	struct policy_use *uses =
		arena_array(m->arena, m->count, sizeof(*uses));
	struct policy_in_force_query question = {
		.policies = m->domain->policies,
		.policy_count = m->domain->policy_count,
		.uses = uses,
		.groups = m->out->input.groups,
		.section = settings_find_section(m->request->settings,
	                                         m->domain->name),
		.all_proved = m->thresholds->trust_https == TRUST_HTTPS_YES,
	};
	struct policy_use use;
	size_t i;

	for (i = m->count; i > 0; i--) {
		const struct verdict_row *row = &m->rows[i - 1];

		if (row->type != POLICY_STS)
			continue;
		question.signed_sts |= row->proved;
		if (m->policies[i - 1] == m->domain->policy_count)
			continue;
		use = (struct policy_use){
			.policy = m->policies[i - 1],
			.group = row->group,
			.newest = row->day,
			.proved = row->proved,
		};
		if (!verdict_inputs_has_use(uses, question.use_count, &use))
			uses[question.use_count++] = use;
	}
	policy_in_force(&question, m->arena, &m->out->policy);
}

static void verdict_inputs_match_rows(struct builder *m)
{
	const struct stored_policy *shown;
	size_t i;

	for (i = 0; i < m->count; i++) {
		if (m->policies[i] == m->domain->policy_count) {
			m->rows[i].match = POLICY_MATCH_MISSING;
			continue;
		}
		shown = &m->domain->policies[m->policies[i]];
		/* Where nobody says which policy it is, none is another. */
		if (m->out->policy.mx_from == POLICY_SOURCE_NONE ||
		    memcmp(shown->policy.set, m->out->policy.policy.set,
		           DIGEST_SIZE) == 0)
			m->rows[i].match = POLICY_MATCH_CURRENT;
		else
			m->rows[i].match = POLICY_MATCH_OLD;
	}
}

/* Settled days of enforcing since the last one on which mail was refused on a
   scale that warns. */
static int32_t verdict_inputs_clean_days(const struct builder *m)
{
	const struct verdict_row *row;
	int64_t refused = 0, trials = 0;
	int32_t from = m->out->policy.enforced_since, day = from;
	size_t i;

	if (from == VERDICT_NO_DAY)
		return 0;
	for (i = 0; i < m->count; i++) {
		row = &m->rows[i];
		if (row->day != day) {
			day = row->day;
			refused = 0;
			trials = 0;
		}
		refused += row->evidence.refused;
		trials += row->evidence.trials;
		if (row->day > m->request->last ||
		    refused < m->thresholds->warn_min ||
		    !verdict_share_reaches(refused, trials,
		                           m->thresholds->warn_ratio))
			continue;
		if (row->day + 1 > from)
			from = row->day + 1;
	}
	return m->request->last >= from ? m->request->last - from + 1 : 0;
}

static void verdict_inputs_add_hosts(struct builder *m)
{
	const struct settings_section *section =
		settings_find_section(m->request->settings, m->domain->name);
	struct verdict_host *hosts;
	size_t i;

	if (section == NULL)
		return;
	hosts = arena_array(m->arena, section->mx_hosts.count, sizeof(*hosts));
	for (i = 0; i < section->mx_hosts.count; i++) {
		hosts[i].name = text_of(section->mx_hosts.items[i]);
		hosts[i].listed = true;
	}
	m->out->input.hosts = hosts;
	m->out->input.host_count = section->mx_hosts.count;
}

void verdict_inputs_build(const struct assess_request *judge,
                          const struct domain_rows *file, struct arena *arena,
                          struct verdict_inputs *out)
{
	struct builder m = {
		.request = judge,
		.domain = file,
		.arena = arena,
		.thresholds = settings_thresholds(judge->settings, file->name),
		.out = out,
	};
	struct verdict_input *in = &out->input;

	*out = (struct verdict_inputs){0};
	in->today = judge->today;
	in->last = judge->last;
	in->thresholds = m.thresholds;
	in->limited = m.thresholds->trust_https == TRUST_HTTPS_LIMITED;
	verdict_inputs_find_groups(&m);
	verdict_inputs_add_rows(&m);
	verdict_inputs_find_claims(&m);
	verdict_inputs_find_policy(&m);
	verdict_inputs_match_rows(&m);
	verdict_inputs_add_hosts(&m);
	in->mode = out->policy.policy.mode;
	in->mx = out->policy.policy.mx;
	in->mx_count = out->policy.policy.mx_count;
	in->since = out->policy.since;
	in->clean_enforce_days = in->mode == STS_MODE_ENFORCE
	                                 ? verdict_inputs_clean_days(&m)
	                                 : 0;
}
