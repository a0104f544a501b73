/*
 * What is to be remembered of a mailbox, in the words of its session.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_CHECKPOINT_H
#define COLLECTOR_MAILBOX_POLLER_CHECKPOINT_H

#include "collector/mailbox/poller_private.h"

/* Something to be remembered of it; returns the checkpoint's number. */
int64_t poller_checkpoint_add(struct poller *poller,
                              struct poller_mailbox *mailbox,
                              struct checkpoint checkpoint);

/* What is known of a message. */
void poller_checkpoint_message(struct poller *poller,
                               struct poller_mailbox *mailbox,
                               const struct store_mailbox_message *message);

/* A bad answer of its server is counted. */
void poller_checkpoint_reply(struct poller *poller,
                             struct poller_mailbox *mailbox, int64_t reply);

/* A round has ended. */
void poller_checkpoint_round(struct poller *poller,
                             struct poller_mailbox *mailbox, bool failed);

#endif
