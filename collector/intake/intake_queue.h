/*
 * A queue for the writer that is bounded in number, bytes and estimated work,
 * in all and for each network. When it is full, whoever has less in it takes a
 * place from whoever has most. Not thread-safe: the writer's mutex guards it.
 */
#ifndef COLLECTOR_INTAKE_INTAKE_QUEUE_H
#define COLLECTOR_INTAKE_INTAKE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/attr.h"
#include "collector/intake/intake.h"

/* Networks are told apart by a hash; two that share a place share what they may
   have. The last place is that of inputs without a source. */
#define INTAKE_QUEUE_PLACES 4096U

struct intake_queue_load {
	size_t count;
	size_t memory; /* bytes */
	int64_t cost;  /* microseconds in the writer */
};

struct intake_queue {
	struct intake *first, **last;
	size_t waiting;
	/* In all; a network of the widest scope has half. */
	struct intake_queue_load max;
	struct intake_queue_load total;
	struct intake_queue_load per_scope[ADDRESS_SCOPES]
					  [INTAKE_QUEUE_PLACES + 1];
	uint64_t seed;
};

enum intake_queue_room {
	INTAKE_QUEUE_HAS_ROOM,
	INTAKE_QUEUE_FULL,
	INTAKE_QUEUE_SOURCE_FULL, /* the source's network has its half */
};

/* Where a network is counted, by a hash that no stranger can foresee. */
uint64_t intake_queue_seed(void);
unsigned int intake_queue_place(uint64_t seed, const struct address *source,
                                unsigned int scope);

void intake_queue_init(struct intake_queue *queue,
                       const struct intake_queue_load *max);

/* Appends it where there is room; a queue that holds nothing has room for any.
   Where there is none, it takes the place of inputs that wait: of the network
   that has most, within that of the narrower one that has most, and so on, the
   newest first, as long as the network of this one would have less with it
   than that has without. So nobody has a place while somebody with two lacks
   one. Those are *displaced, the queue's no more; NULL when there are none.
   Inputs without a source are not displaced. */
enum intake_queue_room intake_queue_put(struct intake_queue *queue,
                                        struct intake *intake,
                                        struct intake **displaced)
	ATTR_MUST_CHECK;

/* Whether the least input of that source would get a place. */
bool intake_queue_admits(struct intake_queue *queue,
                         const struct address *source) ATTR_MUST_CHECK;

/* Takes from the front up to count inputs, and no further one once they cost
   so much; NULL when it is empty. What they hold counts until
   intake_queue_release(). */
struct intake *intake_queue_take(struct intake_queue *queue, size_t count,
                                 int64_t cost);

/* One that was taken is about to be freed. */
void intake_queue_release(struct intake_queue *queue,
                          const struct intake *intake);

#endif
