#include <math.h>

#include "exporter/verdict/verdict.h"
#include "tests/support/cmocka_all.h"

static void so_many_sessions_exclude_a_share(void **state)
{
	/* By refusals: at 1 %, and at the 1.5 % of a domain that is ready. */
	static const int64_t needed[][2] = {{343, 228},  {777, 517},
	                                    {983, 654},  {1172, 780},
	                                    {1350, 898}, {1520, 1012}};
	int64_t x;

	(void)state;
	for (x = 0; x < 6; x++) {
		assert_true(verdict_bound_holds(x, needed[x][0], 0.01, 0.05));
		assert_false(
			verdict_bound_holds(x, needed[x][0] - 1, 0.01, 0.05));
		assert_true(verdict_bound_holds(x, needed[x][1], 0.015, 0.05));
		assert_false(
			verdict_bound_holds(x, needed[x][1] - 1, 0.015, 0.05));
		assert_int_equal(verdict_bound_sessions(x, 0.01, 0.05),
		                 needed[x][0]);
		assert_int_equal(verdict_bound_sessions(x, 0.015, 0.05),
		                 needed[x][1]);
	}
}

static void what_no_number_of_sessions_excludes_is_told(void **state)
{
	int64_t needed;

	(void)state;
	assert_true(verdict_bound_sessions(0, 1e-13, 0.05) == INT64_MAX);
	assert_true(verdict_bound_sessions(INT64_MAX, 0.01, 0.05) == INT64_MAX);
	assert_true(verdict_bound_sessions(-1, 0.01, 0.05) == INT64_MAX);
	assert_int_equal(verdict_bound_sessions(0, 1.0, 0.05), 1);
	needed = verdict_bound_sessions(100000, 0.01, 0.05);
	assert_true(verdict_bound_holds(100000, needed, 0.01, 0.05));
	assert_false(verdict_bound_holds(100000, needed - 1, 0.01, 0.05));
}

static void nothing_is_excluded_without_a_clean_session(void **state)
{
	(void)state;
	assert_true(verdict_bound(0, 0, 0.05) >= 1.0);
	assert_true(verdict_bound(5, 5, 0.05) >= 1.0);
	assert_true(verdict_bound(5, 3, 0.05) >= 1.0);
	assert_true(verdict_bound(0, -1, 0.05) >= 1.0);
	assert_false(verdict_bound_holds(5, 5, 0.99, 0.05));
	assert_false(verdict_bound_holds(0, 0, 1.0, 0.05));
	assert_true(verdict_bound_holds(0, 1, 1.0, 0.05));
}

/* The e-value by its definition: the integral as the mean over s in 0..1 of
   s^x ((1 - p s) / (1 - p))^(n - x), by Simpson's rule. */
static double e_value(int64_t x, int64_t n, double p)
{
	const int steps = 20000;
	double sum = 0, s, value;
	int i;

	for (i = 0; i <= steps; i++) {
		s = (double)i / steps;
		value = pow(s, (double)x) *
		        pow((1 - p * s) / (1 - p), (double)(n - x));
		if (i == 0 || i == steps)
			sum += value;
		else
			sum += value * (i % 2 == 1 ? 4 : 2);
	}
	return sum / (3.0 * steps) / 2 +
	       (x == 0 ? pow(1 - p, -(double)n) / 2 : 0);
}

static void the_bound_is_where_the_e_value_is_twenty(void **state)
{
	static const int64_t sizes[] = {2, 7, 30, 343, 983, 5600};
	double upper;
	int64_t x;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (x = 0; x < sizes[i] && x < 400; x = x * 2 + 1) {
			upper = verdict_bound(x, sizes[i], 0.05);
			if (upper > 0.99)
				continue;
			assert_true(fabs(e_value(x, sizes[i], upper) / 20 - 1) <
			            1e-5);
			assert_true(verdict_bound_holds(x, sizes[i],
			                                upper + 1e-9, 0.05));
			assert_false(verdict_bound_holds(x, sizes[i],
			                                 upper - 1e-9, 0.05));
		}
	}
}

static void more_refusals_and_fewer_sessions_raise_it(void **state)
{
	int64_t x, n;

	(void)state;
	for (x = 0; x < 8; x++) {
		for (n = x + 1; n < 3000; n += 1 + n / 7) {
			assert_true(verdict_bound(x + 1, n, 0.05) >=
			            verdict_bound(x, n, 0.05) - 1e-12);
			assert_true(verdict_bound(x, n + 1, 0.05) <=
			            verdict_bound(x, n, 0.05) + 1e-12);
		}
	}
	assert_true(verdict_bound(3, 1000, 0.01) >
	            verdict_bound(3, 1000, 0.05));
}

static void large_numbers_have_a_bound(void **state)
{
	(void)state;
	assert_true(verdict_bound(0, INT64_C(9007199254740992), 0.05) < 1e-9);
	assert_true(verdict_bound(1000000, 100000000, 0.05) > 0.01);
	assert_true(verdict_bound(1000000, 100000000, 0.05) < 0.0101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_sessions_exclude_a_share),
		cmocka_unit_test(what_no_number_of_sessions_excludes_is_told),
		cmocka_unit_test(nothing_is_excluded_without_a_clean_session),
		cmocka_unit_test(the_bound_is_where_the_e_value_is_twenty),
		cmocka_unit_test(more_refusals_and_fewer_sessions_raise_it),
		cmocka_unit_test(large_numbers_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
