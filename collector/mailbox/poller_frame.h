/*
 * What the process says, and in which state it may.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_FRAME_H
#define COLLECTOR_MAILBOX_POLLER_FRAME_H

#include "collector/mailbox/poller_private.h"

/* Its process has said something, or ended. */
void poller_frame_receive(struct poller *poller,
                          struct poller_mailbox *mailbox);

#endif
