/*
 * How long a mailbox waits before it is tried again.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_PAUSE_H
#define COLLECTOR_MAILBOX_POLLER_PAUSE_H

#include "collector/mailbox/poller_private.h"

/* From 0 to max - 1. */
int64_t poller_pause_random_below(int64_t max);

/* So many milliseconds or seconds, more or less: those who wait for the same
   do not come at once. */
int64_t poller_pause_spread(int64_t pause);

/* When a thing that failed so often is tried again. */
int64_t poller_pause_retry_at(int64_t tries, int64_t first, int64_t max);

/* Milliseconds: doubled with each failure in a row, and never longer than a
   round waits for the next. */
int64_t poller_pause_after_failure(const struct poller_mailbox *mailbox);

/* After the server ended an idle connection: doubled with each end that comes
   soon, which is counted, and never longer than a round waits for the next. */
int64_t poller_pause_after_idle(struct poller_mailbox *mailbox);

/* A server may speak of news that nobody finds, again and again: doubled with
   each, and never longer than a round waits for the next. */
int64_t poller_pause_after_news(const struct poller_mailbox *mailbox);

#endif
