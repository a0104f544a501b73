/*
 * What holds under enforce: is mail lost, who says so, and who contradicts.
 */
#include "exporter/verdict/verdict_enforce.h"

#include "exporter/verdict/verdict_fault.h"
#include "exporter/verdict/verdict_recent.h"

#define DAY_MINUTES 1440

/* An anchor with many clean sessions outvotes failing checks like two. */
#define ANCHOR_VOTES 2

/* --- who accuses, and who contradicts --------------------------------------- */

struct sides {
	int64_t accusers, contradictors;
};

/* What a group says of the days since one. */
struct group_news {
	int64_t all, refused, clean;
};

static struct group_news
verdict_enforce_sum_news(const struct verdict_evaluation *e, size_t i,
                         int32_t since)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group = &s->groups[i];
	struct group_news news = {0};
	const struct verdict_cell *cell;
	int64_t sessions;
	uint32_t place;

	if (since < e->lowest)
		since = e->lowest;
	for (place = verdict_selection_tail(s, group, since);
	     place < group->end; place++) {
		cell = &s->cells[place];
		sessions = verdict_selection_sessions(group, cell);
		if (sessions == 0)
			continue;
		news.all = verdict_count_add(news.all, cell->all);
		news.refused = verdict_count_add(
			news.refused,
			cell->x - verdict_fault_local_refusals(e, cell));
		news.clean = verdict_count_add(news.clean, sessions - cell->x);
	}
	return news;
}

static bool verdict_enforce_is_refused(const struct verdict_evaluation *e,
                                       int64_t refused, int64_t all)
{
	return refused > 0 &&
	       verdict_share_reaches(refused, all, e->t->active_ratio);
}

int32_t verdict_enforce_contradiction_since(const struct verdict_evaluation *e,
                                            int64_t accusers)
{
	int64_t days = e->t->enforce_recent_days;

	/* A few must go uncontradicted for longer. */
	if (accusers <= e->t->few_accusers)
		days = verdict_count_max(days, e->t->few_days);
	return e->at.last - (int32_t)days + 1;
}

static struct sides verdict_enforce_find_sides(struct verdict_evaluation *e)
{
	const struct verdict_selection *s = e->at.selection;
	struct sides sides = {0};
	struct verdict_group_sums *sums;
	struct group_news news;
	int32_t since;
	size_t i;

	for (i = 0; i < s->count; i++) {
		sums = &e->at.sums[i];
		sums->accuses = s->groups[i].standing &&
		                verdict_enforce_is_refused(e,
		                                           sums->recent_refused,
		                                           sums->recent_all);
		sides.accusers += sums->accuses;
	}
	since = verdict_enforce_contradiction_since(e, sides.accusers);
	for (i = 0; i < s->count; i++) {
		sums = &e->at.sums[i];
		if (sums->accuses)
			continue;
		news = verdict_enforce_sum_news(e, i, since);
		sums->contradicts =
			news.clean > 0 &&
			!verdict_enforce_is_refused(e, news.refused, news.all);
		sides.contradictors += sums->contradicts;
	}
	return sides;
}

/* --- anchors -----------------------------------------------------------------
 */

/* The causes whose refusals call for a rollback. */
struct lost_causes {
	bool causes[REFUSAL_CAUSES];
	bool any;
};

static void verdict_enforce_add_lost(struct lost_causes *lost, int cause)
{
	lost->causes[cause] = true;
	lost->any = true;
}

static int64_t verdict_enforce_charged(const struct verdict_evaluation *e,
                                       const struct verdict_cell *cell)
{
	int64_t sum = 0;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		sum = verdict_count_add(sum,
		                        verdict_fault_charged(e, cell, cause));
	return verdict_count_min(sum, cell->all);
}

/* A day on which an anchor lost its mail. */
static void verdict_enforce_add_anchor_day(const struct verdict_evaluation *e,
                                           const struct verdict_cell *cell,
                                           struct lost_causes *lost)
{
	int64_t refused = verdict_enforce_charged(e, cell);
	int cause;

	if (refused < e->t->rollback_min ||
	    !verdict_share_reaches(refused, cell->all, e->t->total_ratio))
		return;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (verdict_fault_charged(e, cell, cause) > 0)
			verdict_enforce_add_lost(lost, cause);
	}
}

/* A clean day mends those before it: they are gone through from the newest
   on. */
static void verdict_enforce_add_anchor_days(const struct verdict_evaluation *e,
                                            size_t i, struct lost_causes *lost)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group = &s->groups[i];
	const struct verdict_cell *cell;
	int64_t sessions;
	uint32_t place;

	for (place = group->end; place > group->begin; place--) {
		cell = &s->cells[place - 1];
		if (cell->day < e->recent.since || cell->day < e->lowest)
			return;
		sessions = verdict_selection_sessions(group, cell);
		if (sessions == 0)
			continue;
		verdict_enforce_add_anchor_day(e, cell, lost);
		if (sessions - cell->x >= e->t->warn_min &&
		    !verdict_share_reaches(cell->x, cell->all,
		                           e->t->active_ratio))
			return;
	}
}

/* An anchor without a single clean session. */
static void verdict_enforce_add_anchor_total(const struct verdict_evaluation *e,
                                             size_t i, struct lost_causes *lost)
{
	const struct verdict_group_sums *sums = &e->at.sums[i];
	int64_t refused = 0;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		refused = verdict_count_add(
			refused, sums->recent_by_cause.counts[cause]);
	if (refused < e->t->warn_min || sums->recent_clean > 0)
		return;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (sums->recent_by_cause.counts[cause] > 0)
			verdict_enforce_add_lost(lost, cause);
	}
}

