/*
 * The settled days that the evidence is taken from, and what they add up to. A
 * window only ever grows back in time, so that each cell is added once.
 */
#include "exporter/verdict/verdict_window.h"

#include "exporter/verdict/verdict_fault.h"

#define DAYS_PER_WEEK 7

__extension__ typedef __int128 wide;

/* --- which days have reports --------------------------------------------- */

void verdict_window_find_days(struct verdict_evaluation *e)
{
	const struct verdict_selection *s = e->at.selection;
	int32_t day;

	for (day = e->lowest; day <= e->at.today; day++) {
		if (!s->days[day - s->first])
			continue;
		if (!e->any_seen)
			e->first_seen = day;
		else if (day - e->newest_seen > e->longest_gap)
			e->longest_gap = day - e->newest_seen;
		e->any_seen = true;
		e->newest_seen = day;
	}
}

/* --- the sums ------------------------------------------------------------ */

static void verdict_window_add_cell(struct verdict_evaluation *e,
                                    const struct verdict_cell *cell,
                                    int64_t sessions)
{
	const struct verdict_reporter_group *group =
		verdict_evaluation_group(e, cell->group);
	struct verdict_group_sums *sums = &e->at.sums[cell->group];
	struct verdict_window *w = &e->window;
	int64_t local = verdict_fault_local_refusals(e, cell);
	int64_t x = cell->x - local, n = sessions - local;

	w->sessions = verdict_count_add(w->sessions, sessions);
	if (!group->anonymous)
		w->proved = verdict_count_add(w->proved, sessions);
	w->refused = verdict_count_add(w->refused, x);
	w->local = verdict_count_add(w->local, local);
	if (!group->accepted)
		w->local_unaccepted =
			verdict_count_add(w->local_unaccepted, local);
	sums->all = verdict_count_add(sums->all, cell->all - local);
	sums->refused = verdict_count_add(sums->refused, x);
	if (!e->limited)
		sums->local = verdict_count_add(sums->local, local);
	/* One giant must not drown the others, and sessions of one cell are
	   not independent of one another. */
	if (n > e->t->cell_cap) {
		x = verdict_share_scale_up(x, e->t->cell_cap, n);
		n = e->t->cell_cap;
	}
	sums->n = verdict_count_add(sums->n, n);
	sums->x = verdict_count_add(sums->x, x);
	w->n = verdict_count_add(w->n, n);
	w->x = verdict_count_add(w->x, x);
	w->reporters += !sums->counted;
	sums->counted = true;
	w->covered += !w->covers[cell->day - e->lowest];
	w->covers[cell->day - e->lowest] = true;
}

/* Whether a cell is in a window of so many days that e->window grows to. */
static bool verdict_window_reaches(const struct verdict_evaluation *e,
                                   const struct verdict_cell *cell,
                                   int64_t days)
{
	return cell->day > e->at.last - days && cell->day >= e->lowest;
}

static void verdict_window_widen_group(struct verdict_evaluation *e, size_t i,
                                       int64_t days)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group = &s->groups[i];
	struct verdict_group_sums *sums = &e->at.sums[i];
	const struct verdict_cell *cell;
	int64_t sessions;

	for (; sums->place > group->begin; sums->place--) {
		cell = &s->cells[sums->place - 1];
		if (!verdict_window_reaches(e, cell, days))
			return;
		e->window.untested =
			verdict_count_add(e->window.untested, cell->untested);
		sessions = verdict_selection_sessions(group, cell);
		if (sessions > 0)
			verdict_window_add_cell(e, cell, sessions);
	}
}

/* Whether a wider window has refusals that this one has not. */
static bool verdict_window_would_refuse(const struct verdict_evaluation *e,
                                        int64_t days)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_cell *cell;
	uint32_t place;
	size_t i;

	if (!s->refused)
		return false;
	for (i = 0; i < s->count; i++) {
		for (place = e->at.sums[i].place; place > s->groups[i].begin;
		     place--) {
			cell = &s->cells[place - 1];
			if (!verdict_window_reaches(e, cell, days))
				break;
			if (cell->x > verdict_fault_local_refusals(e, cell))
				return true;
		}
	}
	return false;
}

