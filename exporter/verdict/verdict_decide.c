/*
 * From what one moment says to the verdict: a state that must hold without what
 * nobody proved, and that depends on the day before.
 */
#include "exporter/verdict/verdict.h"

#include <assert.h>

#include "exporter/verdict/verdict_weighing.h"
#include "exporter/verdict/verdict_witness.h"

#define DAY_SECONDS INT64_C(86400)
#define SHORT_AGE   (1 * DAY_SECONDS)
#define MIDDLE_AGE  (7 * DAY_SECONDS)
#define LONG_AGE    (30 * DAY_SECONDS)

/* Clean days of enforcing after which a longer max_age is safe. */
#define CLEAN_FOR_MIDDLE 7
#define CLEAN_FOR_LONG   28

/* --- one moment ---------------------------------------------------------- */

/* A moment's evidence: all of it, and what is proved of it. */
struct moment {
	struct verdict_weighing all;
	struct verdict_weighing proved; /* where it needs to be told apart */
	bool apart;
};

static bool verdict_decide_is_bad_state(enum verdict_state state)
{
	return state == VERDICT_BLOCKED || state == VERDICT_POLICY_BROKEN ||
	       state == VERDICT_ENFORCE_WARNING ||
	       state == VERDICT_ENFORCE_ROLLBACK;
}

static bool verdict_decide_has_anonymous(const struct verdict_input *in)
{
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		if (in->groups[i].anonymous)
			return true;
	}
	return false;
}

static void verdict_decide_begin_moment(const struct verdict_source *source,
                                        int days_before, struct moment *out)
{
	verdict_weighing_begin(source, days_before, false, &out->all);
	out->apart = source->in->limited &&
	             verdict_decide_has_anonymous(source->in);
	if (out->apart)
		verdict_weighing_begin(source, days_before, true, &out->proved);
}

/* All that makes a state bad, but that reports stopped: that is no bad news
   while others come. */
#define BAD_REASONS                                    \
	(REASON_BIT(REASON_POLICY_UNUSABLE) |          \
	 REASON_BIT(REASON_ACTIVE_REFUSALS) |          \
	 REASON_BIT(REASON_REFUSAL_RATIO) |            \
	 REASON_BIT(REASON_ONE_SENDER_REFUSED) |       \
	 REASON_BIT(REASON_ONE_SENDER_DILUTES) |       \
	 REASON_BIT(REASON_PREDICTED_REFUSALS) |       \
	 REASON_BIT(REASON_MX_NOT_IN_POLICY) |         \
	 REASON_BIT(REASON_MX_CHECK_FAILED) |          \
	 REASON_BIT(REASON_CERTIFICATE_ENDS_SOON) |    \
	 REASON_BIT(REASON_POLICY_FETCH_FAILED) |      \
	 REASON_BIT(REASON_POLICY_INVALID) |           \
	 REASON_BIT(REASON_POLICY_DIFFERS) |           \
	 REASON_BIT(REASON_POLICY_RECORD_BAD) |        \
	 REASON_BIT(REASON_POLICY_ID_UNCHANGED) |      \
	 REASON_BIT(REASON_SENDER_LOCAL_OVER_BUDGET) | \
	 REASON_BIT(REASON_NEWCOMER_REFUSALS) |        \
	 REASON_BIT(REASON_REFUSALS_NOW))

/* What is not proved carries nothing alone: neither ready nor rollback; and
   it does not cover what the proved reports say. */
static struct verdict_finding
verdict_decide_limit_unproved(const struct verdict_finding *all,
                              const struct verdict_finding *proved)
{
	struct verdict_finding out = *all;

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
	out.reasons |= REASON_BIT(REASON_ANONYMOUS_EVIDENCE);
	return out;
}

/* What proved evidence alone says: its state, and what its bound is of. */
struct proved_finding {
	enum verdict_state state;
	int64_t x, n_bound;
};

static struct proved_finding
verdict_decide_keep(const struct verdict_finding *finding)
{
	return (struct proved_finding){finding->state, finding->numbers.x,
	                               finding->numbers.n_bound};
}

static struct verdict_finding
verdict_decide_at_moment(const struct moment *moment, bool was_ready,
                         struct proved_finding *proved_finding)
{
	struct verdict_finding all, proved;

	verdict_weighing_find(&moment->all, was_ready, &all);
	*proved_finding = verdict_decide_keep(&all);
	if (!moment->apart)
		return all;
	verdict_weighing_find(&moment->proved, was_ready, &proved);
	*proved_finding = verdict_decide_keep(&proved);
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
	struct moment moment;
	struct verdict_finding fresh, kept;
	struct proved_finding fresh_proved, kept_proved;
};

/* Fills in both, and says whether they differ. */
static bool verdict_decide_fork(const struct verdict_source *source,
                                int days_before, struct fork *fork)
{
	verdict_decide_begin_moment(source, days_before, &fork->moment);
	fork->fresh = verdict_decide_at_moment(&fork->moment, false,
	                                       &fork->fresh_proved);
	if (source->in->mode == STS_MODE_ENFORCE)
		return false;
	fork->kept = verdict_decide_at_moment(&fork->moment, true,
	                                      &fork->kept_proved);
	return !verdict_decide_is_same_finding(&fork->fresh, &fork->kept);
}

