/*
 * The settled days that the evidence is taken from, and what they add up to.
 */
#include "exporter/verdict/verdict_window.h"

#include "exporter/verdict/verdict_fault.h"

/* --- which days have reports --------------------------------------------- */

void verdict_window_find_days(struct verdict_evaluation *e)
{
	const struct verdict_cell *cell;
	int32_t day, before = 0;
	int i;

	for (cell = e->cells; cell < e->end; cell++) {
		if (!verdict_evaluation_is_in_span(e, cell))
			continue;
		e->seen[cell->day - e->lowest] |= cell->seen;
		e->sts_seen |= cell->sts;
	}
	for (i = 0; i < VERDICT_EVALUATION_DAYS; i++) {
		if (!e->seen[i])
			continue;
		day = e->lowest + i;
		if (!e->any_seen)
			e->first_seen = day;
		else if (day - before > e->longest_gap)
			e->longest_gap = day - before;
		e->any_seen = true;
		e->newest_seen = day;
		before = day;
	}
}

/* --- the window ---------------------------------------------------------- */

static void verdict_window_add_cell(const struct verdict_evaluation *e,
                                    const struct verdict_cell *cell,
                                    struct verdict_window *w)
{
	int64_t local = verdict_fault_local_refusals(cell, e->faults);
	int64_t x = cell->x - local, n = cell->n - local;

	w->sessions += cell->n;
	w->proved += cell->proved;
	w->refused += x;
	w->local += local;
	if (!e->in->groups[cell->group].accepted)
		w->local_unaccepted += local;
	/* One giant must not drown the others, and sessions of one cell are
	   not independent of one another. */
	if (n > e->t->cell_cap) {
		x = verdict_share_scale_up(x, e->t->cell_cap, n);
		n = e->t->cell_cap;
	}
	w->n += n;
	w->x += x;
}

struct verdict_window verdict_window_sum(const struct verdict_evaluation *e,
                                         int64_t days)
{
	struct verdict_window w = {.days = days};
	bool covered[VERDICT_EVALUATION_DAYS] = {false};
	const struct verdict_cell *cell;
	uint32_t counted = UINT32_MAX;
	int i;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->n == 0 || cell->day < e->lowest ||
		    cell->day <= e->at.last - days || cell->day > e->at.last)
			continue;
		verdict_window_add_cell(e, cell, &w);
		covered[cell->day - e->lowest] = true;
		w.reporters += cell->group != counted;
		counted = cell->group;
	}
	for (i = 0; i < VERDICT_EVALUATION_DAYS; i++)
		w.covered += covered[i];
	w.upper = verdict_bound(w.x, w.n, (double)e->t->alpha / 1e6);
	return w;
}

/* Wider by weeks while more evidence would help; but a wider window may add
   evidence, never old, repaired faults. */
void verdict_window_choose(struct verdict_evaluation *e)
{
	struct verdict_window wider;
	int64_t most = e->t->max_window_days;

	if (e->observed < most)
		most = e->observed;
	e->window = verdict_window_sum(e, e->t->window_days);
	while ((e->window.upper > verdict_evaluation_limit(e) ||
	        e->window.covered < e->need) &&
	       e->window.x == 0 && e->window.days + 7 <= most) {
		wider = verdict_window_sum(e, e->window.days + 7);
		if (wider.x > 0)
			return;
		e->window = wider;
	}
}
