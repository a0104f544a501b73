/*
 * What is asked of the fleet, a line each, and what came out when the reference
 * in Python judged another fleet of the same description, 25 domains a cell.
 */
#ifndef TESTS_BENCH_FLEET_QUESTION_H
#define TESTS_BENCH_FLEET_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/bench/fleet/replay.h"
#include "tests/bench/fleet/truth.h"
#include "tests/bench/fleet/world.h"

/* Shares of domains first. */
enum measure {
	MEASURE_READY,
	MEASURE_PASSED,
	MEASURE_LOST,
	MEASURE_LOST_FIRST,
	MEASURE_WARNED,
	MEASURE_ROLLED_BACK,
	MEASURE_NEVER_ROLLED_BACK,
	MEASURE_READY_DAY_MEDIAN,
	MEASURE_ROLLBACK_DAYS_MEDIAN,
	MEASURE_ROLLBACK_DAYS_MOST, /* nine in ten */
};

#define QUESTION_EXPECTED_OF 25
#define QUESTION_UNKNOWN     (-1)

struct question {
	const char *text;
	enum truth_kind truth;
	bool checks; /* there are some from outside */
	enum measure measure;
	double expected[WORLD_SIZES]; /* percent, or days; or unknown */
	int expected_of[WORLD_SIZES]; /* domains; 0: QUESTION_EXPECTED_OF */
};

extern const struct question questions[];
extern const size_t question_count;

/* Whether its text, with "..." first, goes on from the question before. */
bool question_goes_on(const struct question *question);
bool question_is_share(const struct question *question);
bool question_holds(const struct question *question,
                    const struct replay_result *result);

/* Of those results that have one: the days asked about, rising. Returns how
   many. */
int question_days(const struct question *question,
                  const struct replay_result *results, int count, double *days);
/* Which of these days is asked for: 0.5 for the median. */
double question_quantile(const struct question *question);

#endif
