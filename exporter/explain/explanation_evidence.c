#include "exporter/explain/explanation_evidence.h"

#include <stdlib.h>

#include "exporter/explain/explanation.h"

#define MINUTE 60

/* Beyond that a check is so old, or a certificate so far from its end, that no
   time is told. */
#define MINUTES_MAX INT64_C(100000000)

struct evidence_search {
	const struct assessment *assessment;
	int64_t now;
	struct arena *arena;
};

/* --- reporters ------------------------------------------------------------- */

static struct text explanation_evidence_copy(struct arena *arena,
                                             struct text text)
{
	return (struct text){arena_copy(arena, text.data, text.len), text.len};
}

static struct evidence_reporter *
explanation_evidence_name(const struct evidence_search *s,
                          const struct verdict_part *parts, size_t count,
                          size_t *kept)
{
	const struct verdict_reporter_group *group;
	struct evidence_reporter *out;
	size_t i;

	*kept = count < EVIDENCE_REPORTERS_MAX ? count : EVIDENCE_REPORTERS_MAX;
	out = arena_array(s->arena, *kept, sizeof(*out));
	for (i = 0; i < *kept; i++) {
		group = &s->assessment->input->groups[parts[i].group];
		out[i] = (struct evidence_reporter){
			.name = explanation_evidence_copy(s->arena,
		                                          group->name),
			.accepted = group->accepted,
			.part = parts[i],
		};
	}
	return out;
}

static int explanation_evidence_compare_keys(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void explanation_evidence_add_reporters(const struct evidence_search *s,
                                               struct explanation_evidence *out)
{
	const struct verdict_scope *scope = &out->scope;
	size_t count = scope->part_count, i;

	out->reporters = explanation_evidence_name(s, scope->parts, count,
	                                           &out->reporters_kept);
	out->others = explanation_evidence_name(
		s, scope->others, scope->other_count, &out->others_kept);
	out->group_keys =
		arena_array(s->arena, count, sizeof(*out->group_keys));
	for (i = 0; i < count; i++)
		out->group_keys[i] =
			s->assessment->group_keys[scope->parts[i].group];
	if (count > 0)
		qsort(out->group_keys, count, sizeof(*out->group_keys),
		      explanation_evidence_compare_keys);
}

/* --- checks from outside --------------------------------------------------- */

static int64_t explanation_evidence_time(const struct evidence_search *s,
                                         int64_t minutes_ago)
{
	if (minutes_ago > MINUTES_MAX || minutes_ago < -MINUTES_MAX)
		return 0;
	return s->now - minutes_ago * MINUTE;
}

/* Since when something has been bad. */
static int64_t explanation_evidence_bad_since(const struct evidence_search *s,
                                              const struct probe_look *look)
{
	if (look->bad_checks == 0 || look->bad_minutes > MINUTES_MAX ||
	    look->age_minutes > MINUTES_MAX)
		return 0;
	return explanation_evidence_time(s,
	                                 look->bad_minutes + look->age_minutes);
}

/* Room for a host of that name, or the one that is there; NULL: there are too
   many. */
static struct evidence_host *
explanation_evidence_find_host(struct explanation_evidence *out,
                               struct text name, struct arena *arena)
{
	struct evidence_host *host;
	size_t i;

	for (i = 0; i < out->host_count; i++) {
		if (text_equal(out->hosts[i].name, name))
			return &out->hosts[i];
	}
	if (out->host_count == EVIDENCE_HOSTS_MAX) {
		out->hosts_cut = true;
		return NULL;
	}
	if (out->host_count == 0)
		out->hosts = arena_array(arena, EVIDENCE_HOSTS_MAX,
		                         sizeof(*out->hosts));
	host = &out->hosts[out->host_count++];
	host->name = explanation_evidence_copy(arena, name);
	return host;
}

static void explanation_evidence_add_host(const struct evidence_search *s,
                                          const struct probe_host *checked,
                                          struct explanation_evidence *out)
{
	struct evidence_host *host =
		explanation_evidence_find_host(out, checked->name, s->arena);

	if (host == NULL)
		return;
	host->checked = true;
	host->state = checked->state;
	host->since = explanation_evidence_bad_since(s, &checked->look);
	host->ends = explanation_evidence_time(s, -checked->not_after_minutes);
}

/* The hosts that give a reason: whether every host fails, or is contradicted,
   lies with those that fail. */
static uint64_t explanation_evidence_host_reasons(enum verdict_reason reason)
{
	if (reason == REASON_MX_ALL_FAILED ||
	    reason == REASON_PROBE_CONTRADICTED)
		return REASON_BIT(REASON_MX_CHECK_FAILED) |
		       REASON_BIT(REASON_MX_NOT_IN_POLICY);
	return REASON_BIT(reason);
}

/* Hosts that the configuration names, where a reason is about them. */
static void explanation_evidence_add_named(const struct evidence_search *s,
                                           enum verdict_reason reason,
                                           struct explanation_evidence *out)
{
	const struct verdict_input *in = s->assessment->input;
	size_t i;

	for (i = 0; i < in->host_count; i++) {
		if (reason == REASON_MX_UNPROVEN ||
		    verdict_mx_misses(in, in->hosts[i]))
			(void)explanation_evidence_find_host(out, in->hosts[i],
			                                     s->arena);
	}
}

static void explanation_evidence_add_hosts(const struct evidence_search *s,
                                           enum verdict_reason reason,
                                           struct explanation_evidence *out)
{
	const struct probe *probe = s->assessment->input->probes[0];
	size_t i;

	for (i = 0; probe != NULL && i < probe->host_count; i++) {
		if ((verdict_probe_host_reasons(s->assessment->thresholds,
		                                &probe->hosts[i]) &
		     explanation_evidence_host_reasons(reason)) != 0)
			explanation_evidence_add_host(s, &probe->hosts[i], out);
	}
	if (reason == REASON_MX_NOT_IN_POLICY ||
	    (reason == REASON_MX_UNPROVEN && out->host_count == 0))
		explanation_evidence_add_named(s, reason, out);
}

/* When the newest check was, and what it says of the policy. */
static void explanation_evidence_add_policy(const struct evidence_search *s,
                                            struct explanation_evidence *out)
{
	const struct probe *probe = s->assessment->input->probes[0];
	int64_t youngest = PROBE_NEVER;
	size_t i;

	if (probe == NULL)
		return;
	for (i = 0; i < probe->host_count; i++) {
		if (probe->hosts[i].look.age_minutes < youngest)
			youngest = probe->hosts[i].look.age_minutes;
	}
	if (probe->policy_checked) {
		if (probe->policy_look.age_minutes < youngest)
			youngest = probe->policy_look.age_minutes;
		out->record = probe->record;
		out->seen_since =
			explanation_evidence_bad_since(s, &probe->policy_look);
	}
	out->checked = explanation_evidence_time(s, youngest);
}

/* --- the whole ------------------------------------------------------------- */

struct explanation_evidence *
explanation_evidence_gather(const struct assessment *assessment, int64_t now,
                            struct arena *arena, int32_t *first_day)
{
	const struct evidence_search s = {assessment, now, arena};
	struct explanation_evidence *all = arena_array(arena, VERDICT_REASONS,
	                                               sizeof(*all)),
				    *out;
	struct arena *scratch = arena_new(0);
	int reason;

	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		out = &all[reason];
		out->scope.since = out->scope.until = VERDICT_NO_DAY;
		if ((assessment->verdict->reasons & REASON_BIT(reason)) == 0)
			continue;
		arena_reset(scratch, 0);
		verdict_scope_find(assessment->input, assessment->verdict,
		                   (enum verdict_reason)reason, scratch,
		                   &out->scope);
		explanation_evidence_add_reporters(&s, out);
		out->scope.parts = out->scope.others = NULL;
		explanation_evidence_add_hosts(&s, (enum verdict_reason)reason,
		                               out);
		explanation_evidence_add_policy(&s, out);
		if (out->scope.since != VERDICT_NO_DAY &&
		    out->scope.since < *first_day)
			*first_day = out->scope.since;
	}
	arena_free(&scratch);
	return all;
}

