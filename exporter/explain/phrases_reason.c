#include "exporter/explain/phrases_reason.h"

#include "exporter/explain/phrases.h"

/* --- numbers and names --------------------------------------------------- */

static void phrases_reason_add_limit(int64_t millionths, struct buf *out)
{
	buf_printf(out, "%g %%", (double)millionths / 1e4);
}

/* "a, b and c" */
static void phrases_reason_add_names(const struct text *names, size_t count,
                                     struct buf *out)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_add_text(out, i + 1 == count ? " and " : ", ");
		buf_add_printable(out, names[i].data, names[i].len, 255);
	}
}

static void phrases_reason_add_counted(int64_t count, const char *one,
                                       const char *many, struct buf *out)
{
	phrases_count(count, out);
	buf_printf(out, " %s", count == 1 ? one : many);
}

/* --- a sentence each ----------------------------------------------------- */

typedef void reason_writer(const struct explanation *e, struct buf *out);

static void phrases_reason_no_reports(const struct explanation *e,
                                      struct buf *out)
{
	buf_printf(out,
	           "No report that may be evidence came in the last %lld "
	           "days.",
	           (long long)e->thresholds->max_window_days);
}

static void phrases_reason_policy_not_published(const struct explanation *e,
                                                struct buf *out)
{
	if (e->policy.policy.mode == STS_MODE_NONE)
		buf_add_text(out, "The policy's mode is none.");
	else
		buf_add_text(out, "No report shows an MTA-STS policy: senders "
		                  "found none.");
}

static void phrases_reason_reports_stopped(const struct explanation *e,
                                           struct buf *out)
{
	buf_add_text(out, "The newest report is ");
	phrases_reason_add_counted(e->verdict.numbers.gap_days, "settled day",
	                           "settled days", out);
	buf_printf(out,
	           " old; more than %lld is unusual here. Look at the "
	           "_smtp._tls record and at the collector.",
	           (long long)e->verdict.numbers.stale_limit);
}

static void phrases_reason_policy_unusable(const struct explanation *e,
                                           struct buf *out)
{
	(void)e;
	buf_add_text(out, "Senders cannot fetch, read or authenticate the "
	                  "policy: they go on as if there were none.");
}

static void phrases_reason_policy_unusable_for_one(const struct explanation *e,
                                                   struct buf *out)
{
	(void)e;
	buf_add_text(out, "One sender cannot fetch or use the policy; others "
	                  "can.");
}

static void phrases_reason_policy_unusable_sporadic(const struct explanation *e,
                                                    struct buf *out)
{
	buf_add_text(out, "Some senders cannot fetch or use the policy now and "
	                  "then, in less than ");
	phrases_reason_add_limit(e->thresholds->unusable_share, out);
	buf_add_text(out, " of their sessions.");
}

/* "of 3 400 sessions 12 for the certificate, 1 for other reasons" */
static void phrases_reason_add_recent(const struct explanation *e,
                                      struct buf *out)
{
	static const char *const what[] = {
		[CAUSE_STARTTLS] = "missing STARTTLS",
		[CAUSE_CERTIFICATE] = "the certificate",
		[CAUSE_OTHER] = "other reasons",
	};
	const struct verdict_numbers *n = &e->verdict.numbers;
	bool any = false;
	int cause;

	buf_add_text(out, "of ");
	phrases_reason_add_counted(n->recent_sessions, "session", "sessions",
	                           out);
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (n->recent_refused[cause] == 0)
			continue;
		buf_add_text(out, any ? ", " : " ");
		phrases_count(n->recent_refused[cause], out);
		buf_printf(out, " for %s", what[cause]);
		any = true;
	}
	if (!any)
		buf_add_text(out, " none");
}

static void phrases_reason_active_refusals(const struct explanation *e,
                                           struct buf *out)
{
	buf_add_text(out, "In the days since ");
	phrases_day(e->verdict.numbers.recent_since, out);
	buf_add_text(out, " an enforced policy would have refused ");
	phrases_reason_add_recent(e, out);
	buf_add_char(out, '.');
}

