#include "exporter/verdict/verdict_probe.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_defaults.h"
#include "tests/support/verdict_example.h"

#define DAY INT64_C(1440)

static void begin(struct verdict_example *x, size_t hosts,
                  enum probe_host_state state, int64_t checks)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	verdict_example_probe(x, hosts, state, checks);
}

static const struct verdict_probe *read(struct verdict_example *x)
{
	verdict_probe_read(&x->t, &x->outside, &x->probe);
	return &x->probe;
}

static bool says(const struct verdict_example *x, enum verdict_reason reason)
{
	return (x->probe.reasons & REASON_BIT(reason)) != 0;
}

static void without_checks_it_is_absent(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 0, PROBE_HOST_OK, 0);
	verdict_probe_read(&x.t, NULL, &x.probe);
	assert_int_equal(x.probe.summary, PROBE_ABSENT);
	assert_true(x.probe.reasons == 0);
	verdict_example_end(&x);
}

static void all_hosts_that_are_ok_are_fine(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2, PROBE_HOST_OK, 0);
	assert_int_equal(read(&x)->summary, PROBE_FINE);
	assert_true(x.probe.fine && !x.probe.unproven);
	assert_true(x.probe.reasons == 0);
	x.hosts[1].state = PROBE_HOST_UNKNOWN;
	assert_int_equal(read(&x)->summary, PROBE_PARTIAL);
	assert_true(x.probe.unproven && !x.probe.fine);
	verdict_example_end(&x);
}

static void each_fault_has_a_cause(void **state)
{
	static const struct {
		enum probe_host_state state;
		int cause;
	} cases[] = {
		{PROBE_HOST_STARTTLS_MISSING, CAUSE_STARTTLS},
		{PROBE_HOST_CERTIFICATE_EXPIRED, CAUSE_CERTIFICATE},
		{PROBE_HOST_CERTIFICATE_NAME, CAUSE_CERTIFICATE},
		{PROBE_HOST_CERTIFICATE_UNTRUSTED, CAUSE_CERTIFICATE},
		{PROBE_HOST_NOT_IN_POLICY, CAUSE_OTHER},
	};
	struct verdict_example x;
	size_t i;
	int cause;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&x, 2, PROBE_HOST_OK, 0);
		x.hosts[0].state = cases[i].state;
		x.hosts[0].look.bad_checks = 2;
		x.hosts[0].look.bad_minutes = 10;
		assert_int_equal(read(&x)->summary, PROBE_FAILING);
		for (cause = 0; cause < REFUSAL_CAUSES; cause++)
			assert_int_equal(x.probe.failing[cause],
			                 cause == cases[i].cause);
		assert_true(x.probe.any_failing && !x.probe.all_failing);
		assert_int_equal(says(&x, REASON_MX_NOT_IN_POLICY),
		                 cases[i].cause == CAUSE_OTHER);
		assert_int_equal(says(&x, REASON_MX_CHECK_FAILED),
		                 cases[i].cause != CAUSE_OTHER);
		verdict_example_end(&x);
	}
}

static void one_failed_check_is_no_fault(void **state)
{
	struct verdict_example x;
	struct probe_look *look = &x.hosts[0].look;

	(void)state;
	begin(&x, 1, PROBE_HOST_STARTTLS_MISSING, 1);
	assert_int_equal(read(&x)->summary, PROBE_PARTIAL);
	look->bad_checks = 2;
	look->bad_minutes = 9;
	assert_int_equal(read(&x)->summary, PROBE_PARTIAL);
	look->bad_minutes = 10;
	assert_int_equal(read(&x)->summary, PROBE_FAILING);
	look->bad_checks = 1;
	assert_int_equal(read(&x)->summary, PROBE_PARTIAL);
	verdict_example_end(&x);
}

static void an_old_check_says_nothing(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2, PROBE_HOST_CERTIFICATE_NAME, 9);
	x.hosts[0].look.age_minutes = 26 * 60 + 1;
	x.hosts[1].look.age_minutes = 26 * 60;
	assert_int_equal(read(&x)->summary, PROBE_FAILING);
	assert_false(x.probe.all_failing);
	assert_true(x.probe.unproven);
	x.hosts[1].look.age_minutes = PROBE_NEVER;
	assert_int_equal(read(&x)->summary, PROBE_STALE);
	assert_true(x.probe.reasons == REASON_BIT(REASON_PROBE_STALE));
	assert_false(x.probe.any_failing || x.probe.unproven);
	/* Unless the policy was looked at. */
	x.outside.policy_checked = true;
	assert_int_equal(read(&x)->summary, PROBE_PARTIAL);
	verdict_example_end(&x);
}

static void all_fail_but_one_that_is_dead_on_purpose(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2, PROBE_HOST_CERTIFICATE_EXPIRED, 3);
	assert_true(read(&x)->all_failing);
	assert_true(says(&x, REASON_MX_ALL_FAILED));
	assert_int_equal(x.probe.failing_minutes, 120);
	/* For as long as the last of them. */
	x.hosts[1].look.bad_minutes = 60;
	assert_int_equal(read(&x)->failing_minutes, 60);
	x.hosts[1].state = PROBE_HOST_UNREACHABLE;
	x.hosts[1].look.bad_minutes = DAY;
	assert_true(read(&x)->all_failing);
	assert_true(says(&x, REASON_MX_UNREACHABLE));
	x.hosts[1].look.bad_minutes = DAY - 1;
	assert_false(read(&x)->all_failing);
	/* If no other is left, none fails. */
	x.hosts[0].state = PROBE_HOST_UNREACHABLE;
	x.hosts[0].look.bad_minutes = x.hosts[1].look.bad_minutes = DAY;
	assert_false(read(&x)->all_failing);
	verdict_example_end(&x);
}

