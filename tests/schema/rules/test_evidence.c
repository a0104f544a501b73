#include "base/attr.h"
#include "schema/rules/evidence.h"
#include "tests/support/cmocka_all.h"

struct detail {
	enum result_type type;
	int64_t sessions;
};

struct sample {
	const char *name;
	enum policy_type type;
	bool policy; /* a policy-string is shown */
	int64_t successes, failures;
	struct detail details[3];
	size_t detail_count;
	struct evidence wanted;
};

static const struct sample cases[] = {
	{"clean", POLICY_STS, true, 10, 0, {{0}}, 0, {.trials = 10}},
	{"the RFC's example",
         POLICY_STS,
         true,
         5326,
         303,
         {{RESULT_CERTIFICATE_EXPIRED, 100},
          {RESULT_STARTTLS_NOT_SUPPORTED, 200},
          {RESULT_VALIDATION_FAILURE, 3}},
         3,
         {.trials = 5629, .refused = 303, .by_cause = {200, 100, 3}}},
	{"mox: success in the summary, refusals in the details",
         POLICY_STS,
         true,
         10,
         0,
         {{RESULT_CERTIFICATE_HOST_MISMATCH, 10}},
         1,
         {.trials = 10, .refused = 10, .by_cause = {0, 10, 0}}},
	{"failures that nobody explains",
         POLICY_STS,
         true,
         90,
         10,
         {{0}},
         0,
         {.trials = 100, .refused = 10, .by_cause = {0, 0, 10}}},
	{"overlapping types are capped by the summary",
         POLICY_STS,
         true,
         0,
         10,
         {{RESULT_CERTIFICATE_EXPIRED, 10},
          {RESULT_CERTIFICATE_HOST_MISMATCH, 10}},
         2,
         {.trials = 10, .refused = 10, .by_cause = {0, 10, 0}}},
	{"Microsoft cannot fetch the policy: no trial",
         POLICY_STS,
         false,
         0,
         7,
         {{RESULT_STS_POLICY_FETCH_ERROR, 7}},
         1,
         {.unusable = 7}},
	{"fetch error beside a cached policy's successes",
         POLICY_STS,
         true,
         5,
         2,
         {{RESULT_STS_POLICY_FETCH_ERROR, 2}},
         1,
         {.trials = 5, .unusable = 2}},
	{"DANE's own faults",
         POLICY_TLSA,
         true,
         3,
         4,
         {{RESULT_TLSA_INVALID, 2}, {RESULT_STARTTLS_NOT_SUPPORTED, 2}},
         2,
         {.dane = 4, .predicted = {2, 0, 0}}},
	{"without the policy: predictions",
         POLICY_NOT_FOUND,
         false,
         12,
         3,
         {{RESULT_CERTIFICATE_NOT_TRUSTED, 3}},
         1,
         {.predicted = {0, 3, 0}}},
};

static void assert_evidence(const struct evidence *got,
                            const struct evidence *wanted, const char *name)
{
	struct evidence difference = *got;

	evidence_add(&difference, wanted, -1);
	if (!evidence_is_zero(&difference))
		fail_msg("%s: trials %lld refused %lld unusable %lld dane %lld "
		         "classes %lld %lld %lld predicted %lld %lld %lld",
		         name, (long long)got->trials, (long long)got->refused,
		         (long long)got->unusable, (long long)got->dane,
		         (long long)got->by_cause[0],
		         (long long)got->by_cause[1],
		         (long long)got->by_cause[2],
		         (long long)got->predicted[0],
		         (long long)got->predicted[1],
		         (long long)got->predicted[2]);
}

static void reads_elements_as_the_verdict_does(void **state)
{
	struct report_detail details[3];
	struct text string = TEXT("version: STSv1");
	struct report_policy policy;
	struct evidence got;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		policy = (struct report_policy){
			.type = cases[i].type,
			.policy_string = {&string, cases[i].policy ? 1 : 0},
			.successes = cases[i].successes,
			.failures = cases[i].failures,
			.details = details,
			.detail_count = cases[i].detail_count,
		};
		for (k = 0; k < cases[i].detail_count; k++)
			details[k] = (struct report_detail){
				.type = cases[i].details[k].type,
				.sessions = cases[i].details[k].sessions};
		evidence_of(&policy, &got);
		assert_int_equal(got.elements, 1);
		assert_int_equal(got.untested,
		                 policy.type == POLICY_NOT_FOUND
		                         ? policy.successes + policy.failures
		                         : 0);
		got.elements = 0;
		got.untested = 0;
		assert_evidence(&got, &cases[i].wanted, cases[i].name);
	}
}

