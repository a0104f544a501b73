#include "base/attr.h"
#include "exporter/assess/clean_days.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_defaults.h"

#define GROUPS 4

/* Today is day 100, the newest settled one 98; enforcing since day 80. */
struct example {
	struct arena *arena;
	struct thresholds t;
	struct verdict_reporter_group groups[GROUPS];
	struct verdict_row rows[16];
	struct verdict_input in;
};

static void begin(struct example *x)
{
	*x = (struct example){.arena = arena_new(0)};
	verdict_defaults(&x->t);
	x->in = (struct verdict_input){.today = 100,
	                               .last = 98,
	                               .thresholds = &x->t,
	                               .groups = x->groups,
	                               .group_count = GROUPS,
	                               .rows = x->rows};
}

static void add(struct example *x, int32_t day, uint32_t group, int64_t refused,
                int64_t trials)
{
	x->rows[x->in.row_count++] =
		(struct verdict_row){.day = day,
	                             .group = group,
	                             .evidence = {.elements = 1,
	                                          .refused = refused,
	                                          .trials = trials}};
}

static int32_t count(struct example *x)
{
	return clean_days_count(&x->in, 80, x->arena);
}

static void days_since_the_last_refusals(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	assert_int_equal(count(&x), 19);
	/* Two are strays, and one of a thousand is none. */
	add(&x, 85, 0, 2, 2);
	add(&x, 86, 0, 4, 1000);
	assert_int_equal(count(&x), 19);
	add(&x, 90, 0, 5, 1000);
	assert_int_equal(count(&x), 8);
	/* What was before it is history; what is not settled is to come. */
	add(&x, 99, 0, 50, 50);
	assert_int_equal(count(&x), 8);
	assert_int_equal(clean_days_count(&x.in, 95, x.arena), 4);
	assert_int_equal(clean_days_count(&x.in, 99, x.arena), 0);
	arena_free(&x.arena);
}

/* Whoever has sent clean sessions has not sent them for another. */
static void nobodys_clean_sessions_hide_anothers_refusals(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	add(&x, 90, 0, 3, 10);
	add(&x, 90, 1, 0, 1000000);
	assert_int_equal(count(&x), 8);
	/* Nor with a refusal among them, nor two beside each other. */
	x.rows[1].evidence.refused = 1;
	assert_int_equal(count(&x), 8);
	x.rows[0].evidence.refused = 2;
	assert_int_equal(count(&x), 19);
	add(&x, 90, 2, 1, 10);
	assert_int_equal(count(&x), 8);
	arena_free(&x.arena);
}

static void refusals_of_a_newcomer_end_it_too(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.groups[2].known_since = 99;
	add(&x, 90, 2, 40, 40);
	assert_int_equal(count(&x), 8);
	/* Not those of nobody. */
	x.groups[2].anonymous = true;
	assert_int_equal(count(&x), 19);
	arena_free(&x.arena);
}

/* The sums of one day do not reach into the next. */
static void each_day_is_by_itself(void **state)
{
	struct example x;
	int32_t day;

	(void)state;
	begin(&x);
	for (day = 85; day < 95; day++)
		add(&x, day, 1, 1, 1);
	assert_int_equal(count(&x), 19);
	add(&x, 95, 1, 1, 2);
	add(&x, 95, 1, 2, 2);
	assert_int_equal(count(&x), 3);
	arena_free(&x.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_since_the_last_refusals),
		cmocka_unit_test(nobodys_clean_sessions_hide_anothers_refusals),
		cmocka_unit_test(refusals_of_a_newcomer_end_it_too),
		cmocka_unit_test(each_day_is_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
