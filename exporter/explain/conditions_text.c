#include "exporter/explain/conditions_text.h"

#include <stdio.h>

#include "exporter/explain/explanation_layout.h"
#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_evidence.h"

#define BYTES_MAX 65536U
#define INDENT    "                            "

/* --- seen and needed ------------------------------------------------------- */

/* "3 of 90 sessions (3.34 %)", "0 of 90 sessions" */
static void conditions_text_add_part(const struct condition *c, struct buf *out)
{
	if (c->part > 0) {
		phrases_evidence_share(c->part, c->whole, out);
		return;
	}
	buf_add_text(out, "0 of ");
	phrases_evidence_sessions(c->whole, out);
}

/* "3 of 90 sessions (3.34 %) refused; at most 1 %" */
static void conditions_text_add_share(const struct condition *c,
                                      const char *what, const char *bound,
                                      struct buf *out)
{
	conditions_text_add_part(c, out);
	buf_printf(out, " %s; %s %g %%", what, bound, c->needed * 100);
}

/* "4; at least 10" */
static void conditions_text_add_count(const struct condition *c,
                                      const char *one, const char *many,
                                      struct buf *out)
{
	phrases_evidence_counted((int64_t)c->seen, one, many, out);
	buf_add_text(out, c->least ? "; at least " : "; at most ");
	phrases_count((int64_t)c->needed, out);
}

static void conditions_text_add_bound(const struct explanation *e,
                                      const struct condition *c,
                                      struct buf *out)
{
	const struct verdict_progress *p = &e->verdict.progress;

	phrases_evidence_counted(p->n_bound, "counted session",
	                         "counted sessions", out);
	buf_add_text(out, " with ");
	phrases_evidence_counted(p->x, "refusal", "refusals", out);
	if (c->needed > 1e15) {
		buf_add_text(out, "; no number of them suffices");
		return;
	}
	buf_add_text(out, "; at least ");
	phrases_count((int64_t)c->needed, out);
	buf_printf(out, " to exclude that %g %% are refused",
	           e->verdict.numbers.limit * 100);
}

static void conditions_text_add_refusals(const struct explanation *e,
                                         const struct condition *c,
                                         struct buf *out)
{
	const struct thresholds *t = e->thresholds;

	conditions_text_add_part(c, out);
	buf_add_text(out, " refused since ");
	phrases_day(e->verdict.numbers.recent_since, out);
	if (e->conditions.enforced)
		buf_printf(out, "; of one kind fewer than %lld or %g %%",
		           (long long)t->warn_min, (double)t->warn_ratio / 1e4);
	else
		buf_printf(out, "; of one kind fewer than 2 or %g %%",
		           (double)t->active_ratio / 1e4);
}

/* The words of those that are a share of sessions, and of those that are
   counted. */
static const struct {
	const char *what, *limit;
} shares[CONDITIONS] = {
	[CONDITION_POLICY_USABLE] = {"could not use it",
                                     "of two reporters fewer than"},
	[CONDITION_REFUSAL_RATIO] =
		{"refused", "with and without any one reporter less than"},
	[CONDITION_SENDER_FAULTS] = {"refused by senders' own faults",
                                     "at most"},
	[CONDITION_PRESENT_POLICY] = {"tried another", "at most"},
};

static const struct {
	const char *one, *many;
} counts[CONDITIONS] = {
	[CONDITION_OBSERVED_DAYS] = {"settled day", "settled days"},
	[CONDITION_COVERED_DAYS] = {"day", "days"},
	[CONDITION_REPORTERS] = {"reporter", "reporters"},
	[CONDITION_CONFIRMED] = {"settled day in a row",
                                 "settled days in a row"},
};

static void conditions_text_add_newest(const struct condition *c,
                                       struct buf *out)
{
	if (c->least) {
		buf_add_text(out, c->seen > 0 ? "yes" : "none");
		return;
	}
	buf_add_text(out, "newest report ");
	phrases_evidence_counted((int64_t)c->seen, "settled day",
	                         "settled days", out);
	buf_printf(out, " old; at most %lld", (long long)c->needed);
}

static void conditions_text_add_recurring(const struct explanation *e,
                                          const struct condition *c,
                                          struct buf *out)
{
	phrases_evidence_counted((int64_t)c->seen, "bad day", "bad days", out);
	buf_printf(out, " in %lld; no two that are %lld days apart",
	           (long long)e->thresholds->recur_days,
	           (long long)e->thresholds->recur_gap_days);
}

