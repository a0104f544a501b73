#include "exporter/explain/conditions.h"

/* What is known of a kind of condition. */
struct condition_rule {
	const char *name;
	bool waited_for;
	bool in_testing, in_enforce;
	uint64_t reasons; /* (bits) any of which says that it is not met */
};

#define BIT(reason) REASON_BIT(REASON_##reason)

static const struct condition_rule conditions_rules[CONDITIONS] = {
	[CONDITION_REPORTS_ARRIVE] = {"reports_arrive", false, true, true,
                                      BIT(NO_REPORTS) | BIT(REPORTS_STOPPED)},
	[CONDITION_POLICY_SEEN] = {"policy_seen", false, true, false,
                                   BIT(POLICY_NOT_PUBLISHED) |
                                           BIT(POLICY_NOT_SEEN)},
	[CONDITION_POLICY_USABLE] = {"policy_usable", false, true, true,
                                     BIT(POLICY_UNUSABLE)},
	[CONDITION_NO_REFUSALS_NOW] = {"no_refusals_now", false, true, true,
                                       BIT(ACTIVE_REFUSALS) |
                                               BIT(PREDICTED_REFUSALS) |
                                               BIT(REFUSALS_NOW)},
	[CONDITION_REFUSAL_RATIO] = {"refusal_ratio", false, true, false,
                                     BIT(REFUSAL_RATIO) |
                                             BIT(ONE_SENDER_REFUSED) |
                                             BIT(ONE_SENDER_DILUTES)},
	[CONDITION_SENDER_FAULTS] = {"sender_faults", false, true, true,
                                     BIT(SENDER_LOCAL_OVER_BUDGET)},
	[CONDITION_OBSERVED_DAYS] = {"observed_days", true, true, false,
                                     BIT(OBSERVATION_SHORT)},
	[CONDITION_COVERED_DAYS] = {"covered_days", true, true, false,
                                    BIT(COVERAGE_LOW)},
	[CONDITION_REPORTERS] = {"reporters", true, true, false,
                                 BIT(FEW_REPORTERS)},
	[CONDITION_BOUND] = {"bound", true, true, false, BIT(BOUND_TOO_WIDE)},
	[CONDITION_PRESENT_POLICY] = {"present_policy", true, true, false,
                                      BIT(OUTDATED_POLICY)},
	[CONDITION_NOT_RECURRING] = {"not_recurring", true, true, false,
                                     BIT(RECURRING)},
	[CONDITION_NEWCOMERS] = {"newcomers", false, true, true,
                                 BIT(NEWCOMER_REFUSALS)},
	[CONDITION_CONFIRMED] = {"confirmed", true, true, false,
                                 BIT(CONFIRMING)},
	[CONDITION_MX_IN_POLICY] = {"mx_in_policy", false, true, true,
                                    BIT(MX_NOT_IN_POLICY)},
	[CONDITION_CHECKS] = {"checks", false, true, true,
                              BIT(MX_CHECK_FAILED) | BIT(MX_ALL_FAILED) |
                                      BIT(CERTIFICATE_ENDS_SOON) |
                                      BIT(POLICY_FETCH_FAILED) |
                                      BIT(POLICY_INVALID) |
                                      BIT(POLICY_DIFFERS) |
                                      BIT(POLICY_RECORD_BAD) |
                                      BIT(POLICY_ID_UNCHANGED)},
	[CONDITION_SIGNED_EVIDENCE] = {"signed_evidence", false, true, true,
                                       BIT(ANONYMOUS_EVIDENCE)},
};

const char *conditions_name(enum condition_kind kind)
{
	return conditions_rules[kind].name;
}

bool conditions_is_waited_for(enum condition_kind kind)
{
	return conditions_rules[kind].waited_for;
}

/* --- what is not met ------------------------------------------------------- */

static bool conditions_is_confirmed(const struct verdict_input *in,
                                    const struct verdict *verdict)
{
	return verdict->state == VERDICT_READY ||
	       verdict->state == VERDICT_READY_LIMITED ||
	       verdict->progress.confirmed_days >= in->thresholds->confirm_days;
}

