/*
 * What a reason speaks of. Today is day 0, the newest settled day is -2.
 */
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

static struct verdict_scope find(struct verdict_example *x,
                                 enum verdict_reason reason)
{
	struct verdict_scope scope;

	(void)verdict_example_decide(x, VERDICT_STATES);
	if (!verdict_example_says(x, reason))
		fail_msg("%s does not hold", verdict_reason_name(reason));
	verdict_scope_find(&x->in, &x->verdict, reason, x->arena, &scope);
	return scope;
}

static void assert_part(const struct verdict_part *part, uint32_t group,
                        int64_t affected, int64_t sessions)
{
	assert_int_equal(part->group, group);
	assert_int_equal(part->affected, affected);
	assert_int_equal(part->sessions, sessions);
}

static void a_fault_is_as_old_as_its_first_day(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -20, 90, 10, CAUSE_OTHER);
	(void)verdict_example_add(&x, 0, -19, -10, 100, 0, 0);
	(void)verdict_example_add(&x, 0, -9, -1, 90, 10, CAUSE_CERTIFICATE);
	(void)verdict_example_add(&x, 1, -60, -20, 50, 0, 0);
	(void)verdict_example_add(&x, 1, -6, -6, 50, 0, 0);
	(void)verdict_example_add(&x, 2, -3, -3, 40, 10, CAUSE_CERTIFICATE);
	scope = find(&x, REASON_ACTIVE_REFUSALS);
	/* Days -4 to 0 are looked at, and the fault is older. */
	assert_int_equal(scope.first, -4);
	assert_int_equal(scope.last, 0);
	assert_int_equal(scope.since, -9);
	assert_int_equal(scope.until, -1);
	assert_int_equal(scope.affected, 50);
	assert_int_equal(scope.sessions, 450);
	assert_int_equal(scope.part_count, 2);
	assert_part(&scope.parts[0], 0, 40, 400);
	assert_int_equal(scope.parts[0].first, -4);
	assert_int_equal(scope.parts[0].last, -1);
	assert_int_equal(scope.parts[0].days, 4);
	assert_part(&scope.parts[1], 2, 10, 50);
	verdict_example_end(&x);
}

static void a_fault_of_the_senders_own_is_told_apart(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 300, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 200, 0, 0);
	(void)verdict_example_add(&x, 2, -20, 0, 0, 40, CAUSE_CERTIFICATE);
	scope = find(&x, REASON_SENDER_LOCAL_OVER_BUDGET);
	assert_int_equal(scope.part_count, 1);
	assert_part(&scope.parts[0], 2, 14 * 40, 14 * 40);
	assert_int_equal(scope.sessions, 14 * 540);
	assert_int_equal(scope.since, -20);
	/* Who succeeded on these days. */
	assert_int_equal(scope.other_count, 2);
	assert_int_equal(scope.others[0].group, 0);
	assert_int_equal(scope.others[0].clean, 14 * 300);
	assert_int_equal(find(&x, REASON_SENDER_LOCAL_FAULT).affected, 14 * 40);
	verdict_example_end(&x);
}

static void bad_days_are_counted_that_come_again(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -80, -51, 100, 0, 0);
	(void)verdict_example_add(&x, 0, -50, -49, 50, 50, CAUSE_OTHER);
	(void)verdict_example_add(&x, 0, -48, -31, 100, 0, 0);
	(void)verdict_example_add(&x, 0, -30, -30, 50, 50, CAUSE_OTHER);
	/* Bad for one stray is not bad. */
	(void)verdict_example_add(&x, 0, -29, -29, 99, 1, CAUSE_OTHER);
	(void)verdict_example_add(&x, 0, -28, 0, 100, 0, 0);
	(void)verdict_example_add(&x, 1, -80, 0, 100, 0, 0);
	scope = find(&x, REASON_RECURRING);
	assert_int_equal(scope.bad_days, 3);
	assert_int_equal(scope.since, -50);
	assert_int_equal(scope.until, -30);
	assert_int_equal(scope.affected, 151);
	verdict_example_end(&x);
}

