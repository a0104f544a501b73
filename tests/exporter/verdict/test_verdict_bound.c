#include <math.h>

#include "exporter/verdict/verdict.h"
#include "tests/support/cmocka_all.h"

static void the_bound_is_the_rule_of_three_without_refusals(void **state)
{
	(void)state;
	assert_true(fabs(verdict_bound(0, 299, 0.05) -
	                 (1 - pow(0.05, 1.0 / 299))) < 1e-15);
	assert_true(verdict_bound(0, 298, 0.05) > 0.01);
	assert_true(verdict_bound(0, 299, 0.05) < 0.01);
	assert_true(fabs(verdict_bound(0, 0, 0.05) - 1.0) < 1e-15);
	assert_true(fabs(verdict_bound(5, 5, 0.05) - 1.0) < 1e-15);
}

/* P(Bin(n, p) <= x), added up term by term. */
static double at_most(int64_t x, int64_t n, double p)
{
	double sum = 0;
	int64_t k;
	int sign;

	for (k = 0; k <= x; k++)
		sum += exp(lgamma_r((double)n + 1, &sign) -
		           lgamma_r((double)k + 1, &sign) -
		           lgamma_r((double)(n - k) + 1, &sign) +
		           (double)k * log(p) + (double)(n - k) * log1p(-p));
	return sum;
}

static void the_bound_is_where_the_tail_is_alpha(void **state)
{
	static const int64_t sizes[] = {2, 30, 472, 473, 5600, 200000};
	double upper, slope;
	int64_t x;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (x = 0; x < sizes[i] && x < 400; x = x * 2 + 1) {
			upper = verdict_bound(x, sizes[i], 0.05);
			/* How far p may be off for so much of the tail. */
			slope = fabs(at_most(x, sizes[i], upper + 1e-9) -
			             at_most(x, sizes[i], upper - 1e-9));
			assert_true(fabs(at_most(x, sizes[i], upper) - 0.05) <
			            slope + 1e-10);
		}
	}
}

static void more_refusals_and_fewer_sessions_raise_it(void **state)
{
	(void)state;
	assert_true(verdict_bound(4, 1000, 0.05) >
	            verdict_bound(3, 1000, 0.05));
	assert_true(verdict_bound(3, 999, 0.05) > verdict_bound(3, 1000, 0.05));
	assert_true(verdict_bound(3, 1000, 0.01) >
	            verdict_bound(3, 1000, 0.05));
	assert_true(verdict_bound(3, 1000, 0.05) > 0.003);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_bound_is_the_rule_of_three_without_refusals),
		cmocka_unit_test(the_bound_is_where_the_tail_is_alpha),
		cmocka_unit_test(more_refusals_and_fewer_sessions_raise_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
