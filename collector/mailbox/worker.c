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

#define MEMORY_MOST (1024ULL * 1024 * 1024)

/* The collector may wait for a locked store. */
#define PATIENCE_MS (INT64_C(24) * 3600 * 1000)

/* Messages that are marked by one command. */
#define MARK_BATCH (MAILBOX_WINDOW / 2)

/* Single marks in a row that a server refuses before the rest waits. */
#define MARK_FAILURES 3U

/* Known messages in a frame. */
#define GONE_BATCH 1000U

/* A message that was sent, and waits for what becomes of it. */
struct sent {
	struct entry *entry;
	bool told;
	enum mailbox_mark mark;
};

struct round {
	struct session *session;
	struct sent sent[MAILBOX_WINDOW];
	size_t sent_count;
	bool stop;
	/* Marks that are sure only when the session has been closed. */
	struct sent *late;
	size_t late_count;
};

/* --- talking ------------------------------------------------------------- */

/* Nobody is left to serve when this fails. */
static void must_send(struct session *session)
{
	struct err ignored;

	if (wire_send(&session->wire, &session->frame,
	              timestamp_monotonic_ms() + PATIENCE_MS, &ignored) < 0)
		child_exit(EX_IOERR);
}

static void must_receive(struct session *session, struct wire_frame *frame)
{
	struct err ignored;

	if (wire_receive(&session->wire, frame,
	                 timestamp_monotonic_ms() + PATIENCE_MS, &ignored) != 1)
		child_exit(EX_OK);
}

void session_stage(struct session *session, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(session->stage, sizeof(session->stage), format,
	                arguments);
	va_end(arguments);
}

int64_t session_deadline(const struct session *session)
{
	return timestamp_monotonic_ms() + session->settings.timeout * 1000;
}

void session_expect(const struct session *session, struct netstream *stream,
                    uint64_t bytes)
{
	netstream_expect(stream, session_deadline(session), bytes);
}

bool session_data(struct session *session, const void *data, size_t len)
{
	const char *rest = data;
	size_t piece;

	while (len > 0) {
		piece = len < WIRE_PIECE ? len : WIRE_PIECE;
		wire_begin(&session->frame, MAILBOX_DATA);
		wire_put_text(&session->frame, (struct text){rest, piece});
		must_send(session);
		rest += piece;
		len -= piece;
	}
	return true;
}

int64_t session_hash(const char *text, size_t len)
{
	uint8_t digest[DIGEST_SIZE];
	uint64_t number;

	digest_sha256(text, len, digest);
	memcpy(&number, digest, sizeof(number));
	return (int64_t)(number >> 1);
}

void session_busy(struct session *session)
{
	wire_begin(&session->frame, MAILBOX_BUSY);
	must_send(session);
}

static void send_trouble(struct session *session, struct err *err)
{
	session_hide_secret(session, err->text);
	wire_begin(&session->frame, MAILBOX_TROUBLE);
	wire_put_integer(&session->frame, err->code);
	wire_put_integer(&session->frame, session->reply);
	wire_put_text(&session->frame, text_of(err->text));
	wire_put_integer(&session->frame, session->token_refused);
	must_send(session);
}

void session_no_idle(struct session *session, const char *why)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY, "%s", why);
	session_hide_secret(session, err.text);
	wire_begin(&session->frame, MAILBOX_NO_IDLE);
	wire_put_text(&session->frame, text_of(err.text));
	must_send(session);
}

static bool is_remote(const struct session *session)
{
	return session->settings.type == MAILBOX_IMAP ||
	       session->settings.type == MAILBOX_POP3;
}

/* --- what is known ------------------------------------------------------- */