uint32_t conditions_unmet(const struct verdict_input *input,
                          const struct verdict *verdict)
{
	bool enforced = input->mode == STS_MODE_ENFORCE;
	uint64_t reasons = verdict->reasons | verdict->progress.lacking;
	const struct condition_rule *rule;
	uint32_t unmet = 0;
	int kind;

	for (kind = 0; kind < CONDITIONS; kind++) {
		rule = &conditions_rules[kind];
		if ((enforced ? rule->in_enforce : rule->in_testing) &&
		    (reasons & rule->reasons) != 0)
			unmet |= CONDITION_BIT(kind);
	}
	if (!enforced && !conditions_is_confirmed(input, verdict))
		unmet |= CONDITION_BIT(CONDITION_CONFIRMED);
	return unmet;
}

/* --- what is seen ---------------------------------------------------------- */

struct condition_search {
	const struct verdict_input *in;
	const struct verdict *verdict;
	struct arena *scratch;
	uint32_t unmet;
	struct conditions *out;
};

static void conditions_add(struct condition_search *s, struct condition one)
{
	one.met = (s->unmet & CONDITION_BIT(one.kind)) == 0;
	s->out->items[s->out->count++] = one;
}

static void conditions_add_least(struct condition_search *s,
                                 enum condition_kind kind, int64_t seen,
                                 int64_t needed)
{
	conditions_add(s, (struct condition){.kind = kind,
	                                     .least = true,
	                                     .seen = (double)seen,
	                                     .needed = (double)needed});
}

static void conditions_add_most(struct condition_search *s,
                                enum condition_kind kind, int64_t seen,
                                int64_t most)
{
	conditions_add(s, (struct condition){.kind = kind,
	                                     .seen = (double)seen,
	                                     .needed = (double)most});
}

static void conditions_add_share(struct condition_search *s,
                                 enum condition_kind kind, int64_t part,
                                 int64_t whole, double most)
{
	conditions_add(
		s, (struct condition){
			   .kind = kind,
			   .seen = whole > 0 ? (double)part / (double)whole : 0,
			   .needed = most,
			   .part = part,
			   .whole = whole});
}

/* What a reason speaks of, whether it holds or not. */
static struct verdict_scope conditions_scope(struct condition_search *s,
                                             enum verdict_reason reason)
{
	struct verdict_scope scope;

	verdict_scope_find(s->in, s->verdict, reason, s->scratch, &scope);
	return scope;
}

static void conditions_add_scope(struct condition_search *s,
                                 enum condition_kind kind,
                                 enum verdict_reason reason, int64_t millionths)
{
	struct verdict_scope scope = conditions_scope(s, reason);

	conditions_add_share(s, kind, scope.affected, scope.sessions,
	                     (double)millionths / (double)MILLION);
}

static bool conditions_has_sts(const struct verdict_input *in,
                               const struct verdict *verdict)
{
	size_t i;

	for (i = 0; i < in->row_count; i++) {
		if (in->rows[i].type == POLICY_STS &&
		    verdict->witnesses[in->rows[i].group].seen)
			return true;
	}
	return false;
}

static int64_t conditions_count_missed(const struct verdict_input *in)
{
	int64_t missed = 0;
	size_t i;

	for (i = 0; i < in->host_count; i++)
		missed += verdict_mx_misses(in, in->hosts[i]);
	return missed;
}

static void conditions_add_waits(struct condition_search *s)
{
	const struct verdict_progress *p = &s->verdict->progress;
	const struct verdict_numbers *n = &s->verdict->numbers;
	const struct thresholds *t = s->in->thresholds;

	conditions_add_share(s, CONDITION_REFUSAL_RATIO, n->x, n->n, n->limit);
	conditions_add_scope(s, CONDITION_SENDER_FAULTS,
	                     REASON_SENDER_LOCAL_OVER_BUDGET,
	                     t->local_share_max);
	conditions_add_least(s, CONDITION_OBSERVED_DAYS, n->observed_days,
	                     t->window_days);
	conditions_add_least(s, CONDITION_COVERED_DAYS, p->covered_days,
	                     n->covered_needed);
	conditions_add_least(s, CONDITION_REPORTERS, p->reporters,
	                     t->min_reporters);
	conditions_add_least(
		s, CONDITION_BOUND, p->n_bound,
		verdict_bound_sessions(p->x, n->limit,
	                               (double)t->alpha / (double)MILLION));
	conditions_add_scope(s, CONDITION_PRESENT_POLICY,
	                     REASON_OUTDATED_POLICY, t->outdated_share);
	conditions_add_most(s, CONDITION_NOT_RECURRING,
	                    conditions_scope(s, REASON_RECURRING).bad_days, 1);
}

