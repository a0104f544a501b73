#include "exporter/verdict/verdict_testing.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Groups a, b and c with so many clean sessions a day, for 84 settled days. */
static void begin(struct verdict_example *x, int64_t a, int64_t b, int64_t c)
{
	const int64_t sessions[] = {a, b, c};
	uint32_t i;

	verdict_example_begin(x, STS_MODE_TESTING);
	for (i = 0; i < 3; i++) {
		if (sessions[i] > 0)
			(void)verdict_example_add(x, i, -88, -2, sessions[i], 0,
			                          0);
	}
}

/* Makes some sessions of a group refused, on a day that it has. */
static void refuse(struct verdict_example *x, uint32_t group, int32_t day,
                   int64_t refused)
{
	size_t i;

	for (i = 0; i < x->in.row_count; i++) {
		if (x->rows[i].group != group || x->rows[i].day != day)
			continue;
		x->rows[i].evidence.refused = refused;
		x->rows[i].evidence.by_cause[CAUSE_OTHER] = refused;
	}
}

static enum verdict_state decide(struct verdict_example *x)
{
	return verdict_example_decide(x, VERDICT_NO_DATA)->state;
}

static void health_is_ready(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 50, 50, 50);
	assert_int_equal(decide(&x), VERDICT_READY);
	assert_true(x.verdict.reasons == 0);
	verdict_example_end(&x);
}

static void one_stray_blocks_nobody_and_two_are_a_ratio(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2, 2, 2);
	refuse(&x, 0, -9, 1);
	assert_int_not_equal(decide(&x), VERDICT_BLOCKED);
	refuse(&x, 0, -10, 1);
	assert_int_equal(decide(&x), VERDICT_BLOCKED);
	assert_true(verdict_example_says(&x, REASON_REFUSAL_RATIO));
	assert_false(verdict_example_says(&x, REASON_ONE_SENDER_REFUSED));
	verdict_example_end(&x);
}

static void one_sender_alone_may_be_refused_too_much(void **state)
{
	struct verdict_example x;

	(void)state;
	/* Three of its own 14 x 20. */
	begin(&x, 200, 200, 20);
	refuse(&x, 2, -8, 1);
	refuse(&x, 2, -9, 1);
	assert_int_not_equal(decide(&x), VERDICT_BLOCKED);
	refuse(&x, 2, -10, 1);
	assert_int_equal(decide(&x), VERDICT_BLOCKED);
	assert_true(verdict_example_says(&x, REASON_ONE_SENDER_REFUSED));
	verdict_example_end(&x);
}

static void one_sender_dilutes_what_others_see(void **state)
{
	struct verdict_example x;

	(void)state;
	/* Two of b's and one of c's in their 14 x 20, nobody's alone. */
	begin(&x, 200, 10, 10);
	refuse(&x, 1, -8, 1);
	refuse(&x, 1, -9, 1);
	refuse(&x, 2, -10, 1);
	assert_int_equal(decide(&x), VERDICT_BLOCKED);
	assert_true(verdict_example_says(&x, REASON_ONE_SENDER_DILUTES));
	refuse(&x, 2, -10, 0);
	assert_int_not_equal(decide(&x), VERDICT_BLOCKED);
	verdict_example_end(&x);
}

/* On a day, by two groups alike. */
static void refuse_to_two(struct verdict_example *x, int32_t day,
                          int64_t refused)
{
	refuse(x, 0, day, refused / 2);
	refuse(x, 1, day, refused - refused / 2);
}

static void two_bad_days_recur(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 50, 50, 50);
	x.t.confirm_days = 1;
	refuse_to_two(&x, -30, 50);
	refuse_to_two(&x, -31, 50);
	/* Neighbours are one fault. */
	assert_int_equal(decide(&x), VERDICT_READY);
	/* The first of the last 56 days; a tenth of 150 is bad. */
	refuse_to_two(&x, -57, 14);
	assert_int_equal(decide(&x), VERDICT_READY);
	refuse_to_two(&x, -57, 15);
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_true(verdict_example_says(&x, REASON_RECURRING));
	refuse_to_two(&x, -57, 0);
	refuse_to_two(&x, -58, 50);
	assert_int_equal(decide(&x), VERDICT_READY);
	verdict_example_end(&x);
}

