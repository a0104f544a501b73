#include "schema/report/policy_type.h"
#include "tests/support/cmocka_all.h"

/* RFC 8460 section 4.4, and the numbers of the store. */
static void names_are_those_of_the_rfc(void **state)
{
	(void)state;
	assert_int_equal(POLICY_TYPES, 4);
	assert_string_equal(policy_type_name((enum policy_type)0), "tlsa");
	assert_string_equal(policy_type_name((enum policy_type)1), "sts");
	assert_string_equal(policy_type_name((enum policy_type)2),
	                    "no-policy-found");
	assert_string_equal(policy_type_name((enum policy_type)3), "other");
}

static void each_name_leads_to_its_type(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < POLICY_TYPES; i++)
		assert_int_equal(policy_type_of(text_of(policy_type_name(
					 (enum policy_type)i))),
		                 i);
}

static void what_the_rfc_does_not_know_is_other(void **state)
{
	(void)state;
	assert_int_equal(policy_type_of(TEXT("STS")), POLICY_OTHER);
	assert_int_equal(policy_type_of(TEXT("stsx")), POLICY_OTHER);
	assert_int_equal(policy_type_of(TEXT("")), POLICY_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_rfc),
		cmocka_unit_test(each_name_leads_to_its_type),
		cmocka_unit_test(what_the_rfc_does_not_know_is_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
