/*
 * One domain of the fleet: who sends how much to it, what is refused of that,
 * and which reports say so, each with the moment at which it arrives.
 *
 * Days count from the one on which the policy was published, moments in minutes
 * from its beginning.
 */
#ifndef TESTS_BENCH_FLEET_WORLD_H
#define TESTS_BENCH_FLEET_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "tests/bench/fleet/dice.h"
#include "tests/bench/fleet/truth.h"

#define WORLD_NOONS       90 /* at each of them there is a verdict */
#define WORLD_AFTER       30 /* days whose mail an early yes loses */
#define WORLD_DAYS        (WORLD_NOONS + WORLD_AFTER + 1)
#define WORLD_HONEST_MAX  12
#define WORLD_FORGERS_MAX 2
#define WORLD_SENDERS_MAX (WORLD_HONEST_MAX + WORLD_FORGERS_MAX)
#define WORLD_HOSTS_MAX   3
#define DAY_MINUTES       1440
#define HOUR_MINUTES      60

/* Sessions a day, the least and the most. */
struct world_size {
	const char *name;
	double low, high;
};

#define WORLD_SIZES 5
extern const struct world_size world_sizes[WORLD_SIZES];

struct world_sender {
	double share;  /* of the domain's sessions */
	int64_t delay; /* of its reports after the end of a day, at least */
	bool untested; /* does not look at a policy in testing mode */
	bool forger;
};

struct world_report {
	int32_t day;
	uint32_t sender;
	int64_t arrival;
	int64_t sessions, refused;
	bool untested; /* no-policy-found */
};

struct world {
	const struct truth *truth;
	struct dice dice;
	int32_t first_day; /* of the policy, since 1970-01-01 */
	double sessions_a_day;
	double share; /* of sessions that the fault touches */
	struct world_sender senders[WORLD_SENDERS_MAX];
	uint32_t honest, sender_count; /* the first is an anchor */
	uint32_t faulty_sender;
	int64_t fault_from, fault_to;
	int host_count, bad_hosts; /* of them, while the fault lasts */
	int64_t check_minute;      /* of each hour */
	double volume[WORLD_DAYS]; /* of each day, as a part of the mean */
	double bad[WORLD_DAYS];    /* share refused of FAULT_SOME_DAYS */
	int64_t sessions[WORLD_DAYS], refused[WORLD_DAYS]; /* of honest ones */
	struct world_report *reports; /* by sender and day; in the arena */
	size_t report_count;
};

/* Draws one. */
void world_draw(const struct truth *truth, uint64_t seed, int size,
                uint64_t number, struct arena *arena, struct world *out);

#endif
