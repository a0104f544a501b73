/*
 * One evaluation: what the cells say at one settled end. All is counted in
 * integers. The order of the parts is that of README.md.
 */
#include "exporter/verdict/verdict_evaluate.h"

#include "exporter/verdict/verdict_enforce.h"
#include "exporter/verdict/verdict_fault.h"
#include "exporter/verdict/verdict_recent.h"
#include "exporter/verdict/verdict_testing.h"
#include "exporter/verdict/verdict_window.h"

/* --- reasons that hold in every mode ------------------------------------- */

static int64_t verdict_evaluate_stale_limit(const struct verdict_evaluation *e)
{
	return verdict_count_max(
		e->t->stale_days,
		verdict_count_min(e->t->stale_days_max,
	                          2 * (int64_t)e->longest_gap));
}

static void verdict_evaluate_unusable(struct verdict_evaluation *e)
{
	const struct verdict_recent *r = &e->recent;

	if (r->unusable_groups == 0)
		return;
	if (r->clean == 0 ||
	    (r->unusable_badly >= 2 &&
	     verdict_share_reaches(r->unusable,
	                           verdict_count_add(r->unusable, r->n),
	                           e->t->unusable_share)))
		verdict_evaluation_add_reason(e, REASON_POLICY_UNUSABLE);
	else if (r->unusable_groups == 1)
		verdict_evaluation_add_reason(
			e, REASON_POLICY_UNUSABLE_FOR_ONE_SENDER);
	else
		verdict_evaluation_add_reason(e,
		                              REASON_POLICY_UNUSABLE_SPORADIC);
}

static void verdict_evaluate_predictions(struct verdict_evaluation *e)
{
	int64_t predicted;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		predicted = e->recent.predicted.counts[cause];
		if (predicted >= e->t->active_min &&
		    e->faults[cause] == VERDICT_FAULT_RECEIVER)
			verdict_evaluation_add_reason(
				e, REASON_PREDICTED_REFUSALS);
		else if (predicted > 0)
			verdict_evaluation_add_reason(
				e, REASON_PREDICTED_REFUSALS_ONE_SENDER);
	}
	if (e->recent.dane)
		verdict_evaluation_add_reason(e, REASON_DANE_FAILING);
}

static void verdict_evaluate_hosts(struct verdict_evaluation *e)
{
	const struct verdict_input *in = e->at.in;
	enum probe_summary summary = e->at.probe->summary;
	size_t i;

	for (i = 0; i < in->host_count; i++)
		e->hosts_missed += verdict_mx_misses(in, in->hosts[i]);
	if (e->hosts_missed > 0)
		verdict_evaluation_add_reason(e, REASON_MX_NOT_IN_POLICY);
	if (e->at.probe->unproven ||
	    (in->host_count > 0 &&
	     (summary == PROBE_ABSENT || summary == PROBE_STALE ||
	      summary == PROBE_USELESS)))
		verdict_evaluation_add_reason(e, REASON_MX_UNPROVEN);
}

/* --- the parts in turn --------------------------------------------------- */

static void verdict_evaluate_begin(struct verdict_evaluation *e,
                                   const struct verdict_question *question)
{
	const struct thresholds *t = question->in->thresholds;

	*e = (struct verdict_evaluation){
		.at = *question,
		.t = t,
		.lowest = question->last - (int32_t)t->max_window_days + 1,
		.limit = question->was_ready ? t->exit_refusal : t->max_refusal,
		.need = question->was_ready ? t->exit_covered_days
	                                    : t->min_covered_days,
		.reasons = question->probe->reasons,
	};
	verdict_window_find_days(e);
}

/* Where nothing came, or there is no policy, that is the state, and its reason
   is added: no number is needed. A host that fails needs no reports. */
static bool verdict_evaluate_ends_early(struct verdict_evaluation *e,
                                        enum verdict_state *state)
{
	enum sts_mode mode = e->at.in->mode;

	if (!e->any_seen) {
		verdict_evaluation_add_reason(e, REASON_NO_REPORTS);
		*state = VERDICT_NO_DATA;
		if (mode == STS_MODE_ENFORCE && e->at.probe->any_failing)
			*state = e->at.probe->all_failing
			                 ? VERDICT_ENFORCE_ROLLBACK
			                 : VERDICT_ENFORCE_WARNING;
		return true;
	}
	if (mode == STS_MODE_NONE ||
	    (mode == STS_MODE_UNKNOWN && !e->at.selection->sts)) {
		verdict_evaluation_add_reason(e, REASON_POLICY_NOT_PUBLISHED);
		*state = VERDICT_NO_POLICY;
		return true;
	}
	return false;
}

static enum verdict_state verdict_evaluate_run(struct verdict_evaluation *e)
{
	enum verdict_state state;
	int32_t since = e->at.in->since;

	if (verdict_evaluate_ends_early(e, &state))
		return state;
	e->complete = true;
	verdict_fault_attribute(e);
	e->observed = (int64_t)e->at.last -
	              (since > e->first_seen ? since : e->first_seen) + 1;
	verdict_window_choose(e);
	if (e->at.last - e->newest_seen > verdict_evaluate_stale_limit(e))
		verdict_evaluation_add_reason(e, REASON_REPORTS_STOPPED);
	verdict_recent_assess(e);
	verdict_evaluate_unusable(e);
	verdict_evaluate_predictions(e);
	if (e->window.untested > e->window.sessions)
		verdict_evaluation_add_reason(e, REASON_UNTESTED_SENDERS);
	verdict_evaluate_hosts(e);
	if (e->window.local > 0)
		verdict_evaluation_add_reason(e, REASON_SENDER_LOCAL_FAULT);
	return verdict_evaluation_is_enforced(e) ? verdict_enforce_state(e)
	                                         : verdict_testing_state(e);
}

/* --- the whole ----------------------------------------------------------- */

static void verdict_evaluate_fill_numbers(const struct verdict_evaluation *e,
                                          struct verdict_numbers *out)
{
	const struct verdict_window *w = &e->window;
	int cause;

	*out = (struct verdict_numbers){
		.known = true,
		.window_days = w->days,
		.observed_days = verdict_count_max(0, e->observed),
		.covered_days = w->covered,
		.reporters = w->reporters,
		.sessions = w->sessions,
		.refused = w->refused,
		.local_refused = w->local,
		.n = w->n,
		.x = w->x,
		.n_bound = w->n_bound,
		.limit = (double)e->limit / (double)MILLION,
		.covered_needed = e->need,
		.gap_days = e->at.last > e->newest_seen
	                            ? e->at.last - e->newest_seen
	                            : 0,
		.stale_limit = verdict_evaluate_stale_limit(e),
		.untested_sessions = w->untested,
		.recent_since = e->recent.since,
		.recent_sessions = e->recent.n,
	};
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		out->faults[cause] = e->faults[cause];
		out->recent_refused[cause] = e->recent.refused.counts[cause];
	}
}

void verdict_evaluate(const struct verdict_question *question,
                      struct verdict_finding *out)
{
	struct verdict_evaluation e;

	verdict_evaluate_begin(&e, question);
	*out = (struct verdict_finding){.question = *question};
	out->state = verdict_evaluate_run(&e);
	out->reasons = e.reasons;
	out->progress = e.progress;
	if (e.complete)
		verdict_evaluate_fill_numbers(&e, &out->numbers);
}

void verdict_evaluate_again(const struct verdict_question *question,
                            struct verdict_evaluation *e)
{
	verdict_evaluate_begin(e, question);
	(void)verdict_evaluate_run(e);
}
