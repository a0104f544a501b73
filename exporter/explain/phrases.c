#include "exporter/explain/phrases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/timestamp.h"

#define LINE_MAX_BYTES 8192

/* --- numbers ------------------------------------------------------------- */

void phrases_count(int64_t count, struct buf *out)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)count), i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_add_char(out, ' ');
		buf_add_char(out, digits[i]);
	}
}

void phrases_percent(double ratio, struct buf *out)
{
	double percent = ratio * 100 - 1e-9;

	/* A bound is rounded up: it must not look smaller than it is. */
	if (percent < 10)
		buf_printf(out, "%.2f %%", fabs(ceil(percent * 100)) / 100);
	else
		buf_printf(out, "%.0f %%", ceil(percent));
}

static void phrases_reason_add_limit(int64_t millionths, struct buf *out)
{
	buf_printf(out, "%g %%", (double)millionths / 1e4);
}

void phrases_day(int64_t day, struct buf *out)
{
	time_t seconds = (time_t)(day * SECONDS_PER_DAY);
	char text[16];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	buf_add_text(out, text);
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

/* --- states -------------------------------------------------------------- */

static const char *const state_phrases[VERDICT_STATES] = {
	[VERDICT_NO_DATA] = "Nothing is known: no report that may be evidence "
			    "has come.",
	[VERDICT_NO_POLICY] = "No MTA-STS policy is in force, so there is "
			      "nothing to enforce.",
	[VERDICT_STALE] = "Reports have stopped; nothing can be said until "
			  "they come again.",
	[VERDICT_POLICY_BROKEN] = "Senders cannot use the policy; mend that "
				  "first.",
	[VERDICT_BLOCKED] = "Not fit for enforce: mail would be refused.",
	[VERDICT_COLLECTING] = "Not yet: nothing speaks against enforce, but "
			       "the evidence does not suffice.",
	[VERDICT_READY_LIMITED] = "May move to enforce, on thin evidence: look "
				  "closely at the first days.",
	[VERDICT_READY] = "May move to enforce.",
	[VERDICT_ENFORCE_OK] = "Enforced, and healthy.",
	[VERDICT_ENFORCE_WARNING] = "Enforced, and something needs a look.",
	[VERDICT_ENFORCE_ROLLBACK] = "Enforced, and mail is being refused: "
				     "mend it at once or go back to testing.",
};

const char *phrases_state(enum verdict_state state)
{
	return state_phrases[state];
}

/* --- reasons ------------------------------------------------------------- */

typedef void reason_writer(const struct explanation *a, struct buf *out);

static void phrases_reason_no_reports(const struct explanation *a,
                                      struct buf *out)
{
	buf_printf(out,
	           "No report that may be evidence came in the last %lld "
	           "days.",
	           (long long)a->thresholds->max_window_days);
}

static void phrases_reason_policy_not_published(const struct explanation *a,
                                                struct buf *out)
{
	if (a->policy.policy.mode == STS_MODE_NONE)
		buf_add_text(out, "The policy's mode is none.");
	else
		buf_add_text(out, "No report shows an MTA-STS policy: senders "
		                  "found none.");
}

static void phrases_reason_reports_stopped(const struct explanation *a,
                                           struct buf *out)
{
	buf_add_text(out, "The newest report is ");
	phrases_reason_add_counted(a->verdict.numbers.gap_days, "settled day",
	                           "settled days", out);
	buf_printf(out,
	           " old; more than %lld is unusual here. Look at the "
	           "_smtp._tls record and at the collector.",
	           (long long)a->verdict.numbers.stale_limit);
}

static void phrases_reason_policy_unusable(const struct explanation *a,
                                           struct buf *out)
{
	(void)a;
	buf_add_text(out, "Senders cannot fetch, read or authenticate the "
	                  "policy: they go on as if there were none.");
}

static void phrases_reason_policy_unusable_for_one(const struct explanation *a,
                                                   struct buf *out)
{
	(void)a;
	buf_add_text(out, "One sender cannot fetch or use the policy; others "
	                  "can.");
}

static void phrases_reason_policy_unusable_sporadic(const struct explanation *a,
                                                    struct buf *out)
{
	buf_add_text(out, "Some senders cannot fetch or use the policy now and "
	                  "then, in less than ");
	phrases_reason_add_limit(a->thresholds->unusable_share, out);
	buf_add_text(out, " of their sessions.");
}

/* "of 3 400 sessions 12 for the certificate, 1 for other reasons" */
static void phrases_reason_add_recent(const struct explanation *a,
                                      struct buf *out)
{
	static const char *const what[] = {
		[CAUSE_STARTTLS] = "missing STARTTLS",
		[CAUSE_CERTIFICATE] = "the certificate",
		[CAUSE_OTHER] = "other reasons",
	};
	const struct verdict_numbers *n = &a->verdict.numbers;
	bool any = false;
	int class;

	buf_add_text(out, "of ");
	phrases_reason_add_counted(n->recent_sessions, "session", "sessions",
	                           out);
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (n->recent_refused[class] == 0)
			continue;
		buf_add_text(out, any ? ", " : " ");
		phrases_count(n->recent_refused[class], out);
		buf_printf(out, " for %s", what[class]);
		any = true;
	}
	if (!any)
		buf_add_text(out, " none");
}

