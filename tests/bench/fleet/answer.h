/*
 * One cell of the table: what the fleet of one size answers to a question, how
 * sure that is, and whether it agrees with the figure that is expected.
 */
#ifndef TESTS_BENCH_FLEET_ANSWER_H
#define TESTS_BENCH_FLEET_ANSWER_H

#include <stdbool.h>

#include "tests/bench/fleet/question.h"

struct answer {
	bool known;       /* some domain has an answer */
	double value;     /* percent, or days */
	double low, high; /* with 95 % confidence; infinite: not bounded */
	int hits, of;
	bool expects; /* there is a figure to compare with */
	double expected;
	bool differs;
	double chance; /* of being so far apart by chance alone */
};

void answer_find(const struct question *question, int size,
                 const struct replay_result *results, int count,
                 struct answer *out);

#endif
