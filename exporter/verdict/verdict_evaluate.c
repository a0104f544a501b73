/*
 * One evaluation: what the cells say at one settled end. All is counted in
 * integers. The order of the parts is that of README.md, "The verdict".
 */
#include <string.h>

#include "exporter/verdict/verdict_private.h"

__extension__ typedef __int128 wide;

static void give(struct evaluation *e, enum verdict_reason reason)
{
	e->reasons |= REASON_BIT(reason);
}

static bool has(const struct evaluation *e, enum verdict_reason reason)
{
	return (e->reasons & REASON_BIT(reason)) != 0;
}

bool share_reaches(int64_t part, int64_t whole, int64_t millionths)
{
	return (wide)part * MILLION >= (wide)whole * millionths;
}

bool share_exceeds(int64_t part, int64_t whole, int64_t millionths)
{
	return (wide)part * MILLION > (wide)whole * millionths;
}

int64_t scaled_up(int64_t part, int64_t to, int64_t whole)
{
	return (int64_t)(((wide)part * to + whole - 1) / whole);
}

/* --- reasons that hold in every mode ------------------------------------- */

static void judge_unusable(struct evaluation *e)
{
	const struct recent *r = &e->recent;

	if (r->unusable_witnesses == 0)
		return;
	if ((r->unusable_witnesses >= 2 &&
	     share_reaches(r->unusable, r->unusable + r->n,
	                   e->t->unusable_share)) ||
	    !r->anyone_succeeds)
		give(e, REASON_POLICY_UNUSABLE);
	else if (r->unusable_witnesses == 1)
		give(e, REASON_POLICY_UNUSABLE_FOR_ONE_SENDER);
	else
		give(e, REASON_POLICY_UNUSABLE_SPORADIC);
}

static void judge_predictions(struct evaluation *e)
{
	int64_t predicted;
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		predicted = e->recent.predicted.counts[class];
		if (predicted >= e->t->active_min &&
		    e->faults[class] == FAULT_RECEIVER)
			give(e, REASON_PREDICTED_REFUSALS);
		else if (predicted > 0)
			give(e, REASON_PREDICTED_REFUSALS_ONE_SENDER);
	}
	if (e->recent.dane)
		give(e, REASON_DANE_FAILING);
}

/* Listed MX hosts, and those of them that no pattern covers. */
static size_t judge_hosts(struct evaluation *e, size_t *missed)
{
	const struct verdict_input *in = e->in;
	const struct verdict_host *host;
	size_t listed = 0, i;

	*missed = 0;
	for (i = 0; i < in->host_count; i++) {
		host = &in->hosts[i];
		if (host->check == MX_FAIL)
			give(e, REASON_MX_CHECK_FAILED);
		if (!host->listed)
			continue;
		listed++;
		if (host->check == MX_UNKNOWN)
			give(e, REASON_MX_UNPROVEN);
		if (verdict_mx_misses(in, host->name))
			(*missed)++;
	}
	if (*missed > 0)
		give(e, REASON_MX_NOT_IN_POLICY);
	return listed;
}

static int64_t untested_sessions(const struct evaluation *e)
{
	const struct cell *cell;
	int64_t sum = 0;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->day > e->at.last - e->window.days &&
		    cell->day <= e->at.last)
			sum += cell->untested;
	}
	return sum;
}

static int64_t stale_limit(const struct evaluation *e)
{
	int64_t limit = 2 * (int64_t)e->longest_gap;

	if (limit > e->t->stale_days_max)
		limit = e->t->stale_days_max;
	return limit > e->t->stale_days ? limit : e->t->stale_days;
}

/* --- under enforce ------------------------------------------------------- */

static bool any_refuses_now(const struct evaluation *e, int64_t least,
                            int64_t ratio)
{
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (recent_refuses(e, class, least, ratio))
			return true;
	}
	return false;
}

static bool is_local_over_budget_now(const struct evaluation *e)
{
	return e->recent.n > 0 &&
	       share_exceeds(e->recent.local, e->recent.proved,
	                     e->t->local_share_max);
}

