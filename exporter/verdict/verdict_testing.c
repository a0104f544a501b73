/*
 * What holds in testing: what blocks a domain, and what it waits for.
 */
#include "exporter/verdict/verdict_testing.h"

#include "exporter/verdict/verdict_fault.h"
#include "exporter/verdict/verdict_recent.h"
#include "exporter/verdict/verdict_window.h"

/* One stray is no ratio. */
#define RATIO_MIN 2

/* --- what blocks -------------------------------------------------------------
 */

static bool verdict_testing_is_active(const struct verdict_evaluation *e,
                                      int cause)
{
	const struct thresholds *t = e->t;

	return verdict_recent_is_refused_together(e, cause, RATIO_MIN,
	                                          t->active_ratio) ||
	       (e->faults[cause] == VERDICT_FAULT_RECEIVER &&
	        verdict_recent_is_refused_together(e, cause, t->active_min,
	                                           t->agreed_ratio)) ||
	       verdict_recent_is_refused_on_a_day(e, cause, t->active_min,
	                                          t->bad_day_ratio);
}

static void verdict_testing_find_active(struct verdict_evaluation *e)
{
	bool active = e->recent.agreed;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		active |= verdict_testing_is_active(e, cause);
	if (active)
		verdict_evaluation_add_reason(e, REASON_ACTIVE_REFUSALS);
}

/* Whether one reporter's own sessions are refused. */
static bool
verdict_testing_is_refused_to_one(const struct verdict_evaluation *e)
{
	const struct verdict_group_sums *sums;
	size_t i;

	for (i = 0; i < e->at.selection->count; i++) {
		sums = &e->at.sums[i];
		if (sums->counted && sums->refused >= e->t->sole_min &&
		    verdict_share_reaches(sums->refused, sums->all, e->limit))
			return true;
	}
	return false;
}

/* Whether the sessions without some one reporter are refused. */
static bool
verdict_testing_is_diluted_by_one(const struct verdict_evaluation *e)
{
	const struct verdict_window *w = &e->window;
	const struct verdict_group_sums *sums;
	size_t i;

	for (i = 0; i < e->at.selection->count; i++) {
		sums = &e->at.sums[i];
		if (sums->counted && w->x - sums->x >= e->t->sole_min &&
		    verdict_share_reaches(w->x - sums->x, w->n - sums->n,
		                          e->limit))
			return true;
	}
	return false;
}

static void verdict_testing_find_ratios(struct verdict_evaluation *e)
{
	const struct verdict_window *w = &e->window;

	if (w->x >= RATIO_MIN && verdict_share_reaches(w->x, w->n, e->limit))
		verdict_evaluation_add_reason(e, REASON_REFUSAL_RATIO);
	else if (verdict_testing_is_refused_to_one(e))
		verdict_evaluation_add_reason(e, REASON_ONE_SENDER_REFUSED);
	else if (verdict_testing_is_diluted_by_one(e))
		verdict_evaluation_add_reason(e, REASON_ONE_SENDER_DILUTES);
}

#define BLOCKING                                       \
	(REASON_BIT(REASON_ACTIVE_REFUSALS) |          \
	 REASON_BIT(REASON_SENDER_LOCAL_OVER_BUDGET) | \
	 REASON_BIT(REASON_REFUSAL_RATIO) |            \
	 REASON_BIT(REASON_ONE_SENDER_REFUSED) |       \
	 REASON_BIT(REASON_ONE_SENDER_DILUTES) |       \
	 REASON_BIT(REASON_PREDICTED_REFUSALS) |       \
	 REASON_BIT(REASON_MX_NOT_IN_POLICY) |         \
	 REASON_BIT(REASON_MX_CHECK_FAILED))

/* Adds its reasons, and says whether one of them blocks. */
static bool verdict_testing_is_blocked(struct verdict_evaluation *e)
{
	verdict_testing_find_active(e);
	if (verdict_share_exceeds(e->first_local_unaccepted, e->first_proved,
	                          e->t->local_share_max))
		verdict_evaluation_add_reason(e,
		                              REASON_SENDER_LOCAL_OVER_BUDGET);
	verdict_testing_find_ratios(e);
	return (e->reasons & BLOCKING) != 0;
}

/* --- what is waited for ------------------------------------------------------
 */

static bool verdict_testing_is_outdated(const struct verdict_evaluation *e)
{
	const struct verdict_selection *s = e->at.selection;
	int32_t from = e->at.last - (int32_t)e->t->recent_days + 1;
	const struct verdict_selected *group;
	const struct verdict_cell *cell;
	int64_t old = 0, current = 0;
	uint32_t place;
	size_t i;

	for (i = 0; i < s->count; i++) {
		group = &s->groups[i];
		place = verdict_selection_tail(s, group, from);
		for (; place < group->end; place++) {
			cell = &s->cells[place];
			if (cell->day > e->at.last)
				break;
			old = verdict_count_add(old, cell->old);
			if (cell->day < e->lowest)
				continue;
			current = verdict_count_add(
				current,
				verdict_selection_sessions(group, cell));
		}
	}
	return old > 0 &&
	       verdict_share_exceeds(old, verdict_count_add(old, current),
	                             e->t->outdated_share);
}

/* What a day adds up to, unsettled ones too, faults of the senders' own left
   out. */
struct day_sum {
	int64_t n, x;
};

