#include "exporter/verdict/verdict_window.h"
#include "tests/support/cmocka_all.h"

static const struct thresholds limits = {
	.window_days = 14,
	.max_window_days = 56,
	.alpha = 50000,
	.cell_cap = 200,
};

#define CELLS 60

struct example {
	struct verdict_reporter_group groups[2];
	struct verdict_input in;
	struct verdict_cell cells[CELLS];
	struct verdict_evaluation e;
};

/* A cell of so many sessions on each of so many days
   up to day 1000, which is the last that is settled. */
static void begin(struct example *x, size_t count, int64_t sessions)
{
	size_t i;

	*x = (struct example){.e = {.t = &limits,
	                            .lowest = 1000 - 70,
	                            .at = {.last = 1000, .today = 1002},
	                            .limit = 10000,
	                            .observed = 56}};
	for (i = 0; i < count; i++)
		x->cells[i] = (struct verdict_cell){
			.day = (int32_t)(1001 - count + i),
			.seen = true,
			.n = sessions,
			.all = sessions,
			.proved = sessions / 2};
	x->in.groups = x->groups;
	x->e.in = &x->in;
	x->e.cells = x->cells;
	x->e.end = x->cells + count;
}

static void sums_up_the_settled_days_of_a_window(void **state)
{
	struct verdict_window w;
	struct example x;

	(void)state;
	begin(&x, 10, 20);
	x.cells[9].day = 1001;
	x.cells[8].x = 3;
	w = verdict_window_sum(&x.e, 7);
	/* 994 to 1000, of which 1000 has no cell. */
	assert_int_equal(w.days, 7);
	assert_int_equal(w.covered, 6);
	assert_int_equal(w.sessions, 120);
	assert_int_equal(w.proved, 60);
	assert_int_equal(w.n, 120);
	assert_int_equal(w.x, 3);
	assert_int_equal(w.refused, 3);
	assert_int_equal(w.reporters, 1);
	assert_true(w.upper > 0.025 && w.upper < 0.1);
}

static void counts_each_reporter_and_each_day_once(void **state)
{
	struct verdict_window w;
	struct example x;

	(void)state;
	begin(&x, 4, 20);
	x.cells[2].group = x.cells[3].group = 1;
	x.cells[2].day = x.cells[0].day;
	x.cells[3].day = x.cells[1].day;
	w = verdict_window_sum(&x.e, 14);
	assert_int_equal(w.reporters, 2);
	assert_int_equal(w.covered, 2);
	assert_int_equal(w.sessions, 80);
}

static void no_cell_counts_more_than_its_cap(void **state)
{
	struct verdict_window w;
	struct example x;

	(void)state;
	begin(&x, 1, 20000);
	x.cells[0].x = 150;
	w = verdict_window_sum(&x.e, 14);
	assert_int_equal(w.sessions, 20000);
	assert_int_equal(w.refused, 150);
	assert_int_equal(w.n, 200);
	/* 1.5 of 200, rounded up. */
	assert_int_equal(w.x, 2);
}

static void faults_of_a_sender_are_not_charged(void **state)
{
	struct verdict_window w;
	struct example x;

	(void)state;
	begin(&x, 2, 20);
	x.e.faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	x.cells[0].x = x.cells[0].by_cause[CAUSE_OTHER] = 5;
	x.cells[1].x = x.cells[1].by_cause[CAUSE_OTHER] = 2;
	x.cells[1].group = 1;
	x.groups[1].accepted = true;
	w = verdict_window_sum(&x.e, 14);
	assert_int_equal(w.local, 7);
	assert_int_equal(w.local_unaccepted, 5);
	assert_int_equal(w.refused, 0);
	assert_int_equal(w.x, 0);
	assert_int_equal(w.n, 33);
	assert_int_equal(w.sessions, 40);
}

static void finds_the_days_with_reports(void **state)
{
	struct example x;

	(void)state;
	begin(&x, 5, 20);
	x.cells[0].day = x.e.lowest - 1;
	x.cells[1].day = 950;
	x.cells[2].day = 957;
	x.cells[2].sts = true;
	x.cells[3].day = 960;
	x.cells[4].day = 1003;
	verdict_window_find_days(&x.e);
	assert_true(x.e.any_seen);
	assert_true(x.e.sts_seen);
	assert_int_equal(x.e.first_seen, 950);
	assert_int_equal(x.e.newest_seen, 960);
	assert_int_equal(x.e.longest_gap, 7);
}

static void without_reports_no_day_is_seen(void **state)
{
	struct example x;

	(void)state;
	begin(&x, 0, 0);
	verdict_window_find_days(&x.e);
	assert_false(x.e.any_seen || x.e.sts_seen);
	assert_int_equal(x.e.longest_gap, 0);
}

static void widens_by_weeks_until_the_evidence_suffices(void **state)
{
	struct example x;

	(void)state;
	/* 299 sessions without a refusal bring the bound under 1 %. */
	begin(&x, 56, 11);
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 28);
	assert_int_equal(x.e.window.n, 28 * 11);
	begin(&x, 56, 30);
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 14);
	/* Days are needed as well as sessions. */
	x.e.need = 15;
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 21);
}

static void widens_no_further_than_was_observed(void **state)
{
	struct example x;

	(void)state;
	begin(&x, 56, 1);
	x.e.observed = 34;
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 28);
	x.e.observed = 100;
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 56);
}

static void widens_over_no_refusal(void **state)
{
	struct example x;

	(void)state;
	begin(&x, 56, 1);
	x.cells[56 - 25].x = 1;
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 21);
	assert_int_equal(x.e.window.x, 0);
	begin(&x, 56, 1);
	x.cells[55].x = 1;
	verdict_window_choose(&x.e);
	assert_int_equal(x.e.window.days, 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_up_the_settled_days_of_a_window),
		cmocka_unit_test(counts_each_reporter_and_each_day_once),
		cmocka_unit_test(no_cell_counts_more_than_its_cap),
		cmocka_unit_test(faults_of_a_sender_are_not_charged),
		cmocka_unit_test(finds_the_days_with_reports),
		cmocka_unit_test(without_reports_no_day_is_seen),
		cmocka_unit_test(widens_by_weeks_until_the_evidence_suffices),
		cmocka_unit_test(widens_no_further_than_was_observed),
		cmocka_unit_test(widens_over_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
