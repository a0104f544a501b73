/*
 * What test_phrases_reason.c has no room for.
 */
#include <string.h>

#include "exporter/explain/phrases_check.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static void assert_says(const struct explanation_sample *s,
                        phrases_writer *write, enum verdict_reason reason,
                        const char *what)
{
	struct buf text = BUF_INIT(65536);

	write(&s->explanation, &s->evidence[reason], &text);
	if (strstr(buf_text(&text), what) == NULL)
		fail_msg("no \"%s\" in \"%s\"", what, buf_text(&text));
	buf_free(&text);
}

static void each_state_of_a_host_is_told_with_its_remedy(void **state)
{
	static const struct {
		enum probe_host_state state;
		const char *says, *remedy;
	} cases[] = {
		{PROBE_HOST_STARTTLS_MISSING, "offers no STARTTLS", "Turn TLS"},
		{PROBE_HOST_CERTIFICATE_EXPIRED, "expired", "Renew"},
		{PROBE_HOST_CERTIFICATE_NAME, "another name", "Issue"},
		{PROBE_HOST_CERTIFICATE_UNTRUSTED, "no public authority",
	         "Serve the whole chain"},
		{PROBE_HOST_NOT_IN_POLICY, "no mx pattern", "Compare"},
		{PROBE_HOST_UNREACHABLE, "cannot be reached", "openssl"},
		{PROBE_HOST_UNKNOWN, "could not be checked", "openssl"},
		{PROBE_HOST_OK, "is fine", "openssl"},
	};
	struct explanation_sample s;
	size_t i;

	(void)state;
	explanation_sample_begin(&s);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s.failing[0].state = cases[i].state;
		assert_says(&s, phrases_check_failed, REASON_MX_CHECK_FAILED,
		            cases[i].says);
		assert_says(&s, phrases_check_fix_hosts, REASON_MX_CHECK_FAILED,
		            cases[i].remedy);
	}
}

static void more_hosts_than_fit_are_counted(void **state)
{
	struct evidence_host hosts[5] = {{.name = TEXT("a")},
	                                 {.name = TEXT("b")},
	                                 {.name = TEXT("c")},
	                                 {.name = TEXT("d")},
	                                 {.name = TEXT("e")}};
	struct explanation_sample s;
	int reason;

	(void)state;
	explanation_sample_begin(&s);
	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		s.evidence[reason].hosts = hosts;
		s.evidence[reason].host_count = 4;
	}
	assert_says(&s, phrases_check_all_failed, REASON_MX_ALL_FAILED,
	            "and so is 1 other.");
	s.evidence[REASON_MX_ALL_FAILED].host_count = 5;
	assert_says(&s, phrases_check_all_failed, REASON_MX_ALL_FAILED,
	            "and so are 2 others.");
	assert_says(&s, phrases_check_certificate, REASON_CERTIFICATE_ENDS_SOON,
	            "a ends soon, that of b ends soon, that of c ends soon, "
	            "and those of 1 more soon.");
}

static void a_reason_without_hosts_is_told_too(void **state)
{
	struct explanation_sample s;
	int reason;

	(void)state;
	explanation_sample_begin(&s);
	for (reason = 0; reason < VERDICT_REASONS; reason++)
		s.evidence[reason].host_count = 0;
	assert_says(&s, phrases_check_not_in_policy, REASON_MX_NOT_IN_POLICY,
	            "An MX host matches no mx pattern");
	assert_says(&s, phrases_check_failed, REASON_MX_CHECK_FAILED,
	            "an MX host fails");
	assert_says(&s, phrases_check_unproven, REASON_MX_UNPROVEN,
	            "that each MX host is fine");
	assert_says(&s, phrases_check_certificate, REASON_CERTIFICATE_ENDS_SOON,
	            "of an MX host ends soon.");
	assert_says(&s, phrases_check_unreachable, REASON_MX_UNREACHABLE,
	            "an MX host cannot be reached");
}

static void a_record_is_missing_or_invalid(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.evidence[REASON_POLICY_RECORD_BAD].seen_since = 0;
	assert_says(&s, phrases_check_record, REASON_POLICY_RECORD_BAD,
	            "There is no TXT record _mta-sts.example.org.");
	s.evidence[REASON_POLICY_RECORD_BAD].record = PROBE_RECORD_INVALID;
	assert_says(&s, phrases_check_record, REASON_POLICY_RECORD_BAD,
	            "The TXT record _mta-sts.example.org is invalid.");
	s.evidence[REASON_PROBE_STALE].checked = 0;
	assert_says(&s, phrases_check_stale, REASON_PROBE_STALE,
	            "too old to count; after 26 hours");
}

static void only_a_rollback_speaks_of_going_back(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.verdict.state = VERDICT_BLOCKED;
	phrases_check_fix_all_hosts(&s.explanation,
	                            &s.evidence[REASON_MX_ALL_FAILED], &text);
	assert_null(strstr(buf_text(&text), "testing"));
	s.explanation.verdict.state = VERDICT_ENFORCE_ROLLBACK;
	assert_says(&s, phrases_check_fix_all_hosts, REASON_MX_ALL_FAILED,
	            "go back to testing");
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_of_a_host_is_told_with_its_remedy),
		cmocka_unit_test(more_hosts_than_fit_are_counted),
		cmocka_unit_test(a_reason_without_hosts_is_told_too),
		cmocka_unit_test(a_record_is_missing_or_invalid),
		cmocka_unit_test(only_a_rollback_speaks_of_going_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
