#include "exporter/verdict/verdict_recent.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Group a on days -4 and -2, group b on day -1, all of it clean. */
static void begin(struct verdict_example *x, enum sts_mode mode)
{
	verdict_example_begin(x, mode);
	(void)verdict_example_add(x, 0, -4, -4, 100, 0, 0);
	(void)verdict_example_add(x, 0, -2, -2, 100, 0, 0);
	(void)verdict_example_add(x, 1, -1, -1, 10, 0, 0);
}

static void refuse(struct verdict_example *x, size_t row, int cause,
                   int64_t refused)
{
	x->rows[row].evidence.refused += refused;
	x->rows[row].evidence.by_cause[cause] += refused;
}

/* As if every cause were the receiver's. */
static struct verdict_recent *assess(struct verdict_example *x)
{
	struct verdict_evaluation *e = verdict_example_evaluate(x);
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		e->faults[cause] = VERDICT_FAULT_RECEIVER;
	verdict_recent_assess(e);
	return &e->recent;
}

static void sums_up_the_recent_days_to_this_one(void **state)
{
	struct verdict_example x;
	struct verdict_recent *r;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	refuse(&x, 1, CAUSE_STARTTLS, 2);
	x.rows[2].evidence.unusable = 5;
	x.rows[2].evidence.dane = 1;
	r = assess(&x);
	assert_int_equal(r->since, -4);
	assert_int_equal(r->n, 210);
	assert_int_equal(r->clean, 208);
	assert_int_equal(r->proved, 210);
	assert_int_equal(r->refused.counts[CAUSE_STARTTLS], 2);
	assert_int_equal(r->unusable, 5);
	assert_int_equal(r->unusable_groups, 1);
	assert_int_equal(r->unusable_badly, 1);
	assert_true(r->dane);
	x.rows[0].day = -5;
	x.rows[2].day = 1;
	r = assess(&x);
	assert_int_equal(r->n, 100);
	assert_false(r->dane);
	verdict_example_end(&x);
}

static void under_enforce_silence_ends_no_alarm(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_ENFORCE);
	assert_int_equal(assess(&x)->since, -3);
	/* The newest clean session is older. */
	refuse(&x, 1, CAUSE_OTHER, 100);
	refuse(&x, 2, CAUSE_OTHER, 10);
	assert_int_equal(assess(&x)->since, -4);
	/* It is looked for in 21 days. */
	x.rows[0].day = -23;
	assert_int_equal(assess(&x)->since, -22);
	x.rows[0].day = -21;
	assert_int_equal(assess(&x)->since, -21);
	verdict_example_end(&x);
}

static void two_groups_agree_each_against_itself(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	refuse(&x, 1, CAUSE_OTHER, 20);
	refuse(&x, 2, CAUSE_OTHER, 3);
	assert_true(assess(&x)->agreed);
	/* A tenth of its own two hundred is needed. */
	refuse(&x, 1, CAUSE_OTHER, -1);
	assert_false(assess(&x)->agreed);
	/* Other causes do not confirm one another. */
	refuse(&x, 1, CAUSE_STARTTLS, 20);
	assert_false(assess(&x)->agreed);
	verdict_example_end(&x);
}

static void no_flood_dilutes_what_two_agree_on(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	refuse(&x, 1, CAUSE_OTHER, 20);
	refuse(&x, 2, CAUSE_OTHER, 3);
	(void)verdict_example_add(&x, 2, -2, -2, INT64_C(1000000000), 0, 0);
	assert_true(assess(&x)->flooded[CAUSE_OTHER]);
	/* 200 of them count; 23 of 610 are less than 5 %. */
	(void)verdict_example_add(&x, 3, -2, -2, INT64_C(1000000000), 0, 0);
	assert_false(assess(&x)->flooded[CAUSE_OTHER]);
	verdict_example_end(&x);
}

static void other_causes_dilute_no_share(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	refuse(&x, 1, CAUSE_STARTTLS, 10);
	refuse(&x, 1, CAUSE_OTHER, 90);
	(void)assess(&x);
	/* 10 of these and 110 clean ones. */
	assert_true(verdict_recent_is_refused_together(&x.e, CAUSE_STARTTLS, 10,
	                                               83333));
	assert_false(verdict_recent_is_refused_together(&x.e, CAUSE_STARTTLS,
	                                                10, 83334));
	assert_false(verdict_recent_is_refused_together(&x.e, CAUSE_STARTTLS,
	                                                11, 83333));
	verdict_example_end(&x);
}

static void each_day_is_looked_at_alone(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	refuse(&x, 1, CAUSE_OTHER, 50);
	(void)assess(&x);
	assert_true(verdict_recent_is_refused_on_a_day(&x.e, CAUSE_OTHER, 50,
	                                               500000));
	assert_false(verdict_recent_is_refused_on_a_day(&x.e, CAUSE_OTHER, 51,
	                                                500000));
	assert_false(verdict_recent_is_refused_together(&x.e, CAUSE_OTHER, 50,
	                                                500000));
	assert_true(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 50, 500000));
	/* Not where it is the sender's own affair. */
	x.e.faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	assert_false(verdict_recent_is_refused(&x.e, CAUSE_OTHER, 1, 1));
	verdict_example_end(&x);
}

static void accepted_refusals_are_left_out(void **state)
{
	struct verdict_example x;
	struct verdict_recent *r;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	refuse(&x, 1, CAUSE_OTHER, 50);
	x.groups[0].accepted = true;
	r = assess(&x);
	assert_int_equal(r->refused.counts[CAUSE_OTHER], 0);
	assert_int_equal(r->local, 50);
	assert_int_equal(x.sums[0].recent_refused, 0);
	assert_int_equal(r->clean, 160);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_up_the_recent_days_to_this_one),
		cmocka_unit_test(under_enforce_silence_ends_no_alarm),
		cmocka_unit_test(two_groups_agree_each_against_itself),
		cmocka_unit_test(no_flood_dilutes_what_two_agree_on),
		cmocka_unit_test(other_causes_dilute_no_share),
		cmocka_unit_test(each_day_is_looked_at_alone),
		cmocka_unit_test(accepted_refusals_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
