#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/confine.h"
#include "base/digest.h"
#include "base/timestamp.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/protocol.h"
#include "collector/mailbox/secret.h"

#define MEMORY_MAX (1024ULL * 1024 * 1024)

/* The collector may wait for a locked store. */
#define PATIENCE_MS (INT64_C(24) * 3600 * 1000)

/* Messages that are marked by one command. */
#define MARK_BATCH (MAILBOX_WINDOW / 2)

/* Single marks in a row that a server refuses before the rest waits. */
#define MARK_FAILURES 3U

/* Known messages in a frame. */
#define GONE_BATCH 1000U

/* A message that was sent, and waits for what becomes of it. */
struct worker_pending {
	struct driver_entry *entry;
	bool done;
	enum mailbox_mark mark;
};

struct worker_round {
	struct worker *session;
	struct worker_pending pending[MAILBOX_WINDOW];
	size_t pending_count;
	bool stop;
	/* Marks that are sure only when the session has been closed. */
	struct worker_pending *late;
	size_t late_count;
};

/* --- talking ------------------------------------------------------------- */

/* Nobody is left to serve when this fails. */
static void worker_wire_send(struct worker *session)
{
	struct err ignored;

	if (wire_send(&session->wire, &session->frame,
	              timestamp_monotonic_ms() + PATIENCE_MS, &ignored) < 0)
		child_exit(EX_IOERR);
}

static void worker_wire_receive(struct worker *session,
                                struct wire_frame *frame)
{
	struct err ignored;

	if (wire_receive(&session->wire, frame,
	                 timestamp_monotonic_ms() + PATIENCE_MS, &ignored) != 1)
		child_exit(EX_OK);
}

void driver_set_stage(struct worker *session, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(session->stage, sizeof(session->stage), format,
	                arguments);
	va_end(arguments);
}

int64_t driver_deadline(const struct worker *session)
{
	return timestamp_monotonic_ms() + session->settings.timeout * 1000;
}

void driver_expect(const struct worker *session, struct netstream *stream,
                   uint64_t bytes)
{
	netstream_expect(stream, driver_deadline(session), bytes);
}

bool worker_wire_send_data(struct worker *session, const void *data, size_t len)
{
	const char *rest = data;
	size_t piece;

	while (len > 0) {
		piece = len < WIRE_PIECE ? len : WIRE_PIECE;
		wire_begin(&session->frame, MAILBOX_FRAME_DATA);
		wire_put_text(&session->frame, (struct text){rest, piece});
		worker_wire_send(session);
		rest += piece;
		len -= piece;
	}
	return true;
}

int64_t driver_hash(const char *text, size_t len)
{
	uint8_t digest[DIGEST_SIZE];
	uint64_t number;

	digest_sha256(text, len, digest);
	memcpy(&number, digest, sizeof(number));
	return (int64_t)(number >> 1);
}

void session_busy(struct worker *session)
{
	wire_begin(&session->frame, MAILBOX_FRAME_BUSY);
	worker_wire_send(session);
}

static void worker_send_error(struct worker *session, struct err *err)
{
	worker_secret_hide(session, err->text);
	wire_begin(&session->frame, MAILBOX_FRAME_ERROR);
	wire_put_integer(&session->frame, err->code);
	wire_put_integer(&session->frame, session->reply);
	wire_put_text(&session->frame, text_of(err->text));
	wire_put_integer(&session->frame, session->token_refused);
	worker_wire_send(session);
}

void driver_send_no_idle(struct worker *session, const char *why)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY, "%s", why);
	worker_secret_hide(session, err.text);
	wire_begin(&session->frame, MAILBOX_FRAME_NO_IDLE);
	wire_put_text(&session->frame, text_of(err.text));
	worker_wire_send(session);
}

static bool worker_is_remote(const struct worker *session)
{
	return session->settings.type == MAILBOX_TYPE_IMAP ||
	       session->settings.type == MAILBOX_TYPE_POP3;
}

/* --- what is known ------------------------------------------------------- */

