#include "base/attr.h"
#include "exporter/assess/arrivals.h"
#include "tests/support/cmocka_all.h"

#define GROUPS 4

struct example {
	struct arena *arena;
	struct verdict_reporter_group groups[GROUPS];
	struct verdict_row rows[16];
	int32_t arrived[16];
	size_t count;
};

static void add(struct example *x, uint32_t group, int32_t arrived)
{
	x->rows[x->count] = (struct verdict_row){.group = group};
	x->arrived[x->count++] = arrived;
}

static bool find(struct example *x)
{
	return arrivals_find(x->arena, x->rows, x->arrived, x->count, x->groups,
	                     GROUPS);
}

static void assert_days(const struct verdict_reporter_group *group,
                        size_t count, const int32_t *days)
{
	size_t i;

	assert_non_null(group->arrivals);
	assert_int_equal(group->arrival_count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(group->arrivals[i], days[i]);
}

static void each_day_once_and_rising(void **state)
{
	struct example x = {.arena = arena_new(0)};

	(void)state;
	add(&x, 0, 10);
	add(&x, 1, 10);
	add(&x, 0, 10);
	add(&x, 0, 12);
	/* Reports on old days that came late. */
	add(&x, 1, 14);
	add(&x, 1, 12);
	add(&x, 1, 14);
	add(&x, 1, 10);
	assert_false(find(&x));
	assert_days(&x.groups[0], 2, (const int32_t[]){10, 12});
	assert_days(&x.groups[1], 3, (const int32_t[]){10, 12, 14});
	/* Nobody said anything: nothing is known, and nothing is missing. */
	assert_null(x.groups[2].arrivals);
	arena_free(&x.arena);
}

static void one_that_is_not_known_makes_all_unknown(void **state)
{
	struct example x = {.arena = arena_new(0)};

	(void)state;
	add(&x, 0, 10);
	add(&x, 1, 10);
	add(&x, 1, 0);
	assert_true(find(&x));
	assert_days(&x.groups[0], 1, (const int32_t[]){10});
	assert_null(x.groups[1].arrivals);
	arena_free(&x.arena);
}

static void what_nobody_proved_has_no_arrivals(void **state)
{
	struct example x = {.arena = arena_new(0)};

	(void)state;
	x.groups[3].anonymous = true;
	add(&x, 3, 10);
	add(&x, 3, 0);
	assert_false(find(&x));
	assert_null(x.groups[3].arrivals);
	arena_free(&x.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_once_and_rising),
		cmocka_unit_test(one_that_is_not_known_makes_all_unknown),
		cmocka_unit_test(what_nobody_proved_has_no_arrivals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
