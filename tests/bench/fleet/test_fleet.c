#include <math.h>

#include "tests/bench/fleet/checks.h"
#include "tests/bench/fleet/dice.h"
#include "tests/bench/fleet/odds.h"
#include "tests/bench/fleet/world.h"
#include "tests/support/cmocka_all.h"

#define DRAWS 20000

/* How far a mean of DRAWS may be from the right one: five standard errors. */
#define FAR 5.0

/* --- draws --------------------------------------------------------------- */

struct moments {
	double sum, squares;
};

static void add_draw(struct moments *m, int64_t draw)
{
	double value = (double)draw;

	m->sum += value;
	m->squares += value * value;
}

static void assert_moments(const struct moments *m, double mean,
                           double variance)
{
	double got = m->sum / DRAWS, spread = m->squares / DRAWS - got * got;

	assert_true(fabs(got - mean) < FAR * sqrt(variance / DRAWS));
	/* The variance of a variance is that of a normal distribution here, or
	   a few times as much. */
	assert_true(fabs(spread - variance) < 0.15 * variance);
}

static void draws_have_their_mean_and_variance(void **state)
{
	struct moments few = {0}, many = {0}, rare = {0}, most = {0};
	struct dice dice = dice_of(1, "draws", 0, 0);
	int i;

	(void)state;
	for (i = 0; i < DRAWS; i++) {
		add_draw(&few, dice_poisson(&dice, 3));
		add_draw(&many, dice_poisson(&dice, 5000));
		add_draw(&rare, dice_binomial(&dice, 50000, 0.001));
		add_draw(&most, dice_binomial(&dice, 40, 0.7));
	}
	assert_moments(&few, 3, 3);
	assert_moments(&many, 5000, 5000);
	assert_moments(&rare, 50, 50 * 0.999);
	assert_moments(&most, 28, 28 * 0.3);
}

static void sessions_that_share_their_luck_vary_more(void **state)
{
	const double n = 100, p = 0.3, correlation = 0.2;
	struct dice dice = dice_of(1, "together", 0, 0);
	struct moments m = {0};
	int i;

	(void)state;
	for (i = 0; i < DRAWS; i++)
		add_draw(&m, dice_binomial_together(&dice, (int64_t)n, p,
		                                    correlation));
	assert_moments(&m, n * p,
	               n * p * (1 - p) * (1 + (n - 1) * correlation));
}

static void a_seed_and_a_name_decide(void **state)
{
	struct dice a = dice_of(1, "a", 2, 3), again = dice_of(1, "a", 2, 3);
	struct dice b = dice_of(1, "b", 2, 3), later = dice_of(2, "a", 2, 3);
	int64_t most = INT64_C(1) << 40, first = dice_whole(&a, 0, most);

	(void)state;
	assert_int_equal(first, dice_whole(&again, 0, most));
	assert_int_not_equal(first, dice_whole(&b, 0, most));
	assert_int_not_equal(first, dice_whole(&later, 0, most));
}

/* --- odds ---------------------------------------------------------------- */

static void odds_are_those_of_the_books(void **state)
{
	struct odds_range range;

	(void)state;
	/* Fisher's tea, and 3 of 25 against 0 of 25. */
	assert_float_equal(odds_same_share(3, 4, 1, 4), 0.485714, 1e-6);
	assert_float_equal(odds_same_share(3, 25, 0, 25), 0.234694, 1e-6);
	assert_float_equal(odds_same_share(0, 25, 0, 25), 1, 1e-9);
	range = odds_share(0, 25);
	assert_float_equal(range.low, 0, 1e-9);
	assert_float_equal(range.high, 0.133192, 1e-6);
	/* The 40th and the 61st of 100 bound the median; one value bounds
	   nothing. */
	range = odds_ranks(0.5, 100);
	assert_float_equal(range.low, 39, 1e-9);
	assert_float_equal(range.high, 60, 1e-9);
	range = odds_ranks(0.9, 1);
	assert_float_equal(range.low, -1, 1e-9);
	assert_float_equal(range.high, 1, 1e-9);
}

/* --- worlds -------------------------------------------------------------- */

static void a_world_refuses_what_its_truth_says(void **state)
{
	struct arena *arena = arena_new(0);
	double sessions = 0, refused = 0;
	struct world world;
	uint64_t number;
	int day;

	(void)state;
	for (number = 0; number < 20; number++) {
		arena_reset(arena, 0);
		world_draw(&truths[TRUTH_TWO_PERCENT], 1, 3, number, arena,
		           &world);
		for (day = 0; day < WORLD_DAYS; day++) {
			sessions += (double)world.sessions[day];
			refused += (double)world.refused[day];
		}
	}
	assert_true(fabs(refused / sessions - 0.02) < 0.002);
	arena_free(&arena);
}

static void a_report_comes_after_its_day(void **state)
{
	struct arena *arena = arena_new(0);
	const struct world_report *report;
	struct world world;
	size_t i;

	(void)state;
	world_draw(&truths[TRUTH_FORGED_READY_TWO], 1, 2, 0, arena, &world);
	assert_int_equal(world.sender_count, world.honest + 2);
	assert_true(world.report_count > (size_t)WORLD_DAYS);
	for (i = 0; i < world.report_count; i++) {
		report = &world.reports[i];
		assert_true(report->arrival >
		            ((int64_t)report->day + 1) * DAY_MINUTES);
		assert_true(report->refused <= report->sessions);
		assert_true(!world.senders[report->sender].forger ||
		            report->refused == 0);
	}
	arena_free(&arena);
}

static void a_check_sees_a_fault_while_it_lasts(void **state)
{
	struct arena *arena = arena_new(0);
	struct checks before, first, within, after;
	struct world world;

	(void)state;
	world_draw(&truths[TRUTH_ENFORCED_EXPIRED], 1, 2, 0, arena, &world);
	checks_look(&world, world.fault_from - 1, &before);
	assert_int_equal(before.hosts[0].state, PROBE_HOST_OK);
	checks_look(&world, world.fault_from + HOUR_MINUTES - 1, &first);
	assert_int_equal(first.hosts[0].state, PROBE_HOST_CERTIFICATE_EXPIRED);
	checks_look(&world, world.fault_from + 2 * HOUR_MINUTES, &within);
	assert_true(within.hosts[0].look.bad_checks > 2);
	assert_true(within.hosts[0].look.bad_minutes > HOUR_MINUTES / 2);
	checks_look(&world, world.fault_to + HOUR_MINUTES, &after);
	assert_int_equal(after.hosts[0].state, PROBE_HOST_OK);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_have_their_mean_and_variance),
		cmocka_unit_test(sessions_that_share_their_luck_vary_more),
		cmocka_unit_test(a_seed_and_a_name_decide),
		cmocka_unit_test(odds_are_those_of_the_books),
		cmocka_unit_test(a_world_refuses_what_its_truth_says),
		cmocka_unit_test(a_report_comes_after_its_day),
		cmocka_unit_test(a_check_sees_a_fault_while_it_lasts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
