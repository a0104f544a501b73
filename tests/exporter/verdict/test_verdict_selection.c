#include "exporter/verdict/verdict_selection.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

static const struct verdict_view view = {.first = -20, .today = 0};

/* Group a with standing, b without: 30 days each, one of them to come. */
static void begin(struct verdict_example *x, struct verdict_selection *all)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	(void)verdict_example_add(x, 0, -28, 1, 5, 0, 0);
	(void)verdict_example_add(x, 1, -28, 1, 5, 1, CAUSE_OTHER);
	verdict_cells_build(&x->in, x->arena, &x->cells);
	x->witnesses[0].seen = x->witnesses[1].seen = true;
	x->witnesses[0].standing = x->witnesses[0].credited = true;
	verdict_selection_of_view(&x->in, &x->cells, &view, x->witnesses,
	                          x->arena, all);
}

static void a_view_has_its_days(void **state)
{
	struct verdict_selection all;
	struct verdict_example x;

	(void)state;
	begin(&x, &all);
	assert_int_equal(all.count, EXAMPLE_GROUPS);
	assert_int_equal(all.groups[0].end - all.groups[0].begin, 21);
	assert_int_equal(all.cells[all.groups[1].begin].day, -20);
	assert_int_equal(all.cells[all.groups[1].end - 1].day, 0);
	assert_true(all.groups[0].credited);
	assert_false(all.groups[1].standing);
	assert_true(all.groups[2].begin == all.groups[2].end);
	verdict_example_end(&x);
}

static void those_of_standing_are_a_part_of_it(void **state)
{
	struct verdict_selection all, out;
	struct verdict_example x;

	(void)state;
	begin(&x, &all);
	verdict_selection_of_standing(&all, x.arena, &out);
	assert_int_equal(out.groups[0].end - out.groups[0].begin, 21);
	assert_true(out.groups[1].begin == out.groups[1].end);
	assert_true(out.any && out.sts);
	assert_false(out.refused);
	assert_true(out.days[0] && out.days[20]);
	assert_false(out.days[21]);
	/* The whole is as it was. */
	assert_int_equal(all.groups[1].end - all.groups[1].begin, 21);
	verdict_example_end(&x);
}

static void newcomers_are_heard_since_a_day(void **state)
{
	struct verdict_selection all, out;
	struct verdict_example x;

	(void)state;
	begin(&x, &all);
	verdict_selection_of_everybody(&all, -3, x.arena, &out);
	assert_int_equal(out.groups[0].end - out.groups[0].begin, 21);
	assert_int_equal(out.groups[1].end - out.groups[1].begin, 4);
	assert_true(out.refused);
	/* Of them, only what speaks against the domain. */
	assert_int_equal(
		verdict_selection_sessions(&out.groups[1],
	                                   &out.cells[out.groups[1].begin]),
		1);
	assert_int_equal(
		verdict_selection_sessions(&out.groups[0],
	                                   &out.cells[out.groups[0].begin]),
		5);
	verdict_example_end(&x);
}

static void a_tail_begins_on_a_day(void **state)
{
	struct verdict_selection all;
	struct verdict_example x;

	(void)state;
	begin(&x, &all);
	assert_int_equal(
		all.cells[verdict_selection_tail(&all, &all.groups[0], -3)].day,
		-3);
	assert_int_equal(verdict_selection_tail(&all, &all.groups[0], 1),
	                 all.groups[0].end);
	assert_int_equal(verdict_selection_tail(&all, &all.groups[0], -99),
	                 all.groups[0].begin);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_has_its_days),
		cmocka_unit_test(those_of_standing_are_a_part_of_it),
		cmocka_unit_test(newcomers_are_heard_since_a_day),
		cmocka_unit_test(a_tail_begins_on_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
