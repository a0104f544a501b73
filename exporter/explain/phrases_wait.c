#include "exporter/explain/phrases_wait.h"

#include "exporter/explain/phrases.h"

/* --- reports --------------------------------------------------------------- */

void phrases_wait_no_reports(const struct explanation *e,
                             const struct explanation_evidence *v,
                             struct buf *out)
{
	(void)v;
	buf_printf(out,
	           "No report that may be evidence came in the last %lld "
	           "days.",
	           (long long)e->thresholds->max_window_days);
}

/* The reporters of the newest day. */
static void phrases_wait_add_newest(const struct explanation_evidence *v,
                                    struct buf *out)
{
	struct evidence_reporter newest[EVIDENCE_REPORTERS_MAX];
	struct explanation_evidence then = {.reporters = newest};
	size_t i;

	for (i = 0; i < v->reporters_kept; i++) {
		if (v->reporters[i].part.last == v->scope.until)
			newest[then.reporters_kept++] = v->reporters[i];
	}
	then.scope.part_count = then.reporters_kept;
	if (then.reporters_kept == 0) {
		buf_add_text(out, "The newest report is of ");
		return;
	}
	buf_add_text(out, "The newest reports, of ");
	phrases_evidence_reporters(&then, out);
	buf_add_text(out, ", are of ");
}

void phrases_wait_reports_stopped(const struct explanation *e,
                                  const struct explanation_evidence *v,
                                  struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	phrases_wait_add_newest(v, out);
	phrases_day(e->last - n->gap_days, out);
	buf_add_text(out, ": ");
	phrases_evidence_counted(n->gap_days, "settled day", "settled days",
	                         out);
	buf_printf(out, " without one; more than %lld are unusual here.",
	           (long long)n->stale_limit);
}

void phrases_wait_ignored(const struct explanation *e,
                          const struct explanation_evidence *v, struct buf *out)
{
	(void)e;
	(void)v;
	buf_add_text(out, "There are reports that are no evidence: mail that "
	                  "proves nothing, or reporters that are not listed.");
}

void phrases_wait_anonymous(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	buf_add_text(out, "The verdict is based on unsigned reports (HTTPS, "
	                  "files)");
	if (v->scope.part_count > 0) {
		buf_add_text(out, " of ");
		phrases_evidence_reporters(v, out);
		buf_add_text(out, ", ");
		phrases_evidence_sessions(v->scope.affected, out);
	}
	buf_add_text(out, "; from signed reports alone it would be ");
	verdict_headline_of(e->verdict.proved, e->verdict.proved_upper, out);
	buf_add_char(out, '.');
}

/* --- the policy ------------------------------------------------------------ */

/* " google.com and 2 others found none, in 340 sessions since 2026-06-05." */
static void phrases_wait_add_found_none(const struct explanation_evidence *v,
                                        struct buf *out)
{
	if (v->scope.part_count == 0)
		return;
	buf_add_char(out, ' ');
	phrases_evidence_reporters(v, out);
	buf_add_text(out, " found none, in ");
	phrases_evidence_sessions(v->scope.affected, out);
	buf_add_text(out, " since ");
	phrases_day(v->scope.first, out);
	buf_add_char(out, '.');
}

void phrases_wait_not_published(const struct explanation *e,
                                const struct explanation_evidence *v,
                                struct buf *out)
{
	if (e->policy.policy.mode == STS_MODE_NONE) {
		buf_add_text(out, "The policy's mode is none: senders apply "
		                  "nothing.");
		return;
	}
	buf_add_text(out, "No report shows an MTA-STS policy.");
	phrases_wait_add_found_none(v, out);
}

void phrases_wait_not_seen(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	(void)e;
	buf_add_text(out, "No sender has applied the MTA-STS policy yet.");
	phrases_wait_add_found_none(v, out);
}

void phrases_wait_untested(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	phrases_evidence_reporters(v, out);
	buf_add_text(out, " found no policy in ");
	phrases_evidence_sessions(n->untested_sessions, out);
	buf_printf(out, " of the last %lld days, more than the ",
	           (long long)n->window_days);
	phrases_count(n->sessions, out);
	buf_printf(out, " that tested it: %s it on the day of enforce.",
	           v->scope.part_count == 1 ? "this sender meets"
	                                    : "these senders meet");
}

