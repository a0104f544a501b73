#include "exporter/verdict/verdict_weighing.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

/* Groups a and b of standing, and c, which came three days ago and has so many
   sessions, some of them refused. */
static void begin(struct verdict_example *x, enum sts_mode mode,
                  int64_t successes, int64_t refused)
{
	verdict_example_begin(x, mode);
	(void)verdict_example_add(x, 0, -60, 0, 50, 0, 0);
	(void)verdict_example_add(x, 1, -60, 0, 50, 0, 0);
	(void)verdict_example_add(x, 2, -3, 0, successes, refused,
	                          CAUSE_CERTIFICATE);
	x->groups[2].known_since = -3;
}

static enum verdict_state decide(struct verdict_example *x)
{
	return verdict_example_decide(x, VERDICT_NO_DATA)->state;
}

static void good_news_of_newcomers_changes_nothing(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING, 1000, 0);
	assert_int_equal(decide(&x), VERDICT_READY);
	assert_true(verdict_example_says(&x, REASON_NEWCOMERS_NOT_COUNTED));
	assert_int_equal(x.verdict.numbers.reporters, 2);
	assert_int_equal(x.verdict.numbers.standing_days_needed, 28);
	verdict_example_end(&x);
}

static void their_bad_news_alone_is_a_reason_to_wait(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING, 0, 100);
	/* Of one alone, others say that it is its own fault. */
	x.rows[x.in.row_count - 1].evidence.by_cause[CAUSE_STARTTLS] = 100;
	(void)verdict_example_add(&x, 3, -3, 0, 0, 100, CAUSE_CERTIFICATE);
	x.groups[3].known_since = -3;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_true(verdict_example_says(&x, REASON_NEWCOMER_REFUSALS));
	x.in.mode = STS_MODE_ENFORCE;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_WARNING);
	assert_true(verdict_example_says(&x, REASON_NEWCOMER_REFUSALS));
	verdict_example_end(&x);
}

static void bad_news_that_is_confirmed_stands(void **state)
{
	struct verdict_example x;
	struct evidence *seen;

	(void)state;
	begin(&x, STS_MODE_TESTING, 0, 100);
	/* Group d of standing sees two of its 20 recent ones. */
	(void)verdict_example_add(&x, 3, -60, -2, 6, 0, 0);
	(void)verdict_example_add(&x, 3, -1, -1, 0, 2, CAUSE_CERTIFICATE);
	seen = &x.rows[x.in.row_count - 1].evidence;
	assert_int_equal(decide(&x), VERDICT_BLOCKED);
	assert_true(verdict_example_says(&x, REASON_ACTIVE_REFUSALS));
	assert_false(verdict_example_says(&x, REASON_NEWCOMER_REFUSALS));
	/* A tenth of its own is needed, */
	seen->trials = 3;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	seen->trials = 2;
	/* and two, */
	seen->refused = seen->by_cause[CAUSE_CERTIFICATE] = 1;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	/* unless a check from outside shows it. */
	verdict_example_probe(&x, 2, PROBE_HOST_CERTIFICATE_NAME, 2);
	x.hosts[1].state = PROBE_HOST_OK;
	x.in.mode = STS_MODE_ENFORCE;
	assert_int_equal(decide(&x), VERDICT_ENFORCE_ROLLBACK);
	verdict_example_end(&x);
}

static void old_news_of_newcomers_is_not_heard(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING, 50, 0);
	x.in.row_count -= 4;
	(void)verdict_example_add(&x, 2, -16, -16, 0, 100, CAUSE_OTHER);
	(void)verdict_example_add(&x, 3, -16, -16, 0, 100, CAUSE_OTHER);
	x.groups[3].known_since = -3;
	/* The 15th settled day back. */
	assert_int_equal(decide(&x), VERDICT_READY);
	x.rows[x.in.row_count - 1].day = -15;
	x.rows[x.in.row_count - 2].day = -15;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	verdict_example_end(&x);
}

static void ready_must_hold_for_three_ends(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, STS_MODE_TESTING, 50, 0);
	x.in.since = -17;
	assert_int_equal(decide(&x), VERDICT_READY);
	x.in.since = -16;
	assert_int_equal(decide(&x), VERDICT_COLLECTING);
	assert_true(verdict_example_says(&x, REASON_CONFIRMING));
	/* A domain that was ready needs no confirmation. */
	assert_int_equal(verdict_example_decide(&x, VERDICT_READY)->state,
	                 VERDICT_READY);
	assert_int_equal(
		verdict_example_decide(&x, VERDICT_READY_LIMITED)->state,
		VERDICT_COLLECTING);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_news_of_newcomers_changes_nothing),
		cmocka_unit_test(their_bad_news_alone_is_a_reason_to_wait),
		cmocka_unit_test(bad_news_that_is_confirmed_stands),
		cmocka_unit_test(old_news_of_newcomers_is_not_heard),
		cmocka_unit_test(ready_must_hold_for_three_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
