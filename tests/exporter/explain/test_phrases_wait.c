/*
 * What test_phrases_reason.c has no room for.
 */
#include <string.h>

#include "exporter/explain/phrases_wait.h"
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

static void the_reporters_of_the_newest_day_are_named(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.evidence[REASON_REPORTS_STOPPED].scope.until = 20599;
	assert_says(&s, phrases_wait_reports_stopped, REASON_REPORTS_STOPPED,
	            "The newest reports, of microsoft.com, are of 2026-05-17");
	s.evidence[REASON_REPORTS_STOPPED].reporters_kept = 0;
	assert_says(&s, phrases_wait_reports_stopped, REASON_REPORTS_STOPPED,
	            "The newest report is of 2026-05-17: 9 settled days ");
}

static void thin_evidence_has_a_bound_of_its_own(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.verdict.numbers.window_days = 84;
	s.explanation.verdict.numbers.x = 1;
	assert_says(&s, phrases_wait_bound, REASON_BOUND_TOO_WIDE,
	            "So far there are 1 400 counted sessions with 1 refusal: "
	            "the true share may be as high as 4.3 %.");
	s.explanation.verdict.state = VERDICT_READY_LIMITED;
	assert_says(&s, phrases_wait_bound, REASON_BOUND_TOO_WIDE,
	            "In the last 84 days, there are 1 400 counted sessions "
	            "with 1 refusal, which for ready_limited mean at most 4.3 "
	            "%.");
	s.explanation.verdict.numbers.limit = 0.015;
	assert_says(&s, phrases_wait_bound, REASON_BOUND_TOO_WIDE,
	            "that 1.5 % are refused, which takes 228 counted");
}

static void what_is_proved_is_never_limited_without_its_bound(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	assert_says(&s, phrases_wait_anonymous, REASON_ANONYMOUS_EVIDENCE,
	            "would be ready_limited (at most 2.2 % refused).");
	s.explanation.verdict.proved = VERDICT_COLLECTING;
	s.evidence[REASON_ANONYMOUS_EVIDENCE].scope.part_count = 0;
	assert_says(&s, phrases_wait_anonymous, REASON_ANONYMOUS_EVIDENCE,
	            "files); from signed reports alone it would be "
	            "collecting.");
}

static void tells_no_policy_from_the_mode_none(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	assert_says(&s, phrases_wait_not_published, REASON_POLICY_NOT_PUBLISHED,
	            "found none, in 125 sessions since 2026-05-24.");
	assert_says(&s, phrases_wait_publish, REASON_POLICY_NOT_PUBLISHED,
	            "_mta-sts.example.org");
	s.explanation.policy.policy.mode = STS_MODE_NONE;
	assert_says(&s, phrases_wait_not_published, REASON_POLICY_NOT_PUBLISHED,
	            "mode is none");
	assert_says(&s, phrases_wait_publish, REASON_POLICY_NOT_PUBLISHED,
	            "if you want MTA-STS");
}

static void says_one_in_the_singular(void **state)
{
	struct explanation_sample s;
	struct verdict_numbers *n = &s.explanation.verdict.numbers;
	struct explanation_evidence *v;

	(void)state;
	explanation_sample_begin(&s);
	n->observed_days = 1;
	assert_says(&s, phrases_wait_observation, REASON_OBSERVATION_SHORT,
	            "for 1 settled day, since 2026-05-26; 14 ");
	n->covered_days = 1;
	assert_says(&s, phrases_wait_coverage, REASON_COVERAGE_LOW,
	            "cover 1 day of the last 14; 10 ");
	n->reporters = 0;
	assert_says(&s, phrases_wait_reporters, REASON_FEW_REPORTERS,
	            "0 reporters are in evidence");
	v = &s.evidence[REASON_UNTESTED_SENDERS];
	v->scope.part_count = v->reporters_kept = 1;
	assert_says(&s, phrases_wait_untested, REASON_UNTESTED_SENDERS,
	            "google.com found no policy in 9 000 sessions of the last "
	            "14 days, more than the 5 110 that tested it: this sender "
	            "meets it");
	v = &s.evidence[REASON_POLICY_UNUSABLE];
	v->scope.part_count = v->reporters_kept = 1;
	assert_says(&s, phrases_wait_unusable, REASON_POLICY_UNUSABLE,
	            "policy and goes on as if there were none. It met ");
	v = &s.evidence[REASON_NEWCOMERS_NOT_COUNTED];
	v->scope.part_count = v->reporters_kept = 0;
	v->scope.since = VERDICT_NO_DAY;
	assert_says(&s, phrases_wait_newcomers, REASON_NEWCOMERS_NOT_COUNTED,
	            "Some reporters are new here or unsigned: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reporters_of_the_newest_day_are_named),
		cmocka_unit_test(thin_evidence_has_a_bound_of_its_own),
		cmocka_unit_test(
			what_is_proved_is_never_limited_without_its_bound),
		cmocka_unit_test(tells_no_policy_from_the_mode_none),
		cmocka_unit_test(says_one_in_the_singular),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
