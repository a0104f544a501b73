/*
 * The evidence of one moment, weighed: a state that must be confirmed, and that
 * the bad news of newcomers may hold up.
 */
#include "exporter/verdict/verdict_weighing.h"

/* --- newcomers
 * ---------------------------------------------------------------- */

static void verdict_weighing_add_newcomer(const struct verdict_selection *all,
                                          const struct verdict_selected *group,
                                          struct verdict_newcomers *newcomers)
{
	const struct verdict_cell *cell;
	uint32_t place;
	int cause;

	newcomers->any = true;
	for (place = group->begin; place < group->end; place++) {
		cell = &all->cells[place];
		newcomers->policy |= cell->unusable > 0;
		newcomers->bad |= cell->unusable > 0 || cell->x > 0;
		for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
			newcomers->bad |= cell->predicted[cause] > 0;
			newcomers->causes[cause] |= cell->predicted[cause] >
			                                    0 ||
			                            cell->by_cause[cause] > 0;
		}
	}
}

/* Whether all that a group says is of days to come. */
static bool verdict_weighing_is_to_come(const struct verdict_source *source,
                                        const struct verdict_weighing *w,
                                        size_t i)
{
	const struct verdict_cells *cells = source->cells;
	uint32_t first = cells->starts[i];

	return first < cells->starts[i + 1] &&
	       cells->items[first].day > w->today;
}

static void verdict_weighing_find_newcomers(const struct verdict_source *source,
                                            const struct verdict_selection *all,
                                            struct verdict_weighing *w)
{
	const struct verdict_selected *group;
	size_t i;

	for (i = 0; i < all->count; i++) {
		group = &all->groups[i];
		w->newcomers.any |= verdict_weighing_is_to_come(source, w, i);
		if (group->begin < group->end && !group->standing)
			verdict_weighing_add_newcomer(all, group,
			                              &w->newcomers);
	}
}

/* Whether a reporter of standing shows some cause of newcomers lately. */
static bool verdict_weighing_is_backed_by(const struct verdict_weighing *w,
                                          const struct verdict_selected *group)
{
	const struct thresholds *t = w->in->thresholds;
	const struct verdict_selection *s = &w->standing;
	int32_t since = w->last - (int32_t)t->recent_days + 1;
	uint32_t place = verdict_selection_tail(s, group, since);
	int64_t all = 0, by_cause[REFUSAL_CAUSES] = {0};
	const struct verdict_cell *cell;
	int cause;

	for (; place < group->end; place++) {
		cell = &s->cells[place];
		if (w->newcomers.policy && cell->unusable > 0)
			return true;
		if (verdict_selection_sessions(group, cell) == 0)
			continue;
		all = verdict_count_add(all, cell->all);
		for (cause = 0; cause < REFUSAL_CAUSES; cause++)
			by_cause[cause] = verdict_count_add(
				by_cause[cause], cell->by_cause[cause]);
	}
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (w->newcomers.causes[cause] &&
		    by_cause[cause] >= t->total_min &&
		    verdict_share_reaches(by_cause[cause], all,
		                          t->bad_day_ratio))
			return true;
	}
	return false;
}

static bool verdict_weighing_is_backed(const struct verdict_weighing *w)
{
	size_t i;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (w->newcomers.causes[cause] && w->probe.failing[cause])
			return true;
	}
	for (i = 0; i < w->standing.count; i++) {
		if (verdict_weighing_is_backed_by(w, &w->standing.groups[i]))
			return true;
	}
	return false;
}

static bool verdict_weighing_is_worse(enum verdict_state with,
                                      enum verdict_state without)
{
	if (with == without)
		return false;
	if (verdict_weighing_is_ready_state(without) ||
	    without == VERDICT_COLLECTING)
		return with == VERDICT_POLICY_BROKEN ||
		       with == VERDICT_BLOCKED || with == VERDICT_COLLECTING ||
		       (without == VERDICT_READY &&
		        with == VERDICT_READY_LIMITED);
	return without == VERDICT_ENFORCE_OK ||
	       (without == VERDICT_ENFORCE_WARNING &&
	        with == VERDICT_ENFORCE_ROLLBACK);
}

