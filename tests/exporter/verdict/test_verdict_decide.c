#include "exporter/verdict/verdict.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

static enum verdict_state decide(struct verdict_example *x)
{
	return verdict_example_decide(x, VERDICT_NO_DATA)->state;
}

/* A domain with 560 sessions in a window, one of them refused so many days
   back: between the bound of 1 % and that of 1.5 % for a domain that was ready
   the day before. */
static void begin(struct verdict_example *x, int32_t day)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	(void)verdict_example_add(x, 0, -80, day - 1, 20, 0, 0);
	(void)verdict_example_add(x, 0, day, day, 19, 1, CAUSE_OTHER);
	(void)verdict_example_add(x, 0, day + 1, 0, 20, 0, 0);
	(void)verdict_example_add(x, 1, -80, 0, 20, 0, 0);
}

static enum verdict_state fold(struct verdict_example *x, int days)
{
	x->in.fold_days = days;
	return verdict_example_decide(x, VERDICT_STATES)->state;
}

static void a_domain_that_was_ready_is_borne_with(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -5);
	assert_int_equal(decide(&x), VERDICT_READY_LIMITED);
	assert_int_equal(verdict_example_decide(&x, VERDICT_READY)->state,
	                 VERDICT_READY);
	assert_int_equal(
		verdict_example_decide(&x, VERDICT_READY_LIMITED)->state,
		VERDICT_READY_LIMITED);
	verdict_example_end(&x);
}

static void the_day_before_is_folded_from_the_same_rows(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -5);
	/* Day -6 is the newest settled one without the refusal. */
	assert_int_equal(fold(&x, 4), VERDICT_READY);
	assert_true(x.verdict.before_matters);
	assert_int_equal(fold(&x, 3), VERDICT_READY_LIMITED);
	assert_int_equal(fold(&x, 0), VERDICT_READY_LIMITED);
	assert_true(x.verdict.before_matters);
	verdict_example_end(&x);
	/* The first day of the window. */
	begin(&x, -15);
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_READY);
	verdict_example_end(&x);
	begin(&x, -16);
	assert_int_equal(fold(&x, 0), VERDICT_READY);
	assert_false(x.verdict.before_matters);
	verdict_example_end(&x);
}

static void checks_of_that_day_decide_on_that_day(void **state)
{
	struct verdict_example x;
	struct probe failing;
	struct probe_host bad;

	(void)state;
	begin(&x, -5);
	verdict_example_probe(&x, 1, PROBE_HOST_OK, 0);
	bad = x.hosts[0];
	bad.state = PROBE_HOST_STARTTLS_MISSING;
	bad.look = (struct probe_look){2, 60, 0};
	failing = x.outside;
	failing.hosts = &bad;
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_READY);
	/* The domain was blocked on the day on which it had been ready. */
	x.in.probes[4] = &failing;
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_READY_LIMITED);
	x.in.probes[4] = NULL;
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_READY);
	x.in.probes[0] = &failing;
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_BLOCKED);
	assert_int_equal(x.verdict.probe, PROBE_FAILING);
	verdict_example_end(&x);
}

static void standing_of_that_day_decides_on_that_day(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -5);
	/* On day -4 group b had not come yet. */
	x.groups[1].known_since = -3;
	x.t.standing_days = 3;
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_READY_LIMITED);
	x.groups[1].known_since = -7;
	assert_int_equal(fold(&x, VERDICT_FOLD_DAYS), VERDICT_READY);
	verdict_example_end(&x);
}

