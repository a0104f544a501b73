/*
 * A queue for the writer that is bounded in number, bytes and estimated work,
 * in all and for each source. Not thread-safe: the writer's mutex guards it.
 */
#ifndef COLLECTOR_LANE_H
#define COLLECTOR_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "collector/intake.h"

/* Sources are told apart by a hash; two that share one share their half. */
#define LANE_SOURCES 1024U

struct lane_load {
	size_t memory; /* bytes */
	int64_t cost;  /* microseconds in the writer */
};

struct lane {
	struct intake *first, **last;
	size_t waiting;
	struct lane_load most; /* in all; a source has half */
	struct lane_load all;
	struct lane_load of_source[LANE_SOURCES];
	uint64_t seed;
};

enum lane_room {
	LANE_ROOM,
	LANE_FULL,
	LANE_SOURCE_FULL, /* the source has its half */
};

void lane_init(struct lane *lane, size_t memory, int64_t cost);

/* Whether there is room for it. A lane that holds nothing has room for any. */
enum lane_room lane_room(const struct lane *lane, const struct intake *intake)
	ATTR_MUST_CHECK;

void lane_append(struct lane *lane, struct intake *intake);

/* Takes from the front up to count inputs, and no further one once they cost
   so much; NULL when it is empty. What they hold counts until lane_done(). */
struct intake *lane_take(struct lane *lane, size_t count, int64_t cost);

/* One that was taken is about to be freed. */
void lane_done(struct lane *lane, const struct intake *intake);

#endif