static int order_known(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

static struct known *find_known(struct session *session, int64_t message)
{
	const struct known wanted = {.message = message};

	if (session->known_count == 0)
		return NULL;
	return bsearch(&wanted, session->known, session->known_count,
	               sizeof(wanted), order_known);
}

static void add_known(struct session *session, struct text payload)
{
	struct wire_reader fields = {payload, false};
	int64_t count = wire_get_integer(&fields), i;
	struct known known = {.met = false};

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
static bool receive_start(struct session *session)
{
	struct wire_reader fields;
	struct wire_frame frame;

	session->known_count = 0;
	for (;;) {
		must_receive(session, &frame);
		fields = (struct wire_reader){frame.payload, false};
		switch (frame.kind) {
		case MAILBOX_START:
			session->done_to = wire_get_integer(&fields);
			break;
		case MAILBOX_KNOWN:
			add_known(session, frame.payload);
			break;
		case MAILBOX_GO:
			if (session->known_count > 0)
				qsort(session->known, session->known_count,
				      sizeof(*session->known), order_known);
			return true;
		case MAILBOX_STOP:
			return false;
		default:
			child_exit(EX_PROTOCOL);
		}
	}
}

bool session_add(struct session *session, const struct entry *entry)
{
	struct known *known = find_known(session, entry->message);
	bool done = known != NULL ? known->done
	                          : entry->message <= session->done_to;

	if (known != NULL)
		known->met = true;
	if (done || session->count >= ENTRIES_MOST) {
		free(entry->name);
		return done;
	}
	if (session->count == session->room) {
		session->room = session->room * 2 + 64;
		session->entries = memory_resize(
			session->entries, session->room * sizeof(*entry));
	}
	session->entries[session->count] = *entry;
	session->entries[session->count++].tries = known != NULL ? known->tries
	                                                         : 0;
	return true;
}

/* Known messages that somebody has taken away need not be remembered. */
static void send_gone(struct session *session)
{
	size_t i = 0, count;
	struct buf ids = BUF_INIT(GONE_BATCH * sizeof(int64_t));

	while (i < session->known_count) {
		buf_reset(&ids);
		for (count = 0; i < session->known_count && count < GONE_BATCH;
		     i++) {
			if (session->known[i].met)
				continue;
			wire_put_integer(&ids, session->known[i].message);
			count++;
		}
		if (count == 0)
			break;
		wire_begin(&session->frame, MAILBOX_GONE);
		wire_put_integer(&session->frame, (int64_t)count);
		buf_add(&session->frame, ids.data, ids.len);
		must_send(session);
	}
	buf_free(&ids);
}

static void clear_entries(struct session *session)
{
	size_t i;

	for (i = 0; i < session->count; i++)
		free(session->entries[i].name);
	session->count = 0;
}

/* --- marking ------------------------------------------------------------- */

static void send_marked(struct session *session, const struct entry *entry,
                        enum mailbox_marked marked, const char *why)
{
	wire_begin(&session->frame, MAILBOX_MARKED);
	wire_put_integer(&session->frame, entry->message);
	wire_put_integer(&session->frame, marked);
	wire_put_integer(&session->frame, entry->copied);
	wire_put_integer(&session->frame,
	                 marked == MARKED_NOT ? session->reply : REPLY_NONE);
	wire_put_text(&session->frame, text_of(why));
	must_send(session);
	/* One answer, however many messages it was about. */
	if (marked == MARKED_NOT)
		session->reply = REPLY_NONE;
}

static const struct action *action_of(const struct session *session,
                                      enum mailbox_mark mark)
{
	static const struct action keep = {ACTION_KEEP, NULL};

	if (mark == MARK_AFTER)
		return &session->settings.after;
	return mark == MARK_FAILED ? &session->settings.failed : &keep;
}

/* Takes the messages with that mark out of the window. */
static size_t take_told(struct round *round, enum mailbox_mark mark,
                        struct sent *out)
{
	size_t i, kept = 0, count = 0;

	for (i = 0; i < round->sent_count; i++) {
		if (round->sent[i].told && round->sent[i].mark == mark)
			out[count++] = round->sent[i];
		else
			round->sent[kept++] = round->sent[i];
	}
	round->sent_count = kept;
	return count;
}

static void keep_for_later(struct round *round, const struct sent *sent,
                           size_t count)
{
	round->late = memory_resize(round->late, (round->late_count + count) *
	                                                 sizeof(*sent));
	memcpy(round->late + round->late_count, sent, count * sizeof(*sent));
	round->late_count += count;
}

/* One after the other, for what one message prevents the others can do. Gives
   up where a few in a row fail. */
static int mark_each(struct session *session, const struct action *action,
                     struct entry **entries, size_t count, struct err *why)
{
	size_t i, failures = 0;

	for (i = 0; i < count && failures < MARK_FAILURES; i++) {
		if (entries[i]->marked)
			continue;
		session_busy(session);
		if (session->kind->mark(session, action, &entries[i], 1, why) ==
		    0) {
			entries[i]->marked = true;
			failures = 0;
		} else if (why->code != ERR_USAGE) {
			return -1;
		} else {
			failures++;
		}
	}
	return 0;
}

/* Says of each whether it is marked; only a session that is over fails. */
static int mark_entries(struct session *session, const struct action *action,
                        struct entry **entries, size_t count, struct err *why)
{
	size_t i;

	if (action->kind != ACTION_KEEP) {
		session_stage(session, "marking %s %lld", session->kind->word,
		              (long long)entries[0]->message);
		if (session->kind->mark(session, action, entries, count, why) <
		    0) {
			/* A server that refuses one thing does others. */
			if (why->code != ERR_USAGE)
				return -1;
			return count == 1 ? 0
			                  : mark_each(session, action, entries,
			                              count, why);
		}
	}
	for (i = 0; i < count; i++)
		entries[i]->marked = true;
	return 0;
}

/* The session is over in the middle of it: what has been done need not be done
   again. */
static void say_unsure(struct session *session, struct entry *const *entries,
                       size_t count, bool late)
{
	enum mailbox_reply reply = session->reply;
	bool sure;
	size_t i;

	session->reply = REPLY_NONE;
	for (i = 0; i < count; i++) {
		sure = entries[i]->marked && !late;
		send_marked(session, entries[i], sure ? MARKED : MARKED_NOT,
		            "the session has ended");
	}
	session->reply = reply;
}

static int mark_told(struct round *round, enum mailbox_mark mark,
                     struct err *err)
{
	struct session *session = round->session;
	const struct action *action = action_of(session, mark);
	bool late = action->kind != ACTION_KEEP && session->kind->late_marks;
	struct entry *entries[MAILBOX_WINDOW];
	struct sent sent[MAILBOX_WINDOW];
	size_t count = take_told(round, mark, sent), i;
	struct err why = {ERR_NONE, ""};

	if (count == 0)
		return 0;
	for (i = 0; i < count; i++)
		entries[i] = sent[i].entry;
	if (mark_entries(session, action, entries, count, &why) < 0) {
		*err = why;
		say_unsure(session, entries, count, late);
		return -1;
	}
	session_hide_secret(session, why.text);
	for (i = 0; i < count; i++) {
		if (!entries[i]->marked)
			send_marked(session, entries[i], MARKED_NOT, why.text);
		else
			send_marked(session, entries[i],
			            late ? MARKED_LATER : MARKED, "");
		if (entries[i]->marked && late)
			keep_for_later(round, &sent[i], 1);
	}
	return 0;
}

static int mark_all_told(struct round *round, struct err *err)
{
	if (mark_told(round, MARK_LEAVE, err) < 0 ||
	    mark_told(round, MARK_AFTER, err) < 0)
		return -1;
	return mark_told(round, MARK_FAILED, err);
}

static void note_done(struct round *round, const struct wire_frame *frame)
{
	struct wire_reader fields = {frame->payload, false};
	int64_t message = wire_get_integer(&fields);
	int64_t mark = wire_get_integer(&fields);
	int64_t copied = wire_get_integer(&fields);
	size_t i;

	for (i = 0; i < round->sent_count; i++) {
		if (round->sent[i].entry->message != message)
			continue;
		round->sent[i].told = true;
		round->sent[i].entry->copied = copied;
		round->sent[i].mark = (enum mailbox_mark)mark;
	}
}

/* What the collector may say at any time. Told to stop, it ends what it has
   sent, and begins nothing. */
static void take_word(struct round *round, const struct wire_frame *frame)
{
	if (frame->kind == MAILBOX_STOP)
		round->stop = true;
	else if (frame->kind == MAILBOX_DONE)
		note_done(round, frame);
	else
		child_exit(EX_PROTOCOL);
}

/* What has arrived, without waiting. */
static void look_for_done(struct round *round)
{
	struct session *session = round->session;
	struct wire_frame frame;
	struct err ignored;

	if (wire_fill(&session->wire, &ignored) != 1)
		child_exit(EX_OK);
	while (wire_next(&session->wire, &frame, &ignored) == 1)
		take_word(round, &frame);
}

static size_t count_told(const struct round *round)
{
	size_t i, told = 0;

	for (i = 0; i < round->sent_count; i++)
		told += round->sent[i].told;
	return told;
}

/* Waits until so many of those that are out are told of, and marks them. */
static int mark_when_told(struct round *round, size_t wanted, struct err *err)
{
	struct session *session = round->session;
	struct wire_frame frame;

	while (count_told(round) < wanted) {
		must_receive(session, &frame);
		take_word(round, &frame);
		look_for_done(round);
	}
	return mark_all_told(round, err);
}

/* Makes room for another message. A server takes as long for many marks as for
   one. */
static int make_room(struct round *round, struct err *err)
{
	if (round->sent_count < MAILBOX_WINDOW &&
	    count_told(round) < MARK_BATCH)
		return 0;
	return mark_when_told(round, MARK_BATCH, err);
}

/* --- one message --------------------------------------------------------- */

/* Offers it; 1 take, 0 pass, -1 stop. */
static int offer(struct round *round, const struct entry *entry)
{
	struct session *session = round->session;
	struct wire_frame frame;
	char label[320];

	if (entry->name != NULL)
		(void)snprintf(label, sizeof(label), "%.300s", entry->name);
	else
		(void)snprintf(label, sizeof(label), "%s %lld",
		               session->kind->word, (long long)entry->message);
	wire_begin(&session->frame, MAILBOX_OFFER);
	wire_put_integer(&session->frame, entry->message);
	wire_put_integer(&session->frame, entry->size);
	wire_put_integer(&session->frame, entry->received);
	wire_put_text(&session->frame, text_of(label));
	must_send(session);
	for (;;) {
		must_receive(session, &frame);
		switch (frame.kind) {
		case MAILBOX_TAKE:
			return 1;
		case MAILBOX_PASS:
			return 0;
		default:
			take_word(round, &frame);
			break;
		}
		if (round->stop)
			return -1;
	}
}

static void expect_done(struct round *round, struct entry *entry)
{
	round->sent[round->sent_count++] = (struct sent){.entry = entry};
}

/* It was taken: its bytes, or why there are none. */
static int send_message(struct round *round, struct entry *entry,
                        struct err *err)
{
	struct session *session = round->session;
	enum mailbox_loss loss = LOSS_REFUSED;
	struct err why;

	session_stage(session, "fetching %s %lld", session->kind->word,
	              (long long)entry->message);
	session->reply = REPLY_NONE;
	if (session->kind->fetch(session, entry, &why) < 0) {
		/* A file that cannot be read says nothing of others. */
		if (why.code != ERR_NOT_FOUND && why.code != ERR_MALFORMED &&
		    is_remote(session)) {
			*err = why;
			return -1;
		}
		if (why.code == ERR_NOT_FOUND)
			loss = LOSS_GONE;
		else if (session->reply == REPLY_EMPTY)
			loss = LOSS_EMPTY;
		session_hide_secret(session, why.text);
		wire_begin(&session->frame, MAILBOX_LOST);
		wire_put_integer(&session->frame, entry->message);
		wire_put_integer(&session->frame, loss);
		wire_put_integer(&session->frame, session->reply);
		wire_put_text(&session->frame, text_of(why.text));
		must_send(session);
		return 0;
	}
	wire_begin(&session->frame, MAILBOX_END);
	wire_put_integer(&session->frame, entry->message);
	must_send(session);
	expect_done(round, entry);
	return 0;
}

/* --- one round ----------------------------------------------------------- */

static void say_over(struct session *session)
{
	wire_begin(&session->frame, MAILBOX_OVER);
	wire_put_integer(&session->frame, session->highest);
	must_send(session);
}

static int order_tries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->tries != y->tries)
		return x->tries < y->tries ? -1 : 1;
	return (x->message > y->message) - (x->message < y->message);
}

