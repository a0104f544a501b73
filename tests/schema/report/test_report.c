#include "schema/report/report.h"
#include "tests/support/cmocka_all.h"

#define DAY INT64_C(86400)

static void a_report_is_booked_on_the_day_of_its_middle(void **state)
{
	struct report report = {.begin = 100 * DAY, .end = 101 * DAY};

	(void)state;
	assert_int_equal(report_day(&report), 100);
	/* A sender whose day is that of another zone. */
	report.begin = 100 * DAY + 7 * 3600;
	report.end = 101 * DAY + 7 * 3600;
	assert_int_equal(report_day(&report), 100);
	report.begin += 6 * 3600;
	report.end += 6 * 3600;
	assert_int_equal(report_day(&report), 101);
	report.begin = report.end = 99 * DAY;
	assert_int_equal(report_day(&report), 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_booked_on_the_day_of_its_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
