#include "tests/bench/fleet/dice.h"

#include <math.h>

#include "base/attr.h"

/* Above it a draw is first cut in two, below it each event is counted. */
#define COUNTED_MAX 32

/* --- bits ---------------------------------------------------------------- */

/* The finalizer of SplitMix64. */
static ATTR_WRAPS uint64_t dice_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static ATTR_WRAPS uint64_t dice_bits(struct dice *dice)
{
	dice->state += UINT64_C(0x9e3779b97f4a7c15);
	return dice_mix(dice->state);
}

ATTR_WRAPS struct dice dice_of(uint64_t seed, const char *name, uint64_t a,
                               uint64_t b)
{
	uint64_t state = dice_mix(seed + 1);

	for (; *name != '\0'; name++)
		state = dice_mix(state + (unsigned char)*name);
	return (struct dice){dice_mix(dice_mix(state + a + 1) + b + 1)};
}

/* --- real numbers -------------------------------------------------------- */

double dice_uniform(struct dice *dice)
{
	return ((double)(dice_bits(dice) >> 11) + 0.5) * 0x1p-53;
}

double dice_between(struct dice *dice, double low, double high)
{
	return low + (high - low) * dice_uniform(dice);
}

double dice_between_log(struct dice *dice, double low, double high)
{
	return exp(dice_between(dice, log(low), log(high)));
}

int64_t dice_whole(struct dice *dice, int64_t low, int64_t high)
{
	return low + (int64_t)((double)(high - low + 1) * dice_uniform(dice));
}

double dice_normal(struct dice *dice)
{
	double radius = sqrt(-2 * log(dice_uniform(dice)));

	return radius * cos(2 * M_PI * dice_uniform(dice));
}

/* The logarithm of a draw from the gamma distribution, after Marsaglia and
   Tsang (2000): small shapes give numbers that a double cannot hold. */
static double dice_gamma_log(struct dice *dice, double shape)
{
	double boost = 0, d, c, x, v;

	if (shape < 1) {
		boost = log(dice_uniform(dice)) / shape;
		shape += 1;
	}
	d = shape - 1.0 / 3;
	c = 1 / sqrt(9 * d);
	for (;;) {
		x = dice_normal(dice);
		v = 1 + c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(dice_uniform(dice)) <
		    x * x / 2 + d - d * v + d * log(v))
			return boost + log(d * v);
	}
}

static double dice_beta(struct dice *dice, double a, double b)
{
	double x = dice_gamma_log(dice, a), y = dice_gamma_log(dice, b);

	return 1 / (1 + exp(y - x));
}

/* --- counts -------------------------------------------------------------- */

static int64_t dice_binomial_count(struct dice *dice, int64_t n, double p)
{
	int64_t i, count = 0;

	for (i = 0; i < n; i++)
		count += dice_uniform(dice) < p;
	return count;
}

/* Cut at the middle one of n uniform draws, which is beta distributed, until
   few are left (Devroye 1986, section X.4.3). */
int64_t dice_binomial(struct dice *dice, int64_t n, double p)
{
	int64_t count = 0, middle;
	double cut;

	while (n > COUNTED_MAX && p > 0 && p < 1) {
		middle = n / 2 + 1;
		cut = dice_beta(dice, (double)middle, (double)(n + 1 - middle));
		if (cut <= p) {
			count += middle;
			n -= middle;
			p = (p - cut) / (1 - cut);
		} else {
			n = middle - 1;
			p /= cut;
		}
	}
	if (p >= 1)
		return count + n;
	return p <= 0 ? count : count + dice_binomial_count(dice, n, p);
}

static int64_t dice_poisson_count(struct dice *dice, double mean)
{
	double left = exp(-mean), product = dice_uniform(dice);
	int64_t count = 0;

	for (; product > left; count++)
		product *= dice_uniform(dice);
	return count;
}

/* Cut where the one of seven eighths of them falls (Ahrens and Dieter 1974). */
int64_t dice_poisson(struct dice *dice, double mean)
{
	int64_t count = 0, most;
	double when;

	while (mean > COUNTED_MAX) {
		most = (int64_t)(mean * 7 / 8);
		when = exp(dice_gamma_log(dice, (double)most));
		if (when > mean)
			return count +
			       dice_binomial(dice, most - 1, mean / when);
		count += most;
		mean -= when;
	}
	return count + dice_poisson_count(dice, mean);
}

int64_t dice_binomial_together(struct dice *dice, int64_t n, double p,
                               double correlation)
{
	double weight = (1 - correlation) / correlation;

	if (n == 0 || p <= 0)
		return 0;
	return dice_binomial(dice, n,
	                     dice_beta(dice, p * weight, (1 - p) * weight));
}