static void one_reporter_alone_is_meant(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 2000, 0, 0);
	(void)verdict_example_add(&x, 1, -60, -12, 10, 0, 0);
	(void)verdict_example_add(&x, 1, -11, -9, 10, 1, CAUSE_OTHER);
	(void)verdict_example_add(&x, 1, -8, 0, 10, 0, 0);
	(void)verdict_example_add(&x, 2, -10, -10, 500, 1, CAUSE_OTHER);
	scope = find(&x, REASON_ONE_SENDER_REFUSED);
	assert_int_equal(scope.part_count, 1);
	assert_part(&scope.parts[0], 1, 3, 143);
	assert_int_equal(scope.since, -11);
	verdict_example_end(&x);
}

static void who_dilutes_is_named_with_what_counts_of_it(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 2000, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 10, 0, 0);
	(void)verdict_example_add(&x, 2, -10, -10, 9, 1, CAUSE_OTHER);
	(void)verdict_example_add(&x, 3, -11, -11, 9, 1, CAUSE_OTHER);
	(void)verdict_example_add(&x, 4, -12, -12, 9, 1, CAUSE_OTHER);
	scope = find(&x, REASON_ONE_SENDER_DILUTES);
	assert_int_equal(scope.part_count, 3);
	assert_int_equal(scope.affected, 3);
	assert_int_equal(scope.other_count, 1);
	assert_part(&scope.others[0], 0, 0, 2800);
	verdict_example_end(&x);
}

static void accusers_and_contradictors_stand_apart(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	(void)verdict_example_add(&x, 0, -60, -4, 50, 0, 0);
	(void)verdict_example_add(&x, 0, -3, -1, 0, 50, CAUSE_CERTIFICATE);
	(void)verdict_example_add(&x, 1, -60, -1, 50, 0, 0);
	(void)verdict_example_add(&x, 2, -60, -5, 50, 0, 0);
	scope = find(&x, REASON_REFUSALS_CONTRADICTED);
	assert_int_equal(scope.part_count, 1);
	assert_part(&scope.parts[0], 0, 150, 150);
	assert_int_equal(scope.since, -3);
	assert_int_equal(scope.other_count, 2);
	/* One accuser: since day -7. */
	assert_int_equal(scope.others[0].group, 1);
	assert_int_equal(scope.others[0].clean, 350);
	assert_int_equal(scope.others[0].first, -7);
	assert_int_equal(scope.others[1].group, 2);
	assert_int_equal(scope.others[1].clean, 150);
	verdict_example_end(&x);
}

static void failing_checks_are_contradicted_by_whole_days(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	verdict_example_probe(&x, 1, PROBE_HOST_CERTIFICATE_EXPIRED, 73);
	(void)verdict_example_add(&x, 0, -60, 0, 50, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 50, 0, 0);
	(void)verdict_example_add(&x, 2, -60, -4, 50, 0, 0);
	scope = find(&x, REASON_PROBE_CONTRADICTED);
	/* Bad for three days, at noon: days -2, -1 and 0. */
	assert_int_equal(scope.other_count, 2);
	assert_int_equal(scope.others[0].clean, 150);
	assert_int_equal(scope.others[0].first, -2);
	assert_int_equal(scope.part_count, 0);
	verdict_example_end(&x);
}

/* It has clean sessions, and refused ones too. */
static void who_accuses_contradicts_no_check(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	verdict_example_probe(&x, 1, PROBE_HOST_CERTIFICATE_EXPIRED, 73);
	(void)verdict_example_add(&x, 0, -60, 0, 100, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 100, 0, 0);
	(void)verdict_example_add(&x, 2, -60, 0, 45, 5, CAUSE_OTHER);
	scope = find(&x, REASON_PROBE_CONTRADICTED);
	assert_true(x.verdict.witnesses[2].accuses);
	assert_int_equal(scope.part_count, 1);
	assert_int_equal(scope.parts[0].group, 2);
	assert_int_equal(scope.other_count, 2);
	verdict_example_end(&x);
}

