/*
 * One evaluation: what the cells say at one settled end. All is counted in
 * integers. The order of the parts is that of README.md, "The verdict".
 */
#include <string.h>

#include "exporter/verdict_parts.h"

__extension__ typedef __int128 wide;

/* Every class's share of something. */
struct by_class {
	int64_t counts[REFUSAL_CLASSES];
};

struct window {
	int64_t days;
	int64_t n, x;             /* capped */
	int64_t sessions, proved; /* as reported; of proved rows */
	int64_t refused, local;
	int64_t local_unaccepted;
	int64_t reporters;
	int64_t covered;
	double upper;
};

/* What happened since a day, unsettled days included. */
struct recent {
	int64_t n, proved, local;
	struct by_class refused;
	int64_t unusable;
	size_t unusable_witnesses;
	bool anyone_succeeds;
	struct by_class predicted;
	bool dane;
	bool agreed;  /* two witnesses, each against itself */
	bool flooded; /* the same, at the scale of a rollback */
};

struct evaluation {
	const struct verdict_input *in;
	const struct thresholds *t;
	const struct cell *cells, *end;
	struct moment at;
	int32_t lowest; /* first day that is looked at */
	enum fault faults[REFUSAL_CLASSES];
	bool seen[EVALUATION_DAYS]; /* a day with a report, from lowest */
	bool any_seen, sts_seen;
	int32_t first_seen, newest_seen, longest_gap;
	int64_t observed;
	int64_t limit; /* millionths: the refusals that are borne */
	int64_t need;  /* covered days */
	struct window window;
	struct recent recent;
	uint32_t reasons;
};

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

/* ceil(part * to / whole) */
static int64_t scaled_up(int64_t part, int64_t to, int64_t whole)
{
	return (int64_t)(((wide)part * to + whole - 1) / whole);
}

static bool is_looked_at(const struct evaluation *e, const struct cell *cell)
{
	return cell->day >= e->lowest && cell->day <= e->at.today;
}

/* The first cell of the next witness. */
static const struct cell *next_witness(const struct evaluation *e,
                                       const struct cell *cell)
{
	uint32_t witness = cell->witness;

	while (cell < e->end && cell->witness == witness)
		cell++;
	return cell;
}

/* --- which days have reports --------------------------------------------- */

static void see_days(struct evaluation *e)
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

/* --- whose fault --------------------------------------------------------- */

/* A witness's part in one class. */
struct part {
	bool fails, predicts;
	int64_t x, all; /* of its failing days */
	int32_t first, last;
};

static struct part part_of(const struct evaluation *e, const struct cell *cell,
                           const struct cell *end, int class)
{
	struct part part = {0};

	for (; cell < end; cell++) {
		if (!is_looked_at(e, cell))
			continue;
		part.predicts |= cell->predicted[class] > 0;
		if (cell->by_class[class] == 0)
			continue;
		if (!part.fails)
			part.first = cell->day;
		part.fails = true;
		part.last = cell->day;
		part.x += cell->by_class[class];
		part.all += cell->all;
	}
	return part;
}

/* How many others were well between the failing witness's first and last bad
   day. Only proved reporters may acquit a receiver. */
static int64_t count_well(const struct evaluation *e, uint32_t failing,
                          const struct part *part)
{
	const struct cell *cell = e->cells, *next;
	int64_t well = 0, sessions;

	for (; cell < e->end; cell = next) {
		next = next_witness(e, cell);
		if (cell->witness == failing)
			continue;
		for (sessions = 0; cell < next; cell++) {
			if (is_looked_at(e, cell) && cell->day >= part->first &&
			    cell->day <= part->last)
				sessions += cell->proved;
		}
		well += sessions >= e->t->ok_sessions;
	}
	return well;
}

static enum fault fault_of(const struct evaluation *e, int class)
{
	const struct cell *cell, *next;
	struct part part, failing = {0};
	uint32_t witness = 0;
	int witnesses = 0;

	for (cell = e->cells; cell < e->end; cell = next) {
		next = next_witness(e, cell);
		part = part_of(e, cell, next, class);
		witnesses += part.fails || part.predicts;
		if (part.fails) {
			failing = part;
			witness = cell->witness;
		}
	}
	if (witnesses == 0)
		return FAULT_NONE;
	if (witnesses >= 2)
		return FAULT_RECEIVER;
	if (failing.fails &&
	    count_well(e, witness, &failing) >= e->t->ok_reporters &&
	    share_reaches(failing.x, failing.all, e->t->local_fail_share))
		return FAULT_SENDER;
	return FAULT_UNKNOWN;
}

/* Whether any cell is not well: else no class needs to be looked into. */
static bool all_is_well(const struct evaluation *e)
{
	const struct cell *cell;
	int64_t any = 0;
	int class;

	for (cell = e->cells; cell < e->end; cell++) {
		for (class = 0; class < REFUSAL_CLASSES; class ++)
			any |= cell->by_class[class] | cell->predicted[class];
	}
	return any == 0;
}

static void attribute(struct evaluation *e)
{
	int class;

	if (all_is_well(e))
		return;
	for (class = 0; class < REFUSAL_CLASSES; class ++)
		e->faults[class] = fault_of(e, class);
}