/* Those that failed before come last, and hold up no other. The rest stay in
   their order. */
static void order_entries(struct session *session)
{
	struct entry *ordered;
	size_t i, count = 0, failed = 0;

	for (i = 0; i < session->count; i++)
		failed += session->entries[i].tries > 0;
	if (failed == 0)
		return;
	ordered = memory_zero(session->count, sizeof(*ordered));
	for (i = 0; i < session->count; i++) {
		if (session->entries[i].tries == 0)
			ordered[count++] = session->entries[i];
	}
	for (i = 0; i < session->count; i++) {
		if (session->entries[i].tries > 0)
			ordered[count++] = session->entries[i];
	}
	qsort(ordered + count - failed, failed, sizeof(*ordered), order_tries);
	free(session->entries);
	session->entries = ordered;
	session->room = session->count;
}

struct place {
	int64_t message;
	size_t index;
};

static int order_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* A listing may name a message twice: "5,9:*" does, and a file that is moved
   meanwhile. The first stays, in its place. */
static void drop_doubles(struct session *session)
{
	struct place *places = memory_zero(session->count + 1, sizeof(*places));
	struct entry *entries = session->entries;
	size_t i, kept = 0;

	for (i = 0; i < session->count; i++)
		places[i] = (struct place){entries[i].message, i};
	if (session->count > 0)
		qsort(places, session->count, sizeof(*places), order_places);
	for (i = 1; i < session->count; i++) {
		if (places[i].message != places[i - 1].message)
			continue;
		free(entries[places[i].index].name);
		entries[places[i].index].message = -1;
	}
	for (i = 0; i < session->count; i++) {
		if (entries[i].message >= 0)
			entries[kept++] = entries[i];
	}
	session->count = kept;
	free(places);
}

