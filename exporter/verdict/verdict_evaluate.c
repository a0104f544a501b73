/*
 * One evaluation: what the cells say at one settled end. All is counted in
 * integers. The order of the parts is that of README.md.
 */
#include "exporter/verdict/verdict_evaluate.h"

#include "exporter/verdict/verdict_fault.h"
#include "exporter/verdict/verdict_recent.h"
#include "exporter/verdict/verdict_window.h"

static void verdict_evaluate_add_reason(struct verdict_evaluation *e,
                                        enum verdict_reason reason)
{
	e->reasons |= REASON_BIT(reason);
}

static bool verdict_evaluate_has_reason(const struct verdict_evaluation *e,
                                        enum verdict_reason reason)
{
	return (e->reasons & REASON_BIT(reason)) != 0;
}

/* --- reasons that hold in every mode ------------------------------------- */

static void verdict_evaluate_unusable(struct verdict_evaluation *e)
{
	const struct verdict_recent *r = &e->recent;

	if (r->unusable_groups == 0)
		return;
	if ((r->unusable_groups >= 2 &&
	     verdict_share_reaches(r->unusable, r->unusable + r->n,
	                           e->t->unusable_share)) ||
	    !r->anyone_succeeds)
		verdict_evaluate_add_reason(e, REASON_POLICY_UNUSABLE);
	else if (r->unusable_groups == 1)
		verdict_evaluate_add_reason(
			e, REASON_POLICY_UNUSABLE_FOR_ONE_SENDER);
	else
		verdict_evaluate_add_reason(e, REASON_POLICY_UNUSABLE_SPORADIC);
}

static void verdict_evaluate_predictions(struct verdict_evaluation *e)
{
	int64_t predicted;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		predicted = e->recent.predicted.counts[cause];
		if (predicted >= e->t->active_min &&
		    e->faults[cause] == VERDICT_FAULT_RECEIVER)
			verdict_evaluate_add_reason(e,
			                            REASON_PREDICTED_REFUSALS);
		else if (predicted > 0)
			verdict_evaluate_add_reason(
				e, REASON_PREDICTED_REFUSALS_ONE_SENDER);
	}
	if (e->recent.dane)
		verdict_evaluate_add_reason(e, REASON_DANE_FAILING);
}

/* Listed MX hosts, and those of them that no pattern covers. */
static size_t verdict_evaluate_hosts(struct verdict_evaluation *e,
                                     size_t *missed)
{
	const struct verdict_input *in = e->in;
	const struct verdict_host *host;
	size_t listed = 0, i;

	*missed = 0;
	for (i = 0; i < in->host_count; i++) {
		host = &in->hosts[i];
		if (host->check == MX_CHECK_FAIL)
			verdict_evaluate_add_reason(e, REASON_MX_CHECK_FAILED);
		if (!host->listed)
			continue;
		listed++;
		if (host->check == MX_CHECK_UNKNOWN)
			verdict_evaluate_add_reason(e, REASON_MX_UNPROVEN);
		if (verdict_mx_misses(in, host->name))
			(*missed)++;
	}
	if (*missed > 0)
		verdict_evaluate_add_reason(e, REASON_MX_NOT_IN_POLICY);
	return listed;
}

static int64_t
verdict_evaluate_untested_sessions(const struct verdict_evaluation *e)
{
	const struct verdict_cell *cell;
	int64_t sum = 0;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->day > e->at.last - e->window.days &&
		    cell->day <= e->at.last)
			sum += cell->untested;
	}
	return sum;
}

static int64_t verdict_evaluate_stale_limit(const struct verdict_evaluation *e)
{
	int64_t limit = 2 * (int64_t)e->longest_gap;

	if (limit > e->t->stale_days_max)
		limit = e->t->stale_days_max;
	return limit > e->t->stale_days ? limit : e->t->stale_days;
}

/* --- under enforce ------------------------------------------------------- */

static bool verdict_evaluate_is_refused_now(const struct verdict_evaluation *e,
                                            int64_t least, int64_t ratio)
{
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (verdict_recent_is_refused(e, cause, least, ratio))
			return true;
	}
	return false;
}

static bool
verdict_evaluate_is_over_budget_now(const struct verdict_evaluation *e)
{
	return e->recent.n > 0 &&
	       verdict_share_exceeds(e->recent.local, e->recent.proved,
	                             e->t->local_share_max);
}

