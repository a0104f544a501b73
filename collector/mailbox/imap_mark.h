/*
 * Marks messages by IMAP: flags, moves and deletions.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_MARK_H
#define COLLECTOR_MAILBOX_IMAP_MARK_H

#include "collector/mailbox/imap_private.h"

/* As mailbox_driver.mark. */
int imap_mark(struct worker *worker, const struct mailbox_action *action,
              struct driver_entry *const *entries, size_t count,
              struct err *err);

#endif
