/*
 * A mailbox over POP3 (RFC 1939, RFC 2595). Our own: libetpan writes beyond its
 * list of messages when a server counts from 0. A message is deleted when QUIT
 * is answered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "collector/mailbox/driver.h"

#define PORT_TLS   995
#define PORT_PLAIN 110

#define LINE_MOST   2048U
#define SLACK_BYTES 65536ULL
#define LIST_BYTES  (64ULL * ENTRIES_MOST)
#define QUIT_MS     10000

struct state {
	struct netstream *stream;
	char in[16384]; /* what has arrived */
	size_t at, len;
	char line[LINE_MOST];
	size_t line_len;
	bool line_cut; /* it goes on */
};

/* --- lines --------------------------------------------------------------- */

static int stream_error(struct session *session, const struct state *state,
                        struct err *err)
{
	session->reply = netstream_is_late(state->stream) ? REPLY_TIMEOUT
	                                                  : REPLY_CLOSED;
	*err = *netstream_error(state->stream);
	if (err->text[0] == '\0')
		(void)err_set(err, ERR_BUSY, "connection");
	return -1;
}

static int fill(struct session *session, struct state *state, struct err *err)
{
	ssize_t count;

	state->at = 0;
	state->len = 0;
	count = netstream_read(state->stream, state->in, sizeof(state->in));
	if (count < 0)
		return stream_error(session, state, err);
	state->len = (size_t)count;
	return 0;
}

/* The next line without its end, or LINE_MOST of it. */
static int read_line(struct session *session, struct state *state,
                     struct err *err)
{
	char c = '\0';

	state->line_len = 0;
	while (state->line_len < LINE_MOST) {
		if (state->at == state->len && fill(session, state, err) < 0)
			return -1;
		c = state->in[state->at++];
		if (c == '\n')
			break;
		state->line[state->line_len++] = c;
	}
	state->line_cut = c != '\n';
	if (!state->line_cut && state->line_len > 0 &&
	    state->line[state->line_len - 1] == '\r')
		state->line_len--;
	return 0;
}

static struct text line_of(const struct state *state)
{
	return (struct text){state->line, state->line_len};
}

static int send_all(struct session *session, struct state *state,
                    const char *data, size_t len, struct err *err)
{
	ssize_t count;

	while (len > 0) {
		count = netstream_write(state->stream, data, len);
		if (count < 0)
			return stream_error(session, state, err);
		data += count;
		len -= (size_t)count;
	}
	return 0;
}

/* "+OK", or why not. What the server says may hold anything; it is cut. */
static int read_ok(struct session *session, struct state *state,
                   struct err *err)
{
	bool refused;

	if (read_line(session, state, err) < 0)
		return -1;
	if (state->line_cut)
		return err_set(err, ERR_BUSY, "the server's line has no end");
	if (text_starts(line_of(state), "+OK"))
		return 0;
	refused = text_starts(line_of(state), "-ERR");
	session->reply = refused ? REPLY_NO : REPLY_BAD;
	/* After any other line nobody knows what the next one answers. */
	return err_set(err, refused ? ERR_USAGE : ERR_SYSTEM,
	               "the server says: %.*s",
	               (int)(state->line_len < 300 ? state->line_len : 300),
	               state->line);
}

static int command(struct session *session, const char *word,
                   const char *argument, struct err *err)
{
	struct state *state = session->state;
	struct buf line = BUF_INIT(128U * 1024U);
	int result;

	session_expect(session, state->stream, SLACK_BYTES);
	buf_printf(&line, "%s%s%s\r\n", word, argument[0] != '\0' ? " " : "",
	           argument);
	result = line.full ? err_set(err, ERR_USAGE, "%s is too long", word)
	                   : send_all(session, state, line.data, line.len, err);
	if (line.data != NULL)
		explicit_bzero(line.data, line.size);
	buf_free(&line);
	return result == 0 ? read_ok(session, state, err) : -1;
}

/* --- opening ------------------------------------------------------------- */

static int log_in_by_token(struct session *session, struct err *err)
{
	struct buf word = BUF_INIT(98304);
	int result;

	buf_add_text(&word, "XOAUTH2 ");
	buf_add_text(&word, session->secret_forms[SECRET_TOKEN]);
	result = command(session, "AUTH", buf_text(&word), err);
	buf_free(&word);
	return result;
}

static int log_in(struct session *session, struct err *err)
{
	int result;

	session_stage(session, "logging in as %s", session->settings.user);
	if (session->settings.token_command != NULL) {
		result = log_in_by_token(session, err);
	} else {
		result = command(session, "USER", session->settings.user, err);
		if (result == 0)
			result = command(session, "PASS", session->secret, err);
	}
	session->token_refused = result < 0 && err->code == ERR_USAGE;
	return result;
}

