/*
 * Messages are offered, and sent where they are taken.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_FETCH_H
#define COLLECTOR_MAILBOX_WORKER_FETCH_H

#include "collector/mailbox/worker_private.h"

/* All that are listed, until the last is marked. */
int worker_fetch_all(struct worker_round *round, struct err *err);

#endif