static int worker_list_order_known(const void *a, const void *b)
{
	const struct worker_known *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

static struct worker_known *worker_list_find_known(struct worker *session,
                                                   int64_t message)
{
	const struct worker_known wanted = {.message = message};

	if (session->known_count == 0)
		return NULL;
	return bsearch(&wanted, session->known, session->known_count,
	               sizeof(wanted), worker_list_order_known);
}

static void worker_list_add_known(struct worker *session, struct text payload)
{
	struct wire_reader fields = {payload, false};
	int64_t count = wire_get_integer(&fields), i;
	struct worker_known known = {.listed = false};

	for (i = 0; i < count && !fields.failed; i++) {
		known.message = wire_get_integer(&fields);
		known.done = wire_get_integer(&fields) != 0;
		known.tries = wire_get_integer(&fields);
		if (session->known_count == session->known_room) {
			session->known_room = session->known_room * 2 + 256;
			session->known = memory_resize(session->known,
			                               session->known_room *
			                                       sizeof(known));
		}
		session->known[session->known_count++] = known;
	}
}

/* START, KNOWN..., GO; false when it is to stop. */
static bool worker_list_receive_known(struct worker *session)
{
	struct wire_reader fields;
	struct wire_frame frame;

	session->known_count = 0;
	for (;;) {
		worker_wire_receive(session, &frame);
		fields = (struct wire_reader){frame.payload, false};
		switch (frame.kind) {
		case MAILBOX_FRAME_START:
			session->done_to = wire_get_integer(&fields);
			break;
		case MAILBOX_FRAME_KNOWN:
			worker_list_add_known(session, frame.payload);
			break;
		case MAILBOX_FRAME_GO:
			if (session->known_count > 0)
				qsort(session->known, session->known_count,
				      sizeof(*session->known),
				      worker_list_order_known);
			return true;
		case MAILBOX_FRAME_STOP:
			return false;
		default:
			child_exit(EX_PROTOCOL);
		}
	}
}

bool worker_list_add(struct worker *session, const struct driver_entry *entry)
{
	struct worker_known *known =
		worker_list_find_known(session, entry->message);
	bool done = known != NULL ? known->done
	                          : entry->message <= session->done_to;

	if (known != NULL)
		known->listed = true;
	if (done || session->entry_count >= DRIVER_ENTRIES_MAX) {
		free(entry->name);
		return done;
	}
	if (session->entry_count == session->entry_room) {
		session->entry_room = session->entry_room * 2 + 64;
		session->entries = memory_resize(
			session->entries, session->entry_room * sizeof(*entry));
	}
	session->entries[session->entry_count] = *entry;
	session->entries[session->entry_count++].tries =
		known != NULL ? known->tries : 0;
	return true;
}

/* Known messages that somebody has taken away need not be remembered. */
static void worker_list_send_gone(struct worker *session)
{
	size_t i = 0, count;
	struct buf ids = BUF_INIT(GONE_BATCH * sizeof(int64_t));

	while (i < session->known_count) {
		buf_reset(&ids);
		for (count = 0; i < session->known_count && count < GONE_BATCH;
		     i++) {
			if (session->known[i].listed)
				continue;
			wire_put_integer(&ids, session->known[i].message);
			count++;
		}
		if (count == 0)
			break;
		wire_begin(&session->frame, MAILBOX_FRAME_GONE);
		wire_put_integer(&session->frame, (int64_t)count);
		buf_add(&session->frame, ids.data, ids.len);
		worker_wire_send(session);
	}
	buf_free(&ids);
}

static void worker_list_clear(struct worker *session)
{
	size_t i;

	for (i = 0; i < session->entry_count; i++)
		free(session->entries[i].name);
	session->entry_count = 0;
}

/* --- marking ------------------------------------------------------------- */

static void worker_mark_send(struct worker *session,
                             const struct driver_entry *entry,
                             enum mailbox_marked marked, const char *why)
{
	wire_begin(&session->frame, MAILBOX_FRAME_MARKED);
	wire_put_integer(&session->frame, entry->message);
	wire_put_integer(&session->frame, marked);
	wire_put_integer(&session->frame, entry->copied);
	wire_put_integer(&session->frame, marked == MAILBOX_MARKED_NO
	                                          ? session->reply
	                                          : MAILBOX_REPLY_NONE);
	wire_put_text(&session->frame, text_of(why));
	worker_wire_send(session);
	/* One answer, however many messages it was about. */
	if (marked == MAILBOX_MARKED_NO)
		session->reply = MAILBOX_REPLY_NONE;
}

static const struct mailbox_action *
worker_mark_action(const struct worker *session, enum mailbox_mark mark)
{
	static const struct mailbox_action keep = {MAILBOX_ACTION_KEEP, NULL};

	if (mark == MAILBOX_MARK_AFTER)
		return &session->settings.after;
	return mark == MAILBOX_MARK_FAILED ? &session->settings.failed : &keep;
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
                                 const struct worker_pending *sent,
                                 size_t count)
{
	round->late = memory_resize(round->late, (round->late_count + count) *
	                                                 sizeof(*sent));
	memcpy(round->late + round->late_count, sent, count * sizeof(*sent));
	round->late_count += count;
}

/* One after the other, for what one message prevents the others can do. Gives
   up where a few in a row fail. */
static int worker_mark_each(struct worker *session,
                            const struct mailbox_action *action,
                            struct driver_entry **entries, size_t count,
                            struct err *why)
{
	size_t i, failures = 0;

	for (i = 0; i < count && failures < MARK_FAILURES; i++) {
		if (entries[i]->marked)
			continue;
		session_busy(session);
		if (session->driver->mark(session, action, &entries[i], 1,
		                          why) == 0) {
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
static int worker_mark_entries(struct worker *session,
                               const struct mailbox_action *action,
                               struct driver_entry **entries, size_t count,
                               struct err *why)
{
	size_t i;

	if (action->kind != MAILBOX_ACTION_KEEP) {
		driver_set_stage(session, "marking %s %lld",
		                 session->driver->id_word,
		                 (long long)entries[0]->message);
		if (session->driver->mark(session, action, entries, count,
		                          why) < 0) {
			/* A server that refuses one thing does others. */
			if (why->code != ERR_CONFIG)
				return -1;
			return count == 1
			               ? 0
			               : worker_mark_each(session, action,
			                                  entries, count, why);
		}
	}
	for (i = 0; i < count; i++)
		entries[i]->marked = true;
	return 0;
}

/* The session is over in the middle of it: what has been done need not be done
   again. */
static void worker_mark_send_unsure(struct worker *session,
                                    struct driver_entry *const *entries,
                                    size_t count, bool late)
{
	enum mailbox_reply reply = session->reply;
	bool sure;
	size_t i;

	session->reply = MAILBOX_REPLY_NONE;
	for (i = 0; i < count; i++) {
		sure = entries[i]->marked && !late;
		worker_mark_send(session, entries[i],
		                 sure ? MAILBOX_MARKED_YES : MAILBOX_MARKED_NO,
		                 "the session has ended");
	}
	session->reply = reply;
}

static int worker_mark_done(struct worker_round *round, enum mailbox_mark mark,
                            struct err *err)
{
	struct worker *session = round->session;
	const struct mailbox_action *action = worker_mark_action(session, mark);
	bool late = action->kind != MAILBOX_ACTION_KEEP &&
	            session->driver->marks_on_close;
	struct driver_entry *entries[MAILBOX_WINDOW];
	struct worker_pending sent[MAILBOX_WINDOW];
	size_t count = worker_mark_take_done(round, mark, sent), i;
	struct err why = {ERR_NONE, ""};

	if (count == 0)
		return 0;
	for (i = 0; i < count; i++)
		entries[i] = sent[i].entry;
	if (worker_mark_entries(session, action, entries, count, &why) < 0) {
		*err = why;
		worker_mark_send_unsure(session, entries, count, late);
		return -1;
	}
	worker_secret_hide(session, why.text);
	for (i = 0; i < count; i++) {
		if (!entries[i]->marked)
			worker_mark_send(session, entries[i], MAILBOX_MARKED_NO,
			                 why.text);
		else
			worker_mark_send(session, entries[i],
			                 late ? MAILBOX_MARKED_LATER
			                      : MAILBOX_MARKED_YES,
			                 "");
		if (entries[i]->marked && late)
			worker_mark_add_late(round, &sent[i], 1);
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

/* What the collector may say at any time. Told to stop, it ends what it has
   sent, and begins nothing. */
static void worker_mark_on_frame(struct worker_round *round,
                                 const struct wire_frame *frame)
{
	if (frame->kind == MAILBOX_FRAME_STOP)
		round->stop = true;
	else if (frame->kind == MAILBOX_FRAME_DONE)
		worker_mark_on_done(round, frame);
	else
		child_exit(EX_PROTOCOL);
}

/* What has arrived, without waiting. */
static void worker_mark_read_frames(struct worker_round *round)
{
	struct worker *session = round->session;
	struct wire_frame frame;
	struct err ignored;

	if (wire_fill(&session->wire, &ignored) != 1)
		child_exit(EX_OK);
	while (wire_next(&session->wire, &frame, &ignored) == 1)
		worker_mark_on_frame(round, &frame);
}

static size_t worker_mark_count_done(const struct worker_round *round)
{
	size_t i, told = 0;

	for (i = 0; i < round->pending_count; i++)
		told += round->pending[i].done;
	return told;
}

/* Waits until so many of those that are out are told of, and marks them. */
static int worker_mark_wait(struct worker_round *round, size_t wanted,
                            struct err *err)
{
	struct worker *session = round->session;
	struct wire_frame frame;

	while (worker_mark_count_done(round) < wanted) {
		worker_wire_receive(session, &frame);
		worker_mark_on_frame(round, &frame);
		worker_mark_read_frames(round);
	}
	return worker_mark_all_done(round, err);
}

/* Makes room for another message. A server takes as long for many marks as for
   one. */
static int worker_mark_make_room(struct worker_round *round, struct err *err)
{
	if (round->pending_count < MAILBOX_WINDOW &&
	    worker_mark_count_done(round) < MARK_BATCH)
		return 0;
	return worker_mark_wait(round, MARK_BATCH, err);
}

/* --- one message --------------------------------------------------------- */

/* Offers it; 1 take, 0 pass, -1 stop. */
static int worker_fetch_offer(struct worker_round *round,
                              const struct driver_entry *entry)
{
	struct worker *session = round->session;
	struct wire_frame frame;
	char label[320];

	if (entry->name != NULL)
		(void)snprintf(label, sizeof(label), "%.300s", entry->name);
	else
		(void)snprintf(label, sizeof(label), "%s %lld",
		               session->driver->id_word,
		               (long long)entry->message);
	wire_begin(&session->frame, MAILBOX_FRAME_OFFER);
	wire_put_integer(&session->frame, entry->message);
	wire_put_integer(&session->frame, entry->size);
	wire_put_integer(&session->frame, entry->received);
	wire_put_text(&session->frame, text_of(label));
	worker_wire_send(session);
	for (;;) {
		worker_wire_receive(session, &frame);
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
	struct worker *session = round->session;
	enum mailbox_loss loss = MAILBOX_LOSS_REFUSED;
	struct err why;

	driver_set_stage(session, "fetching %s %lld", session->driver->id_word,
	                 (long long)entry->message);
	session->reply = MAILBOX_REPLY_NONE;
	if (session->driver->fetch(session, entry, &why) < 0) {
		/* A file that cannot be read says nothing of others. */
		if (why.code != ERR_NOT_FOUND && why.code != ERR_MALFORMED &&
		    worker_is_remote(session)) {
			*err = why;
			return -1;
		}
		if (why.code == ERR_NOT_FOUND)
			loss = MAILBOX_LOSS_GONE;
		else if (session->reply == MAILBOX_REPLY_EMPTY)
			loss = MAILBOX_LOSS_EMPTY;
		worker_secret_hide(session, why.text);
		wire_begin(&session->frame, MAILBOX_FRAME_LOST);
		wire_put_integer(&session->frame, entry->message);
		wire_put_integer(&session->frame, loss);
		wire_put_integer(&session->frame, session->reply);
		wire_put_text(&session->frame, text_of(why.text));
		worker_wire_send(session);
		return 0;
	}
	wire_begin(&session->frame, MAILBOX_FRAME_END);
	wire_put_integer(&session->frame, entry->message);
	worker_wire_send(session);
	worker_fetch_add_pending(round, entry);
	return 0;
}

/* --- one round ----------------------------------------------------------- */

static void worker_send_over(struct worker *session)
{
	wire_begin(&session->frame, MAILBOX_FRAME_OVER);
	wire_put_integer(&session->frame, session->highest);
	worker_wire_send(session);
}

static int worker_list_order_tries(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	if (x->tries != y->tries)
		return x->tries < y->tries ? -1 : 1;
	return (x->message > y->message) - (x->message < y->message);
}

/* Those that failed before come last, and hold up no other. The rest stay in
   their order. */
static void worker_list_move_failed_last(struct worker *session)
{
	struct driver_entry *ordered;
	size_t i, count = 0, failed = 0;

	for (i = 0; i < session->entry_count; i++)
		failed += session->entries[i].tries > 0;
	if (failed == 0)
		return;
	ordered = memory_zero(session->entry_count, sizeof(*ordered));
	for (i = 0; i < session->entry_count; i++) {
		if (session->entries[i].tries == 0)
			ordered[count++] = session->entries[i];
	}
	for (i = 0; i < session->entry_count; i++) {
		if (session->entries[i].tries > 0)
			ordered[count++] = session->entries[i];
	}
	qsort(ordered + count - failed, failed, sizeof(*ordered),
	      worker_list_order_tries);
	free(session->entries);
	session->entries = ordered;
	session->entry_room = session->entry_count;
}

struct worker_list_position {
	int64_t message;
	size_t index;
};

static int worker_list_order_positions(const void *a, const void *b)
{
	const struct worker_list_position *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* A listing may name a message twice: "5,9:*" does, and a file that is moved
   meanwhile. The first stays, in its place. */
static void worker_list_drop_duplicates(struct worker *session)
{
	struct worker_list_position *places =
		memory_zero(session->entry_count + 1, sizeof(*places));
	struct driver_entry *entries = session->entries;
	size_t i, kept = 0;

	for (i = 0; i < session->entry_count; i++)
		places[i] =
			(struct worker_list_position){entries[i].message, i};
	if (session->entry_count > 0)
		qsort(places, session->entry_count, sizeof(*places),
		      worker_list_order_positions);
	for (i = 1; i < session->entry_count; i++) {
		if (places[i].message != places[i - 1].message)
			continue;
		free(entries[places[i].index].name);
		entries[places[i].index].message = -1;
	}
	for (i = 0; i < session->entry_count; i++) {
		if (entries[i].message >= 0)
			entries[kept++] = entries[i];
	}
	session->entry_count = kept;
	free(places);
}

static int worker_list_messages(struct worker *session, struct err *err)
{
	worker_list_clear(session);
	session->highest = 0;
	driver_set_stage(session, "listing");
	if (session->driver->list(session, err) < 0)
		return -1;
	worker_list_drop_duplicates(session);
	worker_list_move_failed_last(session);
	wire_begin(&session->frame, MAILBOX_FRAME_COUNT);
	wire_put_integer(&session->frame, (int64_t)session->entry_count);
	worker_wire_send(session);
	worker_list_send_gone(session);
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

static int worker_fetch_all(struct worker_round *round, struct err *err)
{
	struct worker *session = round->session;
	size_t i;

	for (i = 0; i < session->entry_count && !round->stop; i++) {
		worker_mark_read_frames(round);
		if (worker_mark_make_room(round, err) < 0)
			return -1;
		if (!round->stop &&
		    worker_fetch_one(round, &session->entries[i], err) < 0)
			return -1;
	}
	return worker_mark_wait(round, round->pending_count, err);
}

static int worker_run_round(struct worker_round *round, struct err *err)
{
	struct worker *session = round->session;

	if (worker_list_messages(session, err) < 0 ||
	    worker_fetch_all(round, err) < 0)
		return -1;
	/* Deleting by POP3 works when the session ends well. */
	if (round->late_count > 0 || round->stop)
		return 0;
	worker_send_over(session);
	return 0;
}

static void worker_send_news(struct worker *session)
{
	wire_begin(&session->frame, MAILBOX_FRAME_NEWS);
	worker_wire_send(session);
}

/* After a round: 1 there is another one, 0 it is to stop, -1. */
static int worker_wait_for_round(struct worker *session, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	int result;

	worker_wire_receive(session, &frame);
	if (frame.kind == MAILBOX_FRAME_STOP)
		return 0;
	if (frame.kind != MAILBOX_FRAME_IDLE || session->driver->idle == NULL)
		child_exit(EX_PROTOCOL);
	fields = (struct wire_reader){frame.payload, false};
	driver_set_stage(session, "waiting for new messages");
	result = session->driver->idle(session, wire_get_integer(&fields), err);
	if (result < 0)
		return -1;
	if (result != 2)
		worker_send_news(session);
	return 1;
}

/* Closing is what makes late marks true. */
static int worker_finish(struct worker_round *round, struct err *err)
{
	struct worker *session = round->session;
	size_t i;

	driver_set_stage(session, "ending the session");
	if (session->driver->close(session, err) < 0 && round->late_count > 0)
		return -1;
	for (i = 0; i < round->late_count; i++)
		worker_mark_send(session, round->late[i].entry,
		                 MAILBOX_MARKED_YES, "");
	if (round->late_count > 0 && !round->stop)
		worker_send_over(session);
	return 0;
}

static int worker_run_rounds(struct worker *session, struct err *err)
{
	struct worker_round round = {.session = session};
	int more = 1;

	while (more == 1 && worker_list_receive_known(session)) {
		if (worker_run_round(&round, err) < 0)
			return -1;
		if (round.late_count > 0 || round.stop)
			break;
		more = worker_wait_for_round(session, err);
		if (more < 0)
			return -1;
	}
	return worker_finish(&round, err);
}

/* --- start --------------------------------------------------------------- */

static int worker_get_secret(struct worker *session, struct text token,
                             struct err *err)
{
	int64_t seconds;

	if (session->settings.token_command == NULL)
		return secret_password(&session->settings, &session->secret,
		                       err);
	if (token.len > 0) {
		session->secret = memory_zero(1, token.len + 1);
		memcpy(session->secret, token.data, token.len);
		return 0;
	}
	driver_set_stage(session, "running token_command");
	if (secret_token(&session->settings, session->wire.fd, &session->secret,
	                 &seconds, err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_FRAME_TOKEN);
	wire_put_text(&session->frame, text_of(session->secret));
	wire_put_integer(&session->frame, seconds);
	worker_wire_send(session);
	return 0;
}

/* What is not needed after this is given up. */
static int worker_confine(struct worker *session, struct err *err)
{
	static const char *const resolver_files[] = {"/etc/hosts",
	                                             "/etc/resolv.conf",
	                                             "/etc/nsswitch.conf",
	                                             "/etc/host.conf",
	                                             "/etc/gai.conf",
	                                             "/etc/services",
	                                             "/run/systemd/resolve",
	                                             "/etc/ld.so.cache",
	                                             "/lib",
	                                             "/usr/lib",
	                                             NULL};
	const char *const own[] = {session->settings.path, NULL};
	struct confine_profile wish = {.memory = MEMORY_MAX};
	char missing[CONFINE_MISSING_SIZE];

	if (worker_is_remote(session)) {
		wish.network = true;
		wish.read_paths = resolver_files;
	} else {
		wish.read_paths = own;
		if (mailbox_settings_changes_files(&session->settings))
			wish.write_paths = own;
	}
	driver_set_stage(session, "giving up rights");
	if (confine(&wish, missing, sizeof(missing), err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_FRAME_CONFINED);
	wire_put_text(&session->frame, text_of(missing));
	worker_wire_send(session);
	return 0;
}

static int worker_prepare(struct worker *session, struct text token,
                          struct err *err)
{
	if (worker_is_remote(session)) {
		driver_set_stage(session, "reading the secret");
		if (worker_get_secret(session, token, err) < 0)
			return -1;
		worker_secret_prepare(session);
		driver_set_stage(session, "reading certificates");
		if (netstream_trust_open(session->settings.ca_file,
		                         &session->trust, err) < 0)
			return -1;
	}
	if (session->driver->prepare != NULL &&
	    session->driver->prepare(session, err) < 0)
		return -1;
	return worker_confine(session, err);
}

static int worker_serve(struct worker *session, struct text token,
                        struct err *err)
{
	if (worker_prepare(session, token, err) < 0 ||
	    session->driver->open(session, err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_FRAME_OPENED);
	wire_put_integer(&session->frame, session->validity);
	wire_put_integer(&session->frame, session->can_idle);
	worker_wire_send(session);
	return worker_run_rounds(session, err);
}

int worker_run(void)
{
	static const struct mailbox_driver *const kinds[] = {
		[MAILBOX_TYPE_IMAP] = &imap_driver,
		[MAILBOX_TYPE_POP3] = &pop3_driver,
		[MAILBOX_TYPE_MAILDIR] = &maildir_driver,
		[MAILBOX_TYPE_MBOX] = &mbox_driver,
	};
	struct worker session = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                         .arena = arena_new(0)};
	struct err err = {ERR_NONE, ""};
	struct wire_reader fields;
	struct wire_frame frame;
	struct text token;

	child_enter(&session.wire);
	worker_wire_receive(&session, &frame);
	fields = (struct wire_reader){frame.payload, false};
	if (frame.kind != MAILBOX_FRAME_SETTINGS ||
	    !mailbox_settings_get(&fields, session.arena, &session.settings) ||
	    session.settings.type < 0 ||
	    session.settings.type > MAILBOX_TYPE_MBOX)
		return EX_PROTOCOL;
	token = wire_get_text(&fields);
	session.driver = kinds[session.settings.type];
	if (worker_serve(&session, token, &err) < 0) {
		(void)err_prefix(&err, "while %s", session.stage);
		worker_send_error(&session, &err);
	}
	child_exit(EX_OK);
}