/* What is neither a share nor a count. */
static void conditions_text_add_other(const struct explanation *e,
                                      const struct condition *c,
                                      struct buf *out)
{
	switch (c->kind) {
	case CONDITION_REPORTS_ARRIVE:
		conditions_text_add_newest(c, out);
		return;
	case CONDITION_POLICY_SEEN:
		buf_add_text(out, c->seen > 0 ? "senders apply it"
		                              : "no sender has applied one");
		return;
	case CONDITION_NO_REFUSALS_NOW:
		conditions_text_add_refusals(e, c, out);
		return;
	case CONDITION_BOUND:
		conditions_text_add_bound(e, c, out);
		return;
	case CONDITION_NOT_RECURRING:
		conditions_text_add_recurring(e, c, out);
		return;
	case CONDITION_NEWCOMERS:
		phrases_evidence_sessions((int64_t)c->seen, out);
		buf_add_text(out, " that newcomers or unsigned reports call "
		                  "refused or without policy");
		return;
	case CONDITION_MX_IN_POLICY:
		phrases_evidence_counted((int64_t)c->seen, "MX host",
		                         "MX hosts", out);
		buf_add_text(out, " that no pattern covers");
		return;
	case CONDITION_CHECKS:
		buf_printf(out, "checks from outside: %s",
		           verdict_probe_name(e->verdict.probe));
		return;
	case CONDITION_SIGNED_EVIDENCE:
		buf_add_text(out, "signed reports alone: ");
		verdict_headline_of(e->verdict.proved, e->verdict.proved_upper,
		                    out);
		return;
	case CONDITION_POLICY_USABLE:
	case CONDITION_REFUSAL_RATIO:
	case CONDITION_SENDER_FAULTS:
	case CONDITION_PRESENT_POLICY:
	case CONDITION_OBSERVED_DAYS:
	case CONDITION_COVERED_DAYS:
	case CONDITION_REPORTERS:
	case CONDITION_CONFIRMED:
	case CONDITIONS:
		return;
	}
}

void conditions_text_add_seen(const struct explanation *e,
                              const struct condition *c, struct buf *out)
{
	if (shares[c->kind].what != NULL)
		conditions_text_add_share(c, shares[c->kind].what,
		                          shares[c->kind].limit, out);
	else if (counts[c->kind].one != NULL)
		conditions_text_add_count(c, counts[c->kind].one,
		                          counts[c->kind].many, out);
	else
		conditions_text_add_other(e, c, out);
}

/* --- whether waiting helps ------------------------------------------------- */

/* What to do where waiting does not help. */
static const char *conditions_text_remedy(enum condition_kind kind)
{
	static const char *const remedies[CONDITIONS] = {
		[CONDITION_REPORTS_ARRIVE] =
			("see that the TXT record _smtp._tls is there and that "
	                 "reports reach the collector"),
		[CONDITION_POLICY_SEEN] = "publish a policy",
		[CONDITION_POLICY_USABLE] = "fix the policy",
		[CONDITION_NO_REFUSALS_NOW] = "fix what is refused",
		[CONDITION_REFUSAL_RATIO] = "fix what is refused",
		[CONDITION_SENDER_FAULTS] =
			("the sender has to fix it, or you accept its loss "
	                 "(accept_reporters)"),
		[CONDITION_OBSERVED_DAYS] = "the mx patterns have to stay",
		[CONDITION_COVERED_DAYS] = "reports come on too few days",
		[CONDITION_REPORTERS] = "no other reporter is in sight",
		[CONDITION_BOUND] = "too few sessions are reported",
		[CONDITION_PRESENT_POLICY] =
			"publish a new id with each new policy",
		[CONDITION_NOT_RECURRING] = "find out what recurs",
		[CONDITION_NEWCOMERS] = "look at what they met",
		[CONDITION_CONFIRMED] = "the other conditions come first",
		[CONDITION_MX_IN_POLICY] =
			"add the host to the policy, or take it out of the DNS",
		[CONDITION_CHECKS] = "fix what the checks find",
		[CONDITION_SIGNED_EVIDENCE] =
			"ask for reports by mail, which are signed",
	};

	return remedies[kind];
}

