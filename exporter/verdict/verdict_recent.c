/*
 * The days since shortly before the newest settled one, unsettled ones too:
 * bad news is not made to wait.
 */
#include "exporter/verdict/verdict_private.h"

int32_t recent_from(const struct evaluation *e)
{
	int64_t days = e->in->mode == MODE_ENFORCE ? e->t->enforce_recent_days
	                                           : e->t->recent_days;

	return e->at.last - (int32_t)days + 1;
}

/* One witness's recent days. */
struct own {
	int64_t all, unusable;
	bool succeeds;
	struct by_class refused;
};

/* What the classes sum up to when no cell counts more than cell_cap. */
struct capped {
	int64_t n;
	struct by_class x;
};

static void add_recent_cell(struct evaluation *e, const struct cell *cell,
                            struct own *own, struct capped *capped)
{
	struct recent *r = &e->recent;
	int64_t n = cell->n < e->t->cell_cap ? cell->n : e->t->cell_cap;
	int class;

	r->n += cell->n;
	r->proved += cell->proved;
	r->local += local_refusals(cell, e->faults);
	r->unusable += cell->unusable;
	r->dane |= cell->dane > 0;
	own->all += cell->all;
	own->unusable += cell->unusable;
	own->succeeds |= cell->n > cell->x;
	capped->n += n;
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		r->refused.counts[class] += cell->by_class[class];
		r->predicted.counts[class] += cell->predicted[class];
		own->refused.counts[class] += cell->by_class[class];
		if (cell->n > 0 && fault_is_receivers(e->faults[class]))
			capped->x.counts[class] +=
				scaled_up(cell->by_class[class], n, cell->n);
	}
}

/* Witnesses of bad news in each class, each measured against itself alone, so
   that no flood of successes dilutes it. */
struct agreement {
	int witnesses[REFUSAL_CAUSES];
	struct by_class refused;
};

static void add_own(struct evaluation *e, const struct own *own,
                    struct agreement *agreement)
{
	int64_t refused;
	int class;

	e->recent.unusable_witnesses += own->unusable > 0;
	e->recent.anyone_succeeds |= own->succeeds;
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		refused = own->refused.counts[class];
		if (refused < e->t->active_min ||
		    !share_reaches(refused, own->all, e->t->bad_day_ratio))
			continue;
		agreement->witnesses[class]++;
		agreement->refused.counts[class] += refused;
	}
}

static void judge_agreement(struct evaluation *e,
                            const struct agreement *agreement,
                            const struct capped *capped)
{
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (agreement->witnesses[class] < 2)
			continue;
		e->recent.agreed = true;
		if (agreement->refused.counts[class] >= e->t->rollback_min &&
		    share_reaches(capped->x.counts[class], capped->n,
		                  e->t->rollback_ratio))
			e->recent.flooded = true;
	}
}

void evaluation_look_at_recent(struct evaluation *e)
{
	const struct cell *cell = e->cells, *next;
	struct agreement agreement = {{0}, {{0}}};
	struct capped capped = {0};
	struct own own;

	for (; cell < e->end; cell = next) {
		next = next_witness(e, cell);
		own = (struct own){0};
		for (; cell < next; cell++) {
			if (cell->day >= recent_from(e) &&
			    is_looked_at(e, cell))
				add_recent_cell(e, cell, &own, &capped);
		}
		add_own(e, &own, &agreement);
	}
	judge_agreement(e, &agreement, &capped);
}

/* The refusals of a class on one day, and that day's sessions. */
static int64_t refused_on(const struct evaluation *e, int32_t day, int class,
                          int64_t *sessions)
{
	const struct cell *cell;
	int64_t refused = 0;

	*sessions = 0;
	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->day != day)
			continue;
		refused += cell->by_class[class];
		*sessions += cell->n;
	}
	return refused;
}

/* The newest day with trials. */
static int32_t newest_trial(const struct evaluation *e)
{
	const struct cell *cell;
	int32_t newest = e->lowest;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->n > 0 && is_looked_at(e, cell) && cell->day > newest)
			newest = cell->day;
	}
	return newest;
}

bool recent_refuses(const struct evaluation *e, int class, int64_t least,
                    int64_t ratio)
{
	int64_t refused = e->recent.refused.counts[class], sessions;

	if (!fault_is_receivers(e->faults[class]) || refused == 0)
		return false;
	if (refused >= least && share_reaches(refused, e->recent.n, ratio))
		return true;
	refused = refused_on(e, newest_trial(e), class, &sessions);
	return refused >= least && sessions > 0 &&
	       share_reaches(refused, sessions, ratio);
}

bool recent_has_bad_day(const struct evaluation *e, int class)
{
	int64_t refused, sessions;
	int32_t day;

	for (day = recent_from(e); day <= e->at.today; day++) {
		refused = refused_on(e, day, class, &sessions);
		if (sessions > 0 && refused >= e->t->active_min &&
		    share_reaches(refused, sessions, e->t->bad_day_ratio))
			return true;
	}
	return false;
}
