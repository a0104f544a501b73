#include "collector/mailbox/worker_state.h"

#include <assert.h>

#include "collector/mailbox/worker_wire.h"

static const char *const worker_state_names[] = {
	[WORKER_STARTING] = "starting", [WORKER_OPENING] = "opening",
	[WORKER_WAITING] = "waiting",   [WORKER_LISTING] = "listing",
	[WORKER_FETCHING] = "fetching", [WORKER_IDLING] = "idling",
	[WORKER_CLOSING] = "closing",
};

/* What may follow each; worker_private.h has the diagram. */
static const unsigned worker_state_followers[] = {
	[WORKER_STARTING] = 1U << WORKER_OPENING,
	[WORKER_OPENING] = 1U << WORKER_WAITING,
	[WORKER_WAITING] = 1U << WORKER_LISTING | 1U << WORKER_IDLING |
                           1U << WORKER_CLOSING,
	[WORKER_LISTING] = 1U << WORKER_FETCHING,
	[WORKER_FETCHING] = 1U << WORKER_WAITING | 1U << WORKER_CLOSING,
	[WORKER_IDLING] = 1U << WORKER_WAITING,
	[WORKER_CLOSING] = 0,
};

bool worker_state_may_follow(enum worker_state from, enum worker_state to)
{
	return (worker_state_followers[from] & 1U << to) != 0;
}

void worker_state_enter(struct worker *worker, enum worker_state state)
{
	assert(worker_state_may_follow(worker->state, state));
	worker->state = state;
	/* The process itself may write to no file, and so to no log. */
	if (!worker->sends_states)
		return;
	wire_begin(&worker->frame, MAILBOX_FRAME_STATE);
	wire_put_text(&worker->frame, text_of(worker_state_names[state]));
	worker_wire_send(worker);
}