static void phrases_reason_refusals_now(const struct explanation *e,
                                        struct buf *out)
{
	buf_add_text(out, "In the days since ");
	phrases_day(e->verdict.numbers.recent_since, out);
	buf_add_text(out, " senders refused ");
	phrases_reason_add_recent(e, out);
	buf_add_text(out, "; look at the newest day too.");
}

static void phrases_reason_refusal_ratio(const struct explanation *e,
                                         struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	phrases_count(n->x, out);
	buf_add_text(out, " of ");
	phrases_count(n->n, out);
	buf_add_text(out, " counted sessions would have been refused, ");
	phrases_percent(n->n > 0 ? (double)n->x / (double)n->n : 0, out);
	buf_printf(out, "; the limit is %g %%.", n->limit * 100);
}

static void phrases_reason_predicted_refusals(const struct explanation *e,
                                              struct buf *out)
{
	(void)e;
	buf_add_text(out, "Senders that do not apply the policy met faults "
	                  "that enforce refuses, and another sender confirms "
	                  "them.");
}

static void phrases_reason_predicted_by_one(const struct explanation *e,
                                            struct buf *out)
{
	(void)e;
	buf_add_text(out, "A sender that does not apply the policy met faults "
	                  "that enforce would refuse.");
}

static void phrases_reason_mx_not_in_policy(const struct explanation *e,
                                            struct buf *out)
{
	phrases_reason_add_names(e->missing_hosts, e->missing_count, out);
	buf_printf(out,
	           " %s no mx pattern of the policy: a sender that enforces "
	           "does not deliver there.",
	           e->missing_count == 1 ? "matches" : "match");
}

static void phrases_reason_mx_check_failed(const struct explanation *e,
                                           struct buf *out)
{
	(void)e;
	buf_add_text(out,
	             "A check of an MX host failed; a sender that enforces "
	             "would not deliver there.");
}

static void phrases_reason_mx_unproven(const struct explanation *e,
                                       struct buf *out)
{
	(void)e;
	buf_add_text(out, "Reports name an MX host only when it fails; a bad "
	                  "backup MX may never have been tried. Test each host "
	                  "by hand.");
}

static void phrases_reason_sender_local_fault(const struct explanation *e,
                                              struct buf *out)
{
	phrases_reason_add_names(e->faulty_reporters,
	                         e->verdict.faulty_reporter_count, out);
	buf_add_text(out, " would refuse ");
	phrases_reason_add_counted(e->verdict.numbers.local_refused, "session",
	                           "sessions", out);
	buf_add_text(out, " by a fault of its own: others succeeded on the "
	                  "same days.");
}

static void phrases_reason_sender_local_over_budget(const struct explanation *e,
                                                    struct buf *out)
{
	buf_add_text(out, "Those are more than ");
	phrases_reason_add_limit(e->thresholds->local_share_max, out);
	buf_add_text(out,
	             " of all sessions, and that mail is lost all the same: "
	             "talk to the sender, or set accept_reporters.");
}

static void phrases_reason_policy_not_seen(const struct explanation *e,
                                           struct buf *out)
{
	(void)e;
	buf_add_text(out, "No sender has applied the MTA-STS policy yet.");
}

static void phrases_reason_outdated_policy(const struct explanation *e,
                                           struct buf *out)
{
	buf_add_text(out, "More than ");
	phrases_reason_add_limit(e->thresholds->outdated_share, out);
	buf_add_text(out, " of the recent sessions applied another set of mx "
	                  "patterns, probably one from a cache.");
}

static void phrases_reason_observation_short(const struct explanation *e,
                                             struct buf *out)
{
	buf_add_text(out, "The present mx patterns have been observed for ");
	phrases_reason_add_counted(e->verdict.numbers.observed_days,
	                           "settled day", "settled days", out);
	buf_printf(out, "; %lld are needed.",
	           (long long)e->thresholds->window_days);
}

