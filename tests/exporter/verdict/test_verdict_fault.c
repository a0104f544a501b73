#include "exporter/verdict/verdict_fault.h"
#include "tests/support/cmocka_all.h"

static const struct thresholds limits = {
	.ok_reporters = 2, .ok_sessions = 20, .local_fail_share = 500000};

/* Group 0 fails on days 100 and 102, groups 1 and 2 succeed on day 101. */
struct example {
	struct verdict_cell cells[4];
	struct verdict_evaluation e;
};

static void begin(struct example *x)
{
	*x = (struct example){
		.cells = {{.day = 100,
	                   .group = 0,
	                   .n = 10,
	                   .all = 10,
	                   .x = 8,
	                   .by_cause = {[CAUSE_CERTIFICATE] = 8}},
	                  {.day = 102,
	                   .group = 0,
	                   .n = 10,
	                   .all = 10,
	                   .x = 8,
	                   .by_cause = {[CAUSE_CERTIFICATE] = 8}},
	                  {.day = 101,
	                   .group = 1,
	                   .n = 20,
	                   .all = 20,
	                   .proved = 20},
	                  {.day = 101,
	                   .group = 2,
	                   .n = 20,
	                   .all = 20,
	                   .proved = 20}},
		.e = {.t = &limits, .lowest = 90, .at = {.today = 110}}};
	x->e.cells = x->cells;
	x->e.end = x->cells + 4;
}

static enum verdict_fault fault(struct example *x)
{
	verdict_fault_attribute(&x->e);
	assert_int_equal(x->e.faults[CAUSE_STARTTLS], VERDICT_FAULT_NONE);
	return x->e.faults[CAUSE_CERTIFICATE];
}

static void without_refusals_it_is_nobodys(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.e.cells = x.cells + 2;
	assert_int_equal(fault(&x), VERDICT_FAULT_NONE);
}

static void one_that_fails_alone_has_a_fault_of_its_own(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
}

static void two_that_fail_see_the_receivers(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.cells[3].by_cause[CAUSE_CERTIFICATE] = 1;
	assert_int_equal(fault(&x), VERDICT_FAULT_RECEIVER);
	/* One who did not apply the policy confirms it as well. */
	begin(&x);
	x.cells[3].predicted[CAUSE_CERTIFICATE] = 1;
	assert_int_equal(fault(&x), VERDICT_FAULT_RECEIVER);
}

static void too_few_successes_leave_it_unknown(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.cells[2].proved = 19;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	/* Nor do those of other days say anything. */
	begin(&x);
	x.cells[2].day = 99;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	begin(&x);
	x.cells[2].day = 103;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
}

static void few_failures_among_many_leave_it_unknown(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.cells[0].all = x.cells[1].all = 16;
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
	x.cells[0].all = 17;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
}

static void a_prediction_alone_is_no_fault_of_a_sender(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.cells[0].by_cause[CAUSE_CERTIFICATE] = 0;
	x.cells[1].by_cause[CAUSE_CERTIFICATE] = 0;
	x.cells[1].predicted[CAUSE_CERTIFICATE] = 8;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
}

static void days_out_of_the_span_do_not_count(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.e.lowest = 103;
	assert_int_equal(fault(&x), VERDICT_FAULT_NONE);
	begin(&x);
	x.cells[3].by_cause[CAUSE_CERTIFICATE] = 1;
	x.cells[3].day = 111;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
}

static void local_refusals_are_those_of_the_senders_causes(void **state)
{
	const enum verdict_fault faults[REFUSAL_CAUSES] = {
		[CAUSE_STARTTLS] = VERDICT_FAULT_SENDER,
		[CAUSE_CERTIFICATE] = VERDICT_FAULT_RECEIVER,
		[CAUSE_OTHER] = VERDICT_FAULT_SENDER};
	struct verdict_cell cell = {.x = 10, .by_cause = {2, 4, 3}};

	(void)state;
	assert_int_equal(verdict_fault_local_refusals(&cell, faults), 5);
	/* Causes of one session may overlap. */
	cell.x = 4;
	assert_int_equal(verdict_fault_local_refusals(&cell, faults), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_refusals_it_is_nobodys),
		cmocka_unit_test(one_that_fails_alone_has_a_fault_of_its_own),
		cmocka_unit_test(two_that_fail_see_the_receivers),
		cmocka_unit_test(too_few_successes_leave_it_unknown),
		cmocka_unit_test(few_failures_among_many_leave_it_unknown),
		cmocka_unit_test(a_prediction_alone_is_no_fault_of_a_sender),
		cmocka_unit_test(days_out_of_the_span_do_not_count),
		cmocka_unit_test(
			local_refusals_are_those_of_the_senders_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
