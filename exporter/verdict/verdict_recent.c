/*
 * The days since shortly before the newest settled one, unsettled ones too:
 * bad news is not made to wait.
 */
#include "exporter/verdict/verdict_recent.h"

#include "exporter/verdict/verdict_fault.h"

/* --- which days ------------------------------------------------------------ */

/* The newest day with a clean session, no earlier than `day`. */
static int32_t verdict_recent_newest_clean(const struct verdict_evaluation *e,
                                           int32_t day)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group;
	const struct verdict_cell *cell;
	uint32_t place;
	size_t i;

	for (i = 0; i < s->count; i++) {
		group = &s->groups[i];
		for (place = group->end; place > group->begin; place--) {
			cell = &s->cells[place - 1];
			if (cell->day <= day || cell->day < e->lowest)
				break;
			if (verdict_selection_sessions(group, cell) > cell->x)
				day = cell->day;
		}
	}
	return day;
}

/* Under enforce, silence ends no alarm: only newer clean sessions do. */
static void verdict_recent_find_days(struct verdict_evaluation *e)
{
	bool enforced = verdict_evaluation_is_enforced(e);
	int64_t days = enforced ? e->t->enforce_recent_days : e->t->recent_days;
	struct verdict_recent *r = &e->recent;
	int32_t clean;

	r->since = e->at.last - (int32_t)days + 1;
	if (!enforced)
		return;
	clean = verdict_recent_newest_clean(
		e, e->at.last - (int32_t)e->t->stale_days_max + 1);
	if (clean < r->since)
		r->since = clean;
}

/* --- the sums -------------------------------------------------------------- */

static void verdict_recent_add_causes(struct verdict_evaluation *e,
                                      const struct verdict_cell *cell,
                                      int64_t sessions, int64_t capped)
{
	struct verdict_recent *r = &e->recent;
	struct verdict_recent_day *day = &r->days[cell->day - e->lowest];
	struct verdict_group_sums *sums = &e->at.sums[cell->group];
	int64_t refused, *sum;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		refused = verdict_fault_charged(e, cell, cause);
		if (refused == 0)
			continue;
		sum = &r->refused.counts[cause];
		*sum = verdict_count_add(*sum, refused);
		sum = &day->refused.counts[cause];
		*sum = verdict_count_add(*sum, refused);
		sum = &sums->recent_by_cause.counts[cause];
		*sum = verdict_count_add(*sum, refused);
		sum = &r->capped_refused.counts[cause];
		*sum = verdict_count_add(*sum,
		                         verdict_share_scale_up(refused, capped,
		                                                sessions));
	}
}

static void verdict_recent_add_cell(struct verdict_evaluation *e,
                                    const struct verdict_cell *cell,
                                    int64_t sessions)
{
	struct verdict_recent *r = &e->recent;
	struct verdict_recent_day *day = &r->days[cell->day - e->lowest];
	struct verdict_group_sums *sums = &e->at.sums[cell->group];
	int64_t capped = verdict_count_min(sessions, e->t->cell_cap);
	int64_t local = verdict_fault_local_refusals(e, cell);
	int64_t clean = sessions - cell->x;

	r->n = verdict_count_add(r->n, sessions);
	if (!verdict_evaluation_group(e, cell->group)->anonymous)
		r->proved = verdict_count_add(r->proved, sessions);
	r->local = verdict_count_add(r->local, local);
	r->clean = verdict_count_add(r->clean, clean);
	r->capped = verdict_count_add(r->capped, capped);
	day->clean = verdict_count_add(day->clean, clean);
	sums->recent_all = verdict_count_add(sums->recent_all, cell->all);
	sums->recent_clean = verdict_count_add(sums->recent_clean, clean);
	sums->recent_refused =
		verdict_count_add(sums->recent_refused, cell->x - local);
	if (cell->x > 0)
		verdict_recent_add_causes(e, cell, sessions, capped);
}

