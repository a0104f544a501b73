#include "base/attr.h"
#include "schema/limits.h"
#include "schema/store/booking.h"
#include "tests/support/cmocka_all.h"

static void charges_all_that_a_report_brings(void **state)
{
	struct text lines[] = {TEXT("version: STSv1")};
	struct report_detail detail = {.reason = TEXT("0123456789")};
	struct report_policy policy = {.domain = TEXT("example.org")};
	struct report report = {.policies = &policy};
	struct store_entry entry = {.report = &report};
	int64_t bare = booking_bytes(&entry), with_policy;

	(void)state;
	report.policy_count = 1;
	with_policy = booking_bytes(&entry);
	assert_true(with_policy > bare);
	policy.policy_string = (struct text_list){lines, 1};
	assert_int_equal(booking_bytes(&entry),
	                 with_policy + (int64_t)lines[0].len);
	entry.raw_len = 1000;
	assert_int_equal(booking_bytes(&entry),
	                 with_policy + (int64_t)lines[0].len + 1000);
	policy.details = &detail;
	policy.detail_count = 1;
	assert_true(booking_bytes(&entry) >
	            with_policy + (int64_t)lines[0].len + 1000 + 10);
}

static void asks_whether_a_domain_is_named(void **state)
{
	struct report_policy policies[2] = {{.domain = TEXT("")},
	                                    {.domain = TEXT("")}};
	const struct report report = {.policies = policies, .policy_count = 2};

	(void)state;
	assert_false(booking_has_domain(&report));
	policies[1].domain = TEXT("example.org");
	assert_true(booking_has_domain(&report));
}

static void says_what_a_policy_is_shown_as(void **state)
{
	struct report report = {.begin = 0, .end = 86399};
	struct store_entry entry = {.report = &report, .received = 86400};

	(void)state;
	entry.trust = TRUST_NONE;
	assert_int_equal(booking_seen_as(&entry), POLICY_SEEN_ONLY);
	entry.trust = TRUST_ANONYMOUS;
	assert_int_equal(booking_seen_as(&entry), POLICY_SEEN_ANONYMOUS);
	entry.trust = TRUST_DKIM;
	assert_int_equal(booking_seen_as(&entry), POLICY_SEEN_PROVED);
	report.end = LIMIT_EVIDENCE_RANGE_SECONDS + 1;
	assert_int_equal(booking_seen_as(&entry), POLICY_SEEN_ONLY);
}

static void compares_rank_before_trust(void **state)
{
	struct identity identity = {.rank = RANK_CLAIMED};
	const struct store_entry entry = {.identity = &identity,
	                                  .trust = TRUST_DKIM};
	struct store_copy twin = {.rank = RANK_CLAIMED,
	                          .trust = TRUST_AUTHSERV};

	(void)state;
	assert_true(booking_is_better_proved(&entry, &twin));
	twin.trust = TRUST_DKIM;
	assert_false(booking_is_better_proved(&entry, &twin));
	identity.rank = RANK_PROVED;
	assert_true(booking_is_better_proved(&entry, &twin));
	identity.rank = RANK_CLAIMED;
	twin.rank = RANK_PROVED;
	twin.trust = TRUST_ANONYMOUS;
	assert_false(booking_is_better_proved(&entry, &twin));
}

static void believes_from_the_proof_on(void **state)
{
	struct store_copy copy = {.trust = TRUST_ANONYMOUS,
	                          .received = 100 * 86400 + 5,
	                          .proved = 107 * 86400};

	(void)state;
	assert_int_equal(booking_arrived(&copy), 100);
	copy.trust = TRUST_AUTHSERV;
	assert_int_equal(booking_arrived(&copy), 107);
	copy.trust = TRUST_DKIM;
	assert_int_equal(booking_arrived(&copy), 107);
	copy.trust = TRUST_NONE;
	assert_int_equal(booking_arrived(&copy), 100);
}

static void dates_no_policy_back(void **state)
{
	struct report report = {.begin = 100 * 86400, .end = 101 * 86400};
	struct store_entry entry = {.report = &report};

	(void)state;
	entry.received = 101 * 86400 + 3600;
	assert_int_equal(booking_seen_from(&entry), 100);
	entry.received = 103 * 86400;
	assert_int_equal(booking_seen_from(&entry), 100);
	entry.received = 104 * 86400;
	assert_int_equal(booking_seen_from(&entry), 101);
	entry.received = 160 * 86400;
	assert_int_equal(booking_seen_from(&entry), 157);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(charges_all_that_a_report_brings),
		cmocka_unit_test(asks_whether_a_domain_is_named),
		cmocka_unit_test(says_what_a_policy_is_shown_as),
		cmocka_unit_test(compares_rank_before_trust),
		cmocka_unit_test(believes_from_the_proof_on),
		cmocka_unit_test(dates_no_policy_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
