#include "exporter/verdict/verdict_ahead.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

#define ROWS_MAX 100000

/* Groups a and b with a report a day for sixty days, up to yesterday. */
static void begin(struct verdict_example *x)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	x->t.standing_report_days = 7;
	(void)verdict_example_add(x, 0, -60, -1, 5, 0, 0);
	(void)verdict_example_add(x, 1, -60, -1, 5, 0, 0);
}

static void look_ahead(struct verdict_example *x, struct verdict_ahead *ahead)
{
	assert_true(verdict_ahead_begin(&x->in, ROWS_MAX, x->arena, ahead));
}

/* Sessions of a group on one day, -1: no row. */
static int64_t sessions_on(const struct verdict_input *in, uint32_t group,
                           int32_t day)
{
	int64_t sum = -1;
	size_t i;

	for (i = 0; i < in->row_count; i++) {
		if (in->rows[i].group == group && in->rows[i].day == day)
			sum = (sum < 0 ? 0 : sum) + in->rows[i].evidence.trials;
	}
	return sum;
}

/* Rows of a group stand by day, as a verdict needs them. */
static void assert_ordered(const struct verdict_input *in)
{
	int32_t newest[EXAMPLE_GROUPS];
	size_t i;

	for (i = 0; i < EXAMPLE_GROUPS; i++)
		newest[i] = VERDICT_NO_DAY;
	for (i = 0; i < in->row_count; i++) {
		assert_true(in->rows[i].day >= newest[in->rows[i].group]);
		newest[in->rows[i].group] = in->rows[i].day;
	}
}

static void reports_go_on_and_come_in_a_day_later(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;
	struct verdict_input in;
	int days;

	(void)state;
	begin(&x);
	look_ahead(&x, &ahead);
	for (days = 0; days <= VERDICT_AHEAD_DAYS; days++) {
		in = verdict_ahead_at(&ahead, days);
		assert_int_equal(in.today, days);
		assert_int_equal(in.last, days - 2);
		assert_int_equal(in.row_count, 120 + 2 * days);
		assert_int_equal(sessions_on(&in, 0, days - 1), 5);
		assert_int_equal(sessions_on(&in, 0, days), -1);
		assert_ordered(&in);
	}
	verdict_example_end(&x);
}

static void weekdays_are_repeated(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;
	struct verdict_input in;
	int32_t day;

	(void)state;
	begin(&x);
	/* Eleven days: one whole week of them is repeated. */
	(void)verdict_example_add(&x, 2, -12, -12, 90, 0, 0);
	(void)verdict_example_add(&x, 2, -8, -8, 10, 0, 0);
	(void)verdict_example_add(&x, 2, -5, -5, 20, 0, 0);
	look_ahead(&x, &ahead);
	in = verdict_ahead_at(&ahead, 30);
	for (day = 0; day < 30; day++)
		assert_int_equal(sessions_on(&in, 2, day), day % 7 == 6   ? 10
		                                           : day % 7 == 2 ? 20
		                                                          : -1);
	verdict_example_end(&x);
}

static void days_that_have_not_settled_are_not_lost(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;
	struct verdict_input in;

	(void)state;
	begin(&x);
	/* Its newest settled day is its newest at all: two reports are late. */
	(void)verdict_example_add(&x, 2, -60, -2, 7, 0, 0);
	/* And this one came yesterday for the first time. */
	(void)verdict_example_add(&x, 3, -1, -1, 3, 0, 0);
	look_ahead(&x, &ahead);
	in = verdict_ahead_at(&ahead, 0);
	assert_int_equal(in.row_count, x.in.row_count);
	in = verdict_ahead_at(&ahead, 1);
	assert_ordered(&in);
	assert_int_equal(sessions_on(&in, 2, -1), 7);
	assert_int_equal(sessions_on(&in, 2, 0), 7);
	assert_int_equal(sessions_on(&in, 2, 1), -1);
	assert_int_equal(sessions_on(&in, 3, 0), 3);
	verdict_example_end(&x);
}

