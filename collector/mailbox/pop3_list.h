/*
 * Which messages there are: LIST and UIDL.
 */
#ifndef COLLECTOR_MAILBOX_POP3_LIST_H
#define COLLECTOR_MAILBOX_POP3_LIST_H

#include "collector/mailbox/pop3_private.h"

/* As mailbox_driver.list. */
int pop3_list(struct worker *worker, struct err *err);

#endif
