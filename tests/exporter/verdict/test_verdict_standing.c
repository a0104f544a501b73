#include "exporter/verdict/verdict_standing.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Groups a and b with a report a day for 60 days, c for ten. */
static void begin(struct verdict_example *x)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	x->t.standing_report_days = 7;
	(void)verdict_example_add(x, 0, -60, 0, 5, 0, 0);
	(void)verdict_example_add(x, 1, -60, 0, 5, 0, 0);
	(void)verdict_example_add(x, 2, -10, 0, 5, 0, 0);
	x->groups[0].known_since = -60;
	x->groups[1].known_since = -60;
	x->groups[2].known_since = -10;
}

static void find(struct verdict_example *x)
{
	struct verdict_view view =
		verdict_standing_view(&x->in, x->in.last, x->in.today, false);

	verdict_standing_find(&x->in, &view, x->arena, x->witnesses, &x->needs);
}

static void who_is_known_for_four_weeks_has_standing(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	find(&x);
	assert_int_equal(x.needs.days, 28);
	assert_int_equal(x.needs.report_days, 7);
	assert_true(x.witnesses[0].standing && x.witnesses[0].credited);
	assert_false(x.witnesses[2].standing || x.witnesses[2].credited);
	assert_int_equal(x.witnesses[2].known_days, 10);
	assert_int_equal(x.witnesses[2].report_days, 11);
	assert_true(x.witnesses[2].arrival_days == INT64_MAX);
	assert_false(x.witnesses[3].seen || x.witnesses[3].standing);
	x.groups[2].known_since = -28;
	find(&x);
	assert_true(x.witnesses[2].standing);
	x.groups[2].known_since = -27;
	find(&x);
	assert_false(x.witnesses[2].standing);
	verdict_example_end(&x);
}

static void without_a_record_its_first_row_tells(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.groups[2].known_since = VERDICT_NO_DAY;
	find(&x);
	assert_int_equal(x.witnesses[2].known_days, 10);
	/* Who came after today is not known yet. */
	x.groups[2].known_since = 5;
	find(&x);
	assert_int_equal(x.witnesses[2].known_days, 0);
	verdict_example_end(&x);
}

static void who_was_there_in_the_first_week_is_a_founder(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.groups[0].known_since = -20;
	x.groups[1].known_since = -13;
	x.groups[2].known_since = -12;
	find(&x);
	assert_int_equal(x.needs.days, 13);
	assert_int_equal(x.needs.report_days, 2);
	assert_true(x.witnesses[0].standing && x.witnesses[1].standing);
	assert_false(x.witnesses[2].standing);
	/* What nobody proved makes the domain no older. */
	(void)verdict_example_add(&x, 3, -80, -80, 5, 0, 0);
	x.groups[3].known_since = -80;
	x.groups[3].anonymous = true;
	find(&x);
	assert_int_equal(x.needs.days, 13);
	verdict_example_end(&x);
}

static void reports_come_in_on_several_days(void **state)
{
	int32_t arrivals[] = {-9, -8, -7, -6, -5, -4, 1};
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.groups[0].arrivals = arrivals;
	x.groups[0].arrival_count = 7;
	find(&x);
	/* The last of them is to come. */
	assert_int_equal(x.witnesses[0].arrival_days, 6);
	assert_false(x.witnesses[0].standing);
	arrivals[6] = 0;
	find(&x);
	assert_int_equal(x.witnesses[0].arrival_days, 7);
	assert_true(x.witnesses[0].standing);
	verdict_example_end(&x);
}

static void good_news_takes_days_with_good_news(void **state)
{
	struct verdict_example x;
	size_t i;

	(void)state;
	begin(&x);
	for (i = 0; i < 61; i++)
		x.rows[i].succeeded = i < 6;
	/* Of a claim to be somebody who signs, none is good. */
	x.rows[30].succeeded = x.rows[30].against_only = true;
	find(&x);
	assert_int_equal(x.witnesses[0].good_days, 6);
	assert_true(x.witnesses[0].standing);
	assert_false(x.witnesses[0].credited);
	x.rows[30].against_only = false;
	find(&x);
	assert_true(x.witnesses[0].credited);
	verdict_example_end(&x);
}

static void an_anchor_has_standing_at_once(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.groups[2].anchor = true;
	find(&x);
	assert_true(x.witnesses[2].standing && x.witnesses[2].credited);
	/* But nobody is one whom nothing proves. */
	x.groups[2].anonymous = true;
	find(&x);
	assert_false(x.witnesses[2].standing);
	verdict_example_end(&x);
}

static void where_nobody_has_standing_everybody_has(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.groups[0].anonymous = x.groups[1].anonymous = true;
	find(&x);
	/* Group c is a founder of what is left. */
	assert_true(x.witnesses[2].standing);
	assert_false(x.witnesses[0].standing || x.witnesses[1].standing);
	x.groups[2].anonymous = true;
	find(&x);
	assert_true(x.witnesses[0].standing && x.witnesses[0].credited);
	assert_true(x.witnesses[2].standing && x.witnesses[2].credited);
	assert_false(x.witnesses[3].standing);
	verdict_example_end(&x);
}

static void days_out_of_view_are_not_looked_at(void **state)
{
	struct verdict_example x;
	struct verdict_view view;

	(void)state;
	begin(&x);
	view = verdict_standing_view(&x.in, -2, 0, true);
	/* 84 days of the window, and three that confirm it. */
	assert_int_equal(view.first, -88);
	view.first = -5;
	view.today = -1;
	x.groups[1].anonymous = true;
	verdict_standing_find(&x.in, &view, x.arena, x.witnesses, &x.needs);
	assert_int_equal(x.witnesses[0].report_days, 5);
	assert_int_equal(x.witnesses[0].known_days, 59);
	assert_false(x.witnesses[1].seen);
	verdict_example_end(&x);
}

static void others_may_ask_before_anything_is_decided(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	verdict_find_standing(&x.in, x.arena, x.witnesses);
	assert_true(x.witnesses[0].standing && x.witnesses[1].standing);
	assert_false(x.witnesses[2].standing);
	assert_int_equal(x.witnesses[0].report_days, 61);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_known_for_four_weeks_has_standing),
		cmocka_unit_test(without_a_record_its_first_row_tells),
		cmocka_unit_test(who_was_there_in_the_first_week_is_a_founder),
		cmocka_unit_test(reports_come_in_on_several_days),
		cmocka_unit_test(good_news_takes_days_with_good_news),
		cmocka_unit_test(an_anchor_has_standing_at_once),
		cmocka_unit_test(where_nobody_has_standing_everybody_has),
		cmocka_unit_test(days_out_of_view_are_not_looked_at),
		cmocka_unit_test(others_may_ask_before_anything_is_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