/* What both modes have, before and after the rest. */
static void conditions_add_first(struct condition_search *s)
{
	const struct verdict_numbers *n = &s->verdict->numbers;
	const struct thresholds *t = s->in->thresholds;

	if (!s->out->enforced)
		conditions_add_least(s, CONDITION_POLICY_SEEN,
		                     conditions_has_sts(s->in, s->verdict), 1);
	if (!n->known)
		return;
	conditions_add_scope(s, CONDITION_POLICY_USABLE, REASON_POLICY_UNUSABLE,
	                     t->unusable_share);
	conditions_add_scope(
		s, CONDITION_NO_REFUSALS_NOW,
		s->out->enforced ? REASON_REFUSALS_NOW : REASON_ACTIVE_REFUSALS,
		s->out->enforced ? t->warn_ratio : t->active_ratio);
}

static void conditions_add_last(struct condition_search *s)
{
	const struct verdict *verdict = s->verdict;

	conditions_add_most(
		s, CONDITION_NEWCOMERS,
		conditions_scope(s, REASON_NEWCOMER_REFUSALS).affected, 0);
	if (!s->out->enforced)
		conditions_add_least(s, CONDITION_CONFIRMED,
		                     verdict->progress.confirmed_days,
		                     s->in->thresholds->confirm_days);
	if (s->in->host_count > 0 ||
	    (s->unmet & CONDITION_BIT(CONDITION_MX_IN_POLICY)) != 0)
		conditions_add_most(s, CONDITION_MX_IN_POLICY,
		                    conditions_count_missed(s->in), 0);
	if (verdict->probe != PROBE_ABSENT ||
	    (s->unmet & CONDITION_BIT(CONDITION_CHECKS)) != 0)
		conditions_add_least(s, CONDITION_CHECKS,
		                     verdict->probe == PROBE_FINE, 1);
	if ((s->unmet & CONDITION_BIT(CONDITION_SIGNED_EVIDENCE)) != 0)
		conditions_add_least(s, CONDITION_SIGNED_EVIDENCE, 0, 1);
}

void conditions_find(const struct verdict_input *input,
                     const struct verdict *verdict, struct arena *scratch,
                     struct conditions *out)
{
	struct condition_search s = {
		.in = input,
		.verdict = verdict,
		.scratch = scratch,
		.unmet = conditions_unmet(input, verdict),
		.out = out,
	};
	const struct verdict_numbers *n = &verdict->numbers;

	*out = (struct conditions){.enforced = input->mode == STS_MODE_ENFORCE};
	if (n->known)
		conditions_add_most(&s, CONDITION_REPORTS_ARRIVE, n->gap_days,
		                    n->stale_limit);
	else
		conditions_add_least(&s, CONDITION_REPORTS_ARRIVE,
		                     verdict->state != VERDICT_NO_DATA, 1);
	conditions_add_first(&s);
	if (!n->known)
		return;
	if (out->enforced)
		conditions_add_scope(&s, CONDITION_SENDER_FAULTS,
		                     REASON_SENDER_LOCAL_OVER_BUDGET,
		                     input->thresholds->local_share_max);
	else
		conditions_add_waits(&s);
	conditions_add_last(&s);
}

const struct condition *conditions_get(const struct conditions *conditions,
                                       enum condition_kind kind)
{
	size_t i;

	for (i = 0; i < conditions->count; i++) {
		if (conditions->items[i].kind == kind)
			return &conditions->items[i];
	}
	return NULL;
}
