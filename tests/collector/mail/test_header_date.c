#include "base/text.h"
#include "collector/mail/header_date.h"
#include "tests/support/cmocka_all.h"

static void dates(void **state)
{
	int64_t seconds = 0;

	(void)state;
	assert_true(
		header_date(TEXT("Wed, 25 Nov 2026 10:02:03 +0100"), &seconds));
	assert_int_equal(seconds, 1795597323);
	assert_true(header_date(TEXT("5 jan 2026 01:02 GMT"), &seconds));
	assert_int_equal(seconds, 1767574920);
	assert_true(header_date(TEXT("5 Jan 2026 01:02 -0530 (x)"), &seconds));
	assert_int_equal(seconds, 1767574920 + 19800);
	assert_false(header_date(TEXT("31 Feb 2026 01:02:03 +0000"), &seconds));
	assert_false(header_date(TEXT("yesterday"), &seconds));
	assert_false(header_date(TEXT("1 Jan 2026 25:00:00 +0000"), &seconds));
	assert_false(header_date(TEXT(""), &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
