/*
 * The days since shortly before the newest settled one, unsettled ones too:
 * bad news is not made to wait.
 */
#include "exporter/verdict/verdict_recent.h"

#include "exporter/verdict/verdict_fault.h"

int32_t verdict_recent_first_day(const struct verdict_evaluation *e)
{
	int64_t days = e->in->mode == STS_MODE_ENFORCE
	                       ? e->t->enforce_recent_days
	                       : e->t->recent_days;

	return e->at.last - (int32_t)days + 1;
}

/* One group's recent days. */
struct group_days {
	int64_t all, unusable;
	bool succeeds;
	struct refusal_counts refused;
};

/* What the causes sum up to when no cell counts more than cell_cap. */
struct capped {
	int64_t n;
	struct refusal_counts x;
};

static void verdict_recent_add_cell(struct verdict_evaluation *e,
                                    const struct verdict_cell *cell,
                                    struct group_days *days,
                                    struct capped *capped)
{
	struct verdict_recent *r = &e->recent;
	int64_t n = cell->n < e->t->cell_cap ? cell->n : e->t->cell_cap;
	int cause;

	r->n += cell->n;
	r->proved += cell->proved;
	r->local += verdict_fault_local_refusals(cell, e->faults);
	r->unusable += cell->unusable;
	r->dane |= cell->dane > 0;
	days->all += cell->all;
	days->unusable += cell->unusable;
	days->succeeds |= cell->n > cell->x;
	capped->n += n;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		r->refused.counts[cause] += cell->by_cause[cause];
		r->predicted.counts[cause] += cell->predicted[cause];
		days->refused.counts[cause] += cell->by_cause[cause];
		if (cell->n > 0 && verdict_fault_is_receivers(e->faults[cause]))
			capped->x.counts[cause] += verdict_share_scale_up(
				cell->by_cause[cause], n, cell->n);
	}
}

/* Groups with bad news of each cause, each measured against itself alone, so
   that no flood of successes dilutes it. */
struct agreement {
	int groups[REFUSAL_CAUSES];
	struct refusal_counts refused;
};

static void verdict_recent_add_group(struct verdict_evaluation *e,
                                     const struct group_days *days,
                                     struct agreement *agreement)
{
	int64_t refused;
	int cause;

	e->recent.unusable_groups += days->unusable > 0;
	e->recent.anyone_succeeds |= days->succeeds;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		refused = days->refused.counts[cause];
		if (refused < e->t->active_min ||
		    !verdict_share_reaches(refused, days->all,
		                           e->t->bad_day_ratio))
			continue;
		agreement->groups[cause]++;
		agreement->refused.counts[cause] += refused;
	}
}

static void verdict_recent_assess_agreement(struct verdict_evaluation *e,
                                            const struct agreement *agreement,
                                            const struct capped *capped)
{
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (agreement->groups[cause] < 2)
			continue;
		e->recent.agreed = true;
		if (agreement->refused.counts[cause] >= e->t->rollback_min &&
		    verdict_share_reaches(capped->x.counts[cause], capped->n,
		                          e->t->rollback_ratio))
			e->recent.flooded = true;
	}
}

void verdict_recent_assess(struct verdict_evaluation *e)
{
	const struct verdict_cell *cell = e->cells, *next;
	struct agreement agreement = {{0}, {{0}}};
	struct capped capped = {0};
	struct group_days days;

	for (; cell < e->end; cell = next) {
		next = verdict_evaluation_next_group(e, cell);
		days = (struct group_days){0};
		for (; cell < next; cell++) {
			if (cell->day >= verdict_recent_first_day(e) &&
			    verdict_evaluation_is_in_span(e, cell))
				verdict_recent_add_cell(e, cell, &days,
				                        &capped);
		}
		verdict_recent_add_group(e, &days, &agreement);
	}
	verdict_recent_assess_agreement(e, &agreement, &capped);
}

/* The refusals of a cause on one day, and that day's sessions. */
static int64_t verdict_recent_refused_on(const struct verdict_evaluation *e,
                                         int32_t day, int cause,
                                         int64_t *sessions)
{
	const struct verdict_cell *cell;
	int64_t refused = 0;

	*sessions = 0;
	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->day != day)
			continue;
		refused += cell->by_cause[cause];
		*sessions += cell->n;
	}
	return refused;
}

/* The newest day with trials. */
static int32_t verdict_recent_newest_day(const struct verdict_evaluation *e)
{
	const struct verdict_cell *cell;
	int32_t newest = e->lowest;

	for (cell = e->cells; cell < e->end; cell++) {
		if (cell->n > 0 && verdict_evaluation_is_in_span(e, cell) &&
		    cell->day > newest)
			newest = cell->day;
	}
	return newest;
}

bool verdict_recent_is_refused(const struct verdict_evaluation *e, int cause,
                               int64_t least, int64_t ratio)
{
	int64_t refused = e->recent.refused.counts[cause], sessions;

	if (!verdict_fault_is_receivers(e->faults[cause]) || refused == 0)
		return false;
	if (refused >= least &&
	    verdict_share_reaches(refused, e->recent.n, ratio))
		return true;
	refused = verdict_recent_refused_on(e, verdict_recent_newest_day(e),
	                                    cause, &sessions);
	return refused >= least && sessions > 0 &&
	       verdict_share_reaches(refused, sessions, ratio);
}

bool verdict_recent_has_bad_day(const struct verdict_evaluation *e, int cause)
{
	int64_t refused, sessions;
	int32_t day;

	for (day = verdict_recent_first_day(e); day <= e->at.today; day++) {
		refused = verdict_recent_refused_on(e, day, cause, &sessions);
		if (sessions > 0 && refused >= e->t->active_min &&
		    verdict_share_reaches(refused, sessions,
		                          e->t->bad_day_ratio))
			return true;
	}
	return false;
}
