/*
 * Names of IMAP folders as they go over the wire: modified UTF-7 (RFC 3501
 * section 5.1.3).
 */
#ifndef COLLECTOR_MAILBOX_UTF7_H
#define COLLECTOR_MAILBOX_UTF7_H

#include "base/arena.h"

/* A copy of a UTF-8 name. What is no UTF-8 becomes U+FFFD, which no server
   knows as a folder's. */
char *utf7_folder(struct arena *arena, const char *name);

#endif
