#include "exporter/explain/witnesses.h"
#include "exporter/explain/witnesses_text.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

#define ROWS_MAX 100000

/* a is an anchor, b a reporter of standing whose sessions all fail, c a
   newcomer of ten days, d unsigned, e a newcomer that is silent. */
static void begin(struct verdict_example *x)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	x->t.standing_report_days = 7;
	(void)verdict_example_add(x, 0, -60, -1, 5, 0, 0);
	(void)verdict_example_add(x, 1, -60, -1, 0, 5, 0);
	(void)verdict_example_add(x, 2, -10, -1, 5, 0, 0);
	(void)verdict_example_add(x, 3, -60, -1, 5, 0, 0);
	(void)verdict_example_add(x, 4, -20, -15, 5, 0, 0);
	x->groups[0].anchor = true;
	x->groups[2].known_since = -10;
	x->groups[3].anonymous = true;
	x->groups[4].known_since = -20;
}

static void find(struct verdict_example *x, bool look_ahead,
                 struct witnesses *out)
{
	struct assessment assessment = {.input = &x->in, .thresholds = &x->t};
	struct verdict_ahead ahead;

	assessment.verdict = verdict_example_decide(x, VERDICT_STATES);
	assert_true(verdict_ahead_begin(&x->in, ROWS_MAX, x->arena, &ahead));
	witnesses_find(&assessment, look_ahead ? &ahead : NULL, x->arena, out);
}

static void assert_witness(const struct witness *witness, const char *name,
                           enum witness_role role, int32_t counts_from)
{
	assert_string_equal(witness->name.data, name);
	assert_int_equal(witness->role, role);
	assert_int_equal(witness->counts_from, counts_from);
}

static void each_has_a_role_and_a_day(void **state)
{
	struct verdict_example x;
	struct witnesses found;

	(void)state;
	begin(&x);
	find(&x, true, &found);
	assert_int_equal(found.count, 5);
	assert_witness(&found.items[0], "a", WITNESS_COUNTS, 0);
	/* Its good days begin tomorrow, if all goes on without a fault. */
	assert_witness(&found.items[1], "b", WITNESS_AGAINST, 7);
	assert_witness(&found.items[2], "c", WITNESS_NEWCOMER, 18);
	assert_witness(&found.items[3], "e", WITNESS_NEWCOMER, VERDICT_NO_DAY);
	assert_witness(&found.items[4], "d", WITNESS_UNSIGNED, VERDICT_NO_DAY);
	assert_true(found.items[0].anchor && !found.items[1].anchor);
	assert_true(found.items[2].goes_on && !found.items[3].goes_on);
	assert_int_equal(found.items[0].is.n, 70);
	assert_int_equal(found.role_counts[WITNESS_NEWCOMER], 2);
	assert_int_equal(found.days_needed, 28);
	assert_int_equal(found.reports_needed, 7);
	assert_int_equal(found.days_later, 28);
	assert_true(found.ahead_known && !found.everybody);
	verdict_example_end(&x);
}

static void days_may_be_left_out(void **state)
{
	struct verdict_example x;
	struct witnesses found;

	(void)state;
	begin(&x);
	find(&x, false, &found);
	assert_false(found.ahead_known);
	assert_witness(&found.items[0], "a", WITNESS_COUNTS, VERDICT_NO_DAY);
	assert_witness(&found.items[2], "c", WITNESS_NEWCOMER, VERDICT_NO_DAY);
	verdict_example_end(&x);
}

static void where_nobody_has_standing_all_count(void **state)
{
	struct verdict_example x;
	struct witnesses found;
	size_t i;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -1, 5, 0, 0);
	x.groups[0].anonymous = true;
	find(&x, true, &found);
	assert_true(found.everybody);
	assert_witness(&found.items[0], "a", WITNESS_COUNTS, 0);
	/* Somebody with standing ends that. */
	for (i = 1; i < 3; i++)
		(void)verdict_example_add(&x, (uint32_t)i, -60, -1, 5, 0, 0);
	find(&x, true, &found);
	assert_false(found.everybody);
	assert_int_equal(found.role_counts[WITNESS_UNSIGNED], 1);
	verdict_example_end(&x);
}

static void nobody_is_no_witness(void **state)
{
	struct buf out = BUF_INIT(65536);
	struct verdict_example x;
	struct witnesses found;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	find(&x, true, &found);
	assert_int_equal(found.count, 0);
	assert_false(found.everybody);
	witnesses_text_write_short(&found, &out);
	witnesses_text_write(&found, &out);
	assert_int_equal(out.len, 0);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_role_and_a_day),
		cmocka_unit_test(days_may_be_left_out),
		cmocka_unit_test(where_nobody_has_standing_all_count),
		cmocka_unit_test(nobody_is_no_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
