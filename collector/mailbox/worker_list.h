/*
 * Which messages wait: what the driver lists, without those that are known to
 * be done.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_LIST_H
#define COLLECTOR_MAILBOX_WORKER_LIST_H

#include "collector/mailbox/worker_private.h"

/* START, KNOWN..., GO; false when it is to stop. */
bool worker_list_receive_known(struct worker *worker);

/* Adds a message to the list unless it is known to be done. Takes its name
   over. False when there are too many: the rest is for the next round. */
bool worker_list_add(struct worker *worker, const struct driver_entry *entry);

/* Has the driver list, and sends how many there are and which are gone. */
int worker_list_messages(struct worker *worker, struct err *err);

#endif