/* A fault's refusals leave the window only when it is gone. */
static void conditions_text_add_date(const struct condition *c, int32_t day,
                                     struct buf *out)
{
	bool waited_for = conditions_is_waited_for(c->kind);

	if (!waited_for)
		buf_printf(out, "not by waiting: %s; then about ",
		           conditions_text_remedy(c->kind));
	else
		buf_add_text(out, "about ");
	phrases_day(day, out);
	if (waited_for)
		buf_add_text(out, " at the present rate");
}

void conditions_text_add_status(const struct explanation *e,
                                const struct condition *c, struct buf *out)
{
	const struct forecast *forecast = &e->forecast;
	int32_t day = forecast->met_from[c->kind];
	bool ahead = forecast->outcome == FORECAST_READY ||
	             forecast->outcome == FORECAST_NOT_WITHIN;

	if (c->met)
		buf_add_text(out, "met");
	else if (ahead && day != VERDICT_NO_DAY)
		conditions_text_add_date(c, day, out);
	else if (!conditions_is_waited_for(c->kind) ||
	         forecast->outcome == FORECAST_NOBODY)
		buf_printf(out, "not by waiting: %s",
		           conditions_text_remedy(c->kind));
	else if (ahead)
		buf_printf(out, "not within %d days at the present rate: %s",
		           VERDICT_AHEAD_DAYS, conditions_text_remedy(c->kind));
	else
		buf_add_text(out, "not met");
}

/* --- the table ------------------------------------------------------------- */

static const char *conditions_text_title(enum condition_kind kind)
{
	static const char *const titles[CONDITIONS] = {
		[CONDITION_REPORTS_ARRIVE] = "reports arrive",
		[CONDITION_POLICY_SEEN] = "policy published",
		[CONDITION_POLICY_USABLE] = "policy usable",
		[CONDITION_NO_REFUSALS_NOW] = "no refusals now",
		[CONDITION_REFUSAL_RATIO] = "few refusals",
		[CONDITION_SENDER_FAULTS] = "few senders' faults",
		[CONDITION_OBSERVED_DAYS] = "mx patterns observed",
		[CONDITION_COVERED_DAYS] = "days with reports",
		[CONDITION_REPORTERS] = "reporters",
		[CONDITION_BOUND] = "sessions",
		[CONDITION_PRESENT_POLICY] = "present policy tried",
		[CONDITION_NOT_RECURRING] = "no fault recurs",
		[CONDITION_NEWCOMERS] = "newcomers",
		[CONDITION_CONFIRMED] = "all of it, confirmed",
		[CONDITION_MX_IN_POLICY] = "MX hosts in policy",
		[CONDITION_CHECKS] = "checks from outside",
		[CONDITION_SIGNED_EVIDENCE] = "signed evidence",
	};

	return titles[kind];
}

static void conditions_text_add_row(const struct explanation *e,
                                    const struct condition *c, struct buf *line,
                                    struct buf *out)
{
	char first[64];

	(void)snprintf(first, sizeof(first), "  %-3s  %-21s",
	               c->met ? "yes" : "no", conditions_text_title(c->kind));
	conditions_text_add_seen(e, c, line);
	if (!c->met) {
		buf_add_text(line, ": ");
		conditions_text_add_status(e, c, line);
	}
	explanation_layout_add_paragraph(out, first, INDENT, line);
}

static bool conditions_text_are_met(const struct conditions *conditions)
{
	size_t i;

	for (i = 0; i < conditions->count; i++) {
		if (!conditions->items[i].met)
			return false;
	}
	return true;
}

void conditions_text_write(const struct explanation *e, bool all,
                           struct buf *out)
{
	const struct conditions *c = &e->conditions;
	struct buf line = BUF_INIT(BYTES_MAX);
	size_t i;

	if (c->count == 0 || (!all && conditions_text_are_met(c)))
		return;
	if (c->enforced)
		buf_printf(out, "\n%s\n",
		           all ? "Conditions of staying in enforce"
		               : "What speaks against staying in enforce");
	else
		buf_printf(out, "\n%s\n",
		           all ? "Conditions of ready"
		               : "What is lacking until ready");
	for (i = 0; i < c->count; i++) {
		if (all || !c->items[i].met)
			conditions_text_add_row(e, &c->items[i], &line, out);
	}
	buf_free(&line);
}