/* What an anchor loses is lost whoever is at fault, and nobody contradicts. */
static struct lost_causes
verdict_enforce_find_anchor_losses(const struct verdict_evaluation *e)
{
	struct lost_causes lost = {0};
	size_t i;

	for (i = 0; i < e->at.selection->count; i++) {
		if (!verdict_standing_is_anchor(verdict_evaluation_group(e, i)))
			continue;
		verdict_enforce_add_anchor_days(e, i, &lost);
		verdict_enforce_add_anchor_total(e, i, &lost);
	}
	return lost;
}

/* --- rollback
 * ----------------------------------------------------------------- */

static void verdict_enforce_add_losses(const struct verdict_evaluation *e,
                                       struct lost_causes *lost)
{
	const struct thresholds *t = e->t;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (e->recent.flooded[cause] ||
		    verdict_recent_is_refused(e, cause, t->rollback_min,
		                              t->rollback_ratio) ||
		    verdict_recent_is_refused(e, cause, t->total_min,
		                              t->total_ratio))
			verdict_enforce_add_lost(lost, cause);
	}
}

/* Whether the checks from outside side with those who lose mail. */
static bool verdict_enforce_is_seen_outside(const struct verdict_evaluation *e,
                                            const struct lost_causes *lost)
{
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (lost->causes[cause] && e->at.probe->failing[cause])
			return true;
	}
	return false;
}

/* Whether reports call for a rollback; then it is at least a warning. */
static bool verdict_enforce_reports_losses(struct verdict_evaluation *e,
                                           const struct sides *sides,
                                           bool *warn)
{
	struct lost_causes heavy = verdict_enforce_find_anchor_losses(e);
	struct lost_causes lost = heavy;

	verdict_enforce_add_losses(e, &lost);
	if (!lost.any)
		return false;
	verdict_evaluation_add_reason(e, REASON_REFUSALS_NOW);
	*warn = true;
	if (heavy.any || verdict_enforce_is_seen_outside(e, &lost))
		return true;
	if ((sides->contradictors == 0 ||
	     sides->contradictors < sides->accusers) &&
	    (!e->at.probe->fine || sides->accusers >= 2))
		return true;
	verdict_evaluation_add_reason(e, REASON_REFUSALS_CONTRADICTED);
	return false;
}

int32_t verdict_enforce_day_after(const struct verdict_evaluation *e)
{
	int64_t minutes = e->at.in->now_minutes - e->at.probe->failing_minutes;
	int64_t days = minutes / DAY_MINUTES;

	if (minutes > 0 && minutes % DAY_MINUTES != 0)
		days++;
	days = verdict_count_max(days, -VERDICT_VIEW_DAYS);
	return e->at.today + (int32_t)days;
}

/* Whether reports since then outvote the checks: split DNS, NAT or anycast
   shows them something else than the senders meet. */
static bool verdict_enforce_is_outvoted(const struct verdict_evaluation *e,
                                        const struct sides *sides)
{
	int32_t since = verdict_enforce_day_after(e);
	int64_t votes = 0, clean;
	size_t i;

	for (i = 0; i < e->at.selection->count; i++) {
		if (e->at.sums[i].accuses)
			continue;
		clean = verdict_enforce_sum_news(e, i, since).clean;
		if (clean < e->t->probe_deny_sessions)
			continue;
		votes += clean >= e->t->rollback_min &&
		                         verdict_standing_is_anchor(
						 verdict_evaluation_group(e, i))
		                 ? ANCHOR_VOTES
		                 : 1;
	}
	return votes >=
	       verdict_count_max(e->t->probe_deny, sides->accusers + 1);
}

static bool verdict_enforce_hosts_fail(struct verdict_evaluation *e,
                                       const struct sides *sides)
{
	if (!e->at.probe->all_failing)
		return false;
	if (!verdict_enforce_is_outvoted(e, sides))
		return true;
	verdict_evaluation_add_reason(e, REASON_PROBE_CONTRADICTED);
	return false;
}

/* --- the state
 * ----------------------------------------------------------------- */

static bool verdict_enforce_is_warned(struct verdict_evaluation *e)
{
	const struct verdict_probe *probe = e->at.probe;
	bool refused = e->recent.agreed;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		refused |= verdict_recent_is_refused(e, cause, e->t->warn_min,
		                                     e->t->warn_ratio);
	if (refused)
		verdict_evaluation_add_reason(e, REASON_REFUSALS_NOW);
	if (e->recent.n > 0 &&
	    verdict_share_exceeds(e->recent.local, e->recent.proved,
	                          e->t->local_share_max))
		verdict_evaluation_add_reason(e,
		                              REASON_SENDER_LOCAL_OVER_BUDGET);
	return refused || e->hosts_missed > 0 || probe->any_failing ||
	       probe->policy_broken || probe->policy_other ||
	       (e->reasons & (REASON_BIT(REASON_POLICY_UNUSABLE) |
	                      REASON_BIT(REASON_REPORTS_STOPPED) |
	                      REASON_BIT(REASON_CERTIFICATE_ENDS_SOON) |
	                      REASON_BIT(REASON_SENDER_LOCAL_OVER_BUDGET))) !=
	               0;
}

enum verdict_state verdict_enforce_state(struct verdict_evaluation *e)
{
	bool warn = verdict_enforce_is_warned(e);
	struct sides sides = verdict_enforce_find_sides(e);
	bool rollback = verdict_enforce_reports_losses(e, &sides, &warn);

	rollback |= verdict_enforce_hosts_fail(e, &sides);
	rollback |= e->hosts_missed > 0 &&
	            e->hosts_missed == e->at.in->host_count;
	if (rollback)
		return VERDICT_ENFORCE_ROLLBACK;
	return warn ? VERDICT_ENFORCE_WARNING : VERDICT_ENFORCE_OK;
}