static void verdict_testing_sum_days(const struct verdict_evaluation *e,
                                     int32_t from,
                                     struct day_sum days[VERDICT_VIEW_DAYS])
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group;
	const struct verdict_cell *cell;
	struct day_sum *sum;
	int64_t local;
	uint32_t place;
	size_t i;

	for (i = 0; i < s->count; i++) {
		group = &s->groups[i];
		place = verdict_selection_tail(s, group, from);
		for (; place < group->end; place++) {
			cell = &s->cells[place];
			sum = &days[cell->day - e->lowest];
			local = verdict_fault_local_refusals(e, cell);
			sum->x = verdict_count_add(sum->x, cell->x - local);
			sum->n = verdict_count_add(
				sum->n,
				verdict_selection_sessions(group, cell) -
					local);
		}
	}
}

/* Whether two separate days were bad: one long fault is one fault. */
static bool verdict_testing_is_recurring(const struct verdict_evaluation *e)
{
	struct day_sum days[VERDICT_VIEW_DAYS] = {{0}};
	int32_t from = e->at.last - (int32_t)e->t->recur_days + 1;
	int i, before = -1;

	if (!e->at.selection->refused)
		return false;
	verdict_testing_sum_days(e, from > e->lowest ? from : e->lowest, days);
	for (i = 0; i < VERDICT_VIEW_DAYS; i++) {
		if (days[i].x < e->t->active_min ||
		    !verdict_share_reaches(days[i].x, days[i].n,
		                           e->t->bad_day_ratio))
			continue;
		if (before >= 0 && i - before >= e->t->recur_gap_days)
			return true;
		before = i;
	}
	return false;
}

static uint64_t verdict_testing_reason_if(bool holds,
                                          enum verdict_reason reason)
{
	return holds ? REASON_BIT(reason) : 0;
}

/* What is still waited for, as reasons. */
static uint64_t verdict_testing_wait_reasons(const struct verdict_evaluation *e)
{
	const struct verdict_window *w = &e->window;
	bool bounded = verdict_window_excludes(e, w->x, w->n_bound, e->limit);

	return verdict_testing_reason_if(!e->at.selection->sts,
	                                 REASON_POLICY_NOT_SEEN) |
	       verdict_testing_reason_if(verdict_testing_is_outdated(e),
	                                 REASON_OUTDATED_POLICY) |
	       verdict_testing_reason_if(e->observed < e->t->window_days,
	                                 REASON_OBSERVATION_SHORT) |
	       verdict_testing_reason_if(w->covered < e->need,
	                                 REASON_COVERAGE_LOW) |
	       verdict_testing_reason_if(w->reporters < e->t->min_reporters,
	                                 REASON_FEW_REPORTERS) |
	       verdict_testing_reason_if(!bounded, REASON_BOUND_TOO_WIDE) |
	       verdict_testing_reason_if(verdict_testing_is_recurring(e),
	                                 REASON_RECURRING) |
	       (e->reasons & (REASON_BIT(REASON_POLICY_DIFFERS) |
	                      REASON_BIT(REASON_POLICY_ID_UNCHANGED) |
	                      REASON_BIT(REASON_CERTIFICATE_ENDS_SOON)));
}

/* --- thin evidence -----------------------------------------------------------
 */

/* What the bound beside ready_limited rests on: where one reporter alone
   reports, on it; else on no name that others can sign for. */
static int64_t verdict_testing_limited_bound(const struct verdict_evaluation *e,
                                             const struct verdict_window *w)
{
	if (w->reporters < 2)
		return w->n;
	return w->x > 0 ? w->n - w->largest
	                : verdict_window_led(e, w->n, w->largest);
}

/* Long and clean, though thin: then e->window is the widest. */
static bool verdict_testing_is_limited(struct verdict_evaluation *e,
                                       uint64_t wait)
{
	const uint64_t thin = REASON_BIT(REASON_COVERAGE_LOW) |
	                      REASON_BIT(REASON_FEW_REPORTERS) |
	                      REASON_BIT(REASON_BOUND_TOO_WIDE);
	struct verdict_window chosen = e->window, *w = &e->window;

	if ((wait & ~thin) != 0 || e->observed < e->t->limited_days)
		return false;
	e->limited = true;
	verdict_window_widen(e, verdict_window_widest(e));
	w->n_bound = verdict_testing_limited_bound(e, w);
	/* What was reported stays that of the window. */
	w->sessions = chosen.sessions;
	w->refused = chosen.refused;
	w->local = chosen.local;
	w->untested = chosen.untested;
	if ((w->x == 0 ||
	     verdict_window_excludes(e, w->x, w->n_bound, e->t->max_refusal)) &&
	    w->n_bound >= e->t->limited_sessions &&
	    w->covered >= e->t->limited_covered_days && w->reporters > 0)
		return true;
	*w = chosen;
	return false;
}

/* --- the state ---------------------------------------------------------------
 */

enum verdict_state verdict_testing_state(struct verdict_evaluation *e)
{
	bool blocked = verdict_testing_is_blocked(e);
	uint64_t wait = verdict_testing_wait_reasons(e);

	e->progress = (struct verdict_progress){
		.lacking = wait,
		.covered_days = e->window.covered,
		.reporters = e->window.reporters,
		.n_bound = e->window.n_bound,
		.x = e->window.x,
	};
	if (verdict_evaluation_has_reason(e, REASON_REPORTS_STOPPED))
		return VERDICT_STALE;
	if (verdict_evaluation_has_reason(e, REASON_POLICY_UNUSABLE) ||
	    e->at.probe->policy_broken)
		return VERDICT_POLICY_BROKEN;
	if (blocked)
		return VERDICT_BLOCKED;
	if (wait == 0)
		return VERDICT_READY;
	e->reasons |= wait;
	return verdict_testing_is_limited(e, wait) ? VERDICT_READY_LIMITED
	                                           : VERDICT_COLLECTING;
}
