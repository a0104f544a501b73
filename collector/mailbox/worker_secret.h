/*
 * What goes over the line of a secret, and how it is kept out of sentences.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_SECRET_H
#define COLLECTOR_MAILBOX_WORKER_SECRET_H

#include "collector/mailbox/worker_private.h"

/* Makes the secret's forms, when it has been read. */
void worker_secret_prepare(struct worker *worker);

/* Puts asterisks in the place of the secret, or of its beginning where a
   sentence was cut: a server may repeat the command that it refuses. */
void worker_secret_hide(const struct worker *worker, char *sentence);

#endif