static int list(struct session *session, struct err *err)
{
	clear_entries(session);
	session->highest = 0;
	session_stage(session, "listing");
	if (session->kind->list(session, err) < 0)
		return -1;
	drop_doubles(session);
	order_entries(session);
	wire_begin(&session->frame, MAILBOX_COUNT);
	wire_put_integer(&session->frame, (int64_t)session->count);
	must_send(session);
	send_gone(session);
	return 0;
}

static int take_one(struct round *round, struct entry *entry, struct err *err)
{
	int answer = offer(round, entry);

	/* One that is passed over is still told what becomes of it. */
	if (answer == 0)
		expect_done(round, entry);
	return answer == 1 ? send_message(round, entry, err) : 0;
}

static int take_all(struct round *round, struct err *err)
{
	struct session *session = round->session;
	size_t i;

	for (i = 0; i < session->count && !round->stop; i++) {
		look_for_done(round);
		if (make_room(round, err) < 0)
			return -1;
		if (!round->stop &&
		    take_one(round, &session->entries[i], err) < 0)
			return -1;
	}
	return mark_when_told(round, round->sent_count, err);
}

static int one_round(struct round *round, struct err *err)
{
	struct session *session = round->session;

	if (list(session, err) < 0 || take_all(round, err) < 0)
		return -1;
	/* Deleting by POP3 works when the session ends well. */
	if (round->late_count > 0 || round->stop)
		return 0;
	say_over(session);
	return 0;
}

