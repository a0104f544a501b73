#include "collector/mailbox/poller_state.h"

#include "base/log.h"
#include "base/timestamp.h"

/* How long a round may stand still where it waits for the store, for memory
   that other mailboxes use, or for messages to be parsed. A commit may
   wait for another process; it does not wait that long. */
#define LOCAL_TIMEOUT_MS (10 * 60 * 1000)

static const char *const poller_state_names[] = {
	[POLLER_RESTING] = "resting", [POLLER_STARTING] = "starting",
	[POLLER_WRITING] = "writing", [POLLER_READING] = "reading",
	[POLLER_IDLING] = "idling",   [POLLER_ENDING] = "ending",
	[POLLER_OVER] = "over",
};

/* What may follow each; poller_private.h has the diagram. */
static const unsigned poller_state_followers[] = {
	[POLLER_RESTING] = 1U << POLLER_STARTING | 1U << POLLER_RESTING |
                           1U << POLLER_OVER,
	[POLLER_STARTING] = 1U << POLLER_WRITING | 1U << POLLER_RESTING |
                            1U << POLLER_OVER,
	[POLLER_WRITING] = 1U << POLLER_READING | 1U << POLLER_RESTING |
                           1U << POLLER_OVER,
	[POLLER_READING] = 1U << POLLER_IDLING | 1U << POLLER_ENDING |
                           1U << POLLER_RESTING | 1U << POLLER_OVER,
	[POLLER_IDLING] = 1U << POLLER_WRITING | 1U << POLLER_ENDING |
                          1U << POLLER_RESTING | 1U << POLLER_OVER,
	[POLLER_ENDING] = 1U << POLLER_RESTING | 1U << POLLER_OVER,
	[POLLER_OVER] = 1U << POLLER_RESTING,
};

bool poller_state_may_follow(enum poller_state from, enum poller_state to)
{
	return (poller_state_followers[from] & 1U << to) != 0;
}

/* Whether messages are being stored that its process waits to hear of. */
static bool poller_state_is_storing(const struct poller_mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->pending_count; i++) {
		if (!mailbox->pending[i].done_sent)
			return true;
	}
	return false;
}

/* Whether the next step is its process's. */
static bool poller_state_is_worker_turn(const struct poller_mailbox *mailbox)
{
	if (mailbox->state == POLLER_READING)
		return !mailbox->offer.open &&
		       (mailbox->receiving != NULL ||
		        !poller_state_is_storing(mailbox));
	return mailbox->state != POLLER_WRITING;
}

/* How long its process may be silent where it is its turn: it ends a command
   by itself after `timeout`, and may need a few for one step. */
static int64_t poller_state_timeout_ms(const struct poller_mailbox *mailbox)
{
	int64_t its = mailbox->settings->timeout * 3000 + 60000;

	if (mailbox->state == POLLER_IDLING)
		return mailbox->settings->interval * 1000 + its;
	return poller_state_is_worker_turn(mailbox) || its > LOCAL_TIMEOUT_MS
	               ? its
	               : LOCAL_TIMEOUT_MS;
}

void poller_state_watchdog_reset(struct poller_mailbox *mailbox)
{
	mailbox->watchdog =
		timestamp_monotonic_ms() + poller_state_timeout_ms(mailbox);
}

void poller_state_enter(struct poller_mailbox *mailbox, enum poller_state state,
                        const char *why)
{
	/* One that the diagram does not have is a fault of ours; the watchdog
	   ends what comes of it. */
	if (!poller_state_may_follow(mailbox->state, state))
		log_error("mailbox %s: unexpected transition from %s to %s",
		          mailbox->settings->name,
		          poller_state_names[mailbox->state],
		          poller_state_names[state]);
	log_debug("mailbox %s: %s -> %s: %s", mailbox->settings->name,
	          poller_state_names[mailbox->state], poller_state_names[state],
	          why);
	mailbox->state = state;
	poller_state_watchdog_reset(mailbox);
}

bool poller_state_is_stuck(const struct poller_mailbox *mailbox, int64_t now)
{
	return mailbox->child.pid != 0 && now >= mailbox->watchdog;
}

const char *poller_state_stuck_reason(const struct poller_mailbox *mailbox)
{
	if (poller_state_is_worker_turn(mailbox))
		return "its process does not respond";
	return mailbox->state == POLLER_WRITING
	               ? "what it did before cannot be written to the store"
	               : "its messages are not stored in time";
}
