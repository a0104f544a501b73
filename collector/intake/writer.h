/*
 * The one thread that writes to the store. What arrives while it commits is
 * the next batch: a single report waits for nobody, and many share a commit.
 * Between batches it says how the collector is, and lets old data expire.
 */
#ifndef COLLECTOR_INTAKE_WRITER_H
#define COLLECTOR_INTAKE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "collector/intake/intake_queue.h"
#include "schema/store/write.h"

struct writer;

/* The most figures that collect_stats() may give. */
#define WRITER_STATS_MAX 96U

struct writer_options {
	struct store *store; /* the writer's alone until writer_stop() */
	size_t queue;        /* inputs that may wait */
	/* Nobody waits for an answer: batches are filled before they are
	   written. */
	bool fill_batches;
	/* The figures that the collector shows of itself; NULL: none, and no
	   housekeeping either. Returns how many. */
	size_t (*collect_stats)(void *cls, struct store_state_item *items);
	/* A step of other work on the store, between batches; returns whether
	   there is more of it. NULL: none. */
	bool (*background_task)(void *cls, struct store *store);
	/* The configuration in force, a reference for the caller. */
	struct config *(*config)(void *cls);
	void *cls;
};

int writer_start(const struct writer_options *options, struct writer **writer,
                 struct err *err) ATTR_MUST_CHECK;

/* Hands an input over; anything but INTAKE_QUEUE_HAS_ROOM says that the queue
   is full, or its network's half of it, and then it is still the caller's.
   Otherwise its on_done() is called, after the commit in the writer's thread,
   or when it is deferred: also in the thread of one that takes its place.
   Inputs that cost much wait apart from the others and have transactions of
   their own, which alternate with batches of those. */
enum intake_queue_room writer_put(struct writer *writer, struct intake *intake)
	ATTR_MUST_CHECK;

/* The same, waiting for room. */
void writer_put_wait(struct writer *writer, struct intake *intake);

/* Whether the queue would take a small one of that source. */
bool writer_admits(struct writer *writer, const struct address *source);

/* Lets it look at its background task now. */
void writer_wake(struct writer *writer);

/* Inputs that wait, and the arrival of the first, 0 when there is none. */
void writer_queue_length(struct writer *writer, size_t *length,
                         int64_t *oldest);

/* Writes all that waits, then ends the thread. From then on writer_put() and
   writer_admits() say that there is no room, so that whoever still holds the
   writer is refused. Accepts NULL; a second call does nothing. */
void writer_stop(struct writer *writer);

/* Stops it, and frees it when nobody holds it any more. Accepts NULL, leaves
   NULL. */
void writer_free(struct writer **writer);

/* Commits one batch in the caller's thread; calls no on_done(). For tests, and
   for readmit and mail_job where there is no thread. */
void writer_commit_batch(struct store *store, struct intake *first);

#endif
