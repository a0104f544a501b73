/*
 * What becomes of messages that were sent, and their marks.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_MARK_H
#define COLLECTOR_MAILBOX_WORKER_MARK_H

#include "collector/mailbox/worker_private.h"

/* Says whether a message is marked; why, where it is not. */
void worker_mark_send(struct worker *worker, const struct driver_entry *entry,
                      enum mailbox_marked marked, const char *why);

/* What the collector may say at any time. Told to stop, it ends what it has
   sent, and begins nothing. */
void worker_mark_on_frame(struct worker_round *round,
                          const struct wire_frame *frame);

/* What has arrived, without waiting. */
void worker_mark_read_frames(struct worker_round *round);

/* Waits until so many of those that are out are told of, and marks them. */
int worker_mark_wait(struct worker_round *round, size_t wanted,
                     struct err *err);

/* Makes room for another message. A server takes as long for many marks as for
   one. */
int worker_mark_make_room(struct worker_round *round, struct err *err);

#endif
