/*
 * What a verdict costs.
 */
#ifndef TESTS_BENCH_FLEET_TIMING_H
#define TESTS_BENCH_FLEET_TIMING_H

#include <stdbool.h>

#include "schema/settings/thresholds.h"

/* Prints microseconds a verdict of 86 days, by the number of reporters. quick
   measures once, and leaves the largest out. */
void timing_print(const struct thresholds *thresholds, bool quick);

#endif