static void phrases_reason_coverage_low(const struct explanation *e,
                                        struct buf *out)
{
	buf_add_text(out, "Reports cover ");
	phrases_reason_add_counted(e->verdict.numbers.covered_days, "day",
	                           "days", out);
	buf_printf(out, " of the last %lld; %lld are needed.",
	           (long long)e->verdict.numbers.window_days,
	           (long long)e->verdict.numbers.covered_needed);
}

static void phrases_reason_few_reporters(const struct explanation *e,
                                         struct buf *out)
{
	phrases_reason_add_counted(e->verdict.numbers.reporters, "reporter is",
	                           "reporters are", out);
	buf_printf(out, " in evidence; at least %lld are needed.",
	           (long long)e->thresholds->min_reporters);
}

#define CLEAN_NEEDED_MAX INT64_C(1000000000000)

/* Clean sessions that bring the bound under the limit, from none refused. */
static int64_t phrases_reason_clean_needed(const struct explanation *e)
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

static void phrases_reason_bound_too_wide(const struct explanation *e,
                                          struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;

	buf_add_text(out, "The bound rests on ");
	phrases_reason_add_counted(n->n_bound, "counted session",
	                           "counted sessions", out);
	buf_add_text(out, ", so that no reporter carries it alone, and ");
	phrases_reason_add_counted(n->x, "refusal", "refusals", out);
	buf_add_text(out, ": the true share may be as high as ");
	phrases_percent(n->upper, out);
	buf_printf(out,
	           "; the limit is %g %%, which takes %lld sessions without a "
	           "refusal.",
	           n->limit * 100, (long long)phrases_reason_clean_needed(e));
}

static void phrases_reason_confirming(const struct explanation *e,
                                      struct buf *out)
{
	buf_printf(out,
	           "All else holds today; it must hold on %lld settled days in "
	           "a row.",
	           (long long)e->thresholds->confirm_days);
}

static void phrases_reason_untested_senders(const struct explanation *e,
                                            struct buf *out)
{
	phrases_reason_add_counted(e->verdict.numbers.untested_sessions,
	                           "session", "sessions", out);
	buf_add_text(out, " came from senders that found no policy, more than "
	                  "tested it: they meet it on the day of enforce.");
}

static void phrases_reason_dane_failing(const struct explanation *e,
                                        struct buf *out)
{
	(void)e;
	buf_add_text(out, "Something is wrong with DANE (TLSA or DNSSEC); such "
	                  "mail is refused today already, whatever the "
	                  "MTA-STS mode.");
}

static void phrases_reason_untrusted_ignored(const struct explanation *e,
                                             struct buf *out)
{
	(void)e;
	buf_add_text(out, "There are reports that are no evidence: mail that "
	                  "proves nothing, or reporters that are not listed.");
}

static void phrases_reason_anonymous_evidence(const struct explanation *e,
                                              struct buf *out)
{
	(void)e;
	buf_add_text(
		out,
		"The verdict is based on unsigned reports (HTTPS, files); "
		"alone they lead no further. trust_https sets how they count.");
}

