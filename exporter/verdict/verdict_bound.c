/*
 * The one piece of the verdict that is not integers. P(Bin(n, p) <= x) is an
 * incomplete beta function, here by its continued fraction (modified Lentz);
 * bisection over it always converges, and ends at the same value everywhere.
 */
#include "exporter/verdict/verdict.h"

#include <math.h>

#define TINY         1e-300
#define EPSILON      1e-15
#define PRECISION    1e-12
#define TERMS_MAX    10000
#define HALVINGS_MAX 200

static double verdict_bound_nonzero(double value)
{
	return fabs(value) > TINY ? value : TINY;
}

static double verdict_bound_fraction(double a, double b, double x)
{
	double sum = a + b, above = a + 1.0, below = a - 1.0;
	double c = 1.0, d = 1.0 / verdict_bound_nonzero(1.0 - sum * x / above);
	double h = d, part, m, change = 0.0;
	int i;

	for (i = 1; i < TERMS_MAX && fabs(change - 1.0) >= EPSILON; i++) {
		m = i;
		part = m * (b - m) * x / ((below + 2 * m) * (a + 2 * m));
		d = 1.0 / verdict_bound_nonzero(1.0 + part * d);
		c = verdict_bound_nonzero(1.0 + part / c);
		h *= d * c;
		part = -(a + m) * (sum + m) * x /
		       ((a + 2 * m) * (above + 2 * m));
		d = 1.0 / verdict_bound_nonzero(1.0 + part * d);
		c = verdict_bound_nonzero(1.0 + part / c);
		change = d * c;
		h *= change;
	}
	return h;
}

/* log of the gamma function, without the global sign of lgamma(). */
static double verdict_bound_log_gamma(double value)
{
	int sign;

	return lgamma_r(value, &sign);
}

static double verdict_bound_beta_ratio(double a, double b, double x)
{
	double log_front;

	if (x <= 0.0)
		return 0.0;
	if (x >= 1.0)
		return 1.0;
	log_front = verdict_bound_log_gamma(a + b) -
	            verdict_bound_log_gamma(a) - verdict_bound_log_gamma(b) +
	            a * log(x) + b * log1p(-x);
	if (x < (a + 1.0) / (a + b + 2.0))
		return exp(log_front) * verdict_bound_fraction(a, b, x) / a;
	return 1.0 - exp(log_front) * verdict_bound_fraction(b, a, 1.0 - x) / b;
}

double verdict_bound(int64_t x, int64_t n, double alpha)
{
	double low, high = 1.0, middle;
	int i;

	if (n <= 0 || x >= n)
		return 1.0;
	if (x <= 0)
		return -expm1(log(alpha) / (double)n);
	low = (double)x / (double)n;
	for (i = 0; i < HALVINGS_MAX && high - low >= PRECISION; i++) {
		middle = (low + high) / 2;
		if (1.0 - verdict_bound_beta_ratio((double)x + 1.0,
		                                   (double)(n - x), middle) >
		    alpha)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