static void faults_are_gone(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;
	struct verdict_input in;
	struct verdict_row *row;
	const struct verdict_row *last;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	row = verdict_example_add(&x, 0, -2, -2, 4, 6, CAUSE_CERTIFICATE);
	row->evidence.unusable = 5;
	row->evidence.predicted[CAUSE_OTHER] = 1;
	row->evidence.dane = 2;
	row->evidence.untested = 9;
	row->match = POLICY_MATCH_OLD;
	row->succeeded = false;
	look_ahead(&x, &ahead);
	in = verdict_ahead_at(&ahead, 1);
	last = &in.rows[in.row_count - 1];
	assert_int_equal(last->day, 0);
	assert_int_equal(last->evidence.trials, 15);
	assert_int_equal(last->evidence.refused, 0);
	assert_int_equal(last->evidence.by_cause[CAUSE_CERTIFICATE], 0);
	assert_int_equal(last->evidence.predicted[CAUSE_OTHER], 0);
	assert_int_equal(last->evidence.unusable + last->evidence.dane, 0);
	assert_int_equal(last->evidence.untested, 9);
	assert_int_equal(last->match, POLICY_MATCH_CURRENT);
	assert_true(last->succeeded);
	/* What is known stays as it is. */
	assert_int_equal(in.rows[0].evidence.refused, 6);
	verdict_example_end(&x);
}

static void who_is_silent_stays_so(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;

	(void)state;
	begin(&x);
	/* Daily, then nothing for three and for four settled days. */
	(void)verdict_example_add(&x, 2, -60, -5, 5, 0, 0);
	(void)verdict_example_add(&x, 3, -60, -6, 5, 0, 0);
	/* Weekly, for thirteen days: no more than twice its gap. */
	(void)verdict_example_add(&x, 4, -22, -22, 5, 0, 0);
	(void)verdict_example_add(&x, 4, -15, -15, 5, 0, 0);
	look_ahead(&x, &ahead);
	assert_true(ahead.goes_on[0] && ahead.goes_on[1] && ahead.goes_on[2]);
	assert_false(ahead.goes_on[3]);
	assert_true(ahead.goes_on[4]);
	assert_false(ahead.goes_on[5]);
	verdict_example_end(&x);
}

static void what_came_before_the_policy_is_not_repeated(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;
	struct verdict_input in;
	size_t i;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -10, 0, 0, 0);
	for (i = 0; i < x.in.row_count; i++)
		x.rows[i].type = POLICY_NOT_FOUND;
	(void)verdict_example_add(&x, 0, -9, -1, 8, 0, 0);
	look_ahead(&x, &ahead);
	in = verdict_ahead_at(&ahead, 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(sessions_on(&in, 0, (int32_t)i), 8);
	verdict_example_end(&x);
}

static void too_many_rows_are_refused(void **state)
{
	struct verdict_example x;
	struct verdict_ahead ahead;
	size_t rows = 120 + 2 * VERDICT_AHEAD_DAYS;

	(void)state;
	begin(&x);
	assert_true(verdict_ahead_begin(&x.in, rows, x.arena, &ahead));
	assert_false(verdict_ahead_begin(&x.in, rows - 1, x.arena, &ahead));
	verdict_example_end(&x);
}

/* --- who counts when ------------------------------------------------------- */

static void counts_from(const struct verdict_example *x,
                        int32_t days[EXAMPLE_GROUPS])
{
	struct arena *scratch = arena_new(0);
	struct verdict_ahead ahead;

	assert_true(verdict_ahead_begin(&x->in, ROWS_MAX, x->arena, &ahead));
	verdict_ahead_counts_from(&ahead, scratch, days);
	arena_free(&scratch);
}

/* By the rule itself, on a world that is fed on by hand: group 2 has `first`
   as its first day, a report every so many days and arrivals a day later. */
static bool counts_on(struct verdict_example *x, int32_t first, int32_t every,
                      int32_t today)
{
	struct verdict_witness witnesses[EXAMPLE_GROUPS];
	int32_t arrivals[256], day;
	size_t count = 0;

	begin(x);
	for (day = 0; day < today; day++) {
		(void)verdict_example_add(x, 0, day, day, 5, 0, 0);
		(void)verdict_example_add(x, 1, day, day, 5, 0, 0);
	}
	for (day = first; day < today; day += every) {
		(void)verdict_example_add(x, 2, day, day, 5, 0, 0);
		arrivals[count++] = day + 1;
	}
	x->groups[2].known_since = first + 1;
	x->groups[2].arrivals = arrivals;
	x->groups[2].arrival_count = count;
	x->in.today = today;
	x->in.last = today - 2;
	verdict_find_standing(&x->in, x->arena, witnesses);
	verdict_example_end(x);
	return witnesses[2].standing && witnesses[2].credited;
}

