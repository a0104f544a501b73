#include "schema/rules/trust.h"
#include "tests/support/cmocka_all.h"

/* The numbers are stored and the names are label values: append only. */
static void names_stay_as_they_are_stored(void **state)
{
	static const char *const count_as[] = {"none", "anonymous", "authserv",
	                                       "dkim", "displaced"};
	static const char *const results[] = {
		"not_asked",     "pass",           "authserv",
		"unsigned",      "failed",         "unaligned",
		"shared_signer", "length_limited", "service",
		"weak",          "testing",        "expired",
		"key_missing",   "key_gone",       "trouble",
		"ambiguous",     "uncovered",      "unsigned_hint"};
	size_t i;

	(void)state;
	assert_int_equal(sizeof(count_as) / sizeof(count_as[0]),
	                 COUNT_AS_KINDS);
	for (i = 0; i < COUNT_AS_KINDS; i++)
		assert_string_equal(trust_count_as_name((enum count_as)i),
		                    count_as[i]);
	for (i = 0; i < TRUSTS; i++)
		assert_string_equal(trust_name((enum trust)i), count_as[i]);
	assert_int_equal(sizeof(results) / sizeof(results[0]), AUTHENTICATIONS);
	for (i = 0; i < AUTHENTICATIONS; i++)
		assert_string_equal(
			trust_authentication_name((enum authentication)i),
			results[i]);
}

static void more_trust_proves_more(void **state)
{
	(void)state;
	assert_true(TRUST_NONE < TRUST_ANONYMOUS &&
	            TRUST_ANONYMOUS < TRUST_AUTHSERV &&
	            TRUST_AUTHSERV < TRUST_DKIM);
	assert_false(trust_is_proof(TRUST_NONE));
	assert_false(trust_is_proof(TRUST_ANONYMOUS));
	assert_true(trust_is_proof(TRUST_AUTHSERV));
	assert_true(trust_is_proof(TRUST_DKIM));
}

/* What is asked of enum count_as by a cast. */
static void a_displaced_report_proves_nothing(void **state)
{
	(void)state;
	assert_false(trust_is_proof((enum trust)COUNT_AS_DISPLACED));
	assert_true(trust_is_proof((enum trust)COUNT_AS_DKIM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_as_they_are_stored),
		cmocka_unit_test(more_trust_proves_more),
		cmocka_unit_test(a_displaced_report_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