static void phrases_reason_active_refusals(const struct explanation *a,
                                           struct buf *out)
{
	buf_add_text(out, "In the days since ");
	phrases_day(a->last - a->thresholds->recent_days + 1, out);
	buf_add_text(out, " an enforced policy would have refused ");
	phrases_reason_add_recent(a, out);
	buf_add_char(out, '.');
}

static void phrases_reason_refusals_now(const struct explanation *a,
                                        struct buf *out)
{
	buf_add_text(out, "In the days since ");
	phrases_day(a->last - a->thresholds->enforce_recent_days + 1, out);
	buf_add_text(out, " senders refused ");
	phrases_reason_add_recent(a, out);
	buf_add_text(out, "; look at the newest day too.");
}

static void phrases_reason_refusal_ratio(const struct explanation *a,
                                         struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;

	phrases_count(n->x, out);
	buf_add_text(out, " of ");
	phrases_count(n->n, out);
	buf_add_text(out, " counted sessions would have been refused, ");
	phrases_percent(n->n > 0 ? (double)n->x / (double)n->n : 0, out);
	buf_printf(out, "; the limit is %g %%.", n->limit * 100);
}

static void phrases_reason_predicted_refusals(const struct explanation *a,
                                              struct buf *out)
{
	(void)a;
	buf_add_text(out, "Senders that do not apply the policy met faults "
	                  "that enforce refuses, and another sender confirms "
	                  "them.");
}

static void phrases_reason_predicted_by_one(const struct explanation *a,
                                            struct buf *out)
{
	(void)a;
	buf_add_text(out, "A sender that does not apply the policy met faults "
	                  "that enforce would refuse.");
}

static void phrases_reason_mx_not_in_policy(const struct explanation *a,
                                            struct buf *out)
{
	phrases_reason_add_names(a->missing_hosts, a->missing_count, out);
	buf_printf(out,
	           " %s no mx pattern of the policy: a sender that enforces "
	           "does not deliver there.",
	           a->missing_count == 1 ? "matches" : "match");
}

static void phrases_reason_mx_check_failed(const struct explanation *a,
                                           struct buf *out)
{
	(void)a;
	buf_add_text(out,
	             "A check of an MX host failed; a sender that enforces "
	             "would not deliver there.");
}

static void phrases_reason_mx_unproven(const struct explanation *a,
                                       struct buf *out)
{
	(void)a;
	buf_add_text(out, "Reports name an MX host only when it fails; a bad "
	                  "backup MX may never have been tried. Test each host "
	                  "by hand.");
}

static void phrases_reason_sender_local_fault(const struct explanation *a,
                                              struct buf *out)
{
	phrases_reason_add_names(a->faulty_reporters,
	                         a->verdict.faulty_reporter_count, out);
	buf_add_text(out, " would refuse ");
	phrases_reason_add_counted(a->verdict.numbers.local_refused, "session",
	                           "sessions", out);
	buf_add_text(out, " by a fault of its own: others succeeded on the "
	                  "same days.");
}