static void send_news(struct session *session)
{
	wire_begin(&session->frame, MAILBOX_NEWS);
	must_send(session);
}

/* After a round: 1 there is another one, 0 it is to stop, -1. */
static int wait_for_more(struct session *session, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	int result;

	must_receive(session, &frame);
	if (frame.kind == MAILBOX_STOP)
		return 0;
	if (frame.kind != MAILBOX_IDLE || session->kind->idle == NULL)
		child_exit(EX_PROTOCOL);
	fields = (struct wire_reader){frame.payload, false};
	session_stage(session, "waiting for new messages");
	result = session->kind->idle(session, wire_get_integer(&fields), err);
	if (result < 0)
		return -1;
	if (result != 2)
		send_news(session);
	return 1;
}

/* Closing is what makes late marks true. */
static int finish(struct round *round, struct err *err)
{
	struct session *session = round->session;
	size_t i;

	session_stage(session, "ending the session");
	if (session->kind->close(session, err) < 0 && round->late_count > 0)
		return -1;
	for (i = 0; i < round->late_count; i++)
		send_marked(session, round->late[i].entry, MARKED, "");
	if (round->late_count > 0 && !round->stop)
		say_over(session);
	return 0;
}

static int serve_rounds(struct session *session, struct err *err)
{
	struct round round = {.session = session};
	int more = 1;

	while (more == 1 && receive_start(session)) {
		if (one_round(&round, err) < 0)
			return -1;
		if (round.late_count > 0 || round.stop)
			break;
		more = wait_for_more(session, err);
		if (more < 0)
			return -1;
	}
	return finish(&round, err);
}

