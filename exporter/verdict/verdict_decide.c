/*
 * From what one evaluation finds to the verdict: a state that must be
 * confirmed, that must hold without newcomers and without what nobody proved,
 * and that depends on the day before.
 */
#include "exporter/verdict/verdict.h"

#include <stdlib.h>

#include "exporter/verdict/verdict_cells.h"
#include "exporter/verdict/verdict_evaluate.h"
#include "exporter/verdict/verdict_fault.h"

#define DAY_SECONDS INT64_C(86400)
#define SHORT_AGE   (1 * DAY_SECONDS)
#define MIDDLE_AGE  (7 * DAY_SECONDS)
#define LONG_AGE    (30 * DAY_SECONDS)

/* Clean days of enforcing after which a longer max_age is safe. */
#define CLEAN_FOR_MIDDLE 7
#define CLEAN_FOR_LONG   28

/* --- one moment ---------------------------------------------------------- */

/* A domain's evidence in the three ways in which it is weighed. */
struct weighing {
	const struct verdict_input *in;
	struct arena *arena;
	struct verdict_cells all;
	struct verdict_cells
		proved; /* none where nothing needs to be told apart */
	bool some_anonymous;
};

static bool verdict_decide_is_ready_state(enum verdict_state state)
{
	return state == VERDICT_READY || state == VERDICT_READY_LIMITED;
}

static bool verdict_decide_is_bad_state(enum verdict_state state)
{
	return state == VERDICT_BLOCKED || state == VERDICT_POLICY_BROKEN ||
	       state == VERDICT_ENFORCE_WARNING ||
	       state == VERDICT_ENFORCE_ROLLBACK;
}

/* What a state rests on that may be needed before it is said. */
static struct verdict_finding
verdict_decide_confirm(const struct verdict_input *in,
                       const struct verdict_cells *cells,
                       const struct verdict_moment *moment)
{
	struct verdict_moment before = *moment;
	struct verdict_finding finding, earlier;
	int64_t k;

	verdict_evaluate(in, cells, moment, &finding);
	if (!verdict_decide_is_ready_state(finding.state) || moment->was_ready)
		return finding;
	for (k = 1; k < in->thresholds->confirm_days; k++) {
		before.last = moment->last - (int32_t)k;
		verdict_evaluate(in, cells, &before, &earlier);
		if (verdict_decide_is_ready_state(earlier.state))
			continue;
		finding.state = VERDICT_COLLECTING;
		finding.reasons |= REASON_BIT(REASON_CONFIRMING);
		break;
	}
	return finding;
}

/* Reporters that came only lately do not support ready: it must hold without
   them too. */
static struct verdict_finding verdict_decide_without_newcomers(
	const struct weighing *w, const struct verdict_moment *moment,
	bool proved_only, const struct verdict_finding *with)
{
	const struct verdict_input *in = w->in;
	struct verdict_view view = {
		.proved_only = proved_only,
		.arrived_by =
			moment->today - (int32_t)in->thresholds->witness_days,
	};
	struct verdict_finding without;
	struct verdict_cells cells;
	bool any = false;
	size_t i;

	for (i = 0; i < in->group_count; i++)
		any |= in->groups[i].arrived > view.arrived_by;
	if (!any || !verdict_decide_is_ready_state(with->state))
		return *with;
	verdict_cells_build(in, &view, w->arena, &cells);
	without = verdict_decide_confirm(in, &cells, moment);
	if (without.state == with->state)
		return *with;
	if (verdict_decide_is_ready_state(without.state) ||
	    verdict_decide_is_bad_state(without.state))
		return without;
	without.state = VERDICT_COLLECTING;
	without.reasons &= ~REASON_BIT(REASON_NO_REPORTS);
	without.reasons |= with->reasons | REASON_BIT(REASON_FEW_REPORTERS);
	without.numbers = with->numbers;
	without.fault_days = with->fault_days;
	return without;
}

static struct verdict_finding
verdict_decide_weigh(const struct weighing *w,
                     const struct verdict_moment *moment, bool proved_only)
{
	struct verdict_finding with = verdict_decide_confirm(
		w->in, proved_only ? &w->proved : &w->all, moment);

	return verdict_decide_without_newcomers(w, moment, proved_only, &with);
}

