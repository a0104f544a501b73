#include "exporter/explain/phrases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/timestamp.h"

#define LINE_MAX_BYTES 8192

/* --- numbers ------------------------------------------------------------- */

void words_count(int64_t count, struct buf *out)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)count), i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_add_char(out, ' ');
		buf_add_char(out, digits[i]);
	}
}

void words_percent(double ratio, struct buf *out)
{
	double percent = ratio * 100 - 1e-9;

	/* A bound is rounded up: it must not look smaller than it is. */
	if (percent < 10)
		buf_printf(out, "%.2f %%", fabs(ceil(percent * 100)) / 100);
	else
		buf_printf(out, "%.0f %%", ceil(percent));
}

static void add_limit(int64_t millionths, struct buf *out)
{
	buf_printf(out, "%g %%", (double)millionths / 1e4);
}

void words_day(int64_t day, struct buf *out)
{
	time_t seconds = (time_t)(day * SECONDS_PER_DAY);
	char text[16];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	buf_add_text(out, text);
}

/* "a, b and c" */
static void add_names(const struct text *names, size_t count, struct buf *out)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_add_text(out, i + 1 == count ? " and " : ", ");
		buf_add_printable(out, names[i].data, names[i].len, 255);
	}
}

static void add_counted(int64_t count, const char *one, const char *many,
                        struct buf *out)
{
	words_count(count, out);
	buf_printf(out, " %s", count == 1 ? one : many);
}

/* --- states -------------------------------------------------------------- */

static const char *const state_words[VERDICT_STATES] = {
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

const char *words_state(enum verdict_state state)
{
	return state_words[state];
}

/* --- reasons ------------------------------------------------------------- */

typedef void reason_writer(const struct account *a, struct buf *out);

static void no_reports(const struct account *a, struct buf *out)
{
	buf_printf(out,
	           "No report that may be evidence came in the last %lld "
	           "days.",
	           (long long)a->thresholds->max_window_days);
}

static void policy_not_published(const struct account *a, struct buf *out)
{
	if (a->policy.policy.mode == MODE_NONE)
		buf_add_text(out, "The policy's mode is none.");
	else
		buf_add_text(out, "No report shows an MTA-STS policy: senders "
		                  "found none.");
}

static void reports_stopped(const struct account *a, struct buf *out)
{
	buf_add_text(out, "The newest report is ");
	add_counted(a->verdict.numbers.gap_days, "settled day", "settled days",
	            out);
	buf_printf(out,
	           " old; more than %lld is unusual here. Look at the "
	           "_smtp._tls record and at the collector.",
	           (long long)a->verdict.numbers.stale_limit);
}

static void policy_unusable(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "Senders cannot fetch, read or authenticate the "
	                  "policy: they go on as if there were none.");
}

static void policy_unusable_for_one(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "One sender cannot fetch or use the policy; others "
	                  "can.");
}

static void policy_unusable_sporadic(const struct account *a, struct buf *out)
{
	buf_add_text(out, "Some senders cannot fetch or use the policy now and "
	                  "then, in less than ");
	add_limit(a->thresholds->unusable_share, out);
	buf_add_text(out, " of their sessions.");
}

/* "of 3 400 sessions 12 for the certificate, 1 for other reasons" */
static void add_recent(const struct account *a, struct buf *out)
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
	add_counted(n->recent_sessions, "session", "sessions", out);
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (n->recent_refused[class] == 0)
			continue;
		buf_add_text(out, any ? ", " : " ");
		words_count(n->recent_refused[class], out);
		buf_printf(out, " for %s", what[class]);
		any = true;
	}
	if (!any)
		buf_add_text(out, " none");
}

static void active_refusals(const struct account *a, struct buf *out)
{
	buf_add_text(out, "In the days since ");
	words_day(a->last - a->thresholds->recent_days + 1, out);
	buf_add_text(out, " an enforced policy would have refused ");
	add_recent(a, out);
	buf_add_char(out, '.');
}

static void refusals_now(const struct account *a, struct buf *out)
{
	buf_add_text(out, "In the days since ");
	words_day(a->last - a->thresholds->enforce_recent_days + 1, out);
	buf_add_text(out, " senders refused ");
	add_recent(a, out);
	buf_add_text(out, "; look at the newest day too.");
}

static void refusal_ratio(const struct account *a, struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;

	words_count(n->x, out);
	buf_add_text(out, " of ");
	words_count(n->n, out);
	buf_add_text(out, " counted sessions would have been refused, ");
	words_percent(n->n > 0 ? (double)n->x / (double)n->n : 0, out);
	buf_printf(out, "; the limit is %g %%.", n->limit * 100);
}

static void predicted_refusals(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "Senders that do not apply the policy met faults "
	                  "that enforce refuses, and another sender confirms "
	                  "them.");
}