void phrases_wait_outdated(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	phrases_evidence_parts(v, out);
	buf_printf(out,
	           " applied another set of mx patterns in the last %lld "
	           "settled days, probably one from a cache: ",
	           (long long)e->thresholds->recent_days);
	phrases_evidence_share(v->scope.affected, v->scope.sessions, out);
	buf_add_text(out, ", more than ");
	phrases_evidence_limit(e->thresholds->outdated_share, out);
	buf_add_char(out, '.');
}

static void phrases_wait_add_unusable(const struct explanation_evidence *v,
                                      struct buf *out)
{
	phrases_evidence_parts(v, out);
	buf_add_text(out, " cannot fetch or use the policy");
}

void phrases_wait_unusable(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	phrases_wait_add_unusable(v, out);
	buf_printf(out, " and %s as if there were none.",
	           v->scope.part_count == 1 ? "goes on" : "go on");
	phrases_evidence_fault(e, v, out);
}

void phrases_wait_unusable_for_one(const struct explanation *e,
                                   const struct explanation_evidence *v,
                                   struct buf *out)
{
	buf_add_text(out, "Only ");
	phrases_wait_add_unusable(v, out);
	if (v->scope.other_count > 0) {
		buf_add_text(out, "; ");
		phrases_evidence_others(v, out);
		buf_add_text(out, " can");
	}
	buf_add_char(out, '.');
	phrases_evidence_fault(e, v, out);
}

void phrases_wait_unusable_sporadic(const struct explanation *e,
                                    const struct explanation_evidence *v,
                                    struct buf *out)
{
	phrases_wait_add_unusable(v, out);
	buf_add_text(out, " now and then: ");
	phrases_evidence_share(v->scope.affected, v->scope.sessions, out);
	buf_add_text(out, ". It would take two reporters with ");
	phrases_evidence_limit(e->thresholds->unusable_share, out);
	buf_add_text(out, " of their own to break the policy.");
	phrases_evidence_fault(e, v, out);
}

/* --- patience -------------------------------------------------------------- */

void phrases_wait_observation(const struct explanation *e,
                              const struct explanation_evidence *v,
                              struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	(void)v;
	buf_add_text(out, "The present mx patterns have been observed for ");
	phrases_evidence_counted(n->observed_days, "settled day",
	                         "settled days", out);
	buf_add_text(out, ", since ");
	phrases_day(e->last - n->observed_days + 1, out);
	buf_printf(out, "; %lld are needed.",
	           (long long)e->thresholds->window_days);
}

void phrases_wait_coverage(const struct explanation *e,
                           const struct explanation_evidence *v,
                           struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	buf_add_text(out, "Reports");
	if (v->scope.part_count > 0) {
		buf_add_text(out, " of ");
		phrases_evidence_reporters(v, out);
	}
	buf_add_text(out, " cover ");
	phrases_evidence_counted(n->covered_days, "day", "days", out);
	buf_printf(out, " of the last %lld; %lld are needed.",
	           (long long)n->window_days, (long long)n->covered_needed);
}

void phrases_wait_reporters(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	phrases_evidence_counted(n->reporters, "reporter is", "reporters are",
	                         out);
	buf_printf(out, " in evidence in the last %lld days",
	           (long long)n->window_days);
	if (v->scope.part_count > 0) {
		buf_add_text(out, ", ");
		phrases_evidence_reporters(v, out);
	}
	buf_printf(out,
	           "; at least %lld are needed, for one alone cannot tell its "
	           "own fault from yours.",
	           (long long)e->thresholds->min_reporters);
}

#define CLEAN_NEEDED_MAX INT64_C(1000000000000)

/* Clean sessions that bring the bound under the limit, from none refused. */
static int64_t phrases_wait_clean_needed(const struct explanation *e)
{
	double alpha = (double)e->thresholds->alpha / 1e6;
	int64_t low = 0, high = CLEAN_NEEDED_MAX, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (verdict_bound_holds(0, middle, e->verdict.numbers.limit,
		                        alpha))
			high = middle;
		else
			low = middle;
	}
	return high;
}