static enum verdict_state judge_enforce(struct evaluation *e, size_t listed,
                                        size_t missed)
{
	const struct thresholds *t = e->t;
	bool warn = false;

	if (e->recent.agreed ||
	    any_refuses_now(e, t->warn_min, t->warn_ratio)) {
		give(e, REASON_REFUSALS_NOW);
		warn = true;
	}
	if (is_local_over_budget_now(e)) {
		give(e, REASON_SENDER_LOCAL_OVER_BUDGET);
		warn = true;
	}
	if (has(e, REASON_POLICY_UNUSABLE) || has(e, REASON_REPORTS_STOPPED) ||
	    has(e, REASON_MX_CHECK_FAILED) || missed > 0)
		warn = true;
	if (e->recent.flooded ||
	    any_refuses_now(e, t->rollback_min, t->rollback_ratio) ||
	    (listed > 0 && missed == listed))
		return VERDICT_ENFORCE_ROLLBACK;
	return warn ? VERDICT_ENFORCE_WARNING : VERDICT_ENFORCE_OK;
}

/* --- in testing ---------------------------------------------------------- */

static bool is_active(const struct evaluation *e, int class)
{
	int64_t refused = e->recent.refused.counts[class];

	if (!fault_is_receivers(e->faults[class]) || refused == 0)
		return false;
	if (share_reaches(refused, e->recent.n, e->t->active_ratio))
		return true;
	if (e->faults[class] == FAULT_RECEIVER && refused >= e->t->active_min &&
	    share_reaches(refused, e->recent.n, e->t->agreed_ratio))
		return true;
	return recent_has_bad_day(e, class);
}

static bool is_blocked(struct evaluation *e, size_t missed)
{
	const struct window *w = &e->window;
	bool active = e->recent.agreed;
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++)
		active |= is_active(e, class);
	if (active)
		give(e, REASON_ACTIVE_REFUSALS);
	if (w->sessions > 0 && share_exceeds(w->local_unaccepted, w->proved,
	                                     e->t->local_share_max))
		give(e, REASON_SENDER_LOCAL_OVER_BUDGET);
	if (w->n > 0 && share_reaches(w->x, w->n, e->limit))
		give(e, REASON_REFUSAL_RATIO);
	return active || missed > 0 || has(e, REASON_PREDICTED_REFUSALS) ||
	       has(e, REASON_MX_CHECK_FAILED) ||
	       has(e, REASON_SENDER_LOCAL_OVER_BUDGET) ||
	       has(e, REASON_REFUSAL_RATIO);
}

static bool is_outdated(const struct evaluation *e)
{
	int32_t from = e->at.last - (int32_t)e->t->recent_days + 1;
	const struct cell *cell;
	int64_t old = 0, current = 0;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->day < from || cell->day > e->at.last)
			continue;
		old += cell->old;
		current += cell->n;
	}
	return old > 0 &&
	       share_exceeds(old, old + current, e->t->outdated_share);
}

/* What is still waited for, as reasons. */
static uint32_t waits_for(const struct evaluation *e)
{
	const struct window *w = &e->window;
	uint32_t wait = 0;

	if (!e->sts_seen)
		wait |= REASON_BIT(REASON_POLICY_NOT_SEEN);
	if (is_outdated(e))
		wait |= REASON_BIT(REASON_OUTDATED_POLICY);
	if (e->observed < e->t->window_days)
		wait |= REASON_BIT(REASON_OBSERVATION_SHORT);
	if (w->covered < e->need)
		wait |= REASON_BIT(REASON_COVERAGE_LOW);
	if (w->reporters < e->t->min_reporters)
		wait |= REASON_BIT(REASON_FEW_REPORTERS);
	if (w->upper > limit_of(e))
		wait |= REASON_BIT(REASON_BOUND_TOO_WIDE);
	return wait;
}

