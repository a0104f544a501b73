/*
 * Messages that the process waits to hear of.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_PENDING_H
#define COLLECTOR_MAILBOX_POLLER_PENDING_H

#include "collector/mailbox/poller_private.h"

/* The message that its process waits to hear of; NULL: it does not. */
struct poller_pending *poller_pending_find(struct poller_mailbox *mailbox,
                                           int64_t message);

/* Its process has heard of it. */
void poller_pending_remove(struct poller_mailbox *mailbox,
                           struct poller_pending *pending);

/* The session is over: what was reached is remembered. */
void poller_pending_checkpoint(struct poller *poller,
                               struct poller_mailbox *mailbox);

#endif
