/*
 * A mailbox over POP3 (RFC 1939, RFC 2595). Our own: libetpan writes beyond its
 * list of messages when a server counts from 0. A message is deleted when QUIT
 * is answered.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/pop3_line.h"
#include "collector/mailbox/pop3_list.h"
#include "collector/mailbox/worker_wire.h"

#define PORT_TLS   995
#define PORT_PLAIN 110

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
	struct netstream *stream = NULL;

	if (driver_connect(session, PORT_TLS, PORT_PLAIN, &stream, err) < 0 ||
	    pop3_attach(session, stream, err) < 0)
		return -1;
	if (session->settings.tls != MAILBOX_TLS_IMPLICIT &&
	    pop3_start_tls(session, err) < 0)
		return -1;
	if (driver_check_tls(stream, err) < 0)
		return -1;
	return pop3_log_in(session, err);
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
