#include "collector/mailbox/worker_mark.h"

#include <string.h>
#include <sysexits.h>

#include "base/child.h"
#include "base/memory.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/worker_secret.h"
#include "collector/mailbox/worker_wire.h"

/* Messages that are marked by one command. */
#define MARK_BATCH (MAILBOX_WINDOW / 2)

/* Single marks in a row that a server refuses before the rest waits. */
#define MARK_FAILURES 3U

void worker_mark_send(struct worker *worker, const struct driver_entry *entry,
                      enum mailbox_marked marked, const char *why)
{
	wire_begin(&worker->frame, MAILBOX_FRAME_MARKED);
	wire_put_integer(&worker->frame, entry->message);
	wire_put_integer(&worker->frame, marked);
	wire_put_integer(&worker->frame, entry->copied);
	wire_put_integer(&worker->frame, marked == MAILBOX_MARKED_NO
	                                         ? worker->reply
	                                         : MAILBOX_REPLY_NONE);
	wire_put_text(&worker->frame, text_of(why));
	worker_wire_send(worker);
	/* One answer, however many messages it was about. */
	if (marked == MAILBOX_MARKED_NO)
		worker->reply = MAILBOX_REPLY_NONE;
}

static const struct mailbox_action *
worker_mark_action(const struct worker *worker, enum mailbox_mark mark)
{
	static const struct mailbox_action keep = {MAILBOX_ACTION_KEEP, NULL};

	if (mark == MAILBOX_MARK_AFTER)
		return &worker->settings.after;
	return mark == MAILBOX_MARK_FAILED ? &worker->settings.failed : &keep;
}

/* Takes the messages with that mark out of the window. */
static size_t worker_mark_take_done(struct worker_round *round,
                                    enum mailbox_mark mark,
                                    struct worker_pending *out)
{
	size_t i, kept = 0, count = 0;

	for (i = 0; i < round->pending_count; i++) {
		if (round->pending[i].done && round->pending[i].mark == mark)
			out[count++] = round->pending[i];
		else
			round->pending[kept++] = round->pending[i];
	}
	round->pending_count = kept;
	return count;
}

static void worker_mark_add_late(struct worker_round *round,
                                 const struct worker_pending *pending,
                                 size_t count)
{
	round->late = memory_resize(round->late, (round->late_count + count) *
	                                                 sizeof(*pending));
	memcpy(round->late + round->late_count, pending,
	       count * sizeof(*pending));
	round->late_count += count;
}

/* One after the other, for what one message prevents the others can do. Gives
   up where a few in a row fail. */
static int worker_mark_each(struct worker *worker,
                            const struct mailbox_action *action,
                            struct driver_entry **entries, size_t count,
                            struct err *why)
{
	size_t i, failures = 0;

	for (i = 0; i < count && failures < MARK_FAILURES; i++) {
		if (entries[i]->marked)
			continue;
		driver_send_busy(worker);
		if (worker->driver->mark(worker, action, &entries[i], 1, why) ==
		    0) {
			entries[i]->marked = true;
			failures = 0;
		} else if (why->code != ERR_CONFIG) {
			return -1;
		} else {
			failures++;
		}
	}
	return 0;
}

/* Says of each whether it is marked; only a session that is over fails. */
static int worker_mark_entries(struct worker *worker,
                               const struct mailbox_action *action,
                               struct driver_entry **entries, size_t count,
                               struct err *why)
{
	size_t i;

	if (action->kind != MAILBOX_ACTION_KEEP) {
		driver_set_stage(worker, "marking %s %lld",
		                 worker->driver->id_word,
		                 (long long)entries[0]->message);
		if (worker->driver->mark(worker, action, entries, count, why) <
		    0) {
			/* A server that refuses one thing does others. */
			if (why->code != ERR_CONFIG)
				return -1;
			return count == 1
			               ? 0
			               : worker_mark_each(worker, action,
			                                  entries, count, why);
		}
	}
	for (i = 0; i < count; i++)
		entries[i]->marked = true;
	return 0;
}

/* The session is over in the middle of it: what has been done need not be done
   again. */
