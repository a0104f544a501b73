#include "exporter/metrics/metric_group.h"
#include "tests/support/cmocka_all.h"

/* They are values of collect[] and exclude[], and of a label. */
static void names_are_those_of_the_scrape(void **state)
{
	static const char *const names[] = {"window",   "day",     "recent",
	                                    "summary",  "verdict", "domain",
	                                    "reporter", "self"};
	int i;

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), METRIC_GROUPS);
	for (i = 0; i < METRIC_GROUPS; i++)
		assert_string_equal(metric_group_name((enum metric_group)i),
		                    names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_scrape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