static void sessions_of_another_policy_delay_it(void **state)
{
	struct verdict_example x;
	size_t i;

	(void)state;
	begin(&x, 50, 50, 50);
	for (i = 0; i < x.in.row_count; i++) {
		if (x.rows[i].day >= -4 && x.rows[i].group == 0) {
			x.rows[i].match = POLICY_MATCH_OLD;
			x.rows[i].evidence.trials = 25;
		}
	}
	/* 75 of 375 are 20 %. */
	assert_int_equal(decide(&x), VERDICT_READY);
	x.rows[86].evidence.trials = 26;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_true(verdict_example_says(&x, REASON_OUTDATED_POLICY));
	verdict_example_end(&x);
}

static void thin_evidence_is_said_with_its_bound(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 2, 1, 0);
	assert_int_equal(decide(&x), VERDICT_READY_LIMITED);
	assert_true(verdict_example_says(&x, REASON_BOUND_TOO_WIDE));
	assert_int_equal(x.verdict.numbers.window_days, 84);
	assert_int_equal(x.verdict.numbers.n, 252);
	/* Twice what the larger one leaves. */
	assert_int_equal(x.verdict.numbers.n_bound, 168);
	assert_true(x.verdict.numbers.upper > 0.01);
	verdict_example_end(&x);
	/* One alone has nobody else to rest on. */
	begin(&x, 2, 0, 0);
	assert_int_equal(decide(&x), VERDICT_READY_LIMITED);
	assert_int_equal(x.verdict.numbers.n_bound, 168);
	verdict_example_end(&x);
}

static void a_stray_long_ago_does_not_take_it_away(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 50, 10, 0);
	x.t.min_reporters = 3;
	refuse(&x, 0, -60, 1);
	assert_int_equal(decide(&x), VERDICT_READY_LIMITED);
	assert_int_equal(x.verdict.numbers.x, 1);
	assert_int_equal(x.verdict.numbers.n_bound, 840);
	verdict_example_end(&x);
	/* 777 are needed without the largest. */
	begin(&x, 50, 9, 0);
	x.t.min_reporters = 3;
	refuse(&x, 0, -60, 1);
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	verdict_example_end(&x);
}

static void checks_hold_it_up(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, 50, 50, 50);
	verdict_example_probe(&x, 1, PROBE_HOST_OK, 0);
	assert_int_equal(decide(&x), VERDICT_READY);
	x.hosts[0].not_after_minutes = 60;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_true(verdict_example_says(&x, REASON_CERTIFICATE_ENDS_SOON));
	x.outside.policy_checked = true;
	x.outside.policy = PROBE_POLICY_DIFFERS;
	x.outside.policy_look = (struct probe_look){9, 300, 0};
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_true(verdict_example_says(&x, REASON_POLICY_DIFFERS));
	x.outside.policy = PROBE_POLICY_INVALID;
	assert_int_equal(decide(&x), VERDICT_POLICY_BROKEN);
	x.outside.policy = PROBE_POLICY_OK;
	verdict_example_probe(&x, 1, PROBE_HOST_STARTTLS_MISSING, 2);
	assert_int_equal(decide(&x), VERDICT_BLOCKED);
	verdict_example_end(&x);
}

static void senders_faults_have_a_budget(void **state)
{
	struct verdict_example x;
	int32_t day;

	(void)state;
	begin(&x, 50, 50, 50);
	for (day = -15; day <= -2; day++)
		(void)verdict_example_add(&x, 3, day, day, 0, 1, CAUSE_OTHER);
	assert_int_equal(decide(&x), VERDICT_READY);
	assert_true(verdict_example_says(&x, REASON_SENDER_LOCAL_FAULT));
	assert_int_equal(x.verdict.faulty_reporter_count, 1);
	for (day = -15; day <= -2; day++)
		refuse(&x, 3, day, 2);
	for (day = 0; day < 14; day++)
		x.rows[x.in.row_count - 1 - (size_t)day].evidence.trials = 2;
	/* 28 of 2128 are more than 1 %. */
	assert_int_equal(decide(&x), VERDICT_BLOCKED);
	assert_true(verdict_example_says(&x, REASON_SENDER_LOCAL_OVER_BUDGET));
	x.groups[3].accepted = true;
	assert_int_equal(decide(&x), VERDICT_READY);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(health_is_ready),
		cmocka_unit_test(one_stray_blocks_nobody_and_two_are_a_ratio),
		cmocka_unit_test(one_sender_alone_may_be_refused_too_much),
		cmocka_unit_test(one_sender_dilutes_what_others_see),
		cmocka_unit_test(two_bad_days_recur),
		cmocka_unit_test(sessions_of_another_policy_delay_it),
		cmocka_unit_test(thin_evidence_is_said_with_its_bound),
		cmocka_unit_test(a_stray_long_ago_does_not_take_it_away),
		cmocka_unit_test(checks_hold_it_up),
		cmocka_unit_test(senders_faults_have_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