static void a_closed_port_says_nothing_of_the_hosts(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2, PROBE_HOST_CERTIFICATE_EXPIRED, 3);
	x.outside.reaches_any = false;
	x.outside.policy_checked = true;
	x.outside.policy = PROBE_POLICY_INVALID;
	x.outside.policy_look = (struct probe_look){2, 10, 0};
	assert_int_equal(read(&x)->summary, PROBE_USELESS);
	assert_false(x.probe.any_failing);
	assert_true(x.probe.reasons == (REASON_BIT(REASON_PROBE_USELESS) |
	                                REASON_BIT(REASON_POLICY_INVALID)));
	assert_true(x.probe.policy_broken);
	verdict_example_end(&x);
}

static void certificates_end(void **state)
{
	struct verdict_example x;
	struct probe_host *host = &x.hosts[0];

	(void)state;
	begin(&x, 1, PROBE_HOST_OK, 0);
	host->not_after_minutes = 3 * DAY;
	(void)read(&x);
	assert_false(says(&x, REASON_CERTIFICATE_ENDS_SOON));
	host->not_after_minutes = 3 * DAY - 1;
	(void)read(&x);
	assert_true(says(&x, REASON_CERTIFICATE_ENDS_SOON));
	/* One of six days has a quarter of them left. */
	host->lifetime_minutes = 6 * DAY;
	(void)read(&x);
	assert_false(says(&x, REASON_CERTIFICATE_ENDS_SOON));
	host->not_after_minutes = 6 * DAY / 4 - 1;
	(void)read(&x);
	assert_true(says(&x, REASON_CERTIFICATE_ENDS_SOON));
	host->not_after_minutes = INT64_MIN;
	(void)read(&x);
	assert_true(says(&x, REASON_CERTIFICATE_ENDS_SOON));
	verdict_example_end(&x);
}

static void a_new_policy_waits_for_caches(void **state)
{
	struct verdict_example x;
	struct probe *p = &x.outside;

	(void)state;
	begin(&x, 1, PROBE_HOST_OK, 0);
	p->policy_checked = true;
	p->policy = PROBE_POLICY_DIFFERS;
	p->record = PROBE_RECORD_ID_UNCHANGED;
	p->policy_look = (struct probe_look){9, 179, 0};
	assert_false(read(&x)->policy_other);
	assert_true(x.probe.reasons == 0);
	p->policy_look.bad_minutes = 180;
	assert_true(read(&x)->policy_other && !x.probe.policy_broken);
	assert_true(says(&x, REASON_POLICY_DIFFERS) &&
	            says(&x, REASON_POLICY_ID_UNCHANGED));
	/* What cannot be used waits for nothing. */
	p->policy = PROBE_POLICY_FETCH_FAILED;
	p->record = PROBE_RECORD_MISSING;
	p->policy_look.bad_minutes = 10;
	assert_true(read(&x)->policy_broken && !x.probe.policy_other);
	assert_true(says(&x, REASON_POLICY_FETCH_FAILED) &&
	            says(&x, REASON_POLICY_RECORD_BAD));
	/* That nobody could look is no finding. */
	p->policy = PROBE_POLICY_UNKNOWN;
	p->record = PROBE_RECORD_UNKNOWN;
	assert_true(read(&x)->reasons == 0);
	verdict_example_end(&x);
}

static uint64_t reasons_of(enum probe_host_state state, int64_t checks,
                           int64_t age, int64_t ends)
{
	struct thresholds t;
	struct probe_host host = {
		.state = state,
		.look = {.bad_checks = checks,
	                 .bad_minutes = 60 * checks,
	                 .age_minutes = age},
		.not_after_minutes = ends,
		.lifetime_minutes = INT64_MAX,
	};

	verdict_defaults(&t);
	return verdict_probe_host_reasons(&t, &host);
}

static void each_host_gives_reasons_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(reasons_of(PROBE_HOST_OK, 0, 1, INT64_MAX), 0);
	assert_int_equal(reasons_of(PROBE_HOST_CERTIFICATE_NAME, 2, 1, 0),
	                 REASON_BIT(REASON_MX_CHECK_FAILED));
	assert_int_equal(reasons_of(PROBE_HOST_CERTIFICATE_NAME, 1, 1, 0), 0);
	assert_int_equal(reasons_of(PROBE_HOST_NOT_IN_POLICY, 2, 1, 0),
	                 REASON_BIT(REASON_MX_NOT_IN_POLICY));
	assert_int_equal(reasons_of(PROBE_HOST_UNREACHABLE, 9, 1, 0),
	                 REASON_BIT(REASON_MX_UNREACHABLE) |
	                         REASON_BIT(REASON_MX_UNPROVEN));
	assert_int_equal(reasons_of(PROBE_HOST_OK, 0, 1, 60),
	                 REASON_BIT(REASON_CERTIFICATE_ENDS_SOON));
	/* An old check proves nothing. */
	assert_int_equal(reasons_of(PROBE_HOST_CERTIFICATE_NAME, 2, 26 * 60 + 1,
	                            0),
	                 REASON_BIT(REASON_MX_UNPROVEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_checks_it_is_absent),
		cmocka_unit_test(all_hosts_that_are_ok_are_fine),
		cmocka_unit_test(each_fault_has_a_cause),
		cmocka_unit_test(one_failed_check_is_no_fault),
		cmocka_unit_test(an_old_check_says_nothing),
		cmocka_unit_test(all_fail_but_one_that_is_dead_on_purpose),
		cmocka_unit_test(a_closed_port_says_nothing_of_the_hosts),
		cmocka_unit_test(certificates_end),
		cmocka_unit_test(a_new_policy_waits_for_caches),
		cmocka_unit_test(each_host_gives_reasons_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
