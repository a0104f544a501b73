/*
 * In which state the process of a mailbox is.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_STATE_H
#define COLLECTOR_MAILBOX_WORKER_STATE_H

#include "collector/mailbox/worker_private.h"

/* Whether the diagram has that transition. */
bool worker_state_may_follow(enum worker_state from, enum worker_state to);

/* The only way to change its state, which the collector logs at debug. */
void worker_state_enter(struct worker *worker, enum worker_state state);

#endif
