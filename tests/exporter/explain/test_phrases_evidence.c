#include "exporter/explain/phrases_evidence.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static struct buf text = {.max = 65536};

static void assert_says(const char *expected)
{
	assert_string_equal(buf_text(&text), expected);
	buf_free(&text);
	text = BUF_INIT(65536);
}

static void counts_and_shares_are_read_aloud(void **state)
{
	(void)state;
	phrases_evidence_sessions(1, &text);
	assert_says("1 session");
	phrases_evidence_sessions(1200, &text);
	assert_says("1 200 sessions");
	phrases_evidence_share(3, 90, &text);
	assert_says("3 of 90 sessions (3.34 %)");
	phrases_evidence_share(0, 0, &text);
	assert_says("0 of 0 sessions");
	phrases_evidence_limit(2500, &text);
	assert_says("0.25 %");
	phrases_evidence_time(1780401600, &text);
	assert_says("2026-06-02 12:00 UTC");
}

static void a_few_names_stand_for_all(void **state)
{
	struct explanation_sample s;
	struct explanation_evidence *v;

	(void)state;
	explanation_sample_begin(&s);
	v = &s.evidence[REASON_ACTIVE_REFUSALS];
	v->scope.part_count = v->reporters_kept = 0;
	phrases_evidence_reporters(v, &text);
	assert_says("no reporter");
	v->scope.part_count = v->reporters_kept = 1;
	phrases_evidence_reporters(v, &text);
	assert_says("google.com");
	v->scope.part_count = v->reporters_kept = 2;
	phrases_evidence_parts(v, &text);
	assert_says("google.com (120 of 3 400 sessions) and microsoft.com (2 "
	            "of 60)");
	v->scope.part_count = v->reporters_kept = 4;
	phrases_evidence_reporters(v, &text);
	assert_says("google.com, microsoft.com, "
	            "a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 1 other");
	v->scope.part_count = 2000;
	phrases_evidence_reporters(v, &text);
	assert_says("google.com, microsoft.com, "
	            "a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae and 1997 others");
	phrases_evidence_clean_others(v, &text);
	assert_says("yahoo.com (400 clean sessions) and comcast.net (1 200 "
	            "clean)");
	phrases_evidence_others(v, &text);
	assert_says("yahoo.com and comcast.net");
}

static void hosts_that_were_cut_are_not_counted_exactly(void **state)
{
	struct evidence_host hosts[4] = {{.name = TEXT("a")},
	                                 {.name = TEXT("b")},
	                                 {.name = TEXT("c")},
	                                 {.name = TEXT("d")}};
	struct explanation_evidence v = {.hosts = hosts, .host_count = 3};

	(void)state;
	phrases_evidence_hosts(&v, &text);
	assert_says("a, b and c");
	v.host_count = 4;
	phrases_evidence_hosts(&v, &text);
	assert_says("a, b, c and 1 other");
	v.hosts_cut = true;
	phrases_evidence_hosts(&v, &text);
	assert_says("a, b, c and at least 2 others");
}

static void a_fault_has_a_place_and_a_time(void **state)
{
	struct explanation_sample s;
	struct explanation_evidence *v;

	(void)state;
	explanation_sample_begin(&s);
	v = &s.evidence[REASON_ACTIVE_REFUSALS];
	v->scope.part_count = 1;
	v->scope.until = v->scope.since;
	v->host_count = 1;
	phrases_evidence_fault(&s.explanation, v, &text);
	assert_says(" It met certificate-expired at mx1.example.org (\"not "
	            "after\"), on 2026-05-17.");
	v->failures[RESULT_CERTIFICATE_EXPIRED].code = TEXT(SAMPLE_HOSTILE);
	v->host_count = 0;
	phrases_evidence_fault(&s.explanation, v, &text);
	assert_says(" It met certificate-expired "
	            "(\"a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae\"), on 2026-05-17.");
	v->failures[RESULT_CERTIFICATE_EXPIRED].sessions = 0;
	v->failures[RESULT_OTHER].sessions = 0;
	phrases_evidence_fault(&s.explanation, v, &text);
	assert_says(" That was on 2026-05-17.");
	v->scope.until++;
	phrases_evidence_fault(&s.explanation, v, &text);
	assert_says(" The first such day was 2026-05-17, the last 2026-05-18.");
	v->scope.since = VERDICT_NO_DAY;
	phrases_evidence_fault(&s.explanation, v, &text);
	assert_says("");
	phrases_evidence_remedy(&s.explanation, v, "See DOMAIN.", &text);
	assert_says("See example.org.");
	v = &s.evidence[REASON_POLICY_UNUSABLE];
	phrases_evidence_fault(&s.explanation, v, &text);
	assert_says(" They met sts-policy-fetch-error at mta-sts.example.org, "
	            "first on 2026-05-17 and last on 2026-05-27.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_shares_are_read_aloud),
		cmocka_unit_test(a_few_names_stand_for_all),
		cmocka_unit_test(hosts_that_were_cut_are_not_counted_exactly),
		cmocka_unit_test(a_fault_has_a_place_and_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