static int start_tls(struct session *session, struct err *err)
{
	struct state *state = session->state;

	session_stage(session, "starting TLS with %s", session->settings.host);
	if (command(session, "STLS", "", err) < 0)
		return -1;
	if (state->at < state->len)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STLS; somebody may be in between");
	return netstream_start_tls(state->stream, session->trust,
	                           session->settings.host, err);
}

static int pop3_attach(struct session *session, struct netstream *stream,
                       struct err *err)
{
	struct state *state = arena_alloc(session->arena, sizeof(*state));

	session->state = state;
	state->stream = stream;
	session_stage(session, "greeting %s", session->settings.host);
	session_expect(session, stream, SLACK_BYTES);
	return read_ok(session, state, err);
}

static int pop3_enter(struct session *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	char *where;

	if (log_in(session, err) < 0)
		return -1;
	where = arena_printf(session->arena, "pop3 %s %s", settings->host,
	                     settings->user);
	session->validity = session_hash(where, strlen(where));
	return 0;
}

static int pop3_open(struct session *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	bool implicit = settings->tls == MAILBOX_TLS_IMPLICIT;
	struct netstream *stream = NULL;
	int64_t port = settings->port;

	if (port == 0)
		port = implicit ? PORT_TLS : PORT_PLAIN;
	session_stage(session, "connecting to %s, port %lld", settings->host,
	              (long long)port);
	if (netstream_connect(settings->host, port, session_deadline(session),
	                      &stream, err) < 0)
		return -1;
	if (implicit && netstream_start_tls(stream, session->trust,
	                                    settings->host, err) < 0) {
		netstream_close(&stream);
		return -1;
	}
	if (pop3_attach(session, stream, err) < 0 ||
	    (!implicit && start_tls(session, err) < 0))
		return -1;
	/* No secret goes over an open line, whatever led here. */
	if (!netstream_is_tls(stream))
		return err_set(err, ERR_SYSTEM, "there is no TLS");
	return pop3_enter(session, err);
}

/* --- listing ------------------------------------------------------------- */

/* "12 345": a number and the rest. */
static bool split_line(struct text line, int64_t *number, struct text *rest)
{
	struct text word;

	*rest = line;
	return text_next(rest, ' ', &word) && text_integer(word, number) &&
	       *number > 0;
}

static bool is_end(const struct state *state)
{
	return state->line_len == 1 && state->line[0] == '.';
}

/* The sizes by number; what makes no sense is left out. */
static int read_sizes(struct session *session, int64_t **sizes, size_t *most,
                      size_t *count, struct err *err)
{
	struct state *state = session->state;
	int64_t number, size;
	struct text rest;
	size_t room;

	if (command(session, "LIST", "", err) < 0)
		return -1;
	session_expect(session, state->stream, LIST_BYTES);
	for (;;) {
		if (read_line(session, state, err) < 0)
			return -1;
		if (is_end(state))
			return 0;
		if (!split_line(line_of(state), &number, &rest) ||
		    !text_integer(text_trim(rest), &size) || size < 0 ||
		    number > (int64_t)ENTRIES_MOST)
			continue;
		if ((size_t)number >= *most) {
			room = (size_t)number * 2 + 64;
			*sizes = memory_resize(*sizes, room * sizeof(size));
			memset(*sizes + *most, 0xff,
			       (room - *most) * sizeof(size));
			*most = room;
		}
		(*sizes)[number] = size;
		(*count)++;
	}
}

/* The messages that UIDL names, for they are known when all are. */
struct names {
	struct entry *items;
	size_t count, room;
};

static void add_name(struct names *names, const struct entry *entry)
{
	if (names->count == names->room) {
		names->room = names->room * 2 + 64;
		names->items = memory_resize(names->items,
		                             names->room * sizeof(*entry));
	}
	names->items[names->count++] = *entry;
}

