#include "base/attr.h"
#include "schema/rules/outcome.h"
#include "tests/support/cmocka_all.h"

/* The numbers are stored and the names are label values: append only. */
static void names_stay_as_they_are_stored(void **state)
{
	static const char *const outcomes[] = {
		"stored", "duplicate", "conflict", "refused", "ignored"};
	static const char *const refusals[] = {
		"too_large",       "decompression", "mime",    "json",
		"schema",          "date_range",    "too_old", "unknown_domain",
		"unauthenticated", "over_quota"};
	static const char *const deferrals[] = {"busy", "disk_full", "clock",
	                                        "system", "dns"};
	static const char *const groups[] = {"signed", "mail", "known", "rest"};
	int i;

	(void)state;
	assert_int_equal(ARRAY_LENGTH(outcomes), OUTCOMES);
	for (i = 0; i < OUTCOMES; i++)
		assert_string_equal(outcome_name((enum outcome)i), outcomes[i]);
	assert_int_equal(ARRAY_LENGTH(refusals), REFUSALS);
	for (i = 0; i < REFUSALS; i++)
		assert_string_equal(outcome_refusal_name((enum refusal)i),
		                    refusals[i]);
	assert_int_equal(ARRAY_LENGTH(deferrals), DEFERRALS);
	for (i = 0; i < DEFERRALS; i++)
		assert_string_equal(outcome_deferral_name((enum deferral)i),
		                    deferrals[i]);
	assert_int_equal(ARRAY_LENGTH(groups), LEDGER_GROUPS);
	for (i = 0; i < LEDGER_GROUPS; i++)
		assert_string_equal(
			outcome_ledger_group_name((enum ledger_group)i),
			groups[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_as_they_are_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
