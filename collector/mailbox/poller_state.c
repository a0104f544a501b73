/*
 * In which state a mailbox is, and how long it may stay there.
 */
#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_private.h"

/* How long a round may stand still where it waits for the store, for memory
   that other mailboxes use, or for messages to be taken apart. A commit may
   wait for another process; it does not wait that long. */
#define OURS_MS (10 * 60 * 1000)

static const char *const state_names[] = {
	[STATE_RESTING] = "resting", [STATE_STARTING] = "starting",
	[STATE_WRITING] = "writing", [STATE_READING] = "reading",
	[STATE_IDLING] = "idling",   [STATE_ENDING] = "ending",
	[STATE_OVER] = "over",
};

const char *mailbox_state_name(const struct mailbox *mailbox)
{
	return state_names[mailbox->state];
}

/* Whether messages are being stored that its process waits to hear of. */
static bool waits_for_us(const struct mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->flight_count; i++) {
		if (!mailbox->flights[i].told)
			return true;
	}
	return false;
}

/* Whether the next step is its process's. */
static bool is_its_turn(const struct mailbox *mailbox)
{
	if (mailbox->state == STATE_READING)
		return !mailbox->offer.open &&
		       (mailbox->receiving != NULL || !waits_for_us(mailbox));
	return mailbox->state != STATE_WRITING;
}

/* How long its process may be silent where it is its turn: it ends a command
   by itself after `timeout`, and may need a few for one step. */
static int64_t patience_ms(const struct mailbox *mailbox)
{
	int64_t its = mailbox->settings->timeout * 3000 + 60000;

	if (mailbox->state == STATE_IDLING)
		return mailbox->settings->interval * 1000 + its;
	return is_its_turn(mailbox) || its > OURS_MS ? its : OURS_MS;
}

void mailbox_wind_up(struct mailbox *mailbox)
{
	mailbox->watchdog = timestamp_monotonic_ms() + patience_ms(mailbox);
}

void mailbox_enter(struct mailbox *mailbox, enum mailbox_state state,
                   const char *why)
{
	log_debug("mailbox %s: %s -> %s: %s", mailbox->settings->name,
	          state_names[mailbox->state], state_names[state], why);
	mailbox->state = state;
	mailbox_wind_up(mailbox);
}

bool mailbox_is_stuck(const struct mailbox *mailbox, int64_t now)
{
	return mailbox->child.pid != 0 && now >= mailbox->watchdog;
}

const char *mailbox_stuck_sentence(const struct mailbox *mailbox)
{
	if (is_its_turn(mailbox))
		return "its process says nothing any more";
	return mailbox->state == STATE_WRITING
	               ? "what it did before cannot be written to the store"
	               : "its messages are not stored in time";
}