static void predicted_by_one(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "A sender that does not apply the policy met faults "
	                  "that enforce would refuse.");
}

static void mx_not_in_policy(const struct account *a, struct buf *out)
{
	add_names(a->missing_hosts, a->missing_count, out);
	buf_printf(out,
	           " %s no mx pattern of the policy: a sender that enforces "
	           "does not deliver there.",
	           a->missing_count == 1 ? "matches" : "match");
}

static void mx_check_failed(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out,
	             "A check of an MX host failed; a sender that enforces "
	             "would not deliver there.");
}

static void mx_unproven(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "Reports name an MX host only when it fails; a bad "
	                  "backup MX may never have been tried. Test each host "
	                  "by hand.");
}

static void sender_local_fault(const struct account *a, struct buf *out)
{
	add_names(a->culprits, a->verdict.culprit_count, out);
	buf_add_text(out, " would refuse ");
	add_counted(a->verdict.numbers.local_refused, "session", "sessions",
	            out);
	buf_add_text(out, " by a fault of its own: others succeeded on the "
	                  "same days.");
}

static void sender_local_over_budget(const struct account *a, struct buf *out)
{
	buf_add_text(out, "Those are more than ");
	add_limit(a->thresholds->local_share_max, out);
	buf_add_text(out,
	             " of all sessions, and that mail is lost all the same: "
	             "talk to the sender, or set accept_reporters.");
}

static void policy_not_seen(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "No sender has applied the MTA-STS policy yet.");
}

static void outdated_policy(const struct account *a, struct buf *out)
{
	buf_add_text(out, "More than ");
	add_limit(a->thresholds->outdated_share, out);
	buf_add_text(out, " of the recent sessions applied another set of mx "
	                  "patterns, probably one from a cache.");
}

static void observation_short(const struct account *a, struct buf *out)
{
	buf_add_text(out, "The present mx patterns have been observed for ");
	add_counted(a->verdict.numbers.observed_days, "settled day",
	            "settled days", out);
	buf_printf(out, "; %lld are needed.",
	           (long long)a->thresholds->window_days);
}

static void coverage_low(const struct account *a, struct buf *out)
{
	buf_add_text(out, "Reports cover ");
	add_counted(a->verdict.numbers.covered_days, "day", "days", out);
	buf_printf(out, " of the last %lld; %lld are needed.",
	           (long long)a->verdict.numbers.window_days,
	           (long long)a->thresholds->min_covered_days);
}

static void few_reporters(const struct account *a, struct buf *out)
{
	add_counted(a->verdict.numbers.reporters, "reporter is",
	            "reporters are", out);
	buf_printf(out,
	           " in evidence; at least %lld are needed that have reported "
	           "for %lld days.",
	           (long long)a->thresholds->min_reporters,
	           (long long)a->thresholds->witness_days);
}

/* Clean sessions that bring the bound under the limit, from none refused. */
static int64_t clean_needed(const struct account *a)
{
	double sessions = log((double)a->thresholds->alpha / 1e6) /
	                  log1p(-(double)a->thresholds->max_refusal / 1e6);

	return (int64_t)lrint(ceil(sessions));
}

static void bound_too_wide(const struct account *a, struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;

	buf_add_text(out, "With ");
	add_counted(n->n, "counted session", "counted sessions", out);
	buf_add_text(out, ", ");
	words_count(n->x, out);
	buf_add_text(out,
	             " of them refused, the true share may be as high as ");
	words_percent(n->upper, out);
	buf_printf(out,
	           "; the limit is %g %%, which takes %lld sessions without a "
	           "refusal.",
	           n->limit * 100, (long long)clean_needed(a));
}

static void confirming(const struct account *a, struct buf *out)
{
	buf_printf(out,
	           "All else holds today; it must hold on %lld settled days in "
	           "a row.",
	           (long long)a->thresholds->confirm_days);
}

static void untested_senders(const struct account *a, struct buf *out)
{
	add_counted(a->verdict.numbers.untested_sessions, "session", "sessions",
	            out);
	buf_add_text(out, " came from senders that found no policy, more than "
	                  "tested it: they meet it on the day of enforce.");
}

static void dane_failing(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "Something is wrong with DANE (TLSA or DNSSEC); such "
	                  "mail is refused today already, whatever the "
	                  "MTA-STS mode.");
}

static void untrusted_ignored(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "There are reports that are no evidence: mail that "
	                  "proves nothing, or reporters that are not listed.");
}

static void anonymous_evidence(const struct account *a, struct buf *out)
{
	(void)a;
	buf_add_text(out, "The verdict rests on reports that nobody signed "
	                  "(HTTPS, files); alone they carry it no further. "
	                  "trust_https says what they are worth.");
}

