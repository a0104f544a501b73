#include "exporter/verdict/verdict_witness.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Groups a and b of standing with 300 and 50 sessions a day, c with a fault of
   its own, d that came lately. */
static void begin(struct verdict_example *x)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	(void)verdict_example_add(x, 0, -60, 0, 300, 0, 0);
	(void)verdict_example_add(x, 1, -60, 0, 50, 0, 0);
	(void)verdict_example_add(x, 2, -60, 0, 1, 1, CAUSE_OTHER);
	(void)verdict_example_add(x, 3, -3, 0, 7, 0, 0);
	x->groups[3].known_since = -3;
	(void)verdict_example_decide(x, VERDICT_NO_DATA);
}

static void each_group_has_its_part_in_the_window(void **state)
{
	const struct verdict_witness *w;
	struct verdict_example x;

	(void)state;
	begin(&x);
	w = x.verdict.witnesses;
	assert_int_equal(x.verdict.numbers.window_days, 14);
	assert_int_equal(w[0].n, 2800);
	assert_int_equal(w[0].sessions, 4200);
	/* Days -4 to 0. */
	assert_int_equal(w[0].recent_sessions, 1500);
	assert_int_equal(w[1].n, 700);
	assert_int_equal(w[1].report_days, 61);
	assert_int_equal(w[1].known_days, 400);
	assert_true(w[1].seen && w[1].standing && w[1].credited);
	assert_false(w[4].seen);
	assert_int_equal(w[0].n + w[1].n + w[2].n + w[3].n,
	                 x.verdict.numbers.n);
	verdict_example_end(&x);
}

static void a_fault_of_its_own_is_left_out(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	assert_int_equal(x.verdict.faulty_reporter_count, 1);
	assert_int_equal(x.verdict.faulty_reporters[0].group, 2);
	assert_int_equal(x.verdict.faulty_reporters[0].refused, 14);
	assert_int_equal(x.verdict.witnesses[2].sessions, 28);
	assert_int_equal(x.verdict.witnesses[2].refused, 0);
	assert_int_equal(x.verdict.witnesses[2].n, 14);
	verdict_example_end(&x);
}

static void newcomers_are_reported_and_not_counted(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	assert_int_equal(x.verdict.witnesses[3].sessions, 14);
	assert_int_equal(x.verdict.witnesses[3].recent_sessions, 28);
	assert_int_equal(x.verdict.witnesses[3].n, 0);
	assert_false(x.verdict.witnesses[3].standing);
	verdict_example_end(&x);
}

static void without_numbers_there_is_only_standing(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.in.mode = STS_MODE_NONE;
	(void)verdict_example_decide(&x, VERDICT_NO_DATA);
	assert_int_equal(x.verdict.state, VERDICT_NO_POLICY);
	assert_true(x.verdict.witnesses[0].standing);
	assert_int_equal(x.verdict.witnesses[0].sessions, 0);
	assert_int_equal(x.verdict.faulty_reporter_count, 0);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_group_has_its_part_in_the_window),
		cmocka_unit_test(a_fault_of_its_own_is_left_out),
		cmocka_unit_test(newcomers_are_reported_and_not_counted),
		cmocka_unit_test(without_numbers_there_is_only_standing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
