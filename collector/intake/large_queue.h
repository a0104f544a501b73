/*
 * Large reports by HTTPS. A thread of its own prepares them, so that they hold
 * up none that serves others, and only one of them is in memory at a time, from
 * its first byte to its commit. Networks take turns (an IPv4 /24, an IPv6 /32),
 * and whoever had none of the last ones comes before who had, so that one that
 * sends many waits for itself.
 */
#ifndef COLLECTOR_INTAKE_LARGE_QUEUE_H
#define COLLECTOR_INTAKE_LARGE_QUEUE_H

#include "base/attr.h"
#include "base/err.h"
#include "collector/intake/intake.h"
#include "collector/intake/intake_queue.h"
#include "collector/intake/writer.h"

struct large_queue;

int large_queue_start(struct writer *writer, struct large_queue **queue,
                      struct err *err) ATTR_MUST_CHECK;

/* Hands over an input that is RECEIVED. Anything but INTAKE_QUEUE_HAS_ROOM says
   that too many wait, in all or of its network, or that it is stopping; then it
   is still the caller's. Otherwise its on_done() is called in another thread:
   when it is committed, or deferred because it stops or because the queue is
   full and others come first: networks whose turn is before its own, and those
   of its network that have fewer in it. */
enum intake_queue_room large_queue_put(struct large_queue *queue,
                                       struct intake *intake) ATTR_MUST_CHECK;

/* Defers what waits, finishes what is in work, and ends the thread. The writer
   must still run. A second call does nothing; accepts NULL. */
void large_queue_stop(struct large_queue *queue);

/* Stops and frees it. Accepts NULL, leaves NULL. */
void large_queue_free(struct large_queue **queue);

#endif
