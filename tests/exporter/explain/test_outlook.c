#include "exporter/explain/outlook.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

static void days_ahead_are_looked_at_where_asked(void **state)
{
	struct verdict_example x;
	struct explanation out = {0};
	struct assessment assessment = {0};

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -1, 5, 0, 0);
	assessment.input = &x.in;
	assessment.thresholds = &x.t;
	assessment.verdict = verdict_example_decide(&x, VERDICT_STATES);
	outlook_gather(&assessment, false, x.arena, &out);
	assert_int_equal(out.witnesses.count, 1);
	assert_false(out.witnesses.ahead_known);
	outlook_gather(&assessment, true, x.arena, &out);
	assert_true(out.witnesses.ahead_known);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_ahead_are_looked_at_where_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
