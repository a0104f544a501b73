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
#include "collector/mailbox/worker_list.h"
#include "collector/mailbox/worker_wire.h"

#define PORT_TLS   995
#define PORT_PLAIN 110

#define POP3_LINE_MAX    2048U
#define POP3_SLACK_BYTES 65536ULL
#define POP3_LIST_BYTES  (64ULL * DRIVER_ENTRIES_MAX)
#define QUIT_MS          10000

struct pop3 {
	struct netstream *stream;
	char in[16384]; /* what has arrived */
	size_t at, len;
	char line[POP3_LINE_MAX];
	size_t line_len;
	bool line_cut; /* it goes on */
};

/* --- lines --------------------------------------------------------------- */

static int pop3_line_fail(struct worker *session, const struct pop3 *state,
                          struct err *err)
{
	session->reply = netstream_is_late(state->stream)
	                         ? MAILBOX_REPLY_TIMEOUT
	                         : MAILBOX_REPLY_CLOSED;
	*err = *netstream_error(state->stream);
	if (err->text[0] == '\0')
		(void)err_set(err, ERR_BUSY, "connection");
	return -1;
}

static int pop3_line_fill(struct worker *session, struct pop3 *state,
                          struct err *err)
{
	ssize_t count;

	state->at = 0;
	state->len = 0;
	count = netstream_read(state->stream, state->in, sizeof(state->in));
	if (count < 0)
		return pop3_line_fail(session, state, err);
	state->len = (size_t)count;
	return 0;
}

/* The next line without its end, or POP3_LINE_MAX bytes of it. */
static int pop3_line_read(struct worker *session, struct pop3 *state,
                          struct err *err)
{
	char c = '\0';