static void explanation_evidence_add_row(struct explanation_evidence *out,
                                         const struct store_failure_row *row,
                                         uint64_t group_key,
                                         struct arena *arena)
{
	struct evidence_failures *failures = &out->failures[row->result];
	const struct verdict_scope *scope = &out->scope;
	struct evidence_host *host;

	if (scope->part_count == 0 || row->day < scope->since ||
	    row->day > scope->last ||
	    !verdict_scope_covers(scope, row->type, row->result) ||
	    bsearch(&group_key, out->group_keys, scope->part_count,
	            sizeof(group_key),
	            explanation_evidence_compare_keys) == NULL)
		return;
	failures->sessions += row->sessions;
	if (failures->code.len == 0 && row->reason.len > 0)
		failures->code = explanation_evidence_copy(arena, row->reason);
	if (row->mx.len == 0)
		return;
	host = explanation_evidence_find_host(out, row->mx, arena);
	if (host != NULL)
		host->sessions += row->sessions;
}

void explanation_evidence_add_failure(struct explanation_evidence *evidence,
                                      const struct store_failure_row *row,
                                      uint64_t group_key, struct arena *arena)
{
	int reason;

	for (reason = 0; reason < VERDICT_REASONS; reason++)
		explanation_evidence_add_row(&evidence[reason], row, group_key,
		                             arena);
}

static int explanation_evidence_compare_hosts(const void *a, const void *b)
{
	const struct evidence_host *x = a, *y = b;

	if (x->sessions != y->sessions)
		return x->sessions < y->sessions ? 1 : -1;
	return text_order(x->name, y->name);
}

void explanation_evidence_finish(struct explanation_evidence *evidence)
{
	int reason;

	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		if (evidence[reason].host_count > 0)
			qsort(evidence[reason].hosts,
			      evidence[reason].host_count,
			      sizeof(*evidence[reason].hosts),
			      explanation_evidence_compare_hosts);
	}
}

int explanation_evidence_result(const struct explanation_evidence *evidence)
{
	int type, most = -1;

	for (type = 0; type < RESULT_TYPES; type++) {
		if (evidence->failures[type].sessions > 0 &&
		    (most < 0 || evidence->failures[type].sessions >
		                         evidence->failures[most].sessions))
			most = type;
	}
	return most;
}

const struct explanation_evidence *
explanation_evidence_of(const struct explanation *explanation,
                        enum verdict_reason reason)
{
	static const struct explanation_evidence none = {
		.scope = {.since = VERDICT_NO_DAY, .until = VERDICT_NO_DAY}};

	return explanation->evidence != NULL ? &explanation->evidence[reason]
	                                     : &none;
}
