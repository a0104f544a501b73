#include "exporter/verdict/verdict_recent.h"
#include "tests/support/cmocka_all.h"

static const struct thresholds limits = {
	.cell_cap = 200,
	.recent_days = 3,
	.enforce_recent_days = 2,
	.active_min = 3,
	.bad_day_ratio = 100000,
	.rollback_min = 10,
	.rollback_ratio = 50000,
};

/* Group 0 on days 98 and 100, group 1 on day 101; 100 is the last that is
   settled, and 102 is today. */
struct example {
	struct verdict_input in;
	struct verdict_cell cells[3];
	struct verdict_evaluation e;
};

static void begin(struct example *x)
{
	*x = (struct example){
		.cells = {{.day = 98, .n = 100, .all = 100, .proved = 10},
	                  {.day = 100, .n = 100, .all = 100, .proved = 20},
	                  {.day = 101, .group = 1, .n = 10, .all = 10}},
		.e = {.t = &limits,
	              .lowest = 50,
	              .at = {.last = 100, .today = 102},
	              .faults = {VERDICT_FAULT_RECEIVER, VERDICT_FAULT_RECEIVER,
	                         VERDICT_FAULT_RECEIVER}}};
	x->in.mode = STS_MODE_TESTING;
	x->e.in = &x->in;
	x->e.cells = x->cells;
	x->e.end = x->cells + 3;
}

static void refuse(struct verdict_cell *cell, int cause, int64_t refused)
{
	cell->x += refused;
	cell->by_cause[cause] += refused;
}

static void an_enforced_policy_has_other_recent_days(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	assert_int_equal(verdict_recent_first_day(&x.e), 98);
	x.in.mode = STS_MODE_ENFORCE;
	assert_int_equal(verdict_recent_first_day(&x.e), 99);
}

static void sums_up_the_recent_days_to_this_one(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	refuse(&x.cells[1], CAUSE_STARTTLS, 2);
	x.cells[1].predicted[CAUSE_OTHER] = 4;
	x.cells[2].unusable = 5;
	x.cells[2].dane = 1;
	verdict_recent_assess(&x.e);
	assert_int_equal(x.e.recent.n, 210);
	assert_int_equal(x.e.recent.proved, 30);
	assert_int_equal(x.e.recent.refused.counts[CAUSE_STARTTLS], 2);
	assert_int_equal(x.e.recent.predicted.counts[CAUSE_OTHER], 4);
	assert_int_equal(x.e.recent.unusable, 5);
	assert_int_equal(x.e.recent.unusable_groups, 1);
	assert_true(x.e.recent.dane);
	assert_true(x.e.recent.anyone_succeeds);
	begin(&x);
	x.cells[0].day = 97;
	x.cells[2].day = 103;
	verdict_recent_assess(&x.e);
	assert_int_equal(x.e.recent.n, 100);
	assert_false(x.e.recent.dane);
}

static void nobody_succeeds_where_all_is_refused(void **state)
{
	struct example x;
	int i;

	(void)state;
	begin(&x);
	for (i = 0; i < 3; i++)
		refuse(&x.cells[i], CAUSE_OTHER, x.cells[i].n);
	verdict_recent_assess(&x.e);
	assert_false(x.e.recent.anyone_succeeds);
}

static void two_groups_agree_each_against_itself(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	refuse(&x.cells[1], CAUSE_OTHER, 20);
	refuse(&x.cells[2], CAUSE_OTHER, 3);
	verdict_recent_assess(&x.e);
	assert_true(x.e.recent.agreed);
	/* Other causes do not confirm one another. */
	begin(&x);
	refuse(&x.cells[1], CAUSE_OTHER, 20);
	refuse(&x.cells[2], CAUSE_STARTTLS, 3);
	verdict_recent_assess(&x.e);
	assert_false(x.e.recent.agreed);
	/* 19 of 200 are too few. */
	begin(&x);
	refuse(&x.cells[1], CAUSE_OTHER, 19);
	refuse(&x.cells[2], CAUSE_OTHER, 3);
	verdict_recent_assess(&x.e);
	assert_false(x.e.recent.agreed);
}

static void a_flood_is_an_agreement_that_reaches_the_rollback(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	refuse(&x.cells[1], CAUSE_OTHER, 20);
	refuse(&x.cells[2], CAUSE_OTHER, 3);
	verdict_recent_assess(&x.e);
	assert_true(x.e.recent.flooded);
	/* Successes of others dilute the share, but no cell by more than its
	   cap. */
	begin(&x);
	x.cells[0].group = 2;
	x.cells[0].n = x.cells[0].all = 1000000;
	refuse(&x.cells[1], CAUSE_OTHER, 20);
	refuse(&x.cells[2], CAUSE_OTHER, 3);
	verdict_recent_assess(&x.e);
	assert_true(x.e.recent.flooded);
	/* A sender's own fault is none of the receiver's share. */
	begin(&x);
	x.e.faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	refuse(&x.cells[1], CAUSE_OTHER, 20);
	refuse(&x.cells[2], CAUSE_OTHER, 3);
	verdict_recent_assess(&x.e);
	assert_true(x.e.recent.agreed);
	assert_false(x.e.recent.flooded);
}

static void refused_are_the_recent_days_or_the_newest_alone(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	refuse(&x.cells[0], CAUSE_OTHER, 21);
	verdict_recent_assess(&x.e);
	assert_true(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 21, 100000));
	assert_false(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 22, 100000));
	assert_false(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 21, 100001));
	assert_false(verdict_recent_is_refused(&x.e, CAUSE_STARTTLS, 0, 0));
	begin(&x);
	refuse(&x.cells[2], CAUSE_OTHER, 3);
	verdict_recent_assess(&x.e);
	assert_true(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 3, 300000));
	x.e.faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	assert_false(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 3, 300000));
}

static void one_bad_day_is_bad_in_one_cause(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	refuse(&x.cells[0], CAUSE_OTHER, 10);
	assert_true(verdict_recent_has_bad_day(&x.e, CAUSE_OTHER));
	assert_false(verdict_recent_has_bad_day(&x.e, CAUSE_STARTTLS));
	x.cells[0].by_cause[CAUSE_OTHER] = 9;
	assert_false(verdict_recent_has_bad_day(&x.e, CAUSE_OTHER));
	/* Two of ten are a large share and too few. */
	refuse(&x.cells[2], CAUSE_OTHER, 2);
	assert_false(verdict_recent_has_bad_day(&x.e, CAUSE_OTHER));
	refuse(&x.cells[2], CAUSE_OTHER, 1);
	assert_true(verdict_recent_has_bad_day(&x.e, CAUSE_OTHER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_enforced_policy_has_other_recent_days),
		cmocka_unit_test(sums_up_the_recent_days_to_this_one),
		cmocka_unit_test(nobody_succeeds_where_all_is_refused),
		cmocka_unit_test(two_groups_agree_each_against_itself),
		cmocka_unit_test(
			a_flood_is_an_agreement_that_reaches_the_rollback),
		cmocka_unit_test(
			refused_are_the_recent_days_or_the_newest_alone),
		cmocka_unit_test(one_bad_day_is_bad_in_one_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