static void phrases_reason_sender_local_over_budget(const struct explanation *a,
                                                    struct buf *out)
{
	buf_add_text(out, "Those are more than ");
	phrases_reason_add_limit(a->thresholds->local_share_max, out);
	buf_add_text(out,
	             " of all sessions, and that mail is lost all the same: "
	             "talk to the sender, or set accept_reporters.");
}

static void phrases_reason_policy_not_seen(const struct explanation *a,
                                           struct buf *out)
{
	(void)a;
	buf_add_text(out, "No sender has applied the MTA-STS policy yet.");
}

static void phrases_reason_outdated_policy(const struct explanation *a,
                                           struct buf *out)
{
	buf_add_text(out, "More than ");
	phrases_reason_add_limit(a->thresholds->outdated_share, out);
	buf_add_text(out, " of the recent sessions applied another set of mx "
	                  "patterns, probably one from a cache.");
}

static void phrases_reason_observation_short(const struct explanation *a,
                                             struct buf *out)
{
	buf_add_text(out, "The present mx patterns have been observed for ");
	phrases_reason_add_counted(a->verdict.numbers.observed_days,
	                           "settled day", "settled days", out);
	buf_printf(out, "; %lld are needed.",
	           (long long)a->thresholds->window_days);
}

static void phrases_reason_coverage_low(const struct explanation *a,
                                        struct buf *out)
{
	buf_add_text(out, "Reports cover ");
	phrases_reason_add_counted(a->verdict.numbers.covered_days, "day",
	                           "days", out);
	buf_printf(out, " of the last %lld; %lld are needed.",
	           (long long)a->verdict.numbers.window_days,
	           (long long)a->thresholds->min_covered_days);
}

static void phrases_reason_few_reporters(const struct explanation *a,
                                         struct buf *out)
{
	phrases_reason_add_counted(a->verdict.numbers.reporters, "reporter is",
	                           "reporters are", out);
	buf_printf(out,
	           " in evidence; at least %lld are needed that have reported "
	           "for %lld days.",
	           (long long)a->thresholds->min_reporters,
	           (long long)a->thresholds->witness_days);
}

/* Clean sessions that bring the bound under the limit, from none refused. */
static int64_t phrases_reason_clean_needed(const struct explanation *a)
{
	double sessions = log((double)a->thresholds->alpha / 1e6) /
	                  log1p(-(double)a->thresholds->max_refusal / 1e6);

	return (int64_t)lrint(ceil(sessions));
}

static void phrases_reason_bound_too_wide(const struct explanation *a,
                                          struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;

	buf_add_text(out, "With ");
	phrases_reason_add_counted(n->n, "counted session", "counted sessions",
	                           out);
	buf_add_text(out, ", ");
	phrases_count(n->x, out);
	buf_add_text(out,
	             " of them refused, the true share may be as high as ");
	phrases_percent(n->upper, out);
	buf_printf(out,
	           "; the limit is %g %%, which takes %lld sessions without a "
	           "refusal.",
	           n->limit * 100, (long long)phrases_reason_clean_needed(a));
}

static void phrases_reason_confirming(const struct explanation *a,
                                      struct buf *out)
{
	buf_printf(out,
	           "All else holds today; it must hold on %lld settled days in "
	           "a row.",
	           (long long)a->thresholds->confirm_days);
}

static void phrases_reason_untested_senders(const struct explanation *a,
                                            struct buf *out)
{
	phrases_reason_add_counted(a->verdict.numbers.untested_sessions,
	                           "session", "sessions", out);
	buf_add_text(out, " came from senders that found no policy, more than "
	                  "tested it: they meet it on the day of enforce.");
}

static void phrases_reason_dane_failing(const struct explanation *a,
                                        struct buf *out)
{
	(void)a;
	buf_add_text(out, "Something is wrong with DANE (TLSA or DNSSEC); such "
	                  "mail is refused today already, whatever the "
	                  "MTA-STS mode.");
}

