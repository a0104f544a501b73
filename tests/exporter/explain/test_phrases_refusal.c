/*
 * What test_phrases_reason.c has no room for: one reporter instead of some,
 * enforce instead of testing, nothing at all.
 */
#include <string.h>

#include "exporter/explain/phrases_refusal.h"
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

static void assert_silent(const struct explanation_sample *s,
                          phrases_writer *write, enum verdict_reason reason,
                          const char *what)
{
	struct buf text = BUF_INIT(65536);

	write(&s->explanation, &s->evidence[reason], &text);
	if (strstr(buf_text(&text), what) != NULL)
		fail_msg("\"%s\" in \"%s\"", what, buf_text(&text));
	buf_free(&text);
}

static void only_a_rollback_speaks_of_going_back(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.verdict.state = VERDICT_ENFORCE_WARNING;
	assert_silent(&s, phrases_refusal_fix_at_once, REASON_REFUSALS_NOW,
	              "back to testing");
	s.explanation.verdict.state = VERDICT_ENFORCE_ROLLBACK;
	assert_says(&s, phrases_refusal_fix_at_once, REASON_REFUSALS_NOW,
	            "back to testing");
}

static void who_accuses_and_who_contradicts_is_said(void **state)
{
	struct explanation_sample s;
	struct explanation_evidence *v;

	(void)state;
	explanation_sample_begin(&s);
	v = &s.evidence[REASON_REFUSALS_CONTRADICTED];
	v->scope.part_count = v->reporters_kept = 1;
	v->scope.other_count = v->others_kept = 1;
	assert_says(&s, phrases_refusal_contradicted,
	            REASON_REFUSALS_CONTRADICTED,
	            "No rollback: of 2 reporters, 1 shows refusals, google.com "
	            "(120 of 3 400 sessions); yahoo.com (400 clean sessions) "
	            "shows none since 2026-05-20. It met ");
	s.explanation.verdict.probe = PROBE_FINE;
	assert_says(&s, phrases_refusal_contradicted,
	            REASON_REFUSALS_CONTRADICTED,
	            "since 2026-05-20, and every check from outside "
	            "succeeds. ");
	v->scope.other_count = v->others_kept = 0;
	assert_says(&s, phrases_refusal_contradicted,
	            REASON_REFUSALS_CONTRADICTED,
	            "of 1 reporter, 1 shows refusals, google.com (120 of 3 400 "
	            "sessions); but every check from outside succeeds.");
	assert_says(&s, phrases_refusal_advise_contradicted,
	            REASON_REFUSALS_CONTRADICTED, "If they are right: Renew");
}

static void mail_that_is_given_up_needs_no_advice(void **state)
{
	struct explanation_sample s;
	struct explanation_evidence *v;

	(void)state;
	explanation_sample_begin(&s);
	v = &s.evidence[REASON_SENDER_LOCAL_FAULT];
	v->scope.part_count = v->reporters_kept = 1;
	assert_says(&s, phrases_refusal_local, REASON_SENDER_LOCAL_FAULT,
	            "google.com (120 of 3 400 sessions) would have refused by "
	            "a fault of its own. ");
	assert_says(&s, phrases_refusal_advise_local, REASON_SENDER_LOCAL_FAULT,
	            "postmaster");
	s.reporters[0].accepted = true;
	s.explanation.policy.policy.mode = STS_MODE_ENFORCE;
	assert_says(&s, phrases_refusal_local, REASON_SENDER_LOCAL_FAULT,
	            "sessions) refused; accept_reporters gives that mail up.");
	assert_says(&s, phrases_refusal_advise_local, REASON_SENDER_LOCAL_FAULT,
	            "nothing to do");
	v->scope.part_count = v->reporters_kept = 2;
	assert_says(&s, phrases_refusal_local, REASON_SENDER_LOCAL_FAULT,
	            "own, or by what accept_reporters gives up.");
}

static void divides_by_no_sessions(void **state)
{
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.verdict.numbers.n = 0;
	s.explanation.verdict.numbers.x = 0;
	assert_says(&s, phrases_refusal_ratio, REASON_REFUSAL_RATIO,
	            "0 of 0 counted sessions (0.00 %)");
	s.evidence[REASON_ONE_SENDER_DILUTES].others_kept = 0;
	assert_says(&s, phrases_refusal_diluted, REASON_ONE_SENDER_DILUTES,
	            "Without no reporter, 0 of 0 ");
}

static void one_is_told_in_the_singular(void **state)
{
	struct explanation_sample s;
	int reason;

	(void)state;
	explanation_sample_begin(&s);
	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		s.evidence[reason].scope.part_count = 1;
		s.evidence[reason].reporters_kept = 1;
	}
	s.evidence[REASON_PREDICTED_REFUSALS].scope.affected = 1;
	assert_says(&s, phrases_refusal_predicted, REASON_PREDICTED_REFUSALS,
	            "google.com does not apply the policy and met 1 fault ");
	assert_says(&s, phrases_refusal_of_newcomers, REASON_NEWCOMER_REFUSALS,
	            " is new here or unsigned and shows ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_rollback_speaks_of_going_back),
		cmocka_unit_test(who_accuses_and_who_contradicts_is_said),
		cmocka_unit_test(mail_that_is_given_up_needs_no_advice),
		cmocka_unit_test(divides_by_no_sessions),
		cmocka_unit_test(one_is_told_in_the_singular),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
