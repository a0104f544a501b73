/*
 * In which state a mailbox is, and how long it may stay there.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_STATE_H
#define COLLECTOR_MAILBOX_POLLER_STATE_H

#include "collector/mailbox/poller_private.h"

/* Whether the diagram has that transition. */
bool poller_state_may_follow(enum poller_state from, enum poller_state to);

/* The only way to change its state. */
void poller_state_enter(struct poller_mailbox *mailbox, enum poller_state state,
                        const char *why);

/* Something has moved: the watchdog begins to wait from now on. */
void poller_state_watchdog_reset(struct poller_mailbox *mailbox);

/* Whether nothing has moved for too long, and what that looks like. */
bool poller_state_is_stuck(const struct poller_mailbox *mailbox, int64_t now);
const char *poller_state_stuck_reason(const struct poller_mailbox *mailbox);

#endif