static void phrases_reason_untrusted_ignored(const struct explanation *a,
                                             struct buf *out)
{
	(void)a;
	buf_add_text(out, "There are reports that are no evidence: mail that "
	                  "proves nothing, or reporters that are not listed.");
}

static void phrases_reason_anonymous_evidence(const struct explanation *a,
                                              struct buf *out)
{
	(void)a;
	buf_add_text(out, "The verdict rests on reports that nobody signed "
	                  "(HTTPS, files); alone they carry it no further. "
	                  "trust_https says what they are worth.");
}

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

void phrases_reason_write(const struct explanation *account,
                          enum verdict_reason reason, struct buf *out)
{
	reason_writers[reason](account, out);
}

/* --- result types -------------------------------------------------------- */

struct result_phrases {
	const char *meaning;
	const char *remedy;
	int cause; /* -1: not refused under enforce */
};

static const struct result_phrases result_phrases[RESULT_TYPES] = {
	[RESULT_STARTTLS_NOT_SUPPORTED] =
		{"The MX host did not offer STARTTLS.",
                 "Turn TLS on at the host; look for a firewall or an SMTP "
                 "proxy that strips STARTTLS from the greeting.",
                 CAUSE_STARTTLS},
	[RESULT_CERTIFICATE_HOST_MISMATCH] =
		{"The certificate is for another name than the MX host's.",
                 "Issue a certificate that carries the MX host's own name (as "
                 "in DNS) as a subject alternative name, and see that the "
                 "host serves it on port 25.",
                 CAUSE_CERTIFICATE},
	[RESULT_CERTIFICATE_EXPIRED] =
		{"The certificate's time is over, or not yet begun.",
                 "Renew it, and let the renewal reload the mail server; look "
                 "at the host's clock.",
                 CAUSE_CERTIFICATE},
	[RESULT_CERTIFICATE_NOT_TRUSTED] =
		{"The certificate does not lead to a public authority.",
                 "Serve the whole chain with its intermediate certificates, "
                 "from an authority that the large senders trust; a "
                 "self-signed one does not do.",
                 CAUSE_CERTIFICATE},
	[RESULT_VALIDATION_FAILURE] =
		{"The sender could not validate the host, and no other result "
                 "type says why; with some senders it means an MX host that "
                 "the policy does not list.",
                 "Compare the MX hosts in DNS with the policy's mx lines, then "
                 "look at the reason code and at the server's log of that "
                 "time.",
                 CAUSE_OTHER},
	[RESULT_TLSA_INVALID] =
		{"A TLSA record does not match the certificate (DANE).",
                 "Publish the TLSA record of the new key before the "
                 "certificate changes, or take a stale record away.",
                 -1},
	[RESULT_DNSSEC_INVALID] =
		{"The zone's DNSSEC signatures do not hold (DANE).",
                 "Sign the zone again, and look at the DS record at the "
                 "parent.",
                 -1},
	[RESULT_DANE_REQUIRED] =
		{"The sender wants DANE and found no TLSA record.",
                 "Nothing, unless DANE was meant to be there.", -1},
	[RESULT_STS_POLICY_FETCH_ERROR] =
		{"The policy file could not be fetched.",
                 "See that https://mta-sts.DOMAIN/.well-known/mta-sts.txt "
                 "answers 200 from everywhere, without a redirect, also for "
                 "IPv6.",
                 -1},
	[RESULT_STS_POLICY_INVALID] =
		{"The policy file could not be read.",
                 "It needs version: STSv1, a mode, max_age and an mx line for "
                 "each host, as text/plain.",
                 -1},
	[RESULT_STS_WEBPKI_INVALID] =
		{"The certificate of the policy host does not hold.",
                 "Renew the certificate of mta-sts.DOMAIN and serve its "
                 "chain.",
                 -1},
	[RESULT_OTHER] = {"A result type that the registry does not know; it "
                          "counts as a refusal.",
                          "Look at the reason code, or ask the reporter.",
                          CAUSE_OTHER},
};