static enum verdict_state verdict_evaluate_enforce(struct verdict_evaluation *e,
                                                   size_t listed, size_t missed)
{
	const struct thresholds *t = e->t;
	bool warn = false;

	if (e->recent.agreed ||
	    verdict_evaluate_is_refused_now(e, t->warn_min, t->warn_ratio)) {
		verdict_evaluate_add_reason(e, REASON_REFUSALS_NOW);
		warn = true;
	}
	if (verdict_evaluate_is_over_budget_now(e)) {
		verdict_evaluate_add_reason(e, REASON_SENDER_LOCAL_OVER_BUDGET);
		warn = true;
	}
	if (verdict_evaluate_has_reason(e, REASON_POLICY_UNUSABLE) ||
	    verdict_evaluate_has_reason(e, REASON_REPORTS_STOPPED) ||
	    verdict_evaluate_has_reason(e, REASON_MX_CHECK_FAILED) ||
	    missed > 0)
		warn = true;
	if (e->recent.flooded ||
	    verdict_evaluate_is_refused_now(e, t->rollback_min,
	                                    t->rollback_ratio) ||
	    (listed > 0 && missed == listed))
		return VERDICT_ENFORCE_ROLLBACK;
	return warn ? VERDICT_ENFORCE_WARNING : VERDICT_ENFORCE_OK;
}

/* --- in testing ---------------------------------------------------------- */

static bool verdict_evaluate_is_active(const struct verdict_evaluation *e,
                                       int cause)
{
	int64_t refused = e->recent.refused.counts[cause];

	if (!verdict_fault_is_receivers(e->faults[cause]) || refused == 0)
		return false;
	if (verdict_share_reaches(refused, e->recent.n, e->t->active_ratio))
		return true;
	if (e->faults[cause] == VERDICT_FAULT_RECEIVER &&
	    refused >= e->t->active_min &&
	    verdict_share_reaches(refused, e->recent.n, e->t->agreed_ratio))
		return true;
	return verdict_recent_has_bad_day(e, cause);
}

/* Adds its reasons, and says whether one of them blocks. */
static bool verdict_evaluate_find_blocking(struct verdict_evaluation *e,
                                           size_t missed)
{
	const struct verdict_window *w = &e->window;
	bool active = e->recent.agreed;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		active |= verdict_evaluate_is_active(e, cause);
	if (active)
		verdict_evaluate_add_reason(e, REASON_ACTIVE_REFUSALS);
	if (w->sessions > 0 &&
	    verdict_share_exceeds(w->local_unaccepted, w->proved,
	                          e->t->local_share_max))
		verdict_evaluate_add_reason(e, REASON_SENDER_LOCAL_OVER_BUDGET);
	if (w->n > 0 && verdict_share_reaches(w->x, w->n, e->limit))
		verdict_evaluate_add_reason(e, REASON_REFUSAL_RATIO);
	return active || missed > 0 ||
	       verdict_evaluate_has_reason(e, REASON_PREDICTED_REFUSALS) ||
	       verdict_evaluate_has_reason(e, REASON_MX_CHECK_FAILED) ||
	       verdict_evaluate_has_reason(e,
	                                   REASON_SENDER_LOCAL_OVER_BUDGET) ||
	       verdict_evaluate_has_reason(e, REASON_REFUSAL_RATIO);
}

static bool verdict_evaluate_is_outdated(const struct verdict_evaluation *e)
{
	int32_t from = e->at.last - (int32_t)e->t->recent_days + 1;
	const struct verdict_cell *cell;
	int64_t old = 0, current = 0;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->day < from || cell->day > e->at.last)
			continue;
		old += cell->old;
		current += cell->n;
	}
	return old > 0 &&
	       verdict_share_exceeds(old, old + current, e->t->outdated_share);
}

/* What is still waited for, as reasons. */
static uint32_t
verdict_evaluate_wait_reasons(const struct verdict_evaluation *e)
{
	const struct verdict_window *w = &e->window;
	uint32_t wait = 0;

	if (!e->sts_seen)
		wait |= REASON_BIT(REASON_POLICY_NOT_SEEN);
	if (verdict_evaluate_is_outdated(e))
		wait |= REASON_BIT(REASON_OUTDATED_POLICY);
	if (e->observed < e->t->window_days)
		wait |= REASON_BIT(REASON_OBSERVATION_SHORT);
	if (w->covered < e->need)
		wait |= REASON_BIT(REASON_COVERAGE_LOW);
	if (w->reporters < e->t->min_reporters)
		wait |= REASON_BIT(REASON_FEW_REPORTERS);
	if (w->upper > verdict_evaluation_limit(e))
		wait |= REASON_BIT(REASON_BOUND_TOO_WIDE);
	return wait;
}

/* Long and clean, though thin: then e->window is the widest. */
static bool verdict_evaluate_try_limited(struct verdict_evaluation *e,
                                         uint32_t wait)
{
	const uint32_t thin = REASON_BIT(REASON_COVERAGE_LOW) |
	                      REASON_BIT(REASON_FEW_REPORTERS) |
	                      REASON_BIT(REASON_BOUND_TOO_WIDE);
	int64_t days = e->t->max_window_days;
	struct verdict_window widest;

	if ((wait & ~thin) != 0 || e->observed < e->t->limited_days)
		return false;
	if (e->observed < days)
		days = e->observed;
	widest = verdict_window_sum(e, days);
	if (widest.x > 0 || widest.n < e->t->limited_sessions ||
	    widest.covered < e->t->limited_covered_days ||
	    widest.reporters == 0)
		return false;
	/* The numbers that it rests on; what was reported stays that of the
	   window. */
	widest.sessions = e->window.sessions;
	widest.refused = e->window.refused;
	widest.local = e->window.local;
	e->window = widest;
	return true;
}