#define BAD_REASONS                                    \
	(REASON_BIT(REASON_POLICY_UNUSABLE) |          \
	 REASON_BIT(REASON_ACTIVE_REFUSALS) |          \
	 REASON_BIT(REASON_REFUSAL_RATIO) |            \
	 REASON_BIT(REASON_PREDICTED_REFUSALS) |       \
	 REASON_BIT(REASON_MX_NOT_IN_POLICY) |         \
	 REASON_BIT(REASON_MX_CHECK_FAILED) |          \
	 REASON_BIT(REASON_SENDER_LOCAL_OVER_BUDGET) | \
	 REASON_BIT(REASON_REFUSALS_NOW))

/* What is not proved carries nothing alone: neither ready nor rollback; and
   it does not cover what the proved reports say. */
static struct verdict_finding
verdict_decide_limit_unproved(const struct verdict_finding *all,
                              const struct verdict_finding *proved)
{
	const uint32_t anonymous = REASON_BIT(REASON_ANONYMOUS_EVIDENCE);
	struct verdict_finding out = *all;

	/* Proved reports that merely stopped are no bad news while others
	   come. */
	if (verdict_decide_is_bad_state(proved->state) &&
	    !verdict_decide_is_bad_state(all->state) &&
	    (proved->reasons & BAD_REASONS) != 0)
		return *proved;
	if (proved->state == VERDICT_ENFORCE_ROLLBACK)
		return all->state == proved->state ? *all : *proved;
	if (all->state == proved->state)
		return out;
	if (all->state == VERDICT_READY)
		out.state = VERDICT_READY_LIMITED;
	else if (all->state == VERDICT_ENFORCE_ROLLBACK)
		out.state = VERDICT_ENFORCE_WARNING;
	else if (!verdict_decide_is_bad_state(all->state) &&
	         all->state != VERDICT_READY_LIMITED)
		return out;
	out.reasons |= anonymous;
	return out;
}

static struct verdict_finding
verdict_decide_at_moment(const struct weighing *w,
                         const struct verdict_moment *moment,
                         enum verdict_state *proved_state)
{
	struct verdict_finding all = verdict_decide_weigh(w, moment, false),
			       proved;

	*proved_state = all.state;
	if (!w->some_anonymous || !w->in->limited)
		return all;
	proved = verdict_decide_weigh(w, moment, true);
	*proved_state = proved.state;
	return verdict_decide_limit_unproved(&all, &proved);
}

/* --- before that moment -------------------------------------------------- */

/* Whether it makes a difference that the domain was ready the day before. */
static bool verdict_decide_is_same_finding(const struct verdict_finding *a,
                                           const struct verdict_finding *b)
{
	return a->state == b->state && a->reasons == b->reasons &&
	       a->numbers.window_days == b->numbers.window_days &&
	       a->numbers.n == b->numbers.n;
}

/* A day as it looks when the domain was not ready the day before, and when it
   was. */
struct fork {
	struct verdict_finding fresh, kept;
	enum verdict_state fresh_proved, kept_proved;
};

/* Fills in both, and says whether they differ. */
static bool verdict_decide_fork(const struct weighing *w,
                                struct verdict_moment moment, struct fork *fork)
{
	moment.was_ready = false;
	fork->fresh = verdict_decide_at_moment(w, &moment, &fork->fresh_proved);
	if (w->in->mode == STS_MODE_ENFORCE)
		return false;
	moment.was_ready = true;
	fork->kept = verdict_decide_at_moment(w, &moment, &fork->kept_proved);
	return !verdict_decide_is_same_finding(&fork->fresh, &fork->kept);
}

/* The finding at a moment, folded over at most so many days before it. Only
   while both answers of the day before matter is a day before asked. */
static struct verdict_finding verdict_decide_fold(const struct weighing *w,
                                                  struct verdict_moment moment,
                                                  struct verdict *out)
{
	struct fork forks[VERDICT_FOLD_DAYS + 1];
	struct verdict_finding finding;
	int depth = 0;