static reason_writer *const reason_writers[VERDICT_REASONS] = {
	[REASON_NO_REPORTS] = no_reports,
	[REASON_POLICY_NOT_PUBLISHED] = policy_not_published,
	[REASON_REPORTS_STOPPED] = reports_stopped,
	[REASON_POLICY_UNUSABLE] = policy_unusable,
	[REASON_POLICY_UNUSABLE_FOR_ONE_SENDER] = policy_unusable_for_one,
	[REASON_POLICY_UNUSABLE_SPORADIC] = policy_unusable_sporadic,
	[REASON_ACTIVE_REFUSALS] = active_refusals,
	[REASON_REFUSAL_RATIO] = refusal_ratio,
	[REASON_PREDICTED_REFUSALS] = predicted_refusals,
	[REASON_PREDICTED_REFUSALS_ONE_SENDER] = predicted_by_one,
	[REASON_MX_NOT_IN_POLICY] = mx_not_in_policy,
	[REASON_MX_CHECK_FAILED] = mx_check_failed,
	[REASON_MX_UNPROVEN] = mx_unproven,
	[REASON_SENDER_LOCAL_FAULT] = sender_local_fault,
	[REASON_SENDER_LOCAL_OVER_BUDGET] = sender_local_over_budget,
	[REASON_POLICY_NOT_SEEN] = policy_not_seen,
	[REASON_OUTDATED_POLICY] = outdated_policy,
	[REASON_OBSERVATION_SHORT] = observation_short,
	[REASON_COVERAGE_LOW] = coverage_low,
	[REASON_FEW_REPORTERS] = few_reporters,
	[REASON_BOUND_TOO_WIDE] = bound_too_wide,
	[REASON_CONFIRMING] = confirming,
	[REASON_UNTESTED_SENDERS] = untested_senders,
	[REASON_DANE_FAILING] = dane_failing,
	[REASON_UNTRUSTED_IGNORED] = untrusted_ignored,
	[REASON_REFUSALS_NOW] = refusals_now,
	[REASON_ANONYMOUS_EVIDENCE] = anonymous_evidence,
};

void words_reason(const struct account *account, enum verdict_reason reason,
                  struct buf *out)
{
	reason_writers[reason](account, out);
}

/* --- result types -------------------------------------------------------- */

struct result_words {
	const char *meaning;
	const char *cure;
	int class; /* -1: not refused under enforce */
};

static const struct result_words result_words[RESULT_TYPES] = {
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

const char *words_result_meaning(enum result_type type)
{
	return result_words[type].meaning;
}

/* Adds text with the domain's name in place of the word DOMAIN. */
static void add_with_domain(const struct account *a, const char *text,
                            struct buf *out)
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

void words_result_cure(const struct account *account, enum result_type type,
                       struct buf *out)
{
	add_with_domain(account, result_words[type].cure, out);
}

bool words_is_unlisted(const struct account *account, struct text mx)
{
	const struct sts_policy *policy = &account->policy.policy;
	size_t i;

	for (i = 0; i < policy->mx_count; i++) {
		if (verdict_mx_matches(policy->mx[i], mx))
			return false;
	}
	return mx.len > 0 && policy->mx_count > 0;
}

int words_result_class(enum result_type type)
{
	return result_words[type].class;
}

const char *words_blame(const struct account *account, enum result_type type)
{
	int class = words_result_class(type);

	if (class < 0)
		return "none";
	return fault_name(account->verdict.numbers.faults[class]);
}

/* --- the next step ------------------------------------------------------- */

bool words_publishes(const struct account *account)
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

static const char *const next_words[VERDICT_STATES] = {
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

void words_next(const struct account *account, struct buf *out)
{
	if (account->verdict.state == VERDICT_ENFORCE_OK &&
	    words_publishes(account))
		buf_add_text(out, "Raise max_age, if no change of MX host or "
		                  "authority is planned:");
	else
		add_with_domain(account, next_words[account->verdict.state],
		                out);
}

void words_policy_file(const struct account *account, struct buf *out)
{
	const struct sts_policy *policy = &account->policy.policy;
	size_t i;

	if (policy->mx_count == 0)
		return;
	buf_printf(out, "version: STSv1\nmode: %s\n",
	           sts_mode_name(account->verdict.advised_mode));
	for (i = 0; i < policy->mx_count; i++) {
		buf_add_text(out, "mx: ");
		buf_add_printable(out, policy->mx[i].data, policy->mx[i].len,
		                  255);
		buf_add_char(out, '\n');
	}
	buf_printf(out, "max_age: %lld\n",
	           (long long)account->verdict.advised_max_age);
}

void words_policy_id(const struct account *account, struct buf *out)
{
	time_t seconds = (time_t)account->now;
	char text[32];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	buf_add_text(out, text);
}
