/*
 * The process that parses messages: no files, no network, no other
 * process; what it is sent and what it answers.
 */
#include "collector/mail/parser_worker.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/confine.h"
#include "base/timestamp.h"
#include "collector/mail/compression.h"
#include "collector/mail/mail.h"
#include "collector/mail/protocol.h"

/* Address space: a message of 64 MiB, its decoded parts and what libetpan makes
   of 300 000 of them fit. */
#define MEMORY_MAX (512ULL * 1024 * 1024)

/* The largest value of max_message, and more. */
#define MESSAGE_MAX (65U * 1024U * 1024U)

/* What an expander needs behind the last byte of what it expands. */
#define EXPAND_SLACK (128U * 1024U)

/* The parent's patience is shorter. */
#define PATIENCE_MS (INT64_C(24) * 3600 * 1000)

struct parser_worker {
	struct wire wire;
	struct buf frame;
	struct mail_parser *parser;
};

static int64_t parser_worker_deadline(void)
{
	return timestamp_monotonic_ms() + PATIENCE_MS;
}

/* Nobody is left to tell. */
static void parser_worker_send(struct parser_worker *worker)
{
	struct err ignored;

	if (wire_send(&worker->wire, &worker->frame, parser_worker_deadline(),
	              &ignored) < 0)
		child_exit(EX_IOERR);
}

static bool parser_worker_receive(struct parser_worker *worker,
                                  struct wire_frame *frame)
{
	struct err ignored;
	int result = wire_receive(&worker->wire, frame,
	                          parser_worker_deadline(), &ignored);

	if (result < 0)
		child_exit(EX_PROTOCOL);
	return result == 1;
}

/* Asks the parent for a key. */
static enum mail_key_state
parser_worker_look_up_key(void *cls, const char *name, char *out, size_t size)
{
	struct parser_worker *worker = cls;
	struct wire_frame frame;
	struct wire_reader fields;
	struct text record;
	int64_t state;

	wire_begin(&worker->frame, MAIL_FRAME_KEY_LOOKUP);
	wire_put_text(&worker->frame, text_of(name));
	parser_worker_send(worker);
	if (!parser_worker_receive(worker, &frame) ||
	    frame.kind != MAIL_FRAME_KEY_RESULT)
		child_exit(EX_PROTOCOL);
	fields = (struct wire_reader){frame.payload, false};
	state = wire_get_integer(&fields);
	record = text_cut(wire_get_text(&fields), size - 1);
	memcpy(out, record.data, record.len);
	out[record.len] = '\0';
	return state == MAIL_KEY_FOUND     ? MAIL_KEY_FOUND
	       : state == MAIL_KEY_MISSING ? MAIL_KEY_MISSING
	                                   : MAIL_KEY_UNAVAILABLE;
}

static void parser_worker_send_piece(struct parser_worker *worker,
                                     struct text piece)
{
	wire_begin(&worker->frame, MAIL_FRAME_DATA);
	wire_put_text(&worker->frame, piece);
	parser_worker_send(worker);
}

static void parser_worker_send_parts(struct parser_worker *worker,
                                     const struct mail *mail)
{
	struct text data;
	size_t i, len;

	for (i = 0; i < mail->part_count; i++) {
		data = mail->parts[i].data;
		while (data.len > 0) {
			len = data.len < WIRE_PIECE ? data.len : WIRE_PIECE;
			parser_worker_send_piece(worker,
			                         (struct text){data.data, len});
			data.data += len;
			data.len -= len;
		}
	}
}

/* The message, with zeros behind it. */
static char *parser_worker_receive_message(struct parser_worker *worker,
                                           size_t len)
{
	char *message = calloc(1, len + MAIL_PADDING);
	struct wire_reader fields;
	struct wire_frame frame;
	struct text piece;
	size_t got = 0;

	while (message != NULL && got < len) {
		if (!parser_worker_receive(worker, &frame) ||
		    frame.kind != MAIL_FRAME_DATA)
			child_exit(EX_PROTOCOL);
		fields = (struct wire_reader){frame.payload, false};
		piece = wire_get_text(&fields);
		if (piece.len == 0 || piece.len > len - got)
			child_exit(EX_PROTOCOL);
		memcpy(message + got, piece.data, piece.len);
		got += piece.len;
	}
	return message;
}

/* A compressed message in place of what it expands to, again with zeros behind
   it. */
static int parser_worker_expand(char **message, size_t *len, size_t max,
                                struct err *err)
{
	static const char padding[MAIL_PADDING] = "";
	struct buf out = BUF_INIT(max + EXPAND_SLACK);

