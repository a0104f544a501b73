#include "collector/mail/parser_client.h"

#include <stdlib.h>

#include "base/child.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mail/protocol.h"
#include "collector/mail/resolver_client.h"
#include "collector/mail/workers.h"

/* The child starts, or says the next thing, within this. The slowest message
   known takes it a second. */
#define STEP_MS 20000

/* Processes do not live for ever: what one message left behind in one does not
   meet all later ones. */
#define MESSAGES_MOST 1000

#define TRIES 2

/* For all keys of a message: it has eight signatures, and each may name a zone
   whose servers are silent. */
#define KEYS_MS 15000

struct reader {
	struct config *config;
	struct resolver *resolver;
	struct child child;
	struct buf frame;
	int messages; /* since the child started */
	int64_t deaths;
	bool said; /* what the kernel lacks */
};

/* How a conversation with the child ends. */
enum end {
	END_WELL,
	END_DEATH,   /* it broke, or took too long, or talked nonsense */
	END_TROUBLE, /* it could not be started */
};

struct reader *reader_new(struct config *config)
{
	struct reader *reader = memory_zero(1, sizeof(*reader));

	reader->config = config_ref(config);
	reader->resolver = resolver_new(config);
	reader->frame = BUF_INIT(WIRE_FRAME_MAX);
	return reader;
}

void reader_free(struct reader **reader)
{
	char how[32];

	if (*reader == NULL)
		return;
	(void)child_end(&(*reader)->child, how, sizeof(how));
	resolver_free(&(*reader)->resolver);
	config_unref(&(*reader)->config);
	buf_free(&(*reader)->frame);
	free(*reader);
	*reader = NULL;
}

int64_t reader_deaths(const struct reader *reader)
{
	return reader->deaths + resolver_deaths(reader->resolver);
}

static int send_frame(struct reader *reader, struct err *err)
{
	return wire_send(&reader->child.wire, &reader->frame,
	                 timestamp_monotonic_ms() + STEP_MS, err);
}

static int receive(struct reader *reader, struct wire_frame *frame,
                   struct err *err)
{
	int result = wire_receive(&reader->child.wire, frame,
	                          timestamp_monotonic_ms() + STEP_MS, err);

	if (result == 0)
		return err_set(err, ERR_SYSTEM, "it ended");
	return result < 0 ? -1 : 0;
}

static int start(struct reader *reader, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	struct text missing;

	if (child_start(VERB_TAKE_APART, false, &reader->child, err) < 0)
		return -1;
	reader->messages = 0;
	if (receive(reader, &frame, err) < 0)
		return -1;
	fields = (struct wire_reader){frame.payload, false};
	missing = wire_get_text(&fields);
	if (missing.len > 0 && !reader->said)
		log_warning("messages are taken apart with less confinement: "
		            "%.*s",
		            (int)missing.len, missing.data);
	reader->said = true;
	return 0;
}

/* --- one message --------------------------------------------------------- */

static int send_message(struct reader *reader,
                        const struct reader_message *message, struct err *err)
{
	struct text rest = message->bytes;
	const struct config *config = reader->config;
	int64_t most = config->max_json > config->max_gzip_body
	                       ? config->max_json
	                       : config->max_gzip_body;
	size_t len;

	wire_begin(&reader->frame, FRAME_MESSAGE);
	wire_put_integer(&reader->frame, timestamp_now());
	wire_put_integer(&reader->frame, message->received);
	wire_put_integer(&reader->frame, most);
	wire_put_text(&reader->frame, message->authserv_ids);
	wire_put_integer(&reader->frame, 1);
	wire_put_integer(&reader->frame, (int64_t)rest.len);
	wire_put_integer(&reader->frame, config->max_message);
	if (send_frame(reader, err) < 0)
		return -1;
	while (rest.len > 0) {
		len = rest.len < WIRE_PIECE ? rest.len : WIRE_PIECE;
		wire_begin(&reader->frame, FRAME_DATA);
		wire_put_text(&reader->frame, (struct text){rest.data, len});
		if (send_frame(reader, err) < 0)
			return -1;
		rest.data += len;
		rest.len -= len;
	}
	return 0;
}