/* --- one moment
 * ----------------------------------------------------------------- */

void verdict_weighing_begin(const struct verdict_source *source,
                            int days_before, bool proved_only,
                            struct verdict_weighing *out)
{
	const struct verdict_input *in = source->in;
	struct verdict_witness *witnesses = days_before == 0 && !proved_only
	                                            ? source->witnesses
	                                            : source->scratch;
	struct verdict_selection all;
	struct verdict_view view;

	*out = (struct verdict_weighing){
		.in = in,
		.sums = source->sums,
		.last = in->last - days_before,
		.today = in->today - days_before,
	};
	view = verdict_standing_view(in, out->last, out->today, proved_only);
	verdict_probe_read(in->thresholds, in->probes[days_before],
	                   &out->probe);
	verdict_standing_find(in, &view, source->arena, witnesses, &out->needs);
	verdict_selection_of_view(in, source->cells, &view, witnesses,
	                          source->arena, &all);
	verdict_weighing_find_newcomers(source, &all, out);
	if (out->newcomers.bad)
		verdict_selection_of_everybody(
			&all,
			out->last - (int32_t)in->thresholds->window_days + 1,
			source->arena, &out->everybody);
	verdict_selection_of_standing(&all, source->arena, &out->standing);
}

/* The state of a selection, which may have to be confirmed. */
static void verdict_weighing_confirm(const struct verdict_weighing *w,
                                     const struct verdict_selection *selection,
                                     bool was_ready,
                                     struct verdict_finding *out)
{
	struct verdict_question question = {
		.in = w->in,
		.selection = selection,
		.probe = &w->probe,
		.sums = w->sums,
		.last = w->last,
		.today = w->today,
		.was_ready = was_ready,
	};
	struct verdict_finding before;
	int64_t k;

	verdict_evaluate(&question, out);
	if (!verdict_weighing_is_ready_state(out->state))
		return;
	out->progress.confirmed_days = w->in->thresholds->confirm_days;
	if (was_ready)
		return;
	for (k = 1; k < w->in->thresholds->confirm_days; k++) {
		question.last--;
		verdict_evaluate(&question, &before);
		if (verdict_weighing_is_ready_state(before.state))
			continue;
		out->state = VERDICT_COLLECTING;
		out->reasons |= REASON_BIT(REASON_CONFIRMING);
		out->progress.confirmed_days = k;
		return;
	}
}

/* The good news of newcomers is not counted; their bad news alone is no more
   than a reason to wait, or to look. */
static void verdict_weighing_hear_newcomers(const struct verdict_weighing *w,
                                            bool was_ready,
                                            struct verdict_finding *out)
{
	struct verdict_finding with;
	uint64_t reasons = out->reasons;

	verdict_weighing_confirm(w, &w->everybody, was_ready, &with);
	if (!verdict_weighing_is_worse(with.state, out->state))
		return;
	if (verdict_weighing_is_backed(w)) {
		*out = with;
		out->reasons |= reasons;
		return;
	}
	if (out->state == VERDICT_ENFORCE_OK ||
	    out->state == VERDICT_ENFORCE_WARNING)
		out->state = VERDICT_ENFORCE_WARNING;
	else
		out->state = VERDICT_COLLECTING;
	out->reasons |= REASON_BIT(REASON_NEWCOMER_REFUSALS);
}

void verdict_weighing_find(const struct verdict_weighing *w, bool was_ready,
                           struct verdict_finding *out)
{
	verdict_weighing_confirm(w, &w->standing, was_ready, out);
	if (w->newcomers.bad)
		verdict_weighing_hear_newcomers(w, was_ready, out);
	if (w->newcomers.any)
		out->reasons |= REASON_BIT(REASON_NEWCOMERS_NOT_COUNTED);
	out->numbers.standing_days_needed = w->needs.days;
	out->numbers.standing_reports_needed = w->needs.report_days;
}
