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

static int pop3_authenticate_by_token(struct worker *worker, struct err *err)
{
	struct buf word = BUF_INIT(98304);
	int result;

	buf_add_text(&word, "XOAUTH2 ");
	buf_add_text(&word, worker->secret_forms[WORKER_SECRET_TOKEN]);
	result = pop3_line_command(worker, "AUTH", buf_text(&word), err);
	buf_free(&word);
	return result;
}

static int pop3_authenticate(struct worker *worker, struct err *err)
{
	int result;

	driver_set_stage(worker, "logging in as %s", worker->settings.user);
	if (worker->settings.token_command != NULL) {
		result = pop3_authenticate_by_token(worker, err);
	} else {
		result = pop3_line_command(worker, "USER",
		                           worker->settings.user, err);
		if (result == 0)
			result = pop3_line_command(worker, "PASS",
			                           worker->secret, err);
	}
	worker->token_refused = result < 0 && err->code == ERR_CONFIG;
	return result;
}

static int pop3_start_tls(struct worker *worker, struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;

	driver_set_stage(worker, "starting TLS with %s", worker->settings.host);
	if (pop3_line_command(worker, "STLS", "", err) < 0)
		return -1;
	if (pop3->at < pop3->len)
		return err_set(err, ERR_SYSTEM,
		               "the server sends more than its answer to "
		               "STLS; somebody may be in between");
	return netstream_start_tls(pop3->stream, worker->trust,
	                           worker->settings.host, err);
}

static int pop3_attach(struct worker *worker, struct netstream *stream,
                       struct err *err)
{
	struct pop3 *pop3 = arena_alloc(worker->arena, sizeof(*pop3));

	worker->driver_state = pop3;
	pop3->stream = stream;
	driver_set_stage(worker, "greeting %s", worker->settings.host);
	driver_expect(worker, stream, POP3_SLACK_BYTES);
	return pop3_line_read_ok(worker, pop3, err);
}

static int pop3_log_in(struct worker *worker, struct err *err)
{
	const struct mailbox_settings *settings = &worker->settings;
	char *where;

	if (pop3_authenticate(worker, err) < 0)
		return -1;
	where = arena_printf(worker->arena, "pop3 %s %s", settings->host,
	                     settings->user);
	worker->validity = driver_hash(where, strlen(where));
	return 0;
}

static int pop3_open(struct worker *worker, struct err *err)
{
	struct netstream *stream = NULL;

	if (driver_connect(worker, PORT_TLS, PORT_PLAIN, &stream, err) < 0 ||
	    pop3_attach(worker, stream, err) < 0)
		return -1;
	if (worker->settings.tls != MAILBOX_TLS_IMPLICIT &&
	    pop3_start_tls(worker, err) < 0)
		return -1;
	if (driver_check_tls(stream, err) < 0)
		return -1;
	return pop3_log_in(worker, err);
}

/* --- fetching ------------------------------------------------------------ */

static int pop3_check_sent(struct worker *worker, uint64_t sent, int64_t size,
                           struct err *err)
{
	if (sent > 0 || size == 0)
		return 0;
	worker->reply = MAILBOX_REPLY_EMPTY;
	return err_set(err, ERR_MALFORMED,
	               "the server gives the message without a byte");
}

/* Lines until the one that is a dot; a dot before a dot is taken away. */
static int pop3_fetch_body(struct worker *worker, int64_t size, struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;
	struct buf piece = BUF_INIT(2U * WIRE_PIECE);
	bool start = true;
	uint64_t sent = 0;
	struct text line;
	int result = 0;

	for (;;) {
		if (pop3_line_read(worker, pop3, err) < 0) {
			result = -1;
			break;
		}
		line = pop3_line_text(pop3);
		if (start && !pop3->line_cut && pop3_line_is_end(pop3))
			break;
		if (start && text_starts(line, "."))
			line = (struct text){line.data + 1, line.len - 1};
		sent += line.len;
		buf_add(&piece, line.data, line.len);
		if (!pop3->line_cut)
			buf_add_text(&piece, "\r\n");
		start = !pop3->line_cut;
		if (piece.len < WIRE_PIECE)
			continue;
		worker_wire_send_data(worker, piece.data, piece.len);
		buf_reset(&piece);
	}
	if (result == 0)
		worker_wire_send_data(worker, piece.data, piece.len);
	buf_free(&piece);
	return result == 0 ? pop3_check_sent(worker, sent, size, err) : -1;
}

static int pop3_fetch(struct worker *worker, struct driver_entry *entry,
                      struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld",
	               (long long)entry->number);
	if (pop3_line_command(worker, "RETR", number, err) < 0) {
		if (err->code == ERR_CONFIG)
			err->code = ERR_MALFORMED;
		return -1;
	}
	driver_expect(worker, pop3->stream,
	              (uint64_t)entry->size * 2 + POP3_SLACK_BYTES);
	return pop3_fetch_body(worker, entry->size, err);
}

static int pop3_mark(struct worker *worker, const struct mailbox_action *action,
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
		driver_send_busy(worker);
		if (pop3_line_command(worker, "DELE", number, err) < 0)
			return -1;
		entries[i]->marked = true;
	}
	return 0;
}

static int pop3_close(struct worker *worker, struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;
	int result = pop3_line_command(worker, "QUIT", "", err);

	netstream_close(&pop3->stream);
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
