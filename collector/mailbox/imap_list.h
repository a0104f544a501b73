/*
 * Which messages wait in a folder: UID, size and date of each.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_LIST_H
#define COLLECTOR_MAILBOX_IMAP_LIST_H

#include "collector/mailbox/imap_private.h"

/* As mailbox_driver.list. */
int imap_list(struct worker *worker, struct err *err);

#endif
