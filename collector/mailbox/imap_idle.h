/*
 * Waiting for new messages (RFC 2177).
 */
#ifndef COLLECTOR_MAILBOX_IMAP_IDLE_H
#define COLLECTOR_MAILBOX_IMAP_IDLE_H

#include "collector/mailbox/imap_private.h"

/* As mailbox_driver.idle. */
int imap_idle(struct worker *worker, int64_t milliseconds, struct err *err);

#endif