static void what_was_known_is_as_of_that_day(void **state)
{
	static const int32_t arrivals[] = {-1};
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	x.t.standing_report_days = 1;
	(void)verdict_example_add(&x, 0, -60, 0, 50, 0, 0);
	(void)verdict_example_add(&x, 1, -60, 0, 50, 0, 0);
	/* Ready needs b, which may speak since its first report came. */
	x.groups[1].arrivals = arrivals;
	x.groups[1].arrival_count = 1;
	assert_int_equal(decide(&x), VERDICT_READY);
	x.in.today = -2;
	x.in.last = -4;
	assert_int_not_equal(decide(&x), VERDICT_READY);
	assert_int_equal(x.verdict.witnesses[1].arrival_days, 0);
	x.groups[1].arrivals = NULL;
	assert_int_equal(decide(&x), VERDICT_READY);
	x.groups[1].known_since = -1;
	assert_int_not_equal(decide(&x), VERDICT_READY);
	assert_int_equal(x.verdict.witnesses[1].known_days, 0);
	verdict_example_end(&x);
}

static void the_headline_rounds_the_bound_up(void **state)
{
	static const struct {
		double upper;
		const char *says;
	} cases[] = {
		{0.0421, "ready_limited (at most 4.3 % refused)"},
		{0.042, "ready_limited (at most 4.2 % refused)"},
		{0.0420004, "ready_limited (at most 4.2 % refused)"},
		{0.042001, "ready_limited (at most 4.3 % refused)"},
		{0.0001, "ready_limited (at most 0.1 % refused)"},
		{1.0, "ready_limited (at most 100.0 % refused)"},
	};
	struct verdict v = {.state = VERDICT_READY_LIMITED};
	struct buf text = BUF_INIT(256);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v.numbers.upper = cases[i].upper;
		buf_reset(&text);
		verdict_headline(&v, &text);
		assert_string_equal(buf_text(&text), cases[i].says);
	}
	v.state = VERDICT_READY;
	buf_reset(&text);
	verdict_headline(&v, &text);
	assert_string_equal(buf_text(&text), "ready");
	buf_free(&text);
}

static void what_is_proved_has_a_bound_of_its_own(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, 0, 5, 0, 0);
	(void)verdict_example_add(&x, 1, -3, 0, 0, 50, CAUSE_OTHER);
	x.groups[1].anonymous = true;
	x.in.limited = true;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_int_equal(x.verdict.proved, VERDICT_READY_LIMITED);
	assert_true(x.verdict.proved_upper > 0.001 &&
	            x.verdict.proved_upper < 0.02);
	x.groups[0].anonymous = true;
	(void)decide(&x);
	assert_int_equal(x.verdict.proved, VERDICT_NO_DATA);
	assert_true(x.verdict.proved_upper >= 1);
	verdict_example_end(&x);
}

static void advice_goes_up_with_clean_days(void **state)
{
	static const int32_t days[] = {0, 6, 7, 27, 28};
	static const int64_t ages[] = {86400, 86400, 604800, 604800, 2592000};
	struct verdict_example x;
	size_t i;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	/* A new installation takes nothing back. */
	assert_int_equal(decide(&x), VERDICT_NO_DATA);
	assert_int_equal(x.verdict.advised_mode, STS_MODE_ENFORCE);
	(void)verdict_example_add(&x, 0, -60, 0, 50, 0, 0);
	for (i = 0; i < 5; i++) {
		x.in.clean_enforce_days = days[i];
		assert_int_equal(decide(&x), VERDICT_ENFORCE_OK);
		assert_true(x.verdict.advised_max_age == ages[i]);
	}
	x.in.mode = STS_MODE_TESTING;
	(void)decide(&x);
	assert_true(x.verdict.advised_max_age == 86400);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_that_was_ready_is_borne_with),
		cmocka_unit_test(the_day_before_is_folded_from_the_same_rows),
		cmocka_unit_test(what_was_known_is_as_of_that_day),
		cmocka_unit_test(standing_of_that_day_decides_on_that_day),
		cmocka_unit_test(checks_of_that_day_decide_on_that_day),
		cmocka_unit_test(the_headline_rounds_the_bound_up),
		cmocka_unit_test(advice_goes_up_with_clean_days),
		cmocka_unit_test(what_is_proved_has_a_bound_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
