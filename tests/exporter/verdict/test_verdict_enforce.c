#include "exporter/verdict/verdict_enforce.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* So many groups with 50 clean sessions a day up to day -2. */
static void begin(struct verdict_example *x, uint32_t groups)
{
	uint32_t i;

	verdict_example_begin(x, STS_MODE_ENFORCE);
	for (i = 0; i < groups; i++)
		(void)verdict_example_add(x, i, -30, -2, 50, 0, 0);
}

/* What a group says of the last two days. */
static void today(struct verdict_example *x, uint32_t group, int64_t successes,
                  int64_t refused)
{
	(void)verdict_example_add(x, group, -1, 0, successes, refused,
	                          CAUSE_CERTIFICATE);
}

static enum verdict_state decide(struct verdict_example *x)
{
	return verdict_example_decide(x, VERDICT_NO_DATA)->state;
}

static void healthy_domains_are_ok(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2);
	today(&x, 0, 50, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_OK);
	assert_true(x.verdict.reasons == 0);
	verdict_example_end(&x);
}

static void as_many_who_see_none_of_it_contradict(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 3);
	today(&x, 0, 0, 50);
	today(&x, 1, 50, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	assert_true(verdict_example_says(&x, REASON_REFUSALS_CONTRADICTED));
	assert_true(x.verdict.witnesses[0].accuses);
	assert_true(x.verdict.witnesses[1].contradicts);
	assert_false(x.verdict.witnesses[1].accuses ||
	             x.verdict.witnesses[0].contradicts);
	/* Two against one are no tie; the third was clean until day -2. */
	today(&x, 2, 0, 50);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	assert_true(verdict_example_says(&x, REASON_REFUSALS_NOW));
	verdict_example_end(&x);
}

static void a_few_must_go_uncontradicted_for_longer(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 1);
	(void)verdict_example_add(&x, 0, -1, 0, 0, 50, CAUSE_CERTIFICATE);
	/* The sixth settled day back. */
	(void)verdict_example_add(&x, 1, -7, -7, 1, 0, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	x.rows[x.in.row_count - 1].day = -8;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	verdict_example_end(&x);
}

static void an_anchor_is_contradicted_by_nobody(void **state)
{
	struct verdict_example x;
	struct verdict_row *day;

	(void)state;
	begin(&x, 4);
	day = verdict_example_add(&x, 0, -1, -1, 10, 10, CAUSE_CERTIFICATE);
	today(&x, 1, 50, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	x.groups[0].anchor = true;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	/* Ten on one day are needed, and half of it. */
	day->evidence.trials = 21;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	day->evidence.trials = 18;
	day->evidence.refused = day->evidence.by_cause[CAUSE_CERTIFICATE] = 9;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	verdict_example_end(&x);
}

static void an_anchor_without_a_clean_session_has_lost_its_mail(void **state)
{
	struct verdict_example x;
	struct verdict_row *day;

	(void)state;
	begin(&x, 4);
	x.groups[4].anchor = true;
	day = verdict_example_add(&x, 4, -1, -1, 0, 3, CAUSE_CERTIFICATE);
	today(&x, 1, 50, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	day->evidence.trials = 4;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	day->evidence.trials = 2;
	day->evidence.refused = day->evidence.by_cause[CAUSE_CERTIFICATE] = 2;
	assert_int_not_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	verdict_example_end(&x);
}

static void an_anchors_clean_day_mends_it(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 3);
	x.groups[0].anchor = true;
	(void)verdict_example_add(&x, 0, -1, -1, 0, 50, CAUSE_CERTIFICATE);
	today(&x, 1, 50, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	(void)verdict_example_add(&x, 0, 0, 0, 2, 0, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	(void)verdict_example_add(&x, 0, 0, 0, 1, 0, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	verdict_example_end(&x);
}

static void few_sessions_that_are_all_refused_are_enough(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 1);
	(void)verdict_example_add(&x, 0, -1, -1, 1, 2, CAUSE_OTHER);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	x.rows[x.in.row_count - 1].evidence.trials = 5;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_OK);
	verdict_example_end(&x);
}

static void a_check_that_fails_sides_with_the_accusers(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 3);
	today(&x, 0, 0, 50);
	today(&x, 1, 50, 0);
	today(&x, 2, 50, 0);
	verdict_example_probe(&x, 2, PROBE_HOST_CERTIFICATE_NAME, 2);
	x.hosts[1].state = PROBE_HOST_OK;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	x.hosts[0].state = PROBE_HOST_STARTTLS_MISSING;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	verdict_example_end(&x);
}

static void checks_that_are_fine_outweigh_one_and_not_two(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2);
	x.in.row_count = 0;
	today(&x, 0, 0, 50);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	verdict_example_probe(&x, 2, PROBE_HOST_OK, 0);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	today(&x, 1, 0, 50);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	verdict_example_end(&x);
}

static void when_every_host_fails_reports_may_deny_it(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2);
	(void)verdict_example_add(&x, 0, 0, 0, 3, 0, 0);
	(void)verdict_example_add(&x, 1, 0, 0, 3, 0, 0);
	verdict_example_probe(&x, 2, PROBE_HOST_CERTIFICATE_EXPIRED, 13);
	/* Since noon minus twelve hours: today is a whole day since. */
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	assert_true(verdict_example_says(&x, REASON_PROBE_CONTRADICTED));
	x.hosts[0].look.bad_minutes--;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	x.hosts[0].look.bad_minutes++;
	x.rows[x.in.row_count - 1].evidence.trials = 2;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	/* An anchor with ten counts as two. */
	x.groups[0].anchor = true;
	x.rows[x.in.row_count - 2].evidence.trials = 9;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	x.rows[x.in.row_count - 2].evidence.trials = 10;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	verdict_example_end(&x);
}

static void checks_need_no_reports(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 0);
	assert_int_equal(decide(&x), VERDICT_NO_DATA);
	verdict_example_probe(&x, 2, PROBE_HOST_CERTIFICATE_EXPIRED, 2);
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	x.hosts[1].state = PROBE_HOST_OK;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	verdict_example_end(&x);
}

static void hosts_that_the_policy_leaves_out_lose_mail(void **state)
{
	static const struct text hosts[] = {{"mx.b.example", 12},
	                                    {"mx.a.example", 12}};
	static const struct text patterns[] = {{"mx.a.example", 12}};
	struct verdict_example x;

	(void)state;
	begin(&x, 2);
	x.in.mx = patterns;
	x.in.mx_count = 1;
	x.in.hosts = hosts;
	x.in.host_count = 2;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	x.in.host_count = 1;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healthy_domains_are_ok),
		cmocka_unit_test(as_many_who_see_none_of_it_contradict),
		cmocka_unit_test(a_few_must_go_uncontradicted_for_longer),
		cmocka_unit_test(an_anchor_is_contradicted_by_nobody),
		cmocka_unit_test(
			an_anchor_without_a_clean_session_has_lost_its_mail),
		cmocka_unit_test(an_anchors_clean_day_mends_it),
		cmocka_unit_test(few_sessions_that_are_all_refused_are_enough),
		cmocka_unit_test(a_check_that_fails_sides_with_the_accusers),
		cmocka_unit_test(checks_that_are_fine_outweigh_one_and_not_two),
		cmocka_unit_test(when_every_host_fails_reports_may_deny_it),
		cmocka_unit_test(checks_need_no_reports),
		cmocka_unit_test(hosts_that_the_policy_leaves_out_lose_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
