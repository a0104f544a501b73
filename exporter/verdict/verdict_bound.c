/*
 * The one piece of the verdict that is not integers: how large a share of
 * refusals the reports exclude. A share p is excluded when the e-value against
 * it reaches 1 / alpha: the likelihood of the reports when half of the belief
 * is "never" and half "anything below p, evenly", over their likelihood under
 * p. It grows with p and with n and falls with x, so that bisection ends at the
 * same value everywhere; and it may be looked at every day.
 *
 * The integral in it is an incomplete beta function, here by its continued
 * fraction (modified Lentz). All is in logarithms.
 */
#include "exporter/verdict/verdict.h"

#include <math.h>

#define TINY         1e-300
#define EPSILON      1e-15
#define PRECISION    1e-12
#define TERMS_MAX    10000
#define HALVINGS_MAX 200

/* More sessions than any window has. */
#define SESSIONS_MAX (INT64_C(1) << 40)

/* x refusals in n sessions. */
struct sample {
	double x, n;
	double log_beta; /* of x + 1 and n - x + 1 */
};

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

/* The sample of x refusals in n sessions. */
static struct sample verdict_bound_sample(int64_t x, int64_t n)
{
	double refused = (double)x, clean = (double)(n - x);

	return (struct sample){
		.x = refused,
		.n = (double)n,
		.log_beta =
			x == 0 ? -log((double)n + 1.0)
			       : verdict_bound_log_gamma(refused + 1.0) +
					 verdict_bound_log_gamma(clean + 1.0) -
					 verdict_bound_log_gamma((double)n +
	                                                         2.0),
	};
}

/* The regularized incomplete beta function of x + 1 and n - x + 1 at p. */
static double verdict_bound_beta_ratio(const struct sample *s, double p)
{
	double a = s->x + 1.0, b = s->n - s->x + 1.0, front;

	if (s->x <= 0.0)
		return -expm1(b * log1p(-p));
	front = exp(a * log(p) + b * log1p(-p) - s->log_beta);
	if (p < (a + 1.0) / (a + b + 2.0))
		return front * verdict_bound_fraction(a, b, p) / a;
	return 1.0 - front * verdict_bound_fraction(b, a, 1.0 - p) / b;
}

/* The logarithm of the sum of what a and b are the logarithms of. */
static double verdict_bound_log_sum(double a, double b)
{
	return a > b ? a + log1p(exp(b - a)) : b + log1p(exp(a - b));
}

/* The logarithm of the e-value against p, which is between 0 and 1; -HUGE_VAL
   where it is nothing. */
static double verdict_bound_log_e(const struct sample *s, double p)
{
	double under_p = s->x * log(p) + (s->n - s->x) * log1p(-p);
	double ratio = verdict_bound_beta_ratio(s, p);
	double never = log(0.5) - under_p, below = -HUGE_VAL;

	if (ratio > 0.0)
		below = log(0.5) + log(ratio) - log(p) + s->log_beta - under_p;
	return s->x > 0.0 ? below : verdict_bound_log_sum(never, below);
}

bool verdict_bound_holds(int64_t x, int64_t n, double limit, double alpha)
{
	struct sample s;

	if (n <= x || n <= 0)
		return false;
	if (limit >= 1.0)
		return true;
	s = verdict_bound_sample(x, n);
	return verdict_bound_log_e(&s, limit) >= -log(alpha);
}

double verdict_bound(int64_t x, int64_t n, double alpha)
{
	double low, high = 1.0, middle;
	struct sample s;
	int i;

	if (n <= x || n <= 0)
		return 1.0;
	low = (double)x / (double)n;
	s = verdict_bound_sample(x, n);
	for (i = 0; i < HALVINGS_MAX && high - low > PRECISION; i++) {
		middle = (low + high) / 2;
		if (verdict_bound_log_e(&s, middle) >= -log(alpha))
			high = middle;
		else
			low = middle;
	}
	return high;
}

int64_t verdict_bound_sessions(int64_t x, double limit, double alpha)
{
	int64_t low = x, high = SESSIONS_MAX, middle;

	if (x < 0 || x >= SESSIONS_MAX ||
	    !verdict_bound_holds(x, SESSIONS_MAX, limit, alpha))
		return INT64_MAX;
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (verdict_bound_holds(x, middle, limit, alpha))
			high = middle;
		else
			low = middle;
	}
	return high;
}
