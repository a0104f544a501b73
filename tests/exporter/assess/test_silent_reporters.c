#include "exporter/assess/silent_reporters.h"
#include "tests/support/cmocka_all.h"

/* Days are counted so that 0 is a Monday and 7 the next one. */
#define MONDAY 7000
#define FRIDAY (MONDAY + 4)
#define GROUPS 4
#define ROWS   400
#define NEEDED 7

static const struct thresholds limits = {
	.max_window_days = 84,
	.stale_days = 3,
	.stale_days_max = 21,
	.standing_report_days = NEEDED,
};

/* The same, but so many report days are enough. */
static struct thresholds limits_of(int64_t report_days)
{
	struct thresholds out = limits;

	out.standing_report_days = report_days;
	return out;
}

struct example {
	struct arena *arena;
	struct verdict_reporter_group groups[GROUPS];
	struct verdict_witness witnesses[GROUPS];
	struct verdict_row rows[ROWS];
	struct verdict_input in;
	struct verdict verdict;
	struct watched_reporter *found;
	size_t count;
};

static void begin(struct example *x)
{
	static const char *const names[GROUPS] = {"b.example", "a.example",
	                                          "c.example", "d.example"};
	size_t i;

	*x = (struct example){.arena = arena_new(0)};
	for (i = 0; i < GROUPS; i++) {
		x->groups[i].name = text_of(names[i]);
		x->witnesses[i].arrival_days = INT64_MAX;
	}
	x->in = (struct verdict_input){
		.groups = x->groups,
		.group_count = GROUPS,
		.rows = x->rows,
		.thresholds = &limits,
	};
	x->verdict.witnesses = x->witnesses;
}

static void end(struct example *x)
{
	arena_free(&x->arena);
}

static void report(struct example *x, uint32_t group, int32_t day)
{
	assert_true(x->in.row_count < ROWS);
	x->rows[x->in.row_count++] =
		(struct verdict_row){.day = day, .group = group};
}

/* Reports of each so manieth day up to and with the last one. */
static void report_every(struct example *x, uint32_t group, int32_t last,
                         int32_t gap, int32_t count)
{
	int32_t i;

	for (i = count - 1; i >= 0; i--)
		report(x, group, last - i * gap);
}

/* What is known when day is the newest settled one. */
static const struct watched_reporter *look(struct example *x, int32_t day)
{
	x->in.last = day;
	x->in.today = day + 2;
	x->count =
		silent_reporters_find(&x->in, &x->verdict, x->arena, &x->found);
	return x->count > 0 ? &x->found[0] : NULL;
}

/* The same where one has to be watched. */
static const struct watched_reporter *watched(struct example *x, int32_t day)
{
	static const struct watched_reporter none;
	const struct watched_reporter *found = look(x, day);

	assert_non_null(found);
	return found == NULL ? &none : found;
}

/* --- rhythms ------------------------------------------------------------- */

static void a_daily_reporter_is_silent_on_the_fourth_day(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 0, MONDAY, 1, 30);
	assert_false(watched(&x, MONDAY - 2)->silent);
	assert_int_equal(x.found->quiet_days, 0);
	assert_false(watched(&x, MONDAY + 3)->silent);
	assert_int_equal(x.found->quiet_days, 3);
	assert_int_equal(x.found->quiet_max, 3);
	assert_true(watched(&x, MONDAY + 4)->silent);
	assert_int_equal(x.found->usual_gap, 1);
	assert_int_equal(x.found->newest, MONDAY);
	assert_int_equal(x.found->report_days, 30);
	end(&x);
}

static void weekends_are_the_rhythm_of_a_weekday_reporter(void **state)
{
	struct example x;
	int32_t week;

	(void)state;
	begin(&x);
	for (week = 5; week >= 0; week--)
		report_every(&x, 0, FRIDAY - 7 * week, 1, 5);
	/* Friday to Monday. */
	assert_int_equal(watched(&x, FRIDAY)->usual_gap, 3);
	assert_int_equal(x.found->quiet_max, 6);
	assert_false(watched(&x, FRIDAY + 6)->silent);
	assert_true(watched(&x, FRIDAY + 7)->silent);
	end(&x);
}

static void a_weekly_reporter_has_two_weeks(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 0, MONDAY, 7, 12);
	assert_false(watched(&x, MONDAY + 14)->silent);
	assert_true(watched(&x, MONDAY + 15)->silent);
	assert_int_equal(x.found->usual_gap, 7);
	end(&x);
}

static void nobody_has_more_than_three_weeks(void **state)
{
	const struct thresholds five = limits_of(5);
	struct example x;

	(void)state;
	begin(&x);
	x.in.thresholds = &five;
	report_every(&x, 0, MONDAY, 11, 8);
	assert_false(watched(&x, MONDAY + 21)->silent);
	assert_int_equal(x.found->quiet_max, 21);
	assert_true(watched(&x, MONDAY + 22)->silent);
	end(&x);
}

static void one_long_gap_is_an_exception_and_two_are_not(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 0, MONDAY - 30, 1, 10);
	report_every(&x, 0, MONDAY, 1, 20);
	assert_int_equal(watched(&x, MONDAY)->usual_gap, 1);
	assert_true(watched(&x, MONDAY + 4)->silent);
	report_every(&x, 0, MONDAY + 15, 1, 5);
	assert_int_equal(watched(&x, MONDAY + 15)->usual_gap, 11);
	assert_false(watched(&x, MONDAY + 15 + 21)->silent);
	end(&x);
}