int64_t local_refusals(const struct cell *cell,
                       const enum fault faults[REFUSAL_CLASSES])
{
	int64_t local = 0;
	int class;

	for (class = 0; class < REFUSAL_CLASSES; class ++) {
		if (faults[class] == FAULT_SENDER)
			local += cell->by_class[class];
	}
	return local < cell->x ? local : cell->x;
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

static struct window window_of(const struct evaluation *e, int64_t days)
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

static double limit_of(const struct evaluation *e)
{
	return (double)e->limit / 1e6;
}

/* Wider by weeks while more evidence would help; but a wider window may add
   evidence, never old, repaired faults. */
static void choose_window(struct evaluation *e)
{
	struct window wider;
	int64_t most = e->t->max_window_days;

	if (e->observed < most)
		most = e->observed;
	e->window = window_of(e, e->t->window_days);
	while ((e->window.upper > limit_of(e) || e->window.covered < e->need) &&
	       e->window.x == 0 && e->window.days + 7 <= most) {
		wider = window_of(e, e->window.days + 7);
		if (wider.x > 0)
			return;
		e->window = wider;
	}
}

/* --- the recent days ----------------------------------------------------- */

static int32_t recent_from(const struct evaluation *e)
{
	int64_t days = e->in->mode == MODE_ENFORCE ? e->t->enforce_recent_days
	                                           : e->t->recent_days;

	return e->at.last - (int32_t)days + 1;
}

static bool is_receivers(enum fault fault)
{
	return fault == FAULT_RECEIVER || fault == FAULT_UNKNOWN;
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
	for (class = 0; class < REFUSAL_CLASSES; class ++) {
		r->refused.counts[class] += cell->by_class[class];
		r->predicted.counts[class] += cell->predicted[class];
		own->refused.counts[class] += cell->by_class[class];
		if (cell->n > 0 && is_receivers(e->faults[class]))
			capped->x.counts[class] +=
				scaled_up(cell->by_class[class], n, cell->n);
	}
}

/* Witnesses of bad news in each class, each measured against itself alone, so
   that no flood of successes dilutes it. */
struct agreement {
	int witnesses[REFUSAL_CLASSES];
	struct by_class refused;
};

static void add_own(struct evaluation *e, const struct own *own,
                    struct agreement *agreement)
{
	int64_t refused;
	int class;

	e->recent.unusable_witnesses += own->unusable > 0;
	e->recent.anyone_succeeds |= own->succeeds;
	for (class = 0; class < REFUSAL_CLASSES; class ++) {
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

	for (class = 0; class < REFUSAL_CLASSES; class ++) {
		if (agreement->witnesses[class] < 2)
			continue;
		e->recent.agreed = true;
		if (agreement->refused.counts[class] >= e->t->rollback_min &&
		    share_reaches(capped->x.counts[class], capped->n,
		                  e->t->rollback_ratio))
			e->recent.flooded = true;
	}
}

static void look_at_recent(struct evaluation *e)
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

/* Whether a class is refused on a scale that reaches both limits, in the
   recent days together or on the newest day alone. */
static bool refuses_now(const struct evaluation *e, int class, int64_t least,
                        int64_t ratio)
{
	int64_t refused = e->recent.refused.counts[class], sessions;

	if (!is_receivers(e->faults[class]) || refused == 0)
		return false;
	if (refused >= least && share_reaches(refused, e->recent.n, ratio))
		return true;
	refused = refused_on(e, newest_trial(e), class, &sessions);
	return refused >= least && sessions > 0 &&
	       share_reaches(refused, sessions, ratio);
}

static bool any_refuses_now(const struct evaluation *e, int64_t least,
                            int64_t ratio)
{
	int class;

	for (class = 0; class < REFUSAL_CLASSES; class ++) {
		if (refuses_now(e, class, least, ratio))
			return true;
	}
	return false;
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

	for (class = 0; class < REFUSAL_CLASSES; class ++) {
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

static bool is_covered(const struct verdict_input *in, struct text host)
{
	size_t i;

	for (i = 0; i < in->mx_count; i++) {
		if (verdict_mx_matches(in->mx[i], host))
			return true;
	}
	return false;
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
		if (in->mx_count > 0 && !is_covered(in, host->name))
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

/* Whether one of the recent days alone is bad in a class. */
static bool has_bad_day(const struct evaluation *e, int class)
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

static bool is_active(const struct evaluation *e, int class)
{
	int64_t refused = e->recent.refused.counts[class];

	if (!is_receivers(e->faults[class]) || refused == 0)
		return false;
	if (share_reaches(refused, e->recent.n, e->t->active_ratio))
		return true;
	if (e->faults[class] == FAULT_RECEIVER && refused >= e->t->active_min &&
	    share_reaches(refused, e->recent.n, e->t->agreed_ratio))
		return true;
	return has_bad_day(e, class);
}

static bool is_blocked(struct evaluation *e, size_t missed)
{
	const struct window *w = &e->window;
	bool active = e->recent.agreed;
	int class;

	for (class = 0; class < REFUSAL_CLASSES; class ++)
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
	widest = window_of(e, days);
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
	for (class = 0; class < REFUSAL_CLASSES; class ++) {
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
	see_days(e);
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
	attribute(&e);
	first = in->since > e.first_seen ? in->since : e.first_seen;
	e.observed = (int64_t)moment->last - first + 1;
	choose_window(&e);
	if (moment->last - e.newest_seen > stale_limit(&e))
		give(&e, REASON_REPORTS_STOPPED);
	look_at_recent(&e);
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
