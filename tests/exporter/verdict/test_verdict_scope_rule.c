#include "exporter/verdict/verdict_scope_rule.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

static int32_t first_day(struct verdict_example *x, enum verdict_reason reason)
{
	return verdict_scope_rule_first_day(&x->in, &x->verdict, reason);
}

static bool listens(struct verdict_example *x, enum verdict_reason reason,
                    size_t group)
{
	return verdict_scope_rule_listens(&x->in, &x->verdict, reason, group);
}

static void each_reason_looks_at_the_days_of_its_rule(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 300, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 300, 0, 0);
	(void)verdict_example_decide(&x, VERDICT_STATES);
	/* The newest settled day is -2. */
	assert_int_equal(first_day(&x, REASON_ACTIVE_REFUSALS), -4);
	assert_int_equal(first_day(&x, REASON_OUTDATED_POLICY), -4);
	assert_int_equal(first_day(&x, REASON_REFUSAL_RATIO), -15);
	assert_int_equal(first_day(&x, REASON_RECURRING), -57);
	assert_int_equal(first_day(&x, REASON_NEWCOMERS_NOT_COUNTED), -85);
	assert_int_equal(first_day(&x, REASON_SENDER_LOCAL_OVER_BUDGET), -15);
	assert_int_equal(
		verdict_scope_rule_last_day(&x.in, REASON_ACTIVE_REFUSALS), 0);
	assert_int_equal(
		verdict_scope_rule_last_day(&x.in, REASON_OUTDATED_POLICY), -2);
	assert_int_equal(
		verdict_scope_rule_last_day(&x.in, REASON_REFUSAL_RATIO), -2);
	x.in.mode = STS_MODE_ENFORCE;
	(void)verdict_example_decide(&x, VERDICT_STATES);
	assert_int_equal(first_day(&x, REASON_REFUSALS_NOW), -3);
	assert_int_equal(first_day(&x, REASON_SENDER_LOCAL_OVER_BUDGET), -3);
	verdict_example_end(&x);
}

static void listens_to_those_whom_the_rule_means(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 300, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 300, 0, 0);
	(void)verdict_example_add(&x, 2, -3, 0, 7, 7, 0);
	x.groups[1].accepted = true;
	x.groups[2].anonymous = true;
	x.groups[2].known_since = VERDICT_NO_DAY;
	(void)verdict_example_decide(&x, VERDICT_STATES);
	assert_true(listens(&x, REASON_ACTIVE_REFUSALS, 0));
	assert_false(listens(&x, REASON_ACTIVE_REFUSALS, 2));
	assert_false(listens(&x, REASON_NEWCOMER_REFUSALS, 0));
	assert_true(listens(&x, REASON_NEWCOMER_REFUSALS, 2));
	assert_true(listens(&x, REASON_ANONYMOUS_EVIDENCE, 2));
	assert_false(listens(&x, REASON_ANONYMOUS_EVIDENCE, 1));
	assert_true(listens(&x, REASON_POLICY_NOT_SEEN, 2));
	assert_false(listens(&x, REASON_POLICY_NOT_SEEN, 3));
	assert_true(listens(&x, REASON_SENDER_LOCAL_FAULT, 1));
	assert_false(listens(&x, REASON_SENDER_LOCAL_OVER_BUDGET, 1));
	x.in.mode = STS_MODE_ENFORCE;
	assert_true(listens(&x, REASON_SENDER_LOCAL_OVER_BUDGET, 1));
	verdict_example_end(&x);
}

/* Reasons that rest on no sessions, and no others. */
#define WITHOUT_SESSIONS                                                 \
	(REASON_BIT(REASON_NO_REPORTS) | REASON_BIT(REASON_CONFIRMING) | \
	 REASON_BIT(REASON_UNTRUSTED_IGNORED))
#define OF_CHECKS                              \
	(REASON_BIT(REASON_MX_NOT_IN_POLICY) | \
	 REASON_BIT(REASON_MX_CHECK_FAILED) | REASON_BIT(REASON_MX_UNPROVEN))

static void only_checks_and_rules_speak_of_no_sessions(void **state)
{
	uint64_t none = WITHOUT_SESSIONS | OF_CHECKS;
	int reason;

	(void)state;
	for (reason = REASON_MX_ALL_FAILED; reason < VERDICT_REASONS;
	     reason++) {
		if (reason != REASON_PROBE_CONTRADICTED)
			none |= REASON_BIT(reason);
	}
	for (reason = 0; reason < VERDICT_REASONS; reason++)
		assert_int_equal(
			verdict_scope_rule_news((enum verdict_reason)reason) ==
				NEWS_NONE,
			(none & REASON_BIT(reason)) != 0);
}

static void failures_belong_to_their_kind_of_news(void **state)
{
	struct verdict_scope refused = {.news = NEWS_REFUSED};
	struct verdict_scope predicted = {.news = NEWS_PREDICTED};
	struct verdict_scope unusable = {.news = NEWS_UNUSABLE};
	struct verdict_scope dane = {.news = NEWS_DANE};
	struct verdict_scope bad = {.news = NEWS_BAD};
	struct verdict_scope trials = {.news = NEWS_TRIALS};

	(void)state;
	assert_true(verdict_scope_covers(&refused, POLICY_STS,
	                                 RESULT_CERTIFICATE_EXPIRED));
	assert_false(verdict_scope_covers(&refused, POLICY_TLSA,
	                                  RESULT_STARTTLS_NOT_SUPPORTED));
	assert_true(verdict_scope_covers(&predicted, POLICY_TLSA,
	                                 RESULT_STARTTLS_NOT_SUPPORTED));
	assert_false(verdict_scope_covers(&refused, POLICY_STS,
	                                  RESULT_STS_POLICY_FETCH_ERROR));
	assert_true(verdict_scope_covers(&unusable, POLICY_STS,
	                                 RESULT_STS_POLICY_FETCH_ERROR));
	assert_true(
		verdict_scope_covers(&dane, POLICY_TLSA, RESULT_TLSA_INVALID));
	assert_false(
		verdict_scope_covers(&bad, POLICY_TLSA, RESULT_TLSA_INVALID));
	assert_true(verdict_scope_covers(&bad, POLICY_STS,
	                                 RESULT_STS_POLICY_INVALID));
	assert_false(verdict_scope_covers(&trials, POLICY_STS,
	                                  RESULT_CERTIFICATE_EXPIRED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_looks_at_the_days_of_its_rule),
		cmocka_unit_test(listens_to_those_whom_the_rule_means),
		cmocka_unit_test(only_checks_and_rules_speak_of_no_sessions),
		cmocka_unit_test(failures_belong_to_their_kind_of_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