	if (compression_expand((const uint8_t *)*message, *len, max, &out,
	                       err) < 0) {
		buf_free(&out);
		return -1;
	}
	free(*message);
	*len = out.len;
	buf_add(&out, padding, sizeof(padding));
	*message = out.data;
	return 0;
}

static void parser_worker_parse_message(struct parser_worker *worker,
                                        struct arena *arena, char **message,
                                        size_t len,
                                        const struct mail_request *request,
                                        struct mail *mail)
{
	struct err err;

	if (compression_name((const uint8_t *)*message, len) == NULL ||
	    parser_worker_expand(message, &len, request->message_max, &err) ==
	            0) {
		mail_parse(worker->parser, arena, (struct text){*message, len},
		           request, mail);
		return;
	}
	*mail = (struct mail){.over_limit = err.code == ERR_TOO_LARGE};
	mail->unreadable =
		text_of(arena_copy(arena, err.text, strlen(err.text)));
}

static void parser_worker_answer(struct parser_worker *worker,
                                 struct text payload)
{
	struct wire_reader fields = {payload, false};
	struct mail_request request = {.lookup = parser_worker_look_up_key,
	                               .cls = worker};
	struct arena *arena = arena_new(0);
	struct text ids;
	struct mail mail;
	char *message;
	int64_t len;

	request.now = wire_get_integer(&fields);
	request.received = wire_get_integer(&fields);
	request.part_max = (size_t)wire_get_integer(&fields);
	ids = wire_get_text(&fields);
	request.authserv_ids =
		(struct text){arena_copy(arena, ids.data, ids.len), ids.len};
	request.dkim = wire_get_integer(&fields) != 0;
	len = wire_get_integer(&fields);
	request.message_max = (size_t)wire_get_integer(&fields);
	if (fields.failed || len < 0 || request.message_max > MESSAGE_MAX)
		child_exit(EX_PROTOCOL);
	message = parser_worker_receive_message(worker, (size_t)len);
	if (message == NULL)
		child_exit(EX_OSERR);
	parser_worker_parse_message(worker, arena, &message, (size_t)len,
	                            &request, &mail);
	wire_begin(&worker->frame, MAIL_FRAME_PARSED);
	mail_put(&worker->frame, &mail);
	parser_worker_send(worker);
	parser_worker_send_parts(worker, &mail);
	free(message);
	arena_free(&arena);
}

/* What a library reads from files it reads now: a message with a signature goes
   all the way, though it proves nothing. */
static enum mail_key_state
parser_worker_warm_up_key(void *cls, const char *name, char *out, size_t size)
{
	static const char key[] =
		"v=DKIM1; k=ed25519; "
		"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

	(void)cls;
	(void)name;
	if (size < sizeof(key))
		return MAIL_KEY_MISSING;
	memcpy(out, key, sizeof(key));
	return MAIL_KEY_FOUND;
}

static void parser_worker_warm_up(struct parser_worker *worker)
{
	static const char message[] =
		"DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=s;\r\n"
		" c=relaxed/relaxed; h=From:Subject;\r\n"
		" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
		" b=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n"
		"From: a@example.org\r\n"
		"Subject: x\r\n"
		"Content-Type: application/tlsrpt+json\r\n"
		"\r\n"
		"{}\r\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	const struct mail_request request = {.now = 1,
	                                     .part_max = 64,
	                                     .dkim = true,
	                                     .lookup =
	                                             parser_worker_warm_up_key};
	struct arena *arena = arena_new(0);
	struct mail mail;

	mail_parse(worker->parser, arena,
	           (struct text){message, sizeof(message) - MAIL_PADDING},
	           &request, &mail);
	arena_free(&arena);
}

int parser_worker_run(void)
{
	const struct confine_profile profile = {.memory = MEMORY_MAX};
	struct parser_worker worker = {.frame = BUF_INIT(WIRE_FRAME_MAX)};
	struct wire_frame frame;
	char missing[CONFINE_MISSING_SIZE];
	struct err err;

	child_enter(&worker.wire);
	worker.parser = mail_parser_open();
	parser_worker_warm_up(&worker);
	if (confine(&profile, missing, sizeof(missing), &err) < 0)
		return EX_OSERR;
	wire_begin(&worker.frame, MAIL_FRAME_CONFINED);
	wire_put_text(&worker.frame, text_of(missing));
	parser_worker_send(&worker);
	while (parser_worker_receive(&worker, &frame)) {
		if (frame.kind != MAIL_FRAME_MESSAGE)
			return EX_PROTOCOL;
		parser_worker_answer(&worker, frame.payload);
	}
	child_exit(EX_OK);
}
