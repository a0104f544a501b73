/*
 * Fetches one message by IMAP.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_FETCH_H
#define COLLECTOR_MAILBOX_IMAP_FETCH_H

#include "collector/mailbox/imap_private.h"

/* As mailbox_driver.fetch. */
int imap_fetch(struct worker *worker, struct driver_entry *entry,
               struct err *err);

#endif