static void newcomers_have_a_scope_of_their_own(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;
	struct verdict_row *row;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 300, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 300, 0, 0);
	(void)verdict_example_add(&x, 2, -3, 0, 0, 50, CAUSE_OTHER);
	x.groups[2].known_since = -3;
	row = verdict_example_add(&x, 3, 0, 0, 0, 0, 0);
	row->evidence.unusable = 7;
	x.groups[3].known_since = 0;
	scope = find(&x, REASON_NEWCOMER_REFUSALS);
	assert_int_equal(scope.part_count, 2);
	assert_part(&scope.parts[0], 2, 200, 200);
	assert_part(&scope.parts[1], 3, 7, 7);
	assert_int_equal(scope.since, -3);
	/* Whatever they report, by report days. */
	scope = find(&x, REASON_NEWCOMERS_NOT_COUNTED);
	assert_int_equal(scope.part_count, 2);
	assert_part(&scope.parts[0], 2, 4, 200);
	assert_part(&scope.parts[1], 3, 1, 0);
	assert_int_equal(scope.sessions, 200);
	verdict_example_end(&x);
}

static void the_last_day_of_a_silent_domain_is_known(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -30, 300, 0, 0);
	(void)verdict_example_add(&x, 1, -60, -29, 300, 0, 0);
	scope = find(&x, REASON_REPORTS_STOPPED);
	assert_int_equal(scope.until, -29);
	assert_int_equal(scope.parts[0].group, 1);
	assert_int_equal(scope.parts[0].days, 32);
	assert_int_equal(scope.parts[1].last, -30);
	verdict_example_end(&x);
}

static void unusable_policies_and_dane_are_counted_by_sessions(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;
	struct verdict_row *row;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 100, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 100, 0, 0);
	row = verdict_example_add(&x, 2, -1, -1, 0, 0, 0);
	row->evidence.unusable = 5;
	row = verdict_example_add(&x, 3, -1, -1, 0, 0, 0);
	row->type = POLICY_TLSA;
	row->evidence.dane = 9;
	scope = find(&x, REASON_POLICY_UNUSABLE_FOR_ONE_SENDER);
	assert_int_equal(scope.part_count, 1);
	assert_part(&scope.parts[0], 2, 5, 5);
	assert_int_equal(scope.sessions, 1005);
	assert_int_equal(scope.other_count, 2);
	scope = find(&x, REASON_DANE_FAILING);
	assert_int_equal(scope.part_count, 1);
	assert_part(&scope.parts[0], 3, 9, 9);
	verdict_example_end(&x);
}

static void a_reason_without_sessions_has_no_parts(void **state)
{
	struct verdict_example x;
	struct verdict_scope scope;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	scope = find(&x, REASON_NO_REPORTS);
	assert_int_equal(scope.news, NEWS_NONE);
	assert_int_equal(scope.part_count, 0);
	assert_int_equal(scope.since, VERDICT_NO_DAY);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_as_old_as_its_first_day),
		cmocka_unit_test(a_fault_of_the_senders_own_is_told_apart),
		cmocka_unit_test(bad_days_are_counted_that_come_again),
		cmocka_unit_test(one_reporter_alone_is_meant),
		cmocka_unit_test(who_dilutes_is_named_with_what_counts_of_it),
		cmocka_unit_test(accusers_and_contradictors_stand_apart),
		cmocka_unit_test(failing_checks_are_contradicted_by_whole_days),
		cmocka_unit_test(who_accuses_contradicts_no_check),
		cmocka_unit_test(newcomers_have_a_scope_of_their_own),
		cmocka_unit_test(the_last_day_of_a_silent_domain_is_known),
		cmocka_unit_test(
			unusable_policies_and_dane_are_counted_by_sessions),
		cmocka_unit_test(a_reason_without_sessions_has_no_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
