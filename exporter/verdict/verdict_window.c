/*
 * The settled days that the evidence is taken from, and what they add up to.
 */
#include "exporter/verdict/verdict_private.h"

/* --- which days have reports --------------------------------------------- */

void evaluation_see_days(struct evaluation *e)
{
	const struct cell *cell;
	int32_t day, before = 0;
	int i;

	for (cell = e->cells; cell < e->end; cell++) {
		if (!is_looked_at(e, cell))
			continue;
		e->seen[cell->day - e->lowest] |= cell->seen;
		e->sts_seen |= cell->sts;
	}
	for (i = 0; i < EVALUATION_DAYS; i++) {
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

static void add_to_window(const struct evaluation *e, const struct cell *cell,
                          struct window *w)
{
	int64_t local = local_refusals(cell, e->faults);
	int64_t x = cell->x - local, n = cell->n - local;

	w->sessions += cell->n;
	w->proved += cell->proved;
	w->refused += x;
	w->local += local;
	if (!e->in->witnesses[cell->witness].accepted)
		w->local_unaccepted += local;
	/* One giant must not drown the others, and sessions of one cell are
	   not independent of one another. */
	if (n > e->t->cell_cap) {
		x = scaled_up(x, e->t->cell_cap, n);
		n = e->t->cell_cap;
	}
	w->n += n;
	w->x += x;
}

struct window evaluation_window(const struct evaluation *e, int64_t days)
{
	struct window w = {.days = days};
	bool covered[EVALUATION_DAYS] = {false};
	const struct cell *cell;
	uint32_t counted = UINT32_MAX;
	int i;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->n == 0 || cell->day < e->lowest ||
		    cell->day <= e->at.last - days || cell->day > e->at.last)
			continue;
		add_to_window(e, cell, &w);
		covered[cell->day - e->lowest] = true;
		w.reporters += cell->witness != counted;
		counted = cell->witness;
	}
	for (i = 0; i < EVALUATION_DAYS; i++)
		w.covered += covered[i];
	w.upper = verdict_bound(w.x, w.n, (double)e->t->alpha / 1e6);
	return w;
}

/* Wider by weeks while more evidence would help; but a wider window may add
   evidence, never old, repaired faults. */
void evaluation_choose_window(struct evaluation *e)
{
	struct window wider;
	int64_t most = e->t->max_window_days;

	if (e->observed < most)
		most = e->observed;
	e->window = evaluation_window(e, e->t->window_days);
	while ((e->window.upper > limit_of(e) || e->window.covered < e->need) &&
	       e->window.x == 0 && e->window.days + 7 <= most) {
		wider = evaluation_window(e, e->window.days + 7);
		if (wider.x > 0)
			return;
		e->window = wider;
	}
}
