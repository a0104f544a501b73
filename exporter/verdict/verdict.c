#include "exporter/verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/verdict/verdict_private.h"

#define DAY_SECONDS INT64_C(86400)
#define SHORT_AGE   (1 * DAY_SECONDS)
#define MIDDLE_AGE  (7 * DAY_SECONDS)
#define LONG_AGE    (30 * DAY_SECONDS)

/* Clean days of enforcing after which a longer max_age is safe. */
#define CLEAN_FOR_MIDDLE 7
#define CLEAN_FOR_LONG   28

/* --- names --------------------------------------------------------------- */

static const char *const state_names[VERDICT_STATES] = {
	"no_data",
	"no_policy",
	"stale",
	"policy_broken",
	"blocked",
	"collecting",
	"ready_limited",
	"ready",
	"enforce_ok",
	"enforce_warning",
	"enforce_rollback",
};

static const char *const reason_names[VERDICT_REASONS] = {
	"no_reports",
	"policy_not_published",
	"reports_stopped",
	"policy_unusable",
	"policy_unusable_for_one_sender",
	"policy_unusable_sporadic",
	"active_refusals",
	"refusal_ratio",
	"predicted_refusals",
	"predicted_refusals_one_sender",
	"mx_not_in_policy",
	"mx_check_failed",
	"mx_unproven",
	"sender_local_fault",
	"sender_local_over_budget",
	"policy_not_seen",
	"outdated_policy",
	"observation_short",
	"coverage_low",
	"few_reporters",
	"bound_too_wide",
	"confirming",
	"untested_senders",
	"dane_failing",
	"untrusted_ignored",
	"refusals_now",
	"anonymous_evidence",
};

static const char *const fault_names[] = {
	[FAULT_NONE] = "none",
	[FAULT_SENDER] = "sender",
	[FAULT_RECEIVER] = "receiver",
	[FAULT_UNKNOWN] = "unknown",
};

static const char *const class_names[] = {
	[CAUSE_STARTTLS] = "starttls",
	[CAUSE_CERTIFICATE] = "cert",
	[CAUSE_OTHER] = "other",
};

const char *verdict_state_name(enum verdict_state state)
{
	return state_names[state];
}

const char *verdict_reason_name(enum verdict_reason reason)
{
	return reason_names[reason];
}

const char *fault_name(enum fault fault)
{
	return fault_names[fault];
}

const char *refusal_class_name(enum refusal_cause class)
{
	return class_names[class];
}

/* --- MX ------------------------------------------------------------------ */

static struct text without_dot(struct text name)
{
	if (text_ends(name, "."))
		name.len--;
	return name;
}

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static bool equal_names(struct text a, struct text b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++) {
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	}
	return true;
}

bool verdict_mx_matches(struct text pattern, struct text host)
{
	const char *dot;
	size_t label;

	pattern = without_dot(pattern);
	host = without_dot(host);
	if (!text_starts(pattern, "*."))
		return equal_names(pattern, host);
	dot = host.len > 0 ? memchr(host.data, '.', host.len) : NULL;
	if (dot == NULL || dot == host.data)
		return false;
	label = (size_t)(dot - host.data);
	return equal_names((struct text){pattern.data + 1, pattern.len - 1},
	                   (struct text){dot, host.len - label});
}

bool verdict_mx_misses(const struct verdict_input *input, struct text host)
{
	size_t i;

	for (i = 0; i < input->mx_count; i++) {
		if (verdict_mx_matches(input->mx[i], host))
			return false;
	}
	return input->mx_count > 0;
}

/* --- one moment ---------------------------------------------------------- */

/* A domain's evidence in the three ways in which it is weighed. */
struct weighing {
	const struct verdict_input *in;
	struct arena *arena;
	struct cells all;
	struct cells proved; /* none where nothing needs to be told apart */
	bool some_anonymous;
};

static bool is_readyish(enum verdict_state state)
{
	return state == VERDICT_READY || state == VERDICT_READY_LIMITED;
}

static bool is_bad(enum verdict_state state)
{
	return state == VERDICT_BLOCKED || state == VERDICT_POLICY_BROKEN ||
	       state == VERDICT_ENFORCE_WARNING ||
	       state == VERDICT_ENFORCE_ROLLBACK;
}

