/*
 * A world as its operator lives through it: at each noon a verdict from the
 * reports that have come until then.
 */
#ifndef TESTS_BENCH_FLEET_REPLAY_H
#define TESTS_BENCH_FLEET_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/settings/thresholds.h"
#include "tests/bench/fleet/world.h"

/* What became of it within 90 days. */
struct replay_result {
	bool ready;
	bool passed;   /* ready, or ready_limited */
	int ready_day; /* the first on which it was ready */
	bool lost;     /* ready, and then more than 1 % of a month's sessions */
	bool lost_first; /* in the month after the first day of it */
	bool warned;     /* or rolled back */
	bool rolled_back;
	double rollback_days; /* after the fault began */
};

void replay(const struct world *world, bool with_checks,
            const struct thresholds *thresholds, struct arena *arena,
            struct replay_result *out);

#endif