static void few_report_days_have_no_exception(void **state)
{
	const struct thresholds two = limits_of(2);
	struct example x;

	(void)state;
	begin(&x);
	x.in.thresholds = &two;
	report(&x, 0, MONDAY - 5);
	report(&x, 0, MONDAY);
	assert_int_equal(watched(&x, MONDAY)->usual_gap, 5);
	assert_false(watched(&x, MONDAY + 10)->silent);
	assert_true(watched(&x, MONDAY + 11)->silent);
	end(&x);
}

static void the_seventh_report_day_allows_an_exception(void **state)
{
	struct reporter_rhythm rhythm = {0};
	int32_t day;

	(void)state;
	silent_reporters_add_day(&rhythm, 80);
	for (day = 100; day < 105; day++)
		silent_reporters_add_day(&rhythm, day);
	assert_int_equal(rhythm.report_days, 6);
	assert_int_equal(silent_reporters_usual_gap(&rhythm), 20);
	silent_reporters_add_day(&rhythm, 105);
	assert_int_equal(silent_reporters_usual_gap(&rhythm), 1);
}

static void several_rows_of_a_day_are_one_report_day(void **state)
{
	struct reporter_rhythm rhythm = {0};

	(void)state;
	assert_int_equal(silent_reporters_usual_gap(&rhythm), 0);
	silent_reporters_add_day(&rhythm, 100);
	silent_reporters_add_day(&rhythm, 100);
	assert_int_equal(rhythm.report_days, 1);
	assert_int_equal(silent_reporters_usual_gap(&rhythm), 0);
	silent_reporters_add_day(&rhythm, 105);
	silent_reporters_add_day(&rhythm, 105);
	silent_reporters_add_day(&rhythm, 107);
	assert_int_equal(rhythm.report_days, 3);
	assert_int_equal(rhythm.longest, 5);
	assert_int_equal(rhythm.second, 2);
	assert_int_equal(rhythm.newest, 107);
}

/* --- who is watched ------------------------------------------------------ */

static void only_a_proved_reporter_with_enough_report_days(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 0, MONDAY, 1, NEEDED);
	assert_non_null(look(&x, MONDAY));
	x.groups[0].anonymous = true;
	assert_null(look(&x, MONDAY));
	x.groups[0].anonymous = false;
	/* Seven days dated back in one mail are one. */
	x.witnesses[0].arrival_days = NEEDED - 1;
	assert_null(look(&x, MONDAY));
	x.witnesses[0].arrival_days = NEEDED;
	assert_non_null(look(&x, MONDAY));
	x.in.row_count--;
	assert_null(look(&x, MONDAY));
	end(&x);
}

static void a_single_day_has_no_rhythm(void **state)
{
	const struct thresholds none = limits_of(0);
	struct example x;

	(void)state;
	begin(&x);
	x.in.thresholds = &none;
	assert_null(look(&x, MONDAY));
	report(&x, 0, MONDAY - 1);
	assert_null(look(&x, MONDAY + 10));
	report(&x, 0, MONDAY);
	assert_true(watched(&x, MONDAY + 10)->silent);
	end(&x);
}

static void it_ends_when_the_reporter_has_left_the_span(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 0, MONDAY, 1, 30);
	/* The last seven days are in the last 84 settled ones. */
	assert_true(watched(&x, MONDAY + 84 - NEEDED)->silent);
	assert_int_equal(x.found->report_days, NEEDED);
	assert_null(look(&x, MONDAY + 84 - NEEDED + 1));
	end(&x);
}

static void days_to_come_are_not_news(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 0, MONDAY, 1, 10);
	report(&x, 0, MONDAY + 30);
	assert_true(watched(&x, MONDAY + 4)->silent);
	/* An unsettled one is. */
	x.rows[10].day = MONDAY + 6;
	assert_false(watched(&x, MONDAY + 4)->silent);
	assert_int_equal(x.found->quiet_days, 0);
	end(&x);
}

static void the_silent_come_first_and_anchors_among_them(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	report_every(&x, 3, MONDAY + 4, 1, 40);
	report_every(&x, 0, MONDAY, 1, 20);
	report_every(&x, 1, MONDAY, 1, 20);
	report_every(&x, 2, MONDAY, 1, 10);
	(void)look(&x, MONDAY + 4);
	assert_int_equal(x.count, 4);
	assert_int_equal(x.found[0].group, 1); /* a.example */
	assert_int_equal(x.found[1].group, 0); /* b.example */
	assert_int_equal(x.found[2].group, 2); /* fewer report days */
	assert_int_equal(x.found[3].group, 3); /* not silent */
	assert_false(x.found[3].silent);
	x.groups[2].anchor = x.groups[3].anchor = true;
	(void)look(&x, MONDAY + 4);
	assert_int_equal(x.found[0].group, 2);
	assert_int_equal(x.found[3].group, 3);
	end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daily_reporter_is_silent_on_the_fourth_day),
		cmocka_unit_test(weekends_are_the_rhythm_of_a_weekday_reporter),
		cmocka_unit_test(a_weekly_reporter_has_two_weeks),
		cmocka_unit_test(nobody_has_more_than_three_weeks),
		cmocka_unit_test(one_long_gap_is_an_exception_and_two_are_not),
		cmocka_unit_test(few_report_days_have_no_exception),
		cmocka_unit_test(the_seventh_report_day_allows_an_exception),
		cmocka_unit_test(several_rows_of_a_day_are_one_report_day),
		cmocka_unit_test(
			only_a_proved_reporter_with_enough_report_days),
		cmocka_unit_test(a_single_day_has_no_rhythm),
		cmocka_unit_test(it_ends_when_the_reporter_has_left_the_span),
		cmocka_unit_test(days_to_come_are_not_news),
		cmocka_unit_test(the_silent_come_first_and_anchors_among_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