/* What a state rests on that may be needed before it is said. */
static struct finding confirmed(const struct verdict_input *in,
                                const struct cells *cells,
                                const struct moment *moment)
{
	struct moment before = *moment;
	struct finding finding, earlier;
	int64_t k;

	evaluate(in, cells, moment, &finding);
	if (!is_readyish(finding.state) || moment->was_ready)
		return finding;
	for (k = 1; k < in->thresholds->confirm_days; k++) {
		before.last = moment->last - (int32_t)k;
		evaluate(in, cells, &before, &earlier);
		if (is_readyish(earlier.state))
			continue;
		finding.state = VERDICT_COLLECTING;
		finding.reasons |= REASON_BIT(REASON_CONFIRMING);
		break;
	}
	return finding;
}

/* Reporters that came only lately are no witnesses for ready: it must hold
   without them too. */
static struct finding without_newcomers(const struct weighing *w,
                                        const struct moment *moment,
                                        bool proved_only,
                                        const struct finding *with)
{
	const struct verdict_input *in = w->in;
	struct view view = {
		.proved_only = proved_only,
		.witnesses_of =
			moment->today - (int32_t)in->thresholds->witness_days,
	};
	struct finding without;
	struct cells cells;
	bool any = false;
	size_t i;

	for (i = 0; i < in->witness_count; i++)
		any |= in->witnesses[i].arrived > view.witnesses_of;
	if (!any || !is_readyish(with->state))
		return *with;
	cells_build(in, &view, w->arena, &cells);
	without = confirmed(in, &cells, moment);
	if (without.state == with->state)
		return *with;
	if (is_readyish(without.state) || is_bad(without.state))
		return without;
	without.state = VERDICT_COLLECTING;
	without.reasons &= ~REASON_BIT(REASON_NO_REPORTS);
	without.reasons |= with->reasons | REASON_BIT(REASON_FEW_REPORTERS);
	without.numbers = with->numbers;
	without.fault_days = with->fault_days;
	return without;
}

static struct finding weigh(const struct weighing *w,
                            const struct moment *moment, bool proved_only)
{
	struct finding with =
		confirmed(w->in, proved_only ? &w->proved : &w->all, moment);

	return without_newcomers(w, moment, proved_only, &with);
}

#define BAD_NEWS                                       \
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
static struct finding limited(const struct finding *all,
                              const struct finding *proved)
{
	const uint32_t anonymous = REASON_BIT(REASON_ANONYMOUS_EVIDENCE);
	struct finding out = *all;

	/* Proved reports that merely stopped are no bad news while others
	   come. */
	if (is_bad(proved->state) && !is_bad(all->state) &&
	    (proved->reasons & BAD_NEWS) != 0)
		return *proved;
	if (proved->state == VERDICT_ENFORCE_ROLLBACK)
		return all->state == proved->state ? *all : *proved;
	if (all->state == proved->state)
		return out;
	if (all->state == VERDICT_READY)
		out.state = VERDICT_READY_LIMITED;
	else if (all->state == VERDICT_ENFORCE_ROLLBACK)
		out.state = VERDICT_ENFORCE_WARNING;
	else if (!is_bad(all->state) && all->state != VERDICT_READY_LIMITED)
		return out;
	out.reasons |= anonymous;
	return out;
}

static struct finding at_moment(const struct weighing *w,
                                const struct moment *moment,
                                enum verdict_state *proved_state)
{
	struct finding all = weigh(w, moment, false), proved;

	*proved_state = all.state;
	if (!w->some_anonymous || !w->in->limited)
		return all;
	proved = weigh(w, moment, true);
	*proved_state = proved.state;
	return limited(&all, &proved);
}

/* --- before that moment -------------------------------------------------- */

/* Whether it makes a difference that the domain was ready the day before. */
static bool same_finding(const struct finding *a, const struct finding *b)
{
	return a->state == b->state && a->reasons == b->reasons &&
	       a->numbers.window_days == b->numbers.window_days &&
	       a->numbers.n == b->numbers.n;
}

/* A day as it looks when the domain was not ready the day before, and when it
   was. */
struct fork {
	struct finding fresh, kept;
	enum verdict_state fresh_proved, kept_proved;
};