static int order_names(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int order_numbers(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Two copies of a message may have one name (RFC 1939 section 7): each is a
   message of its own, known by how many are before it. */
static void tell_copies_apart(struct names *names)
{
	int64_t of[2] = {0, 0};
	size_t i;

	if (names->count == 0)
		return;
	qsort(names->items, names->count, sizeof(*names->items), order_names);
	for (i = 0; i < names->count; i++) {
		if (i == 0 || names->items[i].message != of[0]) {
			of[0] = names->items[i].message;
			of[1] = 0;
			continue;
		}
		of[1]++;
		names->items[i].message =
			session_hash((const char *)of, sizeof(of));
	}
	qsort(names->items, names->count, sizeof(*names->items), order_numbers);
}

static int read_names(struct session *session, const int64_t *sizes,
                      size_t most, struct names *names, size_t *count,
                      struct err *err)
{
	struct state *state = session->state;
	struct text rest;
	int64_t number;

	if (command(session, "UIDL", "", err) < 0) {
		if (err->code == ERR_USAGE) {
			err->code = ERR_SYSTEM;
			(void)err_prefix(err,
			                 "the server has no UIDL, and what "
			                 "was read cannot be told from "
			                 "what is new");
		}
		return -1;
	}
	session_expect(session, state->stream, LIST_BYTES * 2);
	for (;;) {
		struct entry entry = {0};

		if (read_line(session, state, err) < 0)
			return -1;
		if (is_end(state))
			return 0;
		if (!split_line(line_of(state), &number, &rest) ||
		    rest.len == 0 || number > (int64_t)ENTRIES_MOST)
			continue;
		(*count)++;
		if (number >= (int64_t)most || sizes[number] < 0)
			continue;
		entry.message = session_hash(rest.data, rest.len);
		entry.number = number;
		entry.size = sizes[number];
		add_name(names, &entry);
	}
}

static int pop3_list(struct session *session, struct err *err)
{
	int64_t *sizes = NULL;
	size_t most = 0, listed = 0, named = 0, i;
	struct names names = {NULL, 0, 0};
	int result = read_sizes(session, &sizes, &most, &listed, err);

	if (result == 0)
		result = read_names(session, sizes, most, &names, &named, err);
	tell_copies_apart(&names);
	for (i = 0; i < names.count && result == 0; i++)
		(void)session_add(session, &names.items[i]);
	free(names.items);
	free(sizes);
	/* What seems to be gone would be forgotten. */
	if (result == 0 && listed != named) {
		session->reply = REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "LIST names %zu messages, and UIDL %zu of them",
		               listed, named);
	}
	return result;
}

/* --- fetching ------------------------------------------------------------ */

static int check_sent(struct session *session, uint64_t sent, int64_t size,
                      struct err *err)
{
	if (sent > 0 || size == 0)
		return 0;
	session->reply = REPLY_EMPTY;
	return err_set(err, ERR_MALFORMED,
	               "the server gives the message without a byte");
}

/* Lines until the one that is a dot; a dot before a dot is taken away. */
static int take_body(struct session *session, int64_t size, struct err *err)
{
	struct state *state = session->state;
	struct buf piece = BUF_INIT(2U * WIRE_PIECE);
	bool start = true;
	uint64_t sent = 0;
	struct text line;
	int result = 0;

	for (;;) {
		if (read_line(session, state, err) < 0) {
			result = -1;
			break;
		}
		line = line_of(state);
		if (start && !state->line_cut && is_end(state))
			break;
		if (start && text_starts(line, "."))
			line = (struct text){line.data + 1, line.len - 1};
		sent += line.len;
		buf_add(&piece, line.data, line.len);
		if (!state->line_cut)
			buf_add_text(&piece, "\r\n");
		start = !state->line_cut;
		if (piece.len < WIRE_PIECE)
			continue;
		(void)session_data(session, piece.data, piece.len);
		buf_reset(&piece);
	}
	if (result == 0)
		(void)session_data(session, piece.data, piece.len);
	buf_free(&piece);
	return result == 0 ? check_sent(session, sent, size, err) : -1;
}

static int pop3_fetch(struct session *session, struct entry *entry,
                      struct err *err)
{
	struct state *state = session->state;
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld",
	               (long long)entry->number);
	if (command(session, "RETR", number, err) < 0) {
		if (err->code == ERR_USAGE)
			err->code = ERR_MALFORMED;
		return -1;
	}
	session_expect(session, state->stream,
	               (uint64_t)entry->size * 2 + SLACK_BYTES);
	return take_body(session, entry->size, err);
}

static int pop3_mark(struct session *session, const struct action *action,
                     struct entry *const *entries, size_t count,
                     struct err *err)
{
	char number[24];
	size_t i;

	(void)action; /* deleting is all that can be done */
	for (i = 0; i < count; i++) {
		(void)snprintf(number, sizeof(number), "%lld",
		               (long long)entries[i]->number);
		if (entries[i]->marked)
			continue;
		session_busy(session);
		if (command(session, "DELE", number, err) < 0)
			return -1;
		entries[i]->marked = true;
	}
	return 0;
}

static int pop3_close(struct session *session, struct err *err)
{
	struct state *state = session->state;
	int result = command(session, "QUIT", "", err);

	netstream_close(&state->stream);
	return result;
}

const struct mailbox_kind kind_pop3 = {
	.word = "message",
	.open = pop3_open,
	.attach = pop3_attach,
	.enter = pop3_enter,
	.list = pop3_list,
	.fetch = pop3_fetch,
	.mark = pop3_mark,
	.close = pop3_close,
	.late_marks = true,
};