	state->line_len = 0;
	while (state->line_len < POP3_LINE_MAX) {
		if (state->at == state->len &&
		    pop3_line_fill(session, state, err) < 0)
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

static struct text pop3_line_text(const struct pop3 *state)
{
	return (struct text){state->line, state->line_len};
}

static int pop3_line_send(struct worker *session, struct pop3 *state,
                          const char *data, size_t len, struct err *err)
{
	ssize_t count;

	while (len > 0) {
		count = netstream_write(state->stream, data, len);
		if (count < 0)
			return pop3_line_fail(session, state, err);
		data += count;
		len -= (size_t)count;
	}
	return 0;
}

/* "+OK", or why not. What the server says may hold anything; it is cut. */
static int pop3_line_read_ok(struct worker *session, struct pop3 *state,
                             struct err *err)
{
	bool refused;

	if (pop3_line_read(session, state, err) < 0)
		return -1;
	if (state->line_cut)
		return err_set(err, ERR_BUSY, "the server's line has no end");
	if (text_starts(pop3_line_text(state), "+OK"))
		return 0;
	refused = text_starts(pop3_line_text(state), "-ERR");
	session->reply = refused ? MAILBOX_REPLY_NO : MAILBOX_REPLY_BAD;
	/* After any other line nobody knows what the next one answers. */
	return err_set(err, refused ? ERR_CONFIG : ERR_SYSTEM,
	               "the server says: %.*s",
	               (int)(state->line_len < 300 ? state->line_len : 300),
	               state->line);
}

static int pop3_line_command(struct worker *session, const char *word,
                             const char *argument, struct err *err)
{
	struct pop3 *state = session->driver_state;
	struct buf line = BUF_INIT(128U * 1024U);
	int result;

	driver_expect(session, state->stream, POP3_SLACK_BYTES);
	buf_printf(&line, "%s%s%s\r\n", word, argument[0] != '\0' ? " " : "",
	           argument);
	result = line.full ? err_set(err, ERR_CONFIG, "%s is too long", word)
	                   : pop3_line_send(session, state, line.data, line.len,
	                                    err);
	if (line.data != NULL)
		explicit_bzero(line.data, line.size);
	buf_free(&line);
	return result == 0 ? pop3_line_read_ok(session, state, err) : -1;
}

/* --- opening ------------------------------------------------------------- */

static int pop3_authenticate_by_token(struct worker *session, struct err *err)
{
	struct buf word = BUF_INIT(98304);
	int result;

	buf_add_text(&word, "XOAUTH2 ");
	buf_add_text(&word, session->secret_forms[WORKER_SECRET_TOKEN]);
	result = pop3_line_command(session, "AUTH", buf_text(&word), err);
	buf_free(&word);
	return result;
}

static int pop3_authenticate(struct worker *session, struct err *err)
{
	int result;

	driver_set_stage(session, "logging in as %s", session->settings.user);
	if (session->settings.token_command != NULL) {
		result = pop3_authenticate_by_token(session, err);
	} else {
		result = pop3_line_command(session, "USER",
		                           session->settings.user, err);
		if (result == 0)
			result = pop3_line_command(session, "PASS",
			                           session->secret, err);
	}
	session->token_refused = result < 0 && err->code == ERR_CONFIG;
	return result;
}

static int pop3_start_tls(struct worker *session, struct err *err)
{
	struct pop3 *state = session->driver_state;

	driver_set_stage(session, "starting TLS with %s",
	                 session->settings.host);
	if (pop3_line_command(session, "STLS", "", err) < 0)
		return -1;
	if (state->at < state->len)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STLS; somebody may be in between");
	return netstream_start_tls(state->stream, session->trust,
	                           session->settings.host, err);
}

static int pop3_attach(struct worker *session, struct netstream *stream,
                       struct err *err)
{
	struct pop3 *state = arena_alloc(session->arena, sizeof(*state));

	session->driver_state = state;
	state->stream = stream;
	driver_set_stage(session, "greeting %s", session->settings.host);
	driver_expect(session, stream, POP3_SLACK_BYTES);
	return pop3_line_read_ok(session, state, err);
}

static int pop3_log_in(struct worker *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	char *where;

	if (pop3_authenticate(session, err) < 0)
		return -1;
	where = arena_printf(session->arena, "pop3 %s %s", settings->host,
	                     settings->user);
	session->validity = driver_hash(where, strlen(where));
	return 0;
}

static int pop3_open(struct worker *session, struct err *err)
{
	const struct mailbox_settings *settings = &session->settings;
	bool implicit = settings->tls == MAILBOX_TLS_IMPLICIT;
	struct netstream *stream = NULL;
	int64_t port = settings->port;

	if (port == 0)
		port = implicit ? PORT_TLS : PORT_PLAIN;
	driver_set_stage(session, "connecting to %s, port %lld", settings->host,
	                 (long long)port);
	if (netstream_connect(settings->host, port, driver_deadline(session),
	                      &stream, err) < 0)
		return -1;
	if (implicit && netstream_start_tls(stream, session->trust,
	                                    settings->host, err) < 0) {
		netstream_close(&stream);
		return -1;
	}
	if (pop3_attach(session, stream, err) < 0 ||
	    (!implicit && pop3_start_tls(session, err) < 0))
		return -1;
	/* No secret goes over an open line, whatever led here. */
	if (!netstream_is_tls(stream))
		return err_set(err, ERR_SYSTEM, "there is no TLS");
	return pop3_log_in(session, err);
}

/* --- listing ------------------------------------------------------------- */

/* "12 345": a number and the rest. */
static bool pop3_list_split_line(struct text line, int64_t *number,
                                 struct text *rest)
{
	struct text word;

	*rest = line;
	return text_next(rest, ' ', &word) && text_integer(word, number) &&
	       *number > 0;
}

static bool pop3_line_is_end(const struct pop3 *state)
{
	return state->line_len == 1 && state->line[0] == '.';
}

/* The sizes by number; what makes no sense is left out. */
static int pop3_list_read_sizes(struct worker *session, int64_t **sizes,
                                size_t *most, size_t *count, struct err *err)
{
	struct pop3 *state = session->driver_state;
	int64_t number, size;
	struct text rest;
	size_t room;

	if (pop3_line_command(session, "LIST", "", err) < 0)
		return -1;
	driver_expect(session, state->stream, POP3_LIST_BYTES);
	for (;;) {
		if (pop3_line_read(session, state, err) < 0)
			return -1;
		if (pop3_line_is_end(state))
			return 0;
		if (!pop3_list_split_line(pop3_line_text(state), &number,
		                          &rest) ||
		    !text_integer(text_trim(rest), &size) || size < 0 ||
		    number > (int64_t)DRIVER_ENTRIES_MAX)
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
struct pop3_names {
	struct driver_entry *items;
	size_t count, room;
};

static void pop3_list_add_name(struct pop3_names *names,
                               const struct driver_entry *entry)
{
	if (names->count == names->room) {
		names->room = names->room * 2 + 64;
		names->items = memory_resize(names->items,
		                             names->room * sizeof(*entry));
	}
	names->items[names->count++] = *entry;
}

static int pop3_list_order_names(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int pop3_list_order_numbers(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Two copies of a message may have one name (RFC 1939 section 7): each is a
   message of its own, known by how many are before it. */
static void pop3_list_number_copies(struct pop3_names *names)
{
	int64_t of[2] = {0, 0};
	size_t i;

	if (names->count == 0)
		return;
	qsort(names->items, names->count, sizeof(*names->items),
	      pop3_list_order_names);
	for (i = 0; i < names->count; i++) {
		if (i == 0 || names->items[i].message != of[0]) {
			of[0] = names->items[i].message;
			of[1] = 0;
			continue;
		}
		of[1]++;
		names->items[i].message =
			driver_hash((const char *)of, sizeof(of));
	}
	qsort(names->items, names->count, sizeof(*names->items),
	      pop3_list_order_numbers);
}

static int pop3_list_read_names(struct worker *session, const int64_t *sizes,
                                size_t most, struct pop3_names *names,
                                size_t *count, struct err *err)
{
	struct pop3 *state = session->driver_state;
	struct text rest;
	int64_t number;

	if (pop3_line_command(session, "UIDL", "", err) < 0) {
		if (err->code == ERR_CONFIG) {
			err->code = ERR_SYSTEM;
			(void)err_prefix(err,
			                 "the server has no UIDL, and what "
			                 "was read cannot be told from "
			                 "what is new");
		}
		return -1;
	}
	driver_expect(session, state->stream, POP3_LIST_BYTES * 2);
	for (;;) {
		struct driver_entry entry = {0};

		if (pop3_line_read(session, state, err) < 0)
			return -1;
		if (pop3_line_is_end(state))
			return 0;
		if (!pop3_list_split_line(pop3_line_text(state), &number,
		                          &rest) ||
		    rest.len == 0 || number > (int64_t)DRIVER_ENTRIES_MAX)
			continue;
		(*count)++;
		if (number >= (int64_t)most || sizes[number] < 0)
			continue;
		entry.message = driver_hash(rest.data, rest.len);
		entry.number = number;
		entry.size = sizes[number];
		pop3_list_add_name(names, &entry);
	}
}

static int pop3_list(struct worker *session, struct err *err)
{
	int64_t *sizes = NULL;
	size_t most = 0, listed = 0, named = 0, i;
	struct pop3_names names = {NULL, 0, 0};
	int result = pop3_list_read_sizes(session, &sizes, &most, &listed, err);

	if (result == 0)
		result = pop3_list_read_names(session, sizes, most, &names,
		                              &named, err);
	pop3_list_number_copies(&names);
	for (i = 0; i < names.count && result == 0; i++)
		(void)worker_list_add(session, &names.items[i]);
	free(names.items);
	free(sizes);
	/* What seems to be gone would be forgotten. */
	if (result == 0 && listed != named) {
		session->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "LIST names %zu messages, and UIDL %zu of them",
		               listed, named);
	}
	return result;
}

/* --- fetching ------------------------------------------------------------ */

static int pop3_check_sent(struct worker *session, uint64_t sent, int64_t size,
                           struct err *err)
{
	if (sent > 0 || size == 0)
		return 0;
	session->reply = MAILBOX_REPLY_EMPTY;
	return err_set(err, ERR_MALFORMED,
	               "the server gives the message without a byte");
}

/* Lines until the one that is a dot; a dot before a dot is taken away. */
static int pop3_fetch_body(struct worker *session, int64_t size,
                           struct err *err)
{
	struct pop3 *state = session->driver_state;
	struct buf piece = BUF_INIT(2U * WIRE_PIECE);
	bool start = true;
	uint64_t sent = 0;
	struct text line;
	int result = 0;

	for (;;) {
		if (pop3_line_read(session, state, err) < 0) {
			result = -1;
			break;
		}
		line = pop3_line_text(state);
		if (start && !state->line_cut && pop3_line_is_end(state))
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
		worker_wire_send_data(session, piece.data, piece.len);
		buf_reset(&piece);
	}
	if (result == 0)
		worker_wire_send_data(session, piece.data, piece.len);
	buf_free(&piece);
	return result == 0 ? pop3_check_sent(session, sent, size, err) : -1;
}

static int pop3_fetch(struct worker *session, struct driver_entry *entry,
                      struct err *err)
{
	struct pop3 *state = session->driver_state;
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld",
	               (long long)entry->number);
	if (pop3_line_command(session, "RETR", number, err) < 0) {
		if (err->code == ERR_CONFIG)
			err->code = ERR_MALFORMED;
		return -1;
	}
	driver_expect(session, state->stream,
	              (uint64_t)entry->size * 2 + POP3_SLACK_BYTES);
	return pop3_fetch_body(session, entry->size, err);
}

static int pop3_mark(struct worker *session,
                     const struct mailbox_action *action,
                     struct driver_entry *const *entries, size_t count,
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
		driver_send_busy(session);
		if (pop3_line_command(session, "DELE", number, err) < 0)
			return -1;
		entries[i]->marked = true;
	}
	return 0;
}

static int pop3_close(struct worker *session, struct err *err)
{
	struct pop3 *state = session->driver_state;
	int result = pop3_line_command(session, "QUIT", "", err);

	netstream_close(&state->stream);
	return result;
}

const struct mailbox_driver pop3_driver = {
	.id_word = "message",
	.open = pop3_open,
	.attach = pop3_attach,
	.log_in = pop3_log_in,
	.list = pop3_list,
	.fetch = pop3_fetch,
	.mark = pop3_mark,
	.close = pop3_close,
	.marks_on_close = true,
};