static void phrases_wait_add_bound(const struct explanation *e,
                                   const char *bound, struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	phrases_evidence_counted(n->n_bound, "counted session",
	                         "counted sessions", out);
	buf_add_text(out, " with ");
	phrases_evidence_counted(n->x, "refusal", "refusals", out);
	buf_add_text(out, bound);
	verdict_bound_text(n->upper, out);
	buf_add_char(out, '.');
}

void phrases_wait_bound(const struct explanation *e,
                        const struct explanation_evidence *v, struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;
	bool limited = e->verdict.state == VERDICT_READY_LIMITED;

	buf_printf(out,
	           "The reports cannot exclude yet that %g %% are refused, "
	           "which takes %lld counted sessions without a refusal, none "
	           "of them by a reporter alone. ",
	           n->limit * 100, (long long)phrases_wait_clean_needed(e));
	/* What stands beside ready_limited is another bound. */
	if (limited)
		buf_printf(out, "In the last %lld days, there are ",
		           (long long)n->window_days);
	else
		buf_add_text(out, "So far there are ");
	phrases_wait_add_bound(e,
	                       limited ? ", which for ready_limited mean at "
	                                 "most "
	                               : ": the true share may be as high as ",
	                       out);
	if (v->scope.part_count == 0)
		return;
	buf_add_char(out, ' ');
	phrases_evidence_reporters(v, out);
	buf_printf(out, " reported in the last %lld days.",
	           (long long)n->window_days);
}

void phrases_wait_confirming(const struct explanation *e,
                             const struct explanation_evidence *v,
                             struct buf *out)
{
	(void)v;
	buf_printf(out,
	           "All else holds today; it must hold on %lld settled days in "
	           "a row, of which ",
	           (long long)e->thresholds->confirm_days);
	phrases_day(e->last, out);
	buf_add_text(out, " is the newest.");
}

void phrases_wait_newcomers(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out)
{
	(void)e;
	if (v->scope.part_count > 0)
		phrases_evidence_reporters(v, out);
	else
		buf_add_text(out, "Some reporters");
	buf_printf(out, " %s new here or unsigned",
	           v->scope.part_count == 1 ? "is" : "are");
	if (v->scope.since != VERDICT_NO_DAY) {
		buf_add_text(out, " (");
		phrases_evidence_sessions(v->scope.sessions, out);
		buf_add_text(out, " since ");
		phrases_day(v->scope.since, out);
		buf_add_char(out, ')');
	}
	buf_add_text(out, ": successes do not count yet, and refusals only "
	                  "delay or warn.");
}

/* --- what to do ------------------------------------------------------------ */

void phrases_wait_fix_policy(const struct explanation *e,
                             const struct explanation_evidence *v,
                             struct buf *out)
{
	phrases_evidence_remedy(
		e, v,
		"See that https://mta-sts.DOMAIN/.well-known/mta-sts.txt "
		"answers 200 with a valid policy and certificate from "
		"everywhere, also by IPv6.",
		out);
}

void phrases_wait_publish(const struct explanation *e,
                          const struct explanation_evidence *v, struct buf *out)
{
	(void)v;
	if (e->policy.policy.mode == STS_MODE_NONE)
		buf_add_text(out, "Publish a policy in mode testing if you "
		                  "want MTA-STS; otherwise there is nothing "
		                  "to do.");
	else
		phrases_add_with_domain(
			e,
			"Publish a policy in mode testing at "
			"https://mta-sts.DOMAIN/.well-known/mta-sts.txt, and "
			"then the TXT record _mta-sts.DOMAIN.",
			out);
}

void phrases_wait_for_newcomers(const struct explanation *e,
                                const struct explanation_evidence *v,
                                struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	(void)v;
	buf_add_text(out, "There is nothing to do: a signed reporter counts "
	                  "in full once it has been known for ");
	phrases_evidence_counted(n->standing_days_needed, "day", "days", out);
	buf_add_text(out, " and has reported on ");
	phrases_evidence_counted(n->standing_reports_needed, "day", "days",
	                         out);
	buf_add_char(out, '.');
}