static void verdict_decide_take(const struct fork *fork, bool was_ready,
                                struct verdict_finding *finding,
                                struct proved_finding *proved)
{
	*finding = was_ready ? fork->kept : fork->fresh;
	*proved = was_ready ? fork->kept_proved : fork->fresh_proved;
}

/* The finding now, folded over at most so many days before. Only while both
   answers of the day before matter is a day before asked. */
static void verdict_decide_fold(const struct verdict_source *source,
                                struct verdict_finding *finding,
                                struct proved_finding *proved,
                                struct verdict *out)
{
	struct fork *forks = arena_array(source->arena,
	                                 (size_t)source->in->fold_days + 1,
	                                 sizeof(*forks));
	int depth = 0;

	out->before_matters = verdict_decide_fork(source, 0, &forks[0]);
	if (out->before_matters) {
		while (depth < source->in->fold_days) {
			depth++;
			if (!verdict_decide_fork(source, depth, &forks[depth]))
				break;
		}
	}
	verdict_decide_take(&forks[depth], false, finding, proved);
	while (depth-- > 0)
		verdict_decide_take(&forks[depth],
		                    finding->state == VERDICT_READY, finding,
		                    proved);
}

/* --- the whole ----------------------------------------------------------- */

/* The first enforce must be short whatever the numbers say: some senders meet
   the policy on that day for the first time. */
static void verdict_decide_advise(const struct verdict_input *in,
                                  struct verdict *out)
{
	int32_t clean = in->clean_enforce_days;

	out->advised_mode = STS_MODE_TESTING;
	out->advised_max_age = SHORT_AGE;
	if (verdict_weighing_is_ready_state(out->state) ||
	    out->state == VERDICT_ENFORCE_OK ||
	    out->state == VERDICT_ENFORCE_WARNING ||
	    (out->state == VERDICT_NO_DATA && in->mode == STS_MODE_ENFORCE))
		out->advised_mode = STS_MODE_ENFORCE;
	if (out->state != VERDICT_ENFORCE_OK)
		return;
	if (clean >= CLEAN_FOR_LONG)
		out->advised_max_age = LONG_AGE;
	else if (clean >= CLEAN_FOR_MIDDLE)
		out->advised_max_age = MIDDLE_AGE;
}

static void verdict_decide_tell(const struct verdict_source *source,
                                const struct verdict_finding *finding,
                                const struct proved_finding *proved,
                                struct verdict *out)
{
	const struct verdict_input *in = source->in;
	double alpha = (double)in->thresholds->alpha / (double)MILLION;
	struct verdict_probe probe;

	out->state = finding->state;
	out->reasons = finding->reasons;
	if (in->ignored)
		out->reasons |= REASON_BIT(REASON_UNTRUSTED_IGNORED);
	out->numbers = finding->numbers;
	out->progress = finding->progress;
	if (finding->numbers.known)
		out->numbers.upper = verdict_bound(
			finding->numbers.x, finding->numbers.n_bound, alpha);
	out->proved = proved->state;
	out->proved_upper =
		finding->numbers.known && proved->x == finding->numbers.x &&
				proved->n_bound == finding->numbers.n_bound
			? out->numbers.upper
			: verdict_bound(proved->x, proved->n_bound, alpha);
	verdict_probe_read(in->thresholds, in->probes[0], &probe);
	out->probe = probe.summary;
	out->witnesses = source->witnesses;
	verdict_witness_describe(source, finding, out);
	verdict_decide_advise(in, out);
}

void verdict_decide(const struct verdict_input *input,
                    enum verdict_state previous, struct arena *arena,
                    struct verdict *out)
{
	struct verdict_cells cells;
	struct verdict_source source = {
		.in = input,
		.cells = &cells,
		.witnesses = arena_array(arena, input->group_count,
	                                 sizeof(struct verdict_witness)),
		.scratch = arena_array(arena, input->group_count,
	                               sizeof(struct verdict_witness)),
		.sums = arena_array(arena, input->group_count,
	                            sizeof(struct verdict_group_sums)),
		.arena = arena,
	};
	struct verdict_finding finding;
	struct proved_finding proved;
	struct moment now;

	assert(input->fold_days <= VERDICT_FOLD_DAYS);
	assert(input->today - input->last < VERDICT_UNSETTLED_DAYS);
	*out = (struct verdict){0};
	verdict_cells_build(input, arena, &cells);
	if (previous == VERDICT_STATES) {
		verdict_decide_fold(&source, &finding, &proved, out);
	} else {
		verdict_decide_begin_moment(&source, 0, &now);
		finding = verdict_decide_at_moment(
			&now, previous == VERDICT_READY, &proved);
	}
	verdict_decide_tell(&source, &finding, &proved, out);
}
