/*
 * Random draws that a seed and a name decide: a world is the same on every
 * machine, whichever others are made beside it.
 */
#ifndef TESTS_BENCH_FLEET_DICE_H
#define TESTS_BENCH_FLEET_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state;
};

struct dice dice_of(uint64_t seed, const char *name, uint64_t a, uint64_t b);

/* Between 0 and 1, neither of them. */
double dice_uniform(struct dice *dice);
double dice_between(struct dice *dice, double low, double high);
/* The same with even chances for each factor instead of each difference. */
double dice_between_log(struct dice *dice, double low, double high);
/* From low to high, both of them too. */
int64_t dice_whole(struct dice *dice, int64_t low, int64_t high);

double dice_normal(struct dice *dice);
/* How many events there are where mean are expected. */
int64_t dice_poisson(struct dice *dice, double mean);
/* How many of n succeed, each with the chance p. */
int64_t dice_binomial(struct dice *dice, int64_t n, double p);
/* The same where the n share their luck: the chance itself is drawn for them,
   from a beta distribution with the mean p. correlation is that of two of
   them, 0 to 1, neither of them. */
int64_t dice_binomial_together(struct dice *dice, int64_t n, double p,
                               double correlation);

#endif