/* Long and clean, though thin. */
static bool is_limited(struct evaluation *e, uint32_t wait)
{
	const uint32_t thin = REASON_BIT(REASON_COVERAGE_LOW) |
	                      REASON_BIT(REASON_FEW_REPORTERS) |
	                      REASON_BIT(REASON_BOUND_TOO_WIDE);
	int64_t days = e->t->max_window_days;
	struct window widest;

	if ((wait & ~thin) != 0 || e->observed < e->t->limited_days)
		return false;
	if (e->observed < days)
		days = e->observed;
	widest = evaluation_window(e, days);
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

static enum verdict_state judge_testing(struct evaluation *e, size_t missed)
{
	bool blocked = is_blocked(e, missed);
	uint32_t wait = waits_for(e);

	if (has(e, REASON_REPORTS_STOPPED))
		return VERDICT_STALE;
	if (has(e, REASON_POLICY_UNUSABLE))
		return VERDICT_POLICY_BROKEN;
	if (blocked)
		return VERDICT_BLOCKED;
	if (wait == 0)
		return VERDICT_READY;
	if (is_limited(e, wait)) {
		e->reasons |= wait;
		return VERDICT_READY_LIMITED;
	}
	e->reasons |= wait;
	return VERDICT_COLLECTING;
}

/* --- the whole ----------------------------------------------------------- */

static void fill_numbers(const struct evaluation *e,
                         struct verdict_numbers *out)
{
	const struct window *w = &e->window;
	int class;

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
		.limit = limit_of(e),
		.gap_days = e->at.last > e->newest_seen
	                            ? e->at.last - e->newest_seen
	                            : 0,
		.stale_limit = stale_limit(e),
		.recent_sessions = e->recent.n,
	};
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		out->faults[class] = e->faults[class];
		out->recent_refused[class] = e->recent.refused.counts[class];
	}
}

static void begin(struct evaluation *e, const struct verdict_input *in,
                  const struct cells *cells, const struct moment *moment)
{
	*e = (struct evaluation){
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
		give(e, REASON_UNTRUSTED_IGNORED);
	evaluation_see_days(e);
}

/* What there is to say before any number: nothing came, or no policy. */
static bool ends_early(struct evaluation *e, enum verdict_state *state)
{
	if (!e->any_seen) {
		give(e, REASON_NO_REPORTS);
		*state = VERDICT_NO_DATA;
		return true;
	}
	if (e->in->mode == MODE_NONE ||
	    (e->in->mode == MODE_UNKNOWN && !e->sts_seen)) {
		give(e, REASON_POLICY_NOT_PUBLISHED);
		*state = VERDICT_NO_POLICY;
		return true;
	}
	return false;
}

void evaluate(const struct verdict_input *in, const struct cells *cells,
              const struct moment *moment, struct finding *out)
{
	struct evaluation e;
	int32_t first;
	size_t listed, missed;
	int64_t untested;

	*out = (struct finding){0};
	begin(&e, in, cells, moment);
	if (ends_early(&e, &out->state)) {
		out->reasons = e.reasons;
		return;
	}
	evaluation_attribute(&e);
	first = in->since > e.first_seen ? in->since : e.first_seen;
	e.observed = (int64_t)moment->last - first + 1;
	evaluation_choose_window(&e);
	if (moment->last - e.newest_seen > stale_limit(&e))
		give(&e, REASON_REPORTS_STOPPED);
	evaluation_look_at_recent(&e);
	judge_unusable(&e);
	judge_predictions(&e);
	untested = untested_sessions(&e);
	if (untested > e.window.sessions)
		give(&e, REASON_UNTESTED_SENDERS);
	listed = judge_hosts(&e, &missed);
	if (e.window.local > 0)
		give(&e, REASON_SENDER_LOCAL_FAULT);
	out->fault_days = e.window.days;
	out->state = in->mode == MODE_ENFORCE
	                     ? judge_enforce(&e, listed, missed)
	                     : judge_testing(&e, missed);
	out->reasons = e.reasons;
	fill_numbers(&e, &out->numbers);
	out->numbers.untested_sessions = untested;
}
