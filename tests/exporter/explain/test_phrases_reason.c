/*
 * Every reason has a sentence and an advice; of each, with something to rest
 * on, the whole text stands here.
 */
#include <stdio.h>
#include <string.h>

#include "exporter/explain/phrases_reason.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

struct wanted {
	const char *sentence, *advice;
};

static const struct wanted wanted[VERDICT_REASONS] = {
	[REASON_NO_REPORTS] =
		{"No report that may be evidence came in the last 84 days.",
                 "Publish a TXT record at _smtp._tls.example.org that names where reports go, and wait a day or two: senders report once a day."},
	[REASON_POLICY_NOT_PUBLISHED] =
		{"No report shows an MTA-STS policy. google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others found none, in 125 sessions since 2026-05-24.",
                 "Publish a policy in mode testing at https://mta-sts.example.org/.well-known/mta-sts.txt, and then the TXT record _mta-sts.example.org."},
	[REASON_REPORTS_STOPPED] =
		{"The newest reports, of google.com and e.example, are of 2026-05-17: 9 settled days without one; more than 4 are unusual here.",
                 "See that the TXT record _smtp._tls.example.org still names your address, and that the collector runs: tlsrpt-collector reports lists what came last, tlsrpt-collector refused what it did not take."},
	[REASON_POLICY_UNUSABLE] =
		{"google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others cannot fetch or use the policy and go on as if there were none. They met sts-policy-fetch-error at mta-sts.example.org, first on 2026-05-17 and last on 2026-05-27.",
                 "See that https://mta-sts.example.org/.well-known/mta-sts.txt answers 200 from everywhere, without a redirect, also for IPv6."},
	[REASON_POLICY_UNUSABLE_FOR_ONE_SENDER] =
		{"Only google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others cannot fetch or use the policy; yahoo.com and comcast.net can. They met sts-policy-fetch-error at mta-sts.example.org, first on 2026-05-17 and last on 2026-05-27.",
                 "See that https://mta-sts.example.org/.well-known/mta-sts.txt answers 200 from everywhere, without a redirect, also for IPv6."},
	[REASON_POLICY_UNUSABLE_SPORADIC] =
		{"google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others cannot fetch or use the policy now and then: 125 of 5 110 sessions (2.45 %). It would take two reporters with 5 % of their own to break the policy. They met sts-policy-fetch-error at mta-sts.example.org, first on 2026-05-17 and last on 2026-05-27.",
                 "Look at the log of mta-sts.example.org at these times, at its rate limits and at each of its addresses; there is no hurry."},
	[REASON_ACTIVE_REFUSALS] =
		{"An enforced policy would have refused 125 of 5 110 sessions (2.45 %) since 2026-05-24: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27. yahoo.com and comcast.net had none of it on these days.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_REFUSAL_RATIO] =
		{"28 of 2 800 counted sessions (1.00 %) of the last 14 days would have been refused; the limit is 1 %: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_PREDICTED_REFUSALS] =
		{"google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others do not apply the policy and met 125 faults since 2026-05-24 that enforce refuses; two reporters agree on it. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_PREDICTED_REFUSALS_ONE_SENDER] =
		{"google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others do not apply the policy and met 125 faults since 2026-05-24 that enforce refuses; they are few, or nobody else confirms them. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_MX_NOT_IN_POLICY] =
		{"mx1.example.org and mx2.example.org match no mx pattern of the policy: a sender that enforces does not deliver there.",
                 "Add an mx line for it to the policy, and then a new id to the TXT record _mta-sts.example.org; or take the host out of the MX records."},
	[REASON_MX_CHECK_FAILED] =
		{"Seen from outside, mx1.example.org has an expired certificate since 2026-06-01 12:00 UTC and mx2.example.org offers no STARTTLS since 2026-06-02 11:00 UTC: a sender that enforces does not deliver there.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_MX_UNPROVEN] =
		{"Nothing proves that mx1.example.org and mx2.example.org are fine: reports name an MX host only when it fails, and a bad backup MX may never have been tried.",
                 "Test each by hand: openssl s_client -starttls smtp -connect HOST:25 -verify_hostname HOST."},
	[REASON_SENDER_LOCAL_FAULT] =
		{"google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others would have refused by a fault of their own. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27. yahoo.com and comcast.net succeeded on the same days.",
                 "Tell the reporter's postmaster what it reports; its mail is lost under enforce."},
	[REASON_SENDER_LOCAL_OVER_BUDGET] =
		{"A fault of the senders' own refuses 125 of 5 110 sessions (2.45 %) since 2026-05-24, more than 1 %, and that mail is lost all the same: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Tell the reporter's postmaster, or name the reporter in accept_reporters if you give its mail up."},
	[REASON_POLICY_NOT_SEEN] =
		{"No sender has applied the MTA-STS policy yet. google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others found none, in 125 sessions since 2026-05-24.",
                 "See that the TXT record _mta-sts.example.org and https://mta-sts.example.org/.well-known/mta-sts.txt are there, and wait a day or two."},
	[REASON_OUTDATED_POLICY] =
		{"google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others applied another set of mx patterns in the last 3 settled days, probably one from a cache: 125 of 5 110 sessions (2.45 %), more than 20 %.",
                 "See that the id of the TXT record _mta-sts.example.org changed with the policy; senders that see no new id keep the old policy until its max_age is over."},
	[REASON_OBSERVATION_SHORT] =
		{"The present mx patterns have been observed for 9 settled days, since 2026-05-18; 14 are needed.",
                 "Wait, and change no MX host meanwhile."},
	[REASON_COVERAGE_LOW] =
		{"Reports of google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others cover 4 days of the last 14; 10 are needed.",
                 "Wait; if mail comes every day, see whether reports are lost on the way (tlsrpt-collector refused)."},
	[REASON_FEW_REPORTERS] =
		{"1 reporter is in evidence in the last 14 days, google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others; at least 2 are needed, for one alone cannot tell its own fault from yours.",
                 "Wait for another sender that reports."},
	[REASON_BOUND_TOO_WIDE] =
		{"The reports cannot exclude yet that 1 % are refused, which takes 343 counted sessions without a refusal, none of them by a reporter alone. So far there are 1 400 counted sessions with 28 refusals: the true share may be as high as 4.3 %. google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others reported in the last 14 days.",
                 "Wait: more sessions narrow the bound, those of the smaller reporters most."},
	[REASON_CONFIRMING] =
		{"All else holds today; it must hold on 3 settled days in a row, of which 2026-05-26 is the newest.",
                 "Wait a day or two."},
	[REASON_UNTESTED_SENDERS] =
		{"google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others found no policy in 9 000 sessions of the last 14 days, more than the 5 110 that tested it: these senders meet it on the day of enforce.",
                 "Begin to enforce with a short max_age (86400), and look at the reports of the first days."},
	[REASON_DANE_FAILING] =
		{"Something is wrong with DANE (TLSA or DNSSEC), in 125 sessions of google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others since 2026-05-24: such mail is refused today already, whatever the MTA-STS mode. They met tlsa-invalid at mx1.example.org and mx2.example.org, first on 2026-05-17 and last on 2026-05-27.",
                 "Publish the TLSA record of the new key before the certificate changes, or take a stale record away."},
	[REASON_UNTRUSTED_IGNORED] =
		{"There are reports that are no evidence: mail that proves nothing, or reporters that are not listed.",
                 "tlsrpt-collector reports example.org lists them with what proves each; reporters and trust_https in [verdict] set what counts."},
	[REASON_REFUSALS_NOW] =
		{"Senders refused 125 of 5 110 sessions (2.45 %) since 2026-05-24: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27. yahoo.com and comcast.net had none of it on these days.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_ANONYMOUS_EVIDENCE] =
		{"The verdict is based on unsigned reports (HTTPS, files) of google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others, 125 sessions; from signed reports alone it would be ready_limited (at most 2.2 % refused).",
                 "Let reports come by signed mail too (rua=mailto:), or set trust_https = yes if you know who can post to you."},
	[REASON_ONE_SENDER_REFUSED] =
		{"Too many of a reporter's own sessions of the last 14 days would have been refused, whatever others say; the limit is 1 %: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_ONE_SENDER_DILUTES] =
		{"Without yahoo.com and comcast.net, 28 of 2 400 counted sessions (1.17 %) would have been refused; the limit is 1 %: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_RECURRING] =
		{"Refusals came back: 3 days of the last 56 had 10 % refused or more, with other days between them: google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Find out what comes back (a renewal, a second host, a job at night) before you enforce; this reason ends when the bad days are older than that."},
	[REASON_NEWCOMER_REFUSALS] =
		{"google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others are new here or unsigned and show refusals or an unusable policy; no reporter that counts in full confirms that. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Test the MX hosts and the policy by hand; if all is well, wait. A name that you know to be false can be left out with reporters in [verdict]."},
	[REASON_NEWCOMERS_NOT_COUNTED] =
		{"google.com, microsoft.com, a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 2 others are new here or unsigned (5 110 sessions since 2026-05-17): successes do not count yet, and refusals only delay or warn.",
                 "There is nothing to do: a signed reporter counts in full once it has been known for 28 days and has reported on 7 days."},
	[REASON_REFUSALS_CONTRADICTED] =
		{"No rollback: of 7 reporters, 5 show refusals, google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others; yahoo.com (400 clean sessions) and comcast.net (1 200 clean) show none since 2026-05-20. They met certificate-expired at mx1.example.org and mx2.example.org (\"not after\"), first on 2026-05-17 and last on 2026-05-27.",
                 "Find out what only the reporters that show refusals meet: one MX host, one of its addresses, their list of authorities. If they are right: Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_MX_ALL_FAILED] =
		{"Seen from outside, every MX host fails, so that a sender that enforces delivers nowhere: mx1.example.org has an expired certificate since 2026-06-01 12:00 UTC and mx2.example.org offers no STARTTLS since 2026-06-02 11:00 UTC.",
                 "Renew it, and let the renewal reload the mail server; look at the host's clock."},
	[REASON_CERTIFICATE_ENDS_SOON] =
		{"The certificate of mx1.example.org ends on 2026-06-03 12:00 UTC, that of mx2.example.org ends soon.",
                 "Renew it, and let the renewal reload the mail server."},
	[REASON_MX_UNREACHABLE] =
		{"From where the checks run, mx3.example.org cannot be reached since 2026-06-02 11:00 UTC; that is no fault of MTA-STS, and changes nothing in the verdict.",
                 "See that the host is up, and that the network of the checks lets port 25 out to it."},
	[REASON_PROBE_STALE] =
		{"The checks from outside are too old to count: the last was on 2026-06-02 11:50 UTC; after 26 hours they say nothing any more.",
                 "Find out why the checks have stopped."},
	[REASON_PROBE_USELESS] =
		{"The checks reach no MX host of any domain: port 25 seems to be closed outwards where they run.",
                 "Run the checks from a network that lets port 25 out."},
	[REASON_PROBE_CONTRADICTED] =
		{"No rollback: every check from outside fails (mx1.example.org has an expired certificate since 2026-06-01 12:00 UTC and mx2.example.org offers no STARTTLS since 2026-06-02 11:00 UTC), but yahoo.com (400 clean sessions) and comcast.net (1 200 clean) delivered on whole days since 2026-05-20; refusals are reported by google.com (120 of 3 400 sessions), microsoft.com (2 of 60), a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (1 of 30) and 2 others.",
                 "Compare the addresses of the MX hosts where the checks run with those elsewhere: split DNS, NAT or anycast may show the checks other hosts than the senders meet."},
	[REASON_POLICY_FETCH_FAILED] =
		{"Seen from outside, the policy at https://mta-sts.example.org/.well-known/mta-sts.txt cannot be fetched, since 2026-06-02 10:00 UTC.",
                 "See that it answers 200 by a valid certificate of mta-sts.example.org, without a redirect, also by IPv6."},
	[REASON_POLICY_INVALID] =
		{"The policy that is published at https://mta-sts.example.org/.well-known/mta-sts.txt is invalid, since 2026-06-02 10:00 UTC.",
                 "It needs version: STSv1, a mode, max_age and an mx line for each host, as text/plain."},
	[REASON_POLICY_DIFFERS] =
		{"The policy that mta-sts.example.org publishes differs from the configured one, since 2026-06-02 10:00 UTC.",
                 "Publish the configured policy, or change mode and mx in [domain example.org]."},
	[REASON_POLICY_RECORD_BAD] =
		{"There is no TXT record _mta-sts.example.org, since 2026-06-02 10:00 UTC.",
                 "Publish _mta-sts.example.org with \"v=STSv1; id=...\", exactly one such record."},
	[REASON_POLICY_ID_UNCHANGED] =
		{"The policy has changed, but the id in the TXT record _mta-sts.example.org has not: senders go on with what they have cached, since 2026-06-02 10:00 UTC.",
                 "Write a new id into the TXT record _mta-sts.example.org."},
};

static void assert_text(enum verdict_reason reason, struct buf *text,
                        const char *expected)
{
	if (expected == NULL || strcmp(buf_text(text), expected) != 0)
		fail_msg("%s:\n  %s\nnot\n  %s", verdict_reason_name(reason),
		         buf_text(text),
		         expected != NULL ? expected : "(none)");
	buf_reset(text);
}

static void each_reason_has_its_sentence_and_its_advice(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;
	int i;

	(void)state;
	explanation_sample_begin(&s);
	for (i = 0; i < VERDICT_REASONS; i++) {
		enum verdict_reason reason = (enum verdict_reason)i;

		phrases_reason_write(&s.explanation, reason, &text);
		assert_text(reason, &text, wanted[i].sentence);
		phrases_reason_advise(&s.explanation, reason, &text);
		assert_text(reason, &text, wanted[i].advice);
	}
	buf_free(&text);
}

static void assert_sentence(enum verdict_reason reason, struct buf *text)
{
	size_t i;

	if (text->len < 15 || text->data[text->len - 1] != '.')
		fail_msg("%s: \"%s\"", verdict_reason_name(reason),
		         buf_text(text));
	for (i = 0; i < text->len; i++) {
		if (text->data[i] < ' ' || text->data[i] > '~')
			fail_msg("%s: byte %02x", verdict_reason_name(reason),
			         (unsigned char)text->data[i]);
	}
	assert_null(strstr(buf_text(text), "DOMAIN"));
	assert_null(strstr(buf_text(text), "  "));
	buf_reset(text);
}

/* Where nothing was gathered, and under enforce. */
static void a_sentence_needs_no_evidence(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;
	int i, round;

	(void)state;
	explanation_sample_begin(&s);
	for (round = 0; round < 3; round++) {
		s.explanation.policy.policy.mode = round == 0 ? STS_MODE_ENFORCE
		                                              : STS_MODE_NONE;
		if (round == 2)
			s.explanation.evidence = NULL;
		for (i = 0; i < VERDICT_REASONS; i++) {
			phrases_reason_write(&s.explanation,
			                     (enum verdict_reason)i, &text);
			assert_sentence((enum verdict_reason)i, &text);
			phrases_reason_advise(&s.explanation,
			                      (enum verdict_reason)i, &text);
			assert_sentence((enum verdict_reason)i, &text);
		}
	}
	buf_free(&text);
}

/* Whatever strangers bring. */
static void no_sentence_grows_without_bound(void **state)
{
	struct evidence_reporter reporters[EVIDENCE_REPORTERS_MAX];
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;
	char name[300];
	size_t i;
	int reason;

	(void)state;
	explanation_sample_begin(&s);
	memset(name, '\x01', sizeof(name));
	for (i = 0; i < EVIDENCE_REPORTERS_MAX; i++) {
		reporters[i] = s.reporters[0];
		reporters[i].name = (struct text){name, sizeof(name)};
	}
	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		s.evidence[reason].reporters = reporters;
		s.evidence[reason].reporters_kept = EVIDENCE_REPORTERS_MAX;
		s.evidence[reason].scope.part_count = 100000;
		s.evidence[reason].hosts[0].name = reporters[0].name;
		phrases_reason_write(&s.explanation,
		                     (enum verdict_reason)reason, &text);
		assert_true(text.len < 8192);
		assert_sentence((enum verdict_reason)reason, &text);
	}
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_has_its_sentence_and_its_advice),
		cmocka_unit_test(a_sentence_needs_no_evidence),
		cmocka_unit_test(no_sentence_grows_without_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
