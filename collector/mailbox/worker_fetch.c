#include "collector/mailbox/worker_fetch.h"

#include <stdio.h>

#include "collector/mailbox/driver.h"
#include "collector/mailbox/worker_mark.h"
#include "collector/mailbox/worker_secret.h"
#include "collector/mailbox/worker_wire.h"

/* Offers it; 1 take, 0 pass, -1 stop. */
static int worker_fetch_offer(struct worker_round *round,
                              const struct driver_entry *entry)
{
	struct worker *worker = round->worker;
	struct wire_frame frame;
	char label[320];

	if (entry->name != NULL)
		(void)snprintf(label, sizeof(label), "%.300s", entry->name);
	else
		(void)snprintf(label, sizeof(label), "%s %lld",
		               worker->driver->id_word,
		               (long long)entry->message);
	wire_begin(&worker->frame, MAILBOX_FRAME_OFFER);
	wire_put_integer(&worker->frame, entry->message);
	wire_put_integer(&worker->frame, entry->size);
	wire_put_integer(&worker->frame, entry->received);
	wire_put_text(&worker->frame, text_of(label));
	worker_wire_send(worker);
	for (;;) {
		worker_wire_receive(worker, &frame);
		switch (frame.kind) {
		case MAILBOX_FRAME_TAKE:
			return 1;
		case MAILBOX_FRAME_PASS:
			return 0;
		default:
			worker_mark_on_frame(round, &frame);
			break;
		}
		if (round->stop)
			return -1;
	}
}

static void worker_fetch_add_pending(struct worker_round *round,
                                     struct driver_entry *entry)
{
	round->pending[round->pending_count++] =
		(struct worker_pending){.entry = entry};
}

/* It was taken: its bytes, or why there are none. */
static int worker_fetch_send(struct worker_round *round,
                             struct driver_entry *entry, struct err *err)
{
	struct worker *worker = round->worker;
	enum mailbox_loss loss = MAILBOX_LOSS_REFUSED;
	struct err why;

	driver_set_stage(worker, "fetching %s %lld", worker->driver->id_word,
	                 (long long)entry->message);
	worker->reply = MAILBOX_REPLY_NONE;
	if (worker->driver->fetch(worker, entry, &why) < 0) {
		/* A file that cannot be read says nothing of others. */
		if (why.code != ERR_NOT_FOUND && why.code != ERR_MALFORMED &&
		    mailbox_settings_is_remote(&worker->settings)) {
			*err = why;
			return -1;
		}
		if (why.code == ERR_NOT_FOUND)
			loss = MAILBOX_LOSS_GONE;
		else if (worker->reply == MAILBOX_REPLY_EMPTY)
			loss = MAILBOX_LOSS_EMPTY;
		worker_secret_hide(worker, why.text);
		wire_begin(&worker->frame, MAILBOX_FRAME_LOST);
		wire_put_integer(&worker->frame, entry->message);
		wire_put_integer(&worker->frame, loss);
		wire_put_integer(&worker->frame, worker->reply);
		wire_put_text(&worker->frame, text_of(why.text));
		worker_wire_send(worker);
		return 0;
	}
	wire_begin(&worker->frame, MAILBOX_FRAME_END);
	wire_put_integer(&worker->frame, entry->message);
	worker_wire_send(worker);
	worker_fetch_add_pending(round, entry);
	return 0;
}

static int worker_fetch_one(struct worker_round *round,
                            struct driver_entry *entry, struct err *err)
{
	int answer = worker_fetch_offer(round, entry);

	/* One that is passed over is still told what becomes of it. */
	if (answer == 0)
		worker_fetch_add_pending(round, entry);
	return answer == 1 ? worker_fetch_send(round, entry, err) : 0;
}

int worker_fetch_all(struct worker_round *round, struct err *err)
{
	struct worker *worker = round->worker;
	size_t i;

	for (i = 0; i < worker->entry_count && !round->stop; i++) {
		worker_mark_read_frames(round);
		if (worker_mark_make_room(round, err) < 0)
			return -1;
		if (!round->stop &&
		    worker_fetch_one(round, &worker->entries[i], err) < 0)
			return -1;
	}
	return worker_mark_wait(round, round->pending_count, err);
}
