/*
 * That each number of a sentence is the right one; that every reason has a
 * sentence is in test_explanation.c.
 */
#include <string.h>

#include "exporter/explain/phrases_reason.h"
#include "tests/support/cmocka_all.h"

static void assert_says(const struct explanation *explanation,
                        enum verdict_reason reason, const char *what)
{
	struct buf text = BUF_INIT(4096);

	phrases_reason_write(explanation, reason, &text);
	if (strstr(buf_text(&text), what) == NULL)
		fail_msg("no \"%s\" in \"%s\"", what, buf_text(&text));
	buf_free(&text);
}

static void names_what_is_missing_with_commas_and_an_and(void **state)
{
	struct text hosts[] = {TEXT("a.example"), TEXT("b.example"),
	                       TEXT("c.example")};
	struct explanation e = {.missing_hosts = hosts};

	(void)state;
	e.missing_count = 1;
	assert_says(&e, REASON_MX_NOT_IN_POLICY, "a.example matches no");
	e.missing_count = 2;
	assert_says(&e, REASON_MX_NOT_IN_POLICY, "a.example and b.example");
	e.missing_count = 3;
	assert_says(&e, REASON_MX_NOT_IN_POLICY,
	            "a.example, b.example and c.example match no");
}

static void counts_the_recent_refusals_by_cause(void **state)
{
	struct explanation e = {
		.verdict.numbers = {.recent_since = 20597,
	                            .recent_sessions = 3400,
	                            .recent_refused = {[CAUSE_CERTIFICATE] =
	                                                       1200,
	                                               [CAUSE_OTHER] = 1}},
	};

	(void)state;
	assert_says(&e, REASON_ACTIVE_REFUSALS, "2026-05-24");
	assert_says(&e, REASON_REFUSALS_NOW, "2026-05-24");
	assert_says(&e, REASON_ACTIVE_REFUSALS,
	            "3 400 sessions 1 200 for the certificate, 1 for other");
	e.verdict.numbers = (struct verdict_numbers){.recent_sessions = 1};
	assert_says(&e, REASON_ACTIVE_REFUSALS, "1 session none");
}

static void says_one_in_the_singular(void **state)
{
	const struct thresholds thresholds = {
		.window_days = 14, .min_covered_days = 10, .min_reporters = 2};
	struct explanation e = {.thresholds = &thresholds,
	                        .verdict.numbers = {.observed_days = 1,
	                                            .covered_days = 2,
	                                            .reporters = 1,
	                                            .covered_needed = 10,
	                                            .window_days = 28}};

	(void)state;
	assert_says(&e, REASON_OBSERVATION_SHORT, "1 settled day;");
	assert_says(&e, REASON_OBSERVATION_SHORT, "14 ");
	assert_says(&e, REASON_COVERAGE_LOW, "2 days of the last 28; 10 ");
	assert_says(&e, REASON_FEW_REPORTERS, "1 reporter is ");
}

static void says_how_many_clean_sessions_the_bound_needs(void **state)
{
	const struct thresholds thresholds = {.alpha = 50000,
	                                      .max_refusal = 10000};
	struct explanation e = {
		.thresholds = &thresholds,
		.verdict.numbers = {
			.n_bound = 2000, .x = 1, .upper = 0.5, .limit = 0.01}};

	(void)state;
	assert_says(&e, REASON_BOUND_TOO_WIDE, "2 000 counted sessions, so");
	assert_says(&e, REASON_BOUND_TOO_WIDE, "50 %");
	assert_says(&e, REASON_BOUND_TOO_WIDE, "1 %");
	assert_says(&e, REASON_BOUND_TOO_WIDE, "1 refusal:");
	assert_says(&e, REASON_BOUND_TOO_WIDE, "343 sessions");
}

static void divides_by_no_sessions(void **state)
{
	struct explanation e = {.verdict.numbers = {.limit = 0.01}};

	(void)state;
	assert_says(&e, REASON_REFUSAL_RATIO, "0 of 0 ");
	assert_says(&e, REASON_REFUSAL_RATIO, "0.00 %");
	e.verdict.numbers.n = 8;
	e.verdict.numbers.x = 2;
	assert_says(&e, REASON_REFUSAL_RATIO, "2 of 8 ");
	assert_says(&e, REASON_REFUSAL_RATIO, "25 %");
}

static void tells_no_policy_from_the_mode_none(void **state)
{
	struct explanation e = {.policy.policy.mode = STS_MODE_NONE};

	(void)state;
	assert_says(&e, REASON_POLICY_NOT_PUBLISHED, "mode is none");
	e.policy.policy.mode = STS_MODE_TESTING;
	assert_says(&e, REASON_POLICY_NOT_PUBLISHED, "No report shows");
}

static void prints_limits_as_percent(void **state)
{
	const struct thresholds thresholds = {.unusable_share = 50000,
	                                      .outdated_share = 200000,
	                                      .local_share_max = 2500};
	const struct explanation e = {.thresholds = &thresholds};

	(void)state;
	assert_says(&e, REASON_POLICY_UNUSABLE_SPORADIC, " 5 % ");
	assert_says(&e, REASON_OUTDATED_POLICY, " 20 % ");
	assert_says(&e, REASON_SENDER_LOCAL_OVER_BUDGET, " 0.25 % ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_is_missing_with_commas_and_an_and),
		cmocka_unit_test(counts_the_recent_refusals_by_cause),
		cmocka_unit_test(says_one_in_the_singular),
		cmocka_unit_test(says_how_many_clean_sessions_the_bound_needs),
		cmocka_unit_test(divides_by_no_sessions),
		cmocka_unit_test(tells_no_policy_from_the_mode_none),
		cmocka_unit_test(prints_limits_as_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
