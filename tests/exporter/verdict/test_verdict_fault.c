#include "exporter/verdict/verdict_fault.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Group a fails with certificates on days -10 and -8, groups b and c succeed on
   day -9. */
static void begin(struct verdict_example *x)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	(void)verdict_example_add(x, 0, -10, -10, 2, 8, CAUSE_CERTIFICATE);
	(void)verdict_example_add(x, 0, -8, -8, 2, 8, CAUSE_CERTIFICATE);
	(void)verdict_example_add(x, 1, -9, -9, 20, 0, 0);
	(void)verdict_example_add(x, 2, -9, -9, 20, 0, 0);
}

static enum verdict_fault fault(struct verdict_example *x)
{
	struct verdict_evaluation *e = verdict_example_evaluate(x);

	verdict_fault_attribute(e);
	assert_int_equal(e->faults[CAUSE_STARTTLS], VERDICT_FAULT_NONE);
	return e->faults[CAUSE_CERTIFICATE];
}

static void without_refusals_it_is_nobodys(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 1, -9, -9, 20, 0, 0);
	assert_int_equal(fault(&x), VERDICT_FAULT_NONE);
	verdict_example_end(&x);
}

static void one_that_fails_alone_has_a_fault_of_its_own(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
	verdict_example_end(&x);
}

static void two_that_fail_see_the_receivers(void **state)
{
	struct verdict_example x;
	struct evidence *other = &x.rows[3].evidence;

	(void)state;
	begin(&x);
	other->refused = other->by_cause[CAUSE_CERTIFICATE] = 1;
	assert_int_equal(fault(&x), VERDICT_FAULT_RECEIVER);
	/* Not with a name whose refusals the owner accepts. */
	x.groups[2].accepted = true;
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
	verdict_example_end(&x);
}

static void one_who_does_not_apply_the_policy_confirms_it(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.rows[3].type = POLICY_NOT_FOUND;
	x.rows[3].evidence.predicted[CAUSE_CERTIFICATE] = 1;
	assert_int_equal(fault(&x), VERDICT_FAULT_RECEIVER);
	/* Alone it shows no fault of a sender. */
	x.in.rows = &x.rows[2];
	x.in.row_count = 2;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	verdict_example_end(&x);
}

static void an_outside_check_confirms_it(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	verdict_example_probe(&x, 2, PROBE_HOST_CERTIFICATE_NAME, 2);
	x.hosts[1].state = PROBE_HOST_OK;
	assert_int_equal(fault(&x), VERDICT_FAULT_RECEIVER);
	/* Of another cause it says nothing. */
	x.hosts[0].state = PROBE_HOST_STARTTLS_MISSING;
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
	verdict_example_end(&x);
}

static void too_few_successes_leave_it_unknown(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.rows[2].evidence.trials = 19;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	x.rows[2].evidence.trials = 20;
	/* Nor do those of other days say anything. */
	x.rows[2].day = -11;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	x.rows[2].day = -7;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	x.rows[2].day = -8;
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
	verdict_example_end(&x);
}

static void what_nobody_proved_acquits_nobody(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	/* Everybody has standing where nobody has. */
	x.groups[0].anonymous = x.groups[1].anonymous = true;
	x.groups[2].anonymous = true;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	verdict_example_end(&x);
}

static void few_failures_among_many_leave_it_unknown(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.rows[0].evidence.trials = x.rows[1].evidence.trials = 16;
	assert_int_equal(fault(&x), VERDICT_FAULT_SENDER);
	x.rows[0].evidence.trials = 17;
	assert_int_equal(fault(&x), VERDICT_FAULT_UNKNOWN);
	verdict_example_end(&x);
}

static void days_out_of_the_span_do_not_count(void **state)
{
	struct verdict_example x;
	struct verdict_evaluation *e;

	(void)state;
	begin(&x);
	e = verdict_example_evaluate(&x);
	e->lowest = -7;
	verdict_fault_attribute(e);
	assert_int_equal(e->faults[CAUSE_CERTIFICATE], VERDICT_FAULT_NONE);
	verdict_example_end(&x);
}

static void local_refusals_are_those_of_the_senders_causes(void **state)
{
	const struct verdict_cell cell = {.x = 10, .by_cause = {2, 4, 3}},
				  less = {.x = 4, .by_cause = {2, 4, 3}};
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	begin(&x);
	e = verdict_example_evaluate(&x);
	e->faults[CAUSE_STARTTLS] = VERDICT_FAULT_SENDER;
	e->faults[CAUSE_CERTIFICATE] = VERDICT_FAULT_RECEIVER;
	e->faults[CAUSE_OTHER] = VERDICT_FAULT_SENDER;
	assert_int_equal(verdict_fault_local_refusals(e, &cell), 5);
	/* Causes of one session may overlap. */
	assert_int_equal(verdict_fault_local_refusals(e, &less), 4);
	verdict_example_end(&x);
}

static void accepted_refusals_are_local_unless_a_check_shows_them(void **state)
{
	const struct verdict_cell cell = {.x = 10, .by_cause = {2, 4, 3}};
	struct verdict_evaluation *e;
	struct verdict_example x;

	(void)state;
	begin(&x);
	x.groups[0].accepted = true;
	e = verdict_example_evaluate(&x);
	assert_int_equal(verdict_fault_local_refusals(e, &cell), 9);
	assert_int_equal(verdict_fault_charged(e, &cell, CAUSE_CERTIFICATE), 0);
	x.probe.failing[CAUSE_CERTIFICATE] = true;
	assert_int_equal(verdict_fault_local_refusals(e, &cell), 5);
	assert_int_equal(verdict_fault_charged(e, &cell, CAUSE_CERTIFICATE), 4);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_refusals_it_is_nobodys),
		cmocka_unit_test(one_that_fails_alone_has_a_fault_of_its_own),
		cmocka_unit_test(two_that_fail_see_the_receivers),
		cmocka_unit_test(one_who_does_not_apply_the_policy_confirms_it),
		cmocka_unit_test(an_outside_check_confirms_it),
		cmocka_unit_test(too_few_successes_leave_it_unknown),
		cmocka_unit_test(what_nobody_proved_acquits_nobody),
		cmocka_unit_test(few_failures_among_many_leave_it_unknown),
		cmocka_unit_test(days_out_of_the_span_do_not_count),
		cmocka_unit_test(
			local_refusals_are_those_of_the_senders_causes),
		cmocka_unit_test(
			accepted_refusals_are_local_unless_a_check_shows_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