static void worker_mark_send_unsure(struct worker *worker,
                                    struct driver_entry *const *entries,
                                    size_t count, bool late)
{
	enum mailbox_reply reply = worker->reply;
	bool sure;
	size_t i;

	worker->reply = MAILBOX_REPLY_NONE;
	for (i = 0; i < count; i++) {
		sure = entries[i]->marked && !late;
		worker_mark_send(worker, entries[i],
		                 sure ? MAILBOX_MARKED_YES : MAILBOX_MARKED_NO,
		                 "the session has ended");
	}
	worker->reply = reply;
}

static int worker_mark_done(struct worker_round *round, enum mailbox_mark mark,
                            struct err *err)
{
	struct worker *worker = round->worker;
	const struct mailbox_action *action = worker_mark_action(worker, mark);
	bool late = action->kind != MAILBOX_ACTION_KEEP &&
	            worker->driver->marks_on_close;
	struct driver_entry *entries[MAILBOX_WINDOW];
	struct worker_pending pending[MAILBOX_WINDOW];
	size_t count = worker_mark_take_done(round, mark, pending), i;
	struct err why = {ERR_NONE, ""};

	if (count == 0)
		return 0;
	for (i = 0; i < count; i++)
		entries[i] = pending[i].entry;
	if (worker_mark_entries(worker, action, entries, count, &why) < 0) {
		*err = why;
		worker_mark_send_unsure(worker, entries, count, late);
		return -1;
	}
	worker_secret_hide(worker, why.text);
	for (i = 0; i < count; i++) {
		if (!entries[i]->marked)
			worker_mark_send(worker, entries[i], MAILBOX_MARKED_NO,
			                 why.text);
		else
			worker_mark_send(worker, entries[i],
			                 late ? MAILBOX_MARKED_LATER
			                      : MAILBOX_MARKED_YES,
			                 "");
		if (entries[i]->marked && late)
			worker_mark_add_late(round, &pending[i], 1);
	}
	return 0;
}

static int worker_mark_all_done(struct worker_round *round, struct err *err)
{
	if (worker_mark_done(round, MAILBOX_MARK_NONE, err) < 0 ||
	    worker_mark_done(round, MAILBOX_MARK_AFTER, err) < 0)
		return -1;
	return worker_mark_done(round, MAILBOX_MARK_FAILED, err);
}

static void worker_mark_on_done(struct worker_round *round,
                                const struct wire_frame *frame)
{
	struct wire_reader fields = {frame->payload, false};
	int64_t message = wire_get_integer(&fields);
	int64_t mark = wire_get_integer(&fields);
	int64_t copied = wire_get_integer(&fields);
	size_t i;

	for (i = 0; i < round->pending_count; i++) {
		if (round->pending[i].entry->message != message)
			continue;
		round->pending[i].done = true;
		round->pending[i].entry->copied = copied;
		round->pending[i].mark = (enum mailbox_mark)mark;
	}
}

void worker_mark_on_frame(struct worker_round *round,
                          const struct wire_frame *frame)
{
	if (frame->kind == MAILBOX_FRAME_STOP)
		round->stop = true;
	else if (frame->kind == MAILBOX_FRAME_DONE)
		worker_mark_on_done(round, frame);
	else
		child_exit(EX_PROTOCOL);
}

void worker_mark_read_frames(struct worker_round *round)
{
	struct worker *worker = round->worker;
	struct wire_frame frame;
	struct err ignored;

	if (wire_fill(&worker->wire, &ignored) != 1)
		child_exit(EX_OK);
	while (wire_next(&worker->wire, &frame, &ignored) == 1)
		worker_mark_on_frame(round, &frame);
}

static size_t worker_mark_count_done(const struct worker_round *round)
{
	size_t i, done = 0;

	for (i = 0; i < round->pending_count; i++)
		done += round->pending[i].done;
	return done;
}

int worker_mark_wait(struct worker_round *round, size_t wanted, struct err *err)
{
	struct worker *worker = round->worker;
	struct wire_frame frame;

	while (worker_mark_count_done(round) < wanted) {
		worker_wire_receive(worker, &frame);
		worker_mark_on_frame(round, &frame);
		worker_mark_read_frames(round);
	}
	return worker_mark_all_done(round, err);
}

int worker_mark_make_room(struct worker_round *round, struct err *err)
{
	if (round->pending_count < MAILBOX_WINDOW &&
	    worker_mark_count_done(round) < MARK_BATCH)
		return 0;
	return worker_mark_wait(round, MARK_BATCH, err);
}