static enum verdict_state verdict_evaluate_testing(struct verdict_evaluation *e,
                                                   size_t missed)
{
	bool blocked = verdict_evaluate_find_blocking(e, missed);
	uint32_t wait = verdict_evaluate_wait_reasons(e);

	if (verdict_evaluate_has_reason(e, REASON_REPORTS_STOPPED))
		return VERDICT_STALE;
	if (verdict_evaluate_has_reason(e, REASON_POLICY_UNUSABLE))
		return VERDICT_POLICY_BROKEN;
	if (blocked)
		return VERDICT_BLOCKED;
	if (wait == 0)
		return VERDICT_READY;
	if (verdict_evaluate_try_limited(e, wait)) {
		e->reasons |= wait;
		return VERDICT_READY_LIMITED;
	}
	e->reasons |= wait;
	return VERDICT_COLLECTING;
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
		.observed_days = e->observed > 0 ? e->observed : 0,
		.covered_days = w->covered,
		.reporters = w->reporters,
		.sessions = w->sessions,
		.refused = w->refused,
		.local_refused = w->local,
		.n = w->n,
		.x = w->x,
		.upper = w->upper,
		.limit = verdict_evaluation_limit(e),
		.gap_days = e->at.last > e->newest_seen
	                            ? e->at.last - e->newest_seen
	                            : 0,
		.stale_limit = verdict_evaluate_stale_limit(e),
		.recent_sessions = e->recent.n,
	};
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		out->faults[cause] = e->faults[cause];
		out->recent_refused[cause] = e->recent.refused.counts[cause];
	}
}

static void verdict_evaluate_begin(struct verdict_evaluation *e,
                                   const struct verdict_input *in,
                                   const struct verdict_cells *cells,
                                   const struct verdict_moment *moment)
{
	*e = (struct verdict_evaluation){
		.in = in,
		.t = in->thresholds,
		.cells = cells->items,
		.end = cells->items + cells->count,
		.at = *moment,
	};
	e->lowest = moment->last - (int32_t)e->t->max_window_days + 1;
	e->limit = moment->was_ready ? e->t->exit_refusal : e->t->max_refusal;
	e->need = moment->was_ready ? e->t->exit_covered_days
	                            : e->t->min_covered_days;
	if (in->ignored)
		verdict_evaluate_add_reason(e, REASON_UNTRUSTED_IGNORED);
	verdict_window_find_days(e);
}

/* Where nothing came, or there is no policy, that is the state, and its reason
   is added: no number is needed. */
static bool verdict_evaluate_try_early_end(struct verdict_evaluation *e,
                                           enum verdict_state *state)
{
	if (!e->any_seen) {
		verdict_evaluate_add_reason(e, REASON_NO_REPORTS);
		*state = VERDICT_NO_DATA;
		return true;
	}
	if (e->in->mode == STS_MODE_NONE ||
	    (e->in->mode == STS_MODE_UNKNOWN && !e->sts_seen)) {
		verdict_evaluate_add_reason(e, REASON_POLICY_NOT_PUBLISHED);
		*state = VERDICT_NO_POLICY;
		return true;
	}
	return false;
}

void verdict_evaluate(const struct verdict_input *in,
                      const struct verdict_cells *cells,
                      const struct verdict_moment *moment,
                      struct verdict_finding *out)
{
	struct verdict_evaluation e;
	int32_t first;
	size_t listed, missed;
	int64_t untested;

	*out = (struct verdict_finding){0};
	verdict_evaluate_begin(&e, in, cells, moment);
	if (verdict_evaluate_try_early_end(&e, &out->state)) {
		out->reasons = e.reasons;
		return;
	}
	verdict_fault_attribute(&e);
	first = in->since > e.first_seen ? in->since : e.first_seen;
	e.observed = (int64_t)moment->last - first + 1;
	verdict_window_choose(&e);
	if (moment->last - e.newest_seen > verdict_evaluate_stale_limit(&e))
		verdict_evaluate_add_reason(&e, REASON_REPORTS_STOPPED);
	verdict_recent_assess(&e);
	verdict_evaluate_unusable(&e);
	verdict_evaluate_predictions(&e);
	untested = verdict_evaluate_untested_sessions(&e);
	if (untested > e.window.sessions)
		verdict_evaluate_add_reason(&e, REASON_UNTESTED_SENDERS);
	listed = verdict_evaluate_hosts(&e, &missed);
	if (e.window.local > 0)
		verdict_evaluate_add_reason(&e, REASON_SENDER_LOCAL_FAULT);
	out->fault_days = e.window.days;
	out->state = in->mode == STS_MODE_ENFORCE
	                     ? verdict_evaluate_enforce(&e, listed, missed)
	                     : verdict_evaluate_testing(&e, missed);
	out->reasons = e.reasons;
	verdict_evaluate_fill_numbers(&e, &out->numbers);
	out->numbers.untested_sessions = untested;
}