static int answer_question(struct reader *reader, struct text payload,
                           struct arena *arena, int64_t until, struct err *err)
{
	struct wire_reader fields = {payload, false};
	struct text name = wire_get_text(&fields);
	char record[4096] = "";
	enum key_state state = KEY_TROUBLE;

	if (timestamp_monotonic_ms() < until)
		state = resolver_ask(reader->resolver,
		                     arena_copy(arena, name.data, name.len),
		                     record, sizeof(record));
	wire_begin(&reader->frame, FRAME_ANSWER);
	wire_put_integer(&reader->frame, state);
	wire_put_text(&reader->frame, text_of(record));
	return send_frame(reader, err);
}

/* The bytes of the parts, in turn. */
static int receive_parts(struct reader *reader, struct arena *arena,
                         struct mail *mail, struct err *err)
{
	size_t most = (size_t)reader->config->max_json +
	              (size_t)reader->config->max_gzip_body;
	struct wire_reader fields;
	struct wire_frame frame;
	struct text piece;
	struct buf data;
	size_t i, len;
	int result = 0;

	for (i = 0; i < mail->part_count && result == 0; i++) {
		len = mail->parts[i].data.len;
		if (len > most)
			return err_set(err, ERR_MALFORMED,
			               "a part is too long");
		data = BUF_INIT(len);
		while (result == 0 && data.len < len) {
			result = receive(reader, &frame, err);
			if (result < 0)
				break;
			fields = (struct wire_reader){frame.payload, false};
			piece = wire_get_text(&fields);
			buf_add(&data, piece.data, piece.len);
			if (frame.kind != FRAME_DATA || piece.len == 0 ||
			    data.full)
				result = err_set(err, ERR_MALFORMED,
				                 "a part is not as long as "
				                 "was said");
		}
		mail->parts[i].data = (struct text){
			arena_copy(arena, data.data, data.len), data.len};
		buf_free(&data);
	}
	return result;
}

/* Until the child has said what is in it. */
static int converse(struct reader *reader, struct arena *arena,
                    struct mail *mail, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	int64_t until = timestamp_monotonic_ms() + KEYS_MS;
	size_t questions = 0;

	for (;;) {
		if (receive(reader, &frame, err) < 0)
			return -1;
		if (frame.kind == FRAME_MAIL)
			break;
		if (frame.kind != FRAME_QUESTION ||
		    questions++ > MAIL_SIGNATURES_MOST)
			return err_set(err, ERR_MALFORMED, "talks nonsense");
		if (answer_question(reader, frame.payload, arena, until, err) <
		    0)
			return -1;
	}
	fields = (struct wire_reader){frame.payload, false};
	if (!mail_get(&fields, arena, mail))
		return err_set(err, ERR_MALFORMED, "talks nonsense");
	return receive_parts(reader, arena, mail, err);
}

static enum end try_once(struct reader *reader, struct arena *arena,
                         const struct reader_message *message,
                         struct mail *mail, struct err *err)
{
	char how[32];

	if (reader->child.pid == 0 && start(reader, err) < 0) {
		(void)child_end(&reader->child, how, sizeof(how));
		(void)err_prefix(err, "cannot take messages apart (%s)", how);
		return END_TROUBLE;
	}
	if (send_message(reader, message, err) == 0 &&
	    converse(reader, arena, mail, err) == 0) {
		if (++reader->messages >= MESSAGES_MOST)
			(void)child_end(&reader->child, how, sizeof(how));
		return END_WELL;
	}
	(void)child_end(&reader->child, how, sizeof(how));
	(void)err_prefix(err, "the process that takes messages apart (%s)",
	                 how);
	reader->deaths++;
	return END_DEATH;
}

int reader_read(struct reader *reader, struct arena *arena,
                const struct reader_message *message, struct mail *mail,
                struct err *err)
{
	enum end end = END_DEATH;
	int i;

	for (i = 0; i < TRIES && end == END_DEATH; i++) {
		*mail = (struct mail){0};
		end = try_once(reader, arena, message, mail, err);
		if (end == END_DEATH)
			log_warning("mail worker crashed: %s", err->text);
	}
	if (end == END_DEATH)
		err->code = ERR_MALFORMED;
	else if (end == END_TROUBLE)
		err->code = ERR_BUSY;
	return end == END_WELL ? 0 : -1;
}
