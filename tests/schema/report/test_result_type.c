#include "schema/report/result_type.h"
#include "tests/support/cmocka_all.h"

/* RFC 8460 section 4.3, in the order of the store's numbers. */
static const char *const result_names[] = {
	"starttls-not-supported", "certificate-host-mismatch",
	"certificate-expired",    "certificate-not-trusted",
	"validation-failure",     "tlsa-invalid",
	"dnssec-invalid",         "dane-required",
	"sts-policy-fetch-error", "sts-policy-invalid",
	"sts-webpki-invalid",     "other"};

static void names_are_those_of_the_rfc(void **state)
{
	int i;

	(void)state;
	assert_int_equal(sizeof(result_names) / sizeof(result_names[0]),
	                 RESULT_TYPES);
	for (i = 0; i < RESULT_TYPES; i++) {
		assert_string_equal(result_type_name((enum result_type)i),
		                    result_names[i]);
		assert_int_equal(result_type_of(text_of(result_names[i])), i);
	}
}

static void what_the_registry_does_not_know_is_other(void **state)
{
	(void)state;
	assert_int_equal(result_type_of(TEXT("Certificate-Expired")),
	                 RESULT_OTHER);
	assert_int_equal(result_type_of(TEXT("dane-require")), RESULT_OTHER);
	assert_int_equal(result_type_of(TEXT("")), RESULT_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_rfc),
		cmocka_unit_test(what_the_registry_does_not_know_is_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