static void verdict_recent_add_group(struct verdict_evaluation *e, size_t i)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group = &s->groups[i];
	struct verdict_recent *r = &e->recent;
	const struct verdict_cell *cell;
	int64_t sessions, *sum;
	uint32_t place;
	int cause;

	for (place = verdict_selection_tail(s, group, r->since);
	     place < group->end; place++) {
		cell = &s->cells[place];
		r->dane |= cell->dane > 0;
		sum = &e->at.sums[i].recent_unusable;
		*sum = verdict_count_add(*sum, cell->unusable);
		for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
			sum = &r->predicted.counts[cause];
			*sum = verdict_count_add(*sum, cell->predicted[cause]);
		}
		sessions = verdict_selection_sessions(group, cell);
		if (sessions > 0 && cell->day >= e->lowest)
			verdict_recent_add_cell(e, cell, sessions);
	}
}

/* --- what groups agree on --------------------------------------------------- */

static void verdict_recent_add_unusable(struct verdict_evaluation *e,
                                        const struct verdict_group_sums *sums)
{
	struct verdict_recent *r = &e->recent;
	int64_t unusable = sums->recent_unusable;

	if (unusable == 0)
		return;
	r->unusable = verdict_count_add(r->unusable, unusable);
	r->unusable_groups++;
	r->unusable_badly += verdict_share_reaches(
		unusable, verdict_count_add(unusable, sums->recent_all),
		e->t->unusable_share);
}

/* Groups with bad news of one cause, each measured against itself alone, so
   that no flood of successes dilutes it. */
static void verdict_recent_find_agreement(struct verdict_evaluation *e,
                                          int cause)
{
	struct verdict_recent *r = &e->recent;
	const struct verdict_group_sums *sums;
	int64_t refused, sum = 0;
	size_t groups = 0, i;

	for (i = 0; i < e->at.selection->count; i++) {
		sums = &e->at.sums[i];
		refused = sums->recent_by_cause.counts[cause];
		if (refused < e->t->active_min ||
		    !verdict_share_reaches(refused, sums->recent_all,
		                           e->t->bad_day_ratio))
			continue;
		groups++;
		sum = verdict_count_add(sum, refused);
	}
	if (groups < 2)
		return;
	r->agreed = true;
	r->flooded[cause] = sum >= e->t->rollback_min &&
	                    verdict_share_reaches(
				    verdict_fault_is_receivers(e->faults[cause])
					    ? r->capped_refused.counts[cause]
					    : 0,
				    r->capped, e->t->rollback_ratio);
}

void verdict_recent_assess(struct verdict_evaluation *e)
{
	size_t i;
	int cause;

	verdict_recent_find_days(e);
	for (i = 0; i < e->at.selection->count; i++) {
		verdict_recent_add_group(e, i);
		verdict_recent_add_unusable(e, &e->at.sums[i]);
	}
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (e->recent.refused.counts[cause] > 0)
			verdict_recent_find_agreement(e, cause);
	}
}

/* --- how much --------------------------------------------------------------- */

/* The share of a cause is its refusals of these and the clean sessions: what
   other causes refuse says nothing of it. */
static bool verdict_recent_reaches(int64_t refused, int64_t clean,
                                   int64_t least, int64_t ratio)
{
	return refused > 0 && refused >= least &&
	       verdict_share_reaches(refused, verdict_count_add(refused, clean),
	                             ratio);
}

bool verdict_recent_is_refused_together(const struct verdict_evaluation *e,
                                        int cause, int64_t least, int64_t ratio)
{
	const struct verdict_recent *r = &e->recent;

	return verdict_fault_is_receivers(e->faults[cause]) &&
	       verdict_recent_reaches(r->refused.counts[cause], r->clean, least,
	                              ratio);
}

bool verdict_recent_is_refused_on_a_day(const struct verdict_evaluation *e,
                                        int cause, int64_t least, int64_t ratio)
{
	const struct verdict_recent_day *day;
	int i;

	if (!verdict_fault_is_receivers(e->faults[cause]) ||
	    e->recent.refused.counts[cause] == 0)
		return false;
	for (i = 0; i < VERDICT_VIEW_DAYS; i++) {
		day = &e->recent.days[i];
		if (verdict_recent_reaches(day->refused.counts[cause],
		                           day->clean, least, ratio))
			return true;
	}
	return false;
}

bool verdict_recent_is_refused(const struct verdict_evaluation *e, int cause,
                               int64_t least, int64_t ratio)
{
	return verdict_recent_is_refused_together(e, cause, least, ratio) ||
	       verdict_recent_is_refused_on_a_day(e, cause, least, ratio);
}
