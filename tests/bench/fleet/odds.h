/*
 * How far counts of a few domains can be from the truth, and from each other.
 */
#ifndef TESTS_BENCH_FLEET_ODDS_H
#define TESTS_BENCH_FLEET_ODDS_H

/* Where two figures count as different: how often chance alone does that. */
#define ODDS_LEVEL 0.01

struct odds_range {
	double low, high;
};

/* The share that hits of so many stand for, with 95 % confidence (Wilson). */
struct odds_range odds_share(int hits, int of);

/* How often chance alone would part two counts of one share so far or farther
   (Fisher's exact test, two-sided). */
double odds_same_share(int hits, int of, int other_hits, int other_of);

/* The order statistics of so many, by ranks from 0, between which the quantile
   of all lies with 95 % confidence. Below 0, or as many as there are: there is
   no bound. */
struct odds_range odds_ranks(double quantile, int of);

#endif