/* Sentences without a number in them. */
static const char *const reason_sentences[VERDICT_REASONS] = {
	[REASON_ONE_SENDER_REFUSED] =
		"One reporter's own sessions alone are refused too often.",
	[REASON_ONE_SENDER_DILUTES] =
		("Without one of the reporters, too many of the remaining "
                 "sessions are refused."),
	[REASON_RECURRING] =
		("Refusals came back: there were two bad days with other days "
                 "between them."),
	[REASON_NEWCOMER_REFUSALS] =
		("A reporter that is new here shows refusals or an unusable "
                 "policy, and nobody else confirms it yet."),
	[REASON_NEWCOMERS_NOT_COUNTED] =
		("Some reporters are new here; their successes do not count "
                 "yet."),
	[REASON_REFUSALS_CONTRADICTED] =
		("At least as many reporters see none of these refusals, or "
                 "every check from outside succeeds."),
	[REASON_MX_ALL_FAILED] =
		"Checks of every MX host fail: whoever enforces delivers nowhere.",
	[REASON_CERTIFICATE_ENDS_SOON] =
		"The certificate of an MX host ends soon.",
	[REASON_MX_UNREACHABLE] =
		"An MX host cannot be reached from where the checks run.",
	[REASON_PROBE_STALE] = "The checks from outside are too old to count.",
	[REASON_PROBE_USELESS] =
		("The checks reach no MX host of any domain: port 25 seems to "
                 "be closed outwards."),
	[REASON_PROBE_CONTRADICTED] =
		("Every check fails, but reporters had clean sessions since: "
                 "the checks may see other hosts than senders do."),
	[REASON_POLICY_FETCH_FAILED] =
		"The published policy cannot be fetched.",
	[REASON_POLICY_INVALID] = "The published policy is invalid.",
	[REASON_POLICY_DIFFERS] =
		"The published policy differs from the configured one.",
	[REASON_POLICY_RECORD_BAD] =
		"The _mta-sts TXT record is missing or invalid.",
	[REASON_POLICY_ID_UNCHANGED] =
		"The policy has changed, but the id in the TXT record has not.",
};

static reason_writer *const reason_writers[VERDICT_REASONS] = {
	[REASON_NO_REPORTS] = phrases_reason_no_reports,
	[REASON_POLICY_NOT_PUBLISHED] = phrases_reason_policy_not_published,
	[REASON_REPORTS_STOPPED] = phrases_reason_reports_stopped,
	[REASON_POLICY_UNUSABLE] = phrases_reason_policy_unusable,
	[REASON_POLICY_UNUSABLE_FOR_ONE_SENDER] =
		phrases_reason_policy_unusable_for_one,
	[REASON_POLICY_UNUSABLE_SPORADIC] =
		phrases_reason_policy_unusable_sporadic,
	[REASON_ACTIVE_REFUSALS] = phrases_reason_active_refusals,
	[REASON_REFUSAL_RATIO] = phrases_reason_refusal_ratio,
	[REASON_PREDICTED_REFUSALS] = phrases_reason_predicted_refusals,
	[REASON_PREDICTED_REFUSALS_ONE_SENDER] =
		phrases_reason_predicted_by_one,
	[REASON_MX_NOT_IN_POLICY] = phrases_reason_mx_not_in_policy,
	[REASON_MX_CHECK_FAILED] = phrases_reason_mx_check_failed,
	[REASON_MX_UNPROVEN] = phrases_reason_mx_unproven,
	[REASON_SENDER_LOCAL_FAULT] = phrases_reason_sender_local_fault,
	[REASON_SENDER_LOCAL_OVER_BUDGET] =
		phrases_reason_sender_local_over_budget,
	[REASON_POLICY_NOT_SEEN] = phrases_reason_policy_not_seen,
	[REASON_OUTDATED_POLICY] = phrases_reason_outdated_policy,
	[REASON_OBSERVATION_SHORT] = phrases_reason_observation_short,
	[REASON_COVERAGE_LOW] = phrases_reason_coverage_low,
	[REASON_FEW_REPORTERS] = phrases_reason_few_reporters,
	[REASON_BOUND_TOO_WIDE] = phrases_reason_bound_too_wide,
	[REASON_CONFIRMING] = phrases_reason_confirming,
	[REASON_UNTESTED_SENDERS] = phrases_reason_untested_senders,
	[REASON_DANE_FAILING] = phrases_reason_dane_failing,
	[REASON_UNTRUSTED_IGNORED] = phrases_reason_untrusted_ignored,
	[REASON_REFUSALS_NOW] = phrases_reason_refusals_now,
	[REASON_ANONYMOUS_EVIDENCE] = phrases_reason_anonymous_evidence,
};

void phrases_reason_write(const struct explanation *explanation,
                          enum verdict_reason reason, struct buf *out)
{
	if (reason_writers[reason] != NULL)
		reason_writers[reason](explanation, out);
	else
		buf_add_text(out, reason_sentences[reason]);
}