static bool is_forked(const struct weighing *w, struct moment moment,
                      struct fork *fork)
{
	moment.was_ready = false;
	fork->fresh = at_moment(w, &moment, &fork->fresh_proved);
	if (w->in->mode == MODE_ENFORCE)
		return false;
	moment.was_ready = true;
	fork->kept = at_moment(w, &moment, &fork->kept_proved);
	return !same_finding(&fork->fresh, &fork->kept);
}

/* The finding at a moment, folded over at most so many days before it. Only
   while both answers of the day before matter is a day before asked. */
static struct finding folded(const struct weighing *w, struct moment moment,
                             struct verdict *out)
{
	struct fork forks[VERDICT_FOLD_DAYS + 1];
	struct finding finding;
	int depth = 0;

	out->before_matters = is_forked(w, moment, &forks[0]);
	if (out->before_matters) {
		while (depth < w->in->fold_days) {
			moment.last--;
			moment.today--;
			depth++;
			if (!is_forked(w, moment, &forks[depth]))
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

/* --- culprits and advice ------------------------------------------------- */

static int compare_culprits(const void *a, const void *b, void *cls)
{
	const struct weighing *w = cls;
	const struct culprit *x = a, *y = b;

	return text_order(w->in->witnesses[x->witness].name,
	                  w->in->witnesses[y->witness].name);
}

static void find_culprits(struct weighing *w, const struct finding *finding,
                          struct verdict *out)
{
	const struct cell *cell = w->all.items, *end = cell + w->all.count;
	struct culprit *found;
	int64_t local;

	if ((finding->reasons & REASON_BIT(REASON_SENDER_LOCAL_FAULT)) == 0)
		return;
	found = arena_array(w->arena, w->in->witness_count, sizeof(*found));
	for (; cell < end; cell++) {
		if (cell->day <= w->in->last - finding->fault_days ||
		    cell->day > w->in->last)
			continue;
		local = local_refusals(cell, finding->numbers.faults);
		if (local == 0)
			continue;
		if (out->culprit_count == 0 ||
		    found[out->culprit_count - 1].witness != cell->witness)
			found[out->culprit_count++] =
				(struct culprit){cell->witness, 0};
		found[out->culprit_count - 1].refused += local;
	}
	qsort_r(found, out->culprit_count, sizeof(*found), compare_culprits, w);
	out->culprits = found;
}

/* The first enforce must be short whatever the numbers say: some senders meet
   the policy on that day for the first time. */
static void advise(const struct verdict_input *in, struct verdict *out)
{
	int32_t clean = in->clean_enforce_days;

	out->advised_mode = MODE_TESTING;
	out->advised_max_age = SHORT_AGE;
	if (is_readyish(out->state) || out->state == VERDICT_ENFORCE_WARNING)
		out->advised_mode = MODE_ENFORCE;
	if (out->state != VERDICT_ENFORCE_OK)
		return;
	out->advised_mode = MODE_ENFORCE;
	if (clean >= CLEAN_FOR_LONG)
		out->advised_max_age = LONG_AGE;
	else if (clean >= CLEAN_FOR_MIDDLE)
		out->advised_max_age = MIDDLE_AGE;
}

/* --- the whole ----------------------------------------------------------- */

static bool any_anonymous(const struct verdict_input *in)
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
	const struct view everything = {false, INT32_MAX};
	const struct view only_proved = {true, INT32_MAX};
	struct weighing w = {.in = input, .arena = arena};
	struct moment moment = {input->last, input->today, false};
	struct finding finding;

	*out = (struct verdict){0};
	w.some_anonymous = any_anonymous(input);
	cells_build(input, &everything, arena, &w.all);
	if (w.some_anonymous && input->limited)
		cells_build(input, &only_proved, arena, &w.proved);
	if (previous == VERDICT_STATES) {
		finding = folded(&w, moment, out);
	} else {
		moment.was_ready = previous == VERDICT_READY;
		finding = at_moment(&w, &moment, &out->proved);
	}
	out->state = finding.state;
	out->reasons = finding.reasons;
	out->numbers = finding.numbers;
	find_culprits(&w, &finding, out);
	advise(input, out);
}
