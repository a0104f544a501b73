#include "exporter/verdict/verdict_window.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Group a with so many sessions on each of so many days up to -2. */
static struct verdict_evaluation *begin(struct verdict_example *x, int days,
                                        int64_t sessions)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	(void)verdict_example_add(x, 0, -1 - days, -2, sessions, 0, 0);
	/* Nobody needs company until a test says so. */
	x->groups[0].anchor = true;
	return verdict_example_evaluate(x);
}

static void finds_the_days_with_reports(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -86, -86, 5, 0, 0);
	(void)verdict_example_add(&x, 0, -50, -50, 5, 0, 0);
	(void)verdict_example_add(&x, 0, -40, -40, 5, 0, 0);
	(void)verdict_example_add(&x, 0, 1, 1, 5, 0, 0);
	e = verdict_example_evaluate(&x);
	/* 84 days up to -2, and today; others are not looked at. */
	assert_true(e->any_seen);
	assert_int_equal(e->lowest, -85);
	assert_int_equal(e->first_seen, -50);
	assert_int_equal(e->newest_seen, -40);
	assert_int_equal(e->longest_gap, 10);
	x.in.row_count = 0;
	e = verdict_example_evaluate(&x);
	assert_false(e->any_seen);
	assert_int_equal(e->longest_gap, 0);
	verdict_example_end(&x);
}

static void sums_up_the_settled_days_of_a_window(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;
	const struct verdict_window *w;

	(void)state;
	e = begin(&x, 9, 20);
	(void)verdict_example_add(&x, 0, -1, -1, 20, 0, 0);
	(void)verdict_example_add(&x, 1, -4, -4, 4, 3, CAUSE_OTHER);
	x.t.window_days = 7;
	e = verdict_example_evaluate(&x);
	verdict_window_choose(e);
	w = &e->window;
	assert_int_equal(w->days, 7);
	assert_int_equal(w->covered, 7);
	assert_int_equal(w->sessions, 147);
	assert_int_equal(w->n, 147);
	assert_int_equal(w->x, 3);
	assert_int_equal(w->refused, 3);
	assert_int_equal(w->reporters, 2);
	assert_int_equal(x.sums[1].n, 7);
	assert_int_equal(x.sums[1].refused, 3);
	verdict_example_end(&x);
}

static void no_cell_counts_more_than_its_cap(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	e = begin(&x, 1, 19850);
	(void)verdict_example_add(&x, 0, -2, -2, 0, 150, CAUSE_OTHER);
	e = verdict_example_evaluate(&x);
	verdict_window_choose(e);
	assert_int_equal(e->window.sessions, 20000);
	assert_int_equal(e->window.refused, 150);
	assert_int_equal(e->window.n, 200);
	/* 1.5 of 200, rounded up. */
	assert_int_equal(e->window.x, 2);
	verdict_example_end(&x);
}

static void faults_of_a_sender_are_not_charged(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -4, -4, 15, 5, CAUSE_OTHER);
	(void)verdict_example_add(&x, 1, -4, -4, 18, 2, CAUSE_OTHER);
	x.groups[1].accepted = true;
	e = verdict_example_evaluate(&x);
	e->faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	verdict_window_choose(e);
	assert_int_equal(e->window.local, 7);
	assert_int_equal(e->first_local_unaccepted, 5);
	assert_int_equal(e->first_proved, 40);
	assert_int_equal(e->window.refused, 0);
	assert_int_equal(e->window.x, 0);
	assert_int_equal(e->window.n, 33);
	assert_int_equal(e->window.sessions, 40);
	assert_int_equal(x.sums[0].local, 5);
	/* What nobody proved is no part of all that is proved. */
	x.groups[0].anonymous = x.groups[1].anonymous = true;
	e = verdict_example_evaluate(&x);
	verdict_window_choose(e);
	assert_int_equal(e->first_proved, 0);
	verdict_example_end(&x);
}