/* --- start --------------------------------------------------------------- */

static int get_secret(struct session *session, struct text token,
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
	session_stage(session, "running token_command");
	if (secret_token(&session->settings, session->wire.fd, &session->secret,
	                 &seconds, err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_TOKEN);
	wire_put_text(&session->frame, text_of(session->secret));
	wire_put_integer(&session->frame, seconds);
	must_send(session);
	return 0;
}

/* What is not needed after this is given up. */
static int give_up_the_rest(struct session *session, struct err *err)
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
	struct confine_profile wish = {.memory = MEMORY_MOST};
	char missing[CONFINE_MISSING_SIZE];

	if (is_remote(session)) {
		wish.network = true;
		wish.read_paths = resolver_files;
	} else {
		wish.read_paths = own;
		if (mailbox_changes_files(&session->settings))
			wish.write_paths = own;
	}
	session_stage(session, "giving up rights");
	if (confine(&wish, missing, sizeof(missing), err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_CONFINED);
	wire_put_text(&session->frame, text_of(missing));
	must_send(session);
	return 0;
}

static int prepare(struct session *session, struct text token, struct err *err)
{
	if (is_remote(session)) {
		session_stage(session, "reading the secret");
		if (get_secret(session, token, err) < 0)
			return -1;
		session_know_secret(session);
		session_stage(session, "reading certificates");
		if (netstream_trust_open(session->settings.ca_file,
		                         &session->trust, err) < 0)
			return -1;
	}
	if (session->kind->prepare != NULL &&
	    session->kind->prepare(session, err) < 0)
		return -1;
	return give_up_the_rest(session, err);
}

static int run(struct session *session, struct text token, struct err *err)
{
	if (prepare(session, token, err) < 0 ||
	    session->kind->open(session, err) < 0)
		return -1;
	wire_begin(&session->frame, MAILBOX_OPENED);
	wire_put_integer(&session->frame, session->validity);
	wire_put_integer(&session->frame, session->can_idle);
	must_send(session);
	return serve_rounds(session, err);
}

int child_mailbox(void)
{
	static const struct mailbox_kind *const kinds[] = {
		[MAILBOX_IMAP] = &kind_imap,
		[MAILBOX_POP3] = &kind_pop3,
		[MAILBOX_MAILDIR] = &kind_maildir,
		[MAILBOX_MBOX] = &kind_mbox,
	};
	struct session session = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                          .arena = arena_new(0)};
	struct err err = {ERR_NONE, ""};
	struct wire_reader fields;
	struct wire_frame frame;
	struct text token;

	child_enter(&session.wire);
	must_receive(&session, &frame);
	fields = (struct wire_reader){frame.payload, false};
	if (frame.kind != MAILBOX_SETTINGS ||
	    !mailbox_settings_get(&fields, session.arena, &session.settings) ||
	    session.settings.type < 0 || session.settings.type > MAILBOX_MBOX)
		return EX_PROTOCOL;
	token = wire_get_text(&fields);
	session.kind = kinds[session.settings.type];
	if (run(&session, token, &err) < 0) {
		(void)err_prefix(&err, "while %s", session.stage);
		send_trouble(&session, &err);
	}
	child_exit(EX_OK);
}