/* --- what the bound rests on ----------------------------------------------- */

/* Whether somebody whom nobody else can sign for is a witness up to the newest
   settled day. */
static bool verdict_window_is_anchored(const struct verdict_evaluation *e)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_cell *cell;
	uint32_t place;
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (!verdict_standing_is_anchor(verdict_evaluation_group(e, i)))
			continue;
		for (place = s->groups[i].begin; place < s->groups[i].end;
		     place++) {
			cell = &s->cells[place];
			if (cell->day >= e->lowest && cell->day <= e->at.last &&
			    verdict_selection_sessions(&s->groups[i], cell) > 0)
				return true;
		}
	}
	return false;
}

int64_t verdict_window_led(const struct verdict_evaluation *e, int64_t n,
                           int64_t lead)
{
	wide most = (wide)e->t->lead_factor * (n - lead);

	return most < n ? (int64_t)most : n;
}

/* No name that others can sign for carries the bound alone, and no two where
   an anchor is a witness too. */
static void verdict_window_find_bound(struct verdict_evaluation *e)
{
	struct verdict_window *w = &e->window;
	int64_t first = 0, second = 0, n;
	size_t i;

	for (i = 0; i < e->at.selection->count; i++) {
		n = e->at.sums[i].n;
		if (n <= second ||
		    verdict_standing_is_anchor(verdict_evaluation_group(e, i)))
			continue;
		second = verdict_count_min(n, first);
		first = verdict_count_max(n, first);
	}
	w->largest = first;
	w->n_bound = verdict_window_led(
		e, w->n,
		w->anchored ? verdict_count_add(first, second) : first);
}

void verdict_window_widen(struct verdict_evaluation *e, int64_t days)
{
	size_t i;

	for (i = 0; i < e->at.selection->count; i++)
		verdict_window_widen_group(e, i, days);
	e->window.days = days;
	verdict_window_find_bound(e);
}

/* --- how wide -------------------------------------------------------------- */

bool verdict_window_excludes(const struct verdict_evaluation *e, int64_t x,
                             int64_t n, int64_t millionths)
{
	return verdict_bound_holds(x, n, (double)millionths / (double)MILLION,
	                           (double)e->t->alpha / (double)MILLION);
}

int64_t verdict_window_widest(const struct verdict_evaluation *e)
{
	return verdict_count_min(e->t->max_window_days, e->observed);
}

static bool verdict_window_suffices(const struct verdict_evaluation *e)
{
	const struct verdict_window *w = &e->window;

	return w->covered >= e->need &&
	       verdict_window_excludes(e, w->x, w->n_bound, e->limit);
}

/* Wider by weeks while more evidence would help; but a wider window may add
   evidence, never old, repaired faults. */
void verdict_window_choose(struct verdict_evaluation *e)
{
	const struct verdict_selection *s = e->at.selection;
	int64_t widest = verdict_window_widest(e), days;
	size_t i;

	for (i = 0; i < s->count; i++)
		e->at.sums[i] = (struct verdict_group_sums){
			.place = verdict_selection_tail(s, &s->groups[i],
		                                        e->at.last + 1)};
	e->window.anchored = verdict_window_is_anchored(e);
	verdict_window_widen(e, e->t->window_days);
	e->first_proved = e->window.proved;
	e->first_local_unaccepted = e->window.local_unaccepted;
	while (e->window.x == 0 && e->window.days < widest &&
	       !verdict_window_suffices(e)) {
		days = verdict_count_min(e->window.days + DAYS_PER_WEEK,
		                         widest);
		if (verdict_window_would_refuse(e, days))
			return;
		verdict_window_widen(e, days);
	}
}
