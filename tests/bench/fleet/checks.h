/*
 * What the operator's own checks from outside have seen of a world: each hour,
 * and after a bad one every eleven minutes until it is good again.
 */
#ifndef TESTS_BENCH_FLEET_CHECKS_H
#define TESTS_BENCH_FLEET_CHECKS_H

#include <stdint.h>

#include "exporter/verdict/verdict.h"
#include "tests/bench/fleet/world.h"

struct checks {
	struct probe probe;
	struct probe_host hosts[WORLD_HOSTS_MAX];
};

extern const struct text checks_host_names[WORLD_HOSTS_MAX];

/* As known at a moment. */
void checks_look(const struct world *world, int64_t moment, struct checks *out);

#endif