	out->before_matters = verdict_decide_fork(w, moment, &forks[0]);
	if (out->before_matters) {
		while (depth < w->in->fold_days) {
			moment.last--;
			moment.today--;
			depth++;
			if (!verdict_decide_fork(w, moment, &forks[depth]))
				break;
		}
	}
	finding = forks[depth].fresh;
	out->proved = forks[depth].fresh_proved;
	while (depth-- > 0) {
		if (finding.state == VERDICT_READY) {
			finding = forks[depth].kept;
			out->proved = forks[depth].kept_proved;
		} else {
			finding = forks[depth].fresh;
			out->proved = forks[depth].fresh_proved;
		}
	}
	return finding;
}

/* --- faulty reporters and advice------------------------------------------ */

static int verdict_decide_compare_faulty(const void *a, const void *b,
                                         void *cls)
{
	const struct weighing *w = cls;
	const struct faulty_reporter *x = a, *y = b;

	return text_order(w->in->groups[x->group].name,
	                  w->in->groups[y->group].name);
}

static void verdict_decide_find_faulty(struct weighing *w,
                                       const struct verdict_finding *finding,
                                       struct verdict *out)
{
	const struct verdict_cell *cell = w->all.items,
				  *end = cell + w->all.count;
	struct faulty_reporter *found;
	int64_t local;

	if ((finding->reasons & REASON_BIT(REASON_SENDER_LOCAL_FAULT)) == 0)
		return;
	found = arena_array(w->arena, w->in->group_count, sizeof(*found));
	for (; cell < end; cell++) {
		if (cell->day <= w->in->last - finding->fault_days ||
		    cell->day > w->in->last)
			continue;
		local = verdict_fault_local_refusals(cell,
		                                     finding->numbers.faults);
		if (local == 0)
			continue;
		if (out->faulty_reporter_count == 0 ||
		    found[out->faulty_reporter_count - 1].group != cell->group)
			found[out->faulty_reporter_count++] =
				(struct faulty_reporter){cell->group, 0};
		found[out->faulty_reporter_count - 1].refused += local;
	}
	qsort_r(found, out->faulty_reporter_count, sizeof(*found),
	        verdict_decide_compare_faulty, w);
	out->faulty_reporters = found;
}

/* The first enforce must be short whatever the numbers say: some senders meet
   the policy on that day for the first time. */
static void verdict_decide_advise(const struct verdict_input *in,
                                  struct verdict *out)
{
	int32_t clean = in->clean_enforce_days;

	out->advised_mode = STS_MODE_TESTING;
	out->advised_max_age = SHORT_AGE;
	if (verdict_decide_is_ready_state(out->state) ||
	    out->state == VERDICT_ENFORCE_WARNING)
		out->advised_mode = STS_MODE_ENFORCE;
	if (out->state != VERDICT_ENFORCE_OK)
		return;
	out->advised_mode = STS_MODE_ENFORCE;
	if (clean >= CLEAN_FOR_LONG)
		out->advised_max_age = LONG_AGE;
	else if (clean >= CLEAN_FOR_MIDDLE)
		out->advised_max_age = MIDDLE_AGE;
}

/* --- the whole ----------------------------------------------------------- */

static bool verdict_decide_has_anonymous(const struct verdict_input *in)
{
	size_t i;

	for (i = 0; i < in->row_count; i++) {
		if (!in->rows[i].proved)
			return true;
	}
	return false;
}

void verdict_decide(const struct verdict_input *input,
                    enum verdict_state previous, struct arena *arena,
                    struct verdict *out)
{
	const struct verdict_view everything = {false, INT32_MAX};
	const struct verdict_view only_proved = {true, INT32_MAX};
	struct weighing w = {.in = input, .arena = arena};
	struct verdict_moment moment = {input->last, input->today, false};
	struct verdict_finding finding;

	*out = (struct verdict){0};
	w.some_anonymous = verdict_decide_has_anonymous(input);
	verdict_cells_build(input, &everything, arena, &w.all);
	if (w.some_anonymous && input->limited)
		verdict_cells_build(input, &only_proved, arena, &w.proved);
	if (previous == VERDICT_STATES) {
		finding = verdict_decide_fold(&w, moment, out);
	} else {
		moment.was_ready = previous == VERDICT_READY;
		finding = verdict_decide_at_moment(&w, &moment, &out->proved);
	}
	out->state = finding.state;
	out->reasons = finding.reasons;
	out->numbers = finding.numbers;
	verdict_decide_find_faulty(&w, &finding, out);
	verdict_decide_advise(input, out);
}
