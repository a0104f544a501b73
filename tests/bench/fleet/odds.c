#include "tests/bench/fleet/odds.h"

#include <math.h>

#define NORMAL_95 1.959964
#define TAIL_95   0.025

/* Rounding of the logarithms. */
#define TIE 1e-7

struct odds_range odds_share(int hits, int of)
{
	double n = of, z = NORMAL_95, p, middle, half;

	if (of == 0)
		return (struct odds_range){0, 1};
	p = hits / n;
	middle = (p + z * z / (2 * n)) / (1 + z * z / n);
	half = z / (1 + z * z / n) *
	       sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	return (struct odds_range){fmax(0, middle - half),
	                           fmin(1, middle + half)};
}

static double odds_choose_log(int n, int k)
{
	int sign;

	return lgamma_r(n + 1.0, &sign) - lgamma_r(k + 1.0, &sign) -
	       lgamma_r(n - k + 1.0, &sign);
}

double odds_same_share(int hits, int of, int other_hits, int other_of)
{
	int all = hits + other_hits, i;
	double seen = odds_choose_log(of, hits) +
	              odds_choose_log(other_of, other_hits);
	double whole = odds_choose_log(of + other_of, all), part, sum = 0;

	for (i = 0; i <= of && i <= all; i++) {
		if (all - i > other_of)
			continue;
		part = odds_choose_log(of, i) +
		       odds_choose_log(other_of, all - i);
		if (part <= seen + TIE)
			sum += exp(part - whole);
	}
	return fmin(1, sum);
}

struct odds_range odds_ranks(double quantile, int of)
{
	struct odds_range range = {-1, of};
	double below = 0;
	int i;

	/* Whether the i-th and those before it are all below the quantile is
	   whether more than i of them are. */
	for (i = 0; i < of; i++) {
		below += exp(odds_choose_log(of, i) + i * log(quantile) +
		             (of - i) * log1p(-quantile));
		if (below <= TAIL_95)
			range.low = i;
		if (below < 1 - TAIL_95)
			range.high = i + 1;
	}
	return range;
}
