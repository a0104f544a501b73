#include "exporter/explain/phrases_reason.h"

#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_check.h"
#include "exporter/explain/phrases_refusal.h"
#include "exporter/explain/phrases_wait.h"

/* How a reason is told, and what to do: by a function, or by a text with the
   word DOMAIN in it. */
struct reason_phrases {
	phrases_writer *write;
	phrases_writer *advise;
	const char *advice;
};

#define TEXT_RECORD_ADVICE                                           \
	"Publish _mta-sts.DOMAIN with \"v=STSv1; id=...\", exactly " \
	"one such record."

static const struct reason_phrases phrases[VERDICT_REASONS] = {
	[REASON_NO_REPORTS] =
		{phrases_wait_no_reports, NULL,
                 "Publish a TXT record at _smtp._tls.DOMAIN that names where "
                 "reports go, and wait a day or two: senders report once a "
                 "day."},
	[REASON_POLICY_NOT_PUBLISHED] = {phrases_wait_not_published,
                                         phrases_wait_publish, NULL},
	[REASON_REPORTS_STOPPED] =
		{phrases_wait_reports_stopped, NULL,
                 "See that the TXT record _smtp._tls.DOMAIN still names your "
                 "address, and that the collector runs: tlsrpt-collector "
                 "reports lists what came last, tlsrpt-collector refused what "
                 "it did not take."},
	[REASON_POLICY_UNUSABLE] = {phrases_wait_unusable,
                                    phrases_wait_fix_policy, NULL},
	[REASON_POLICY_UNUSABLE_FOR_ONE_SENDER] =
		{phrases_wait_unusable_for_one, phrases_wait_fix_policy, NULL},
	[REASON_POLICY_UNUSABLE_SPORADIC] =
		{phrases_wait_unusable_sporadic, NULL,
                 "Look at the log of mta-sts.DOMAIN at these times, at its "
                 "rate limits and at each of its addresses; there is no "
                 "hurry."},
	[REASON_ACTIVE_REFUSALS] = {phrases_refusal_active, phrases_refusal_fix,
                                    NULL},
	[REASON_REFUSAL_RATIO] = {phrases_refusal_ratio, phrases_refusal_fix,
                                  NULL},
	[REASON_PREDICTED_REFUSALS] = {phrases_refusal_predicted,
                                       phrases_refusal_fix, NULL},
	[REASON_PREDICTED_REFUSALS_ONE_SENDER] =
		{phrases_refusal_predicted_by_one, phrases_refusal_fix, NULL},
	[REASON_MX_NOT_IN_POLICY] =
		{phrases_check_not_in_policy, NULL,
                 "Add an mx line for it to the policy, and then a new id to "
                 "the TXT record _mta-sts.DOMAIN; or take the host out of the "
                 "MX records."},
	[REASON_MX_CHECK_FAILED] = {phrases_check_failed,
                                    phrases_check_fix_hosts, NULL},
	[REASON_MX_UNPROVEN] =
		{phrases_check_unproven, NULL,
                 "Test each by hand: openssl s_client -starttls smtp -connect "
                 "HOST:25 -verify_hostname HOST."},
	[REASON_SENDER_LOCAL_FAULT] = {phrases_refusal_local,
                                       phrases_refusal_advise_local, NULL},
	[REASON_SENDER_LOCAL_OVER_BUDGET] =
		{phrases_refusal_local_over_budget, NULL,
                 "Tell the reporter's postmaster, or name the reporter in "
                 "accept_reporters if you give its mail up."},
	[REASON_POLICY_NOT_SEEN] =
		{phrases_wait_not_seen, NULL,
                 "See that the TXT record _mta-sts.DOMAIN and "
                 "https://mta-sts.DOMAIN/.well-known/mta-sts.txt are there, "
                 "and wait a day or two."},
	[REASON_OUTDATED_POLICY] =
		{phrases_wait_outdated, NULL,
                 "See that the id of the TXT record _mta-sts.DOMAIN changed "
                 "with the policy; senders that see no new id keep the old "
                 "policy until its max_age is over."},
	[REASON_OBSERVATION_SHORT] = {phrases_wait_observation, NULL,
                                      "Wait, and change no MX host meanwhile."},
	[REASON_COVERAGE_LOW] =
		{phrases_wait_coverage, NULL,
                 "Wait; if mail comes every day, see whether reports are "
                 "lost on the way (tlsrpt-collector refused)."},
	[REASON_FEW_REPORTERS] = {phrases_wait_reporters, NULL,
                                  "Wait for another sender that reports."},
	[REASON_BOUND_TOO_WIDE] =
		{phrases_wait_bound, NULL,
                 "Wait: more sessions narrow the bound, those of the smaller "
                 "reporters most."},
	[REASON_CONFIRMING] = {phrases_wait_confirming, NULL,
                               "Wait a day or two."},
	[REASON_UNTESTED_SENDERS] =
		{phrases_wait_untested, NULL,
                 "Begin to enforce with a short max_age (86400), and look at "
                 "the reports of the first days."},
	[REASON_DANE_FAILING] = {phrases_refusal_dane, phrases_refusal_fix_dane,
                                 NULL},
	[REASON_UNTRUSTED_IGNORED] =
		{phrases_wait_ignored, NULL,
                 "tlsrpt-collector reports DOMAIN lists them with what proves "
                 "each; reporters and trust_https in [verdict] set what "
                 "counts."},
	[REASON_REFUSALS_NOW] = {phrases_refusal_now,
                                 phrases_refusal_fix_at_once, NULL},
	[REASON_ANONYMOUS_EVIDENCE] =
		{phrases_wait_anonymous, NULL,
                 "Let reports come by signed mail too (rua=mailto:), or set "
                 "trust_https = yes if you know who can post to you."},
	[REASON_ONE_SENDER_REFUSED] = {phrases_refusal_of_one,
                                       phrases_refusal_fix, NULL},
	[REASON_ONE_SENDER_DILUTES] = {phrases_refusal_diluted,
                                       phrases_refusal_fix, NULL},
	[REASON_RECURRING] =
		{phrases_refusal_recurring, NULL,
                 "Find out what comes back (a renewal, a second host, a job "
                 "at night) before you enforce; this reason ends when the bad "
                 "days are older than that."},
	[REASON_NEWCOMER_REFUSALS] =
		{phrases_refusal_of_newcomers, NULL,
                 "Test the MX hosts and the policy by hand; if all is well, "
                 "wait. A name that you know to be false can be left out with "
                 "reporters in [verdict]."},
	[REASON_NEWCOMERS_NOT_COUNTED] = {phrases_wait_newcomers,
                                          phrases_wait_for_newcomers, NULL},
	[REASON_REFUSALS_CONTRADICTED] = {phrases_refusal_contradicted,
                                          phrases_refusal_advise_contradicted,
                                          NULL},
	[REASON_MX_ALL_FAILED] = {phrases_check_all_failed,
                                  phrases_check_fix_all_hosts, NULL},
	[REASON_CERTIFICATE_ENDS_SOON] =
		{phrases_check_certificate, NULL,
                 "Renew it, and let the renewal reload the mail server."},
	[REASON_MX_UNREACHABLE] =
		{phrases_check_unreachable, NULL,
                 "See that the host is up, and that the network of the checks "
                 "lets port 25 out to it."},
	[REASON_PROBE_STALE] = {phrases_check_stale, NULL,
                                "Find out why the checks have stopped."},
	[REASON_PROBE_USELESS] =
		{phrases_check_useless, NULL,
                 "Run the checks from a network that lets port 25 out."},
	[REASON_PROBE_CONTRADICTED] =
		{phrases_check_contradicted, NULL,
                 "Compare the addresses of the MX hosts where the checks run "
                 "with those elsewhere: split DNS, NAT or anycast may show "
                 "the checks other hosts than the senders meet."},
	[REASON_POLICY_FETCH_FAILED] =
		{phrases_check_fetch_failed, NULL,
                 "See that it answers 200 by a valid certificate of "
                 "mta-sts.DOMAIN, without a redirect, also by IPv6."},
	[REASON_POLICY_INVALID] =
		{phrases_check_invalid, NULL,
                 "It needs version: STSv1, a mode, max_age and an mx line for "
                 "each host, as text/plain."},
	[REASON_POLICY_DIFFERS] =
		{phrases_check_differs, NULL,
                 "Publish the configured policy, or change mode and mx in "
                 "[domain DOMAIN]."},
	[REASON_POLICY_RECORD_BAD] = {phrases_check_record, NULL,
                                      TEXT_RECORD_ADVICE},
	[REASON_POLICY_ID_UNCHANGED] =
		{phrases_check_id, NULL,
                 "Write a new id into the TXT record _mta-sts.DOMAIN."},
};

void phrases_reason_write(const struct explanation *explanation,
                          enum verdict_reason reason, struct buf *out)
{
	phrases[reason].write(
		explanation, explanation_evidence_of(explanation, reason), out);
}

void phrases_reason_advise(const struct explanation *explanation,
                           enum verdict_reason reason, struct buf *out)
{
	if (phrases[reason].advise != NULL)
		phrases[reason].advise(
			explanation,
			explanation_evidence_of(explanation, reason), out);
	else
		phrases_add_with_domain(explanation, phrases[reason].advice,
		                        out);
}