/* The bound of a window with so many sessions of three groups. */
static int64_t bound_of(struct verdict_example *x, int64_t a, int64_t b,
                        int64_t c)
{
	const int64_t sessions[] = {a, b, c};
	struct verdict_evaluation *e;
	uint32_t i;

	x->in.row_count = 0;
	for (i = 0; i < 3; i++)
		(void)verdict_example_add(x, i, -2, -2, sessions[i], 0, 0);
	e = verdict_example_evaluate(x);
	verdict_window_choose(e);
	assert_int_equal(e->window.n, a + b + c);
	return e->window.n_bound;
}

static void no_name_carries_the_bound_alone(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	assert_int_equal(bound_of(&x, 100, 5, 3), 16);
	assert_int_equal(bound_of(&x, 10, 5, 5), 20);
	assert_int_equal(bound_of(&x, 10, 5, 4), 18);
	assert_int_equal(bound_of(&x, 100, 0, 0), 0);
	/* An anchor does; beside it, no two others carry it. */
	x.groups[0].anchor = true;
	assert_int_equal(bound_of(&x, 100, 5, 3), 108);
	assert_int_equal(bound_of(&x, 10, 50, 30), 20);
	x.groups[0].anonymous = x.groups[1].anonymous = true;
	x.groups[2].anonymous = true;
	assert_int_equal(bound_of(&x, 100, 5, 3), 16);
	verdict_example_end(&x);
}

static void a_large_factor_does_not_wrap(void **state)
{
	struct verdict_example x;
	struct verdict_evaluation e = {.t = &x.t};

	(void)state;
	x.t.lead_factor = 1000000000;
	assert_true(verdict_window_led(&e, INT64_MAX, 1) == INT64_MAX);
	assert_int_equal(verdict_window_led(&e, 5, 5), 0);
}

static void widens_by_weeks_until_the_evidence_suffices(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	/* 343 sessions without a refusal bring the bound under 1 %. */
	e = begin(&x, 84, 11);
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 35);
	assert_int_equal(e->window.n, 35 * 11);
	/* Days are needed as well as sessions. */
	e = verdict_example_evaluate(&x);
	e->need = 36;
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 42);
	verdict_example_end(&x);
	e = begin(&x, 84, 30);
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 14);
	verdict_example_end(&x);
}

static void widens_no_further_than_was_observed(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	e = begin(&x, 84, 1);
	e->observed = 34;
	verdict_window_choose(e);
	/* The last step is shorter than a week. */
	assert_int_equal(e->window.days, 34);
	e = verdict_example_evaluate(&x);
	e->observed = 100;
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 84);
	assert_int_equal(e->window.n, 84);
	e = verdict_example_evaluate(&x);
	e->observed = 10;
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 14);
	verdict_example_end(&x);
}

static void widens_over_no_refusal(void **state)
{
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	e = begin(&x, 84, 1);
	/* The 25th day back. */
	(void)verdict_example_add(&x, 1, -26, -26, 0, 1, CAUSE_OTHER);
	e = verdict_example_evaluate(&x);
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 21);
	assert_int_equal(e->window.x, 0);
	/* A sender's own fault is none. */
	e = verdict_example_evaluate(&x);
	e->faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 84);
	assert_int_equal(e->window.local, 1);
	/* Nor does a window grow that has one already. */
	x.rows[x.in.row_count - 1].day = -2;
	e = verdict_example_evaluate(&x);
	verdict_window_choose(e);
	assert_int_equal(e->window.days, 14);
	assert_int_equal(e->window.x, 1);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_days_with_reports),
		cmocka_unit_test(sums_up_the_settled_days_of_a_window),
		cmocka_unit_test(no_cell_counts_more_than_its_cap),
		cmocka_unit_test(faults_of_a_sender_are_not_charged),
		cmocka_unit_test(no_name_carries_the_bound_alone),
		cmocka_unit_test(a_large_factor_does_not_wrap),
		cmocka_unit_test(widens_by_weeks_until_the_evidence_suffices),
		cmocka_unit_test(widens_no_further_than_was_observed),
		cmocka_unit_test(widens_over_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