static void assert_agrees(int32_t first, int32_t every, int32_t expected)
{
	int32_t arrivals[64], days[EXAMPLE_GROUPS], day;
	struct verdict_example x;
	size_t count = 0;

	begin(&x);
	for (day = first; day < 0; day += every) {
		(void)verdict_example_add(&x, 2, day, day, 5, 0, 0);
		arrivals[count++] = day + 1;
	}
	x.groups[2].known_since = first + 1;
	x.groups[2].arrivals = arrivals;
	x.groups[2].arrival_count = count;
	counts_from(&x, days);
	verdict_example_end(&x);
	assert_int_equal(days[0], 0);
	assert_int_equal(days[2], expected);
	if (expected == VERDICT_NO_DAY)
		return;
	assert_true(counts_on(&x, first, every, expected));
	assert_false(counts_on(&x, first, every, expected - 1));
}

static void a_newcomer_counts_on_the_day_that_the_rule_says(void **state)
{
	(void)state;
	/* Known for 28 days, since the day after its first. */
	assert_agrees(-10, 1, 19);
	assert_agrees(-3, 1, 26);
	assert_agrees(-1, 1, 28);
	/* A report a week: the seventh comes on day 29. */
	assert_agrees(-14, 7, 29);
	/* Every second week: it never has seven in 87 days. */
	assert_agrees(-28, 14, VERDICT_NO_DAY);
}

static void who_was_there_in_the_first_week_counts_early(void **state)
{
	int32_t days[EXAMPLE_GROUPS];
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	x.t.standing_report_days = 7;
	(void)verdict_example_add(&x, 0, -12, -1, 5, 0, 0);
	(void)verdict_example_add(&x, 1, -4, -1, 5, 0, 0);
	x.groups[0].known_since = -12;
	x.groups[1].known_since = -4;
	counts_from(&x, days);
	/* The domain is 12 days old, and asks for 5; it grows older as fast as
	   the newcomer does, until it asks for 28. */
	assert_int_equal(days[0], 0);
	assert_int_equal(days[1], 24);
	x.groups[1].known_since = -5;
	counts_from(&x, days);
	assert_int_equal(days[1], 0);
	verdict_example_end(&x);
}

static void reports_that_are_dated_back_gain_nothing(void **state)
{
	static const int32_t arrivals[1] = {0};
	int32_t days[EXAMPLE_GROUPS];
	struct verdict_example x;

	(void)state;
	begin(&x);
	(void)verdict_example_add(&x, 2, -60, -1, 5, 0, 0);
	x.groups[2].arrivals = arrivals;
	x.groups[2].arrival_count = 1;
	counts_from(&x, days);
	/* Known for long by another domain, it lacks six days of arrival. */
	assert_int_equal(days[2], 6);
	verdict_example_end(&x);
}

static void unsigned_and_silent_reporters_never_count(void **state)
{
	int32_t days[EXAMPLE_GROUPS];
	struct verdict_example x;

	(void)state;
	begin(&x);
	(void)verdict_example_add(&x, 2, -60, -1, 5, 0, 0);
	x.groups[2].anonymous = true;
	(void)verdict_example_add(&x, 3, -20, -15, 5, 0, 0);
	x.groups[3].known_since = -20;
	counts_from(&x, days);
	assert_int_equal(days[2], VERDICT_NO_DAY);
	assert_int_equal(days[3], VERDICT_NO_DAY);
	assert_int_equal(days[4], VERDICT_NO_DAY);
	verdict_example_end(&x);
}

static void good_news_is_waited_for_too(void **state)
{
	int32_t days[EXAMPLE_GROUPS];
	struct verdict_example x;

	(void)state;
	begin(&x);
	(void)verdict_example_add(&x, 2, -60, -5, 0, 5, 0);
	(void)verdict_example_add(&x, 2, -4, -1, 5, 0, 0);
	counts_from(&x, days);
	/* Four days are good, three more come in from tomorrow on. */
	assert_int_equal(days[2], 3);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_go_on_and_come_in_a_day_later),
		cmocka_unit_test(weekdays_are_repeated),
		cmocka_unit_test(days_that_have_not_settled_are_not_lost),
		cmocka_unit_test(faults_are_gone),
		cmocka_unit_test(who_is_silent_stays_so),
		cmocka_unit_test(what_came_before_the_policy_is_not_repeated),
		cmocka_unit_test(too_many_rows_are_refused),
		cmocka_unit_test(
			a_newcomer_counts_on_the_day_that_the_rule_says),
		cmocka_unit_test(who_was_there_in_the_first_week_counts_early),
		cmocka_unit_test(reports_that_are_dated_back_gain_nothing),
		cmocka_unit_test(unsigned_and_silent_reporters_never_count),
		cmocka_unit_test(good_news_is_waited_for_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