static void knows_what_an_enforced_policy_refuses(void **state)
{
	static const int causes[RESULT_TYPES] = {
		[RESULT_STARTTLS_NOT_SUPPORTED] = CAUSE_STARTTLS,
		[RESULT_CERTIFICATE_HOST_MISMATCH] = CAUSE_CERTIFICATE,
		[RESULT_CERTIFICATE_EXPIRED] = CAUSE_CERTIFICATE,
		[RESULT_CERTIFICATE_NOT_TRUSTED] = CAUSE_CERTIFICATE,
		[RESULT_VALIDATION_FAILURE] = CAUSE_OTHER,
		[RESULT_TLSA_INVALID] = -1,
		[RESULT_DNSSEC_INVALID] = -1,
		[RESULT_DANE_REQUIRED] = -1,
		[RESULT_STS_POLICY_FETCH_ERROR] = -1,
		[RESULT_STS_POLICY_INVALID] = -1,
		[RESULT_STS_WEBPKI_INVALID] = -1,
		[RESULT_OTHER] = CAUSE_OTHER,
	};
	int type;

	(void)state;
	for (type = 0; type < RESULT_TYPES; type++)
		assert_int_equal(evidence_refusal_cause((enum result_type)type),
		                 causes[type]);
}

static void each_result_type_is_one_kind_of_fault(void **state)
{
	int type, kinds;

	(void)state;
	for (type = 0; type < RESULT_TYPES; type++) {
		kinds = evidence_refusal_cause((enum result_type)type) >= 0;
		kinds += evidence_is_policy_fault((enum result_type)type);
		kinds += evidence_is_dane_fault((enum result_type)type);
		assert_int_equal(kinds, 1);
	}
	assert_true(evidence_is_policy_fault(RESULT_STS_WEBPKI_INVALID));
	assert_true(evidence_is_dane_fault(RESULT_TLSA_INVALID));
}

static void contests_with_the_worse_of_two(void **state)
{
	struct evidence worst = {.trials = 100, .refused = 10};
	const struct evidence other = {.trials = 1000, .refused = 2};
	const struct evidence wanted = {.trials = 100, .refused = 10};
	const struct evidence forged = {.trials = 50, .refused = 50};
	const struct evidence after = {.trials = 50, .refused = 50};

	(void)state;
	evidence_merge_worst(&worst, &other);
	assert_evidence(&worst, &wanted, "a flood of successes");
	evidence_merge_worst(&worst, &forged);
	assert_evidence(&worst, &after, "all refused");
}

static void admits_what_can_be_evidence(void **state)
{
	const int64_t day = 86400;

	(void)state;
	assert_true(evidence_is_admissible(0, day, day + 1, TRUST_ANONYMOUS));
	assert_false(evidence_is_admissible(0, day, 5 * day, TRUST_ANONYMOUS));
	assert_true(evidence_is_admissible(0, day, 50 * day, TRUST_DKIM));
	assert_false(evidence_is_admissible(0, 2 * day, 2 * day, TRUST_DKIM));
	assert_false(evidence_is_admissible(0, day, day, TRUST_NONE));
}

static void says_what_is_refused(void **state)
{
	(void)state;
	assert_int_equal(evidence_refusal_cause(RESULT_STARTTLS_NOT_SUPPORTED),
	                 CAUSE_STARTTLS);
	assert_int_equal(evidence_refusal_cause(RESULT_CERTIFICATE_EXPIRED),
	                 CAUSE_CERTIFICATE);
	assert_int_equal(evidence_refusal_cause(RESULT_OTHER), CAUSE_OTHER);
	assert_int_equal(evidence_refusal_cause(RESULT_DANE_REQUIRED), -1);
	assert_int_equal(evidence_refusal_cause(RESULT_STS_POLICY_INVALID), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_elements_as_the_verdict_does),
		cmocka_unit_test(knows_what_an_enforced_policy_refuses),
		cmocka_unit_test(contests_with_the_worse_of_two),
		cmocka_unit_test(admits_what_can_be_evidence),
		cmocka_unit_test(each_result_type_is_one_kind_of_fault),
		cmocka_unit_test(says_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