const char *phrases_result_meaning(enum result_type type)
{
	return result_phrases[type].meaning;
}

/* Adds text with the domain's name in place of the word DOMAIN. */
static void phrases_add_with_domain(const struct explanation *a,
                                    const char *text, struct buf *out)
{
	static const char word[] = "DOMAIN";
	const char *found;

	while ((found = strstr(text, word)) != NULL) {
		buf_add(out, text, (size_t)(found - text));
		buf_add_printable(out, a->domain.data, a->domain.len, 253);
		text = found + strlen(word);
	}
	buf_add_text(out, text);
}

void phrases_result_remedy(const struct explanation *account,
                           enum result_type type, struct buf *out)
{
	phrases_add_with_domain(account, result_phrases[type].remedy, out);
}

bool phrases_result_is_unlisted_mx(const struct explanation *account,
                                   struct text mx)
{
	const struct sts_policy *policy = &account->policy.policy;

	return mx.len > 0 && policy->mx_count > 0 &&
	       !sts_policy_covers(policy->mx, policy->mx_count, mx);
}

int phrases_result_refusal_cause(enum result_type type)
{
	return result_phrases[type].cause;
}

const char *phrases_result_fault(const struct explanation *account,
                                 enum result_type type)
{
	int class = phrases_result_refusal_cause(type);

	if (class < 0)
		return "none";
	return verdict_fault_name(account->verdict.numbers.faults[class]);
}

/* --- the next step ------------------------------------------------------- */

bool phrases_publishes_policy(const struct explanation *account)
{
	const struct verdict *verdict = &account->verdict;

	switch (verdict->state) {
	case VERDICT_NO_POLICY:
	case VERDICT_READY:
	case VERDICT_READY_LIMITED:
	case VERDICT_ENFORCE_ROLLBACK:
		return true;
	case VERDICT_ENFORCE_OK:
	case VERDICT_ENFORCE_WARNING:
		return account->policy.policy.max_age !=
		       verdict->advised_max_age;
	case VERDICT_NO_DATA:
	case VERDICT_STALE:
	case VERDICT_POLICY_BROKEN:
	case VERDICT_BLOCKED:
	case VERDICT_COLLECTING:
	case VERDICT_STATES:
		break;
	}
	return false;
}

static const char *const next_step_phrases[VERDICT_STATES] = {
	[VERDICT_NO_DATA] =
		"Publish a TXT record at _smtp._tls.DOMAIN that names where "
		"reports go, and wait a day or two.",
	[VERDICT_NO_POLICY] = "Publish a policy in testing mode:",
	[VERDICT_STALE] = "Find out why reports stopped; leave the policy as "
			  "it is.",
	[VERDICT_POLICY_BROKEN] =
		"Mend the policy host first; leave the mode as it is.",
	[VERDICT_BLOCKED] = "Mend what the failures name; stay in testing.",
	[VERDICT_COLLECTING] = "Wait; stay in testing.",
	[VERDICT_READY_LIMITED] = "Publish enforce with a short max_age, and "
				  "look at the verdict every day:",
	[VERDICT_READY] = "Publish enforce with a short max_age:",
	[VERDICT_ENFORCE_OK] = "Leave it as it is.",
	[VERDICT_ENFORCE_WARNING] = "Look at the reasons above; have a short "
				    "max_age while they last.",
	[VERDICT_ENFORCE_ROLLBACK] =
		"Mend the cause at once where that is quick (an expired "
		"certificate), else go back to testing:",
};

void phrases_next_step(const struct explanation *account, struct buf *out)
{
	if (account->verdict.state == VERDICT_ENFORCE_OK &&
	    phrases_publishes_policy(account))
		buf_add_text(out, "Raise max_age, if no change of MX host or "
		                  "authority is planned:");
	else
		phrases_add_with_domain(
			account, next_step_phrases[account->verdict.state],
			out);
}

void phrases_policy_id(const struct explanation *account, struct buf *out)
{
	time_t seconds = (time_t)account->now;
	char text[32];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	buf_add_text(out, text);
}
