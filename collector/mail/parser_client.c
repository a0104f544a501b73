#include "collector/mail/parser_client.h"

#include <stdlib.h>

#include "base/child.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/mail/parser_worker.h"
#include "collector/mail/protocol.h"
#include "collector/mail/resolver_client.h"

/* The child starts, or says the next thing, within this. The slowest message
   known takes it a second. */
#define STEP_MS 20000

/* Processes do not live for ever: what one message left behind in one does not
   meet all later ones. */
#define MESSAGES_MAX 1000

#define ATTEMPTS 2

/* For all keys of a message: it has eight signatures, and each may name a zone
   whose servers are silent. */
#define KEY_LOOKUPS_MS 15000

struct parser_client {
	struct config *config;
	struct resolver_client *resolver;
	struct child child;
	struct buf frame;
	int messages; /* since the child started */
	int64_t crashes;
	bool missing_logged; /* what the kernel lacks */
};

/* How a conversation with the child ends. */
enum attempt {
	ATTEMPT_OK,
	ATTEMPT_CRASHED, /* it broke, or took too long, or talked nonsense */
	ATTEMPT_NOT_STARTED, /* it could not be started */
};

struct parser_client *parser_client_new(struct config *config)
{
	struct parser_client *client = memory_zero(1, sizeof(*client));

	client->config = config_ref(config);
	client->resolver = resolver_client_new(config);
	client->frame = BUF_INIT(WIRE_FRAME_MAX);
	return client;
}

void parser_client_free(struct parser_client **client)
{
	char how[32];

	if (*client == NULL)
		return;
	(void)child_end(&(*client)->child, how, sizeof(how));
	resolver_client_free(&(*client)->resolver);
	config_unref(&(*client)->config);
	buf_free(&(*client)->frame);
	free(*client);
	*client = NULL;
}

int64_t parser_client_crashes(const struct parser_client *client)
{
	return client->crashes + resolver_client_crashes(client->resolver);
}

static int parser_client_send(struct parser_client *client, struct err *err)
{
	return wire_send(&client->child.wire, &client->frame,
	                 timestamp_monotonic_ms() + STEP_MS, err);
}

static int parser_client_receive(struct parser_client *client,
                                 struct wire_frame *frame, struct err *err)
{
	int result = wire_receive(&client->child.wire, frame,
	                          timestamp_monotonic_ms() + STEP_MS, err);

	if (result == 0)
		return err_set(err, ERR_SYSTEM, "it ended");
	return result < 0 ? -1 : 0;
}

static int parser_client_start_worker(struct parser_client *client,
                                      struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	struct text missing;

	if (child_start(PARSER_WORKER_VERB, false, &client->child, err) < 0)
		return -1;
	client->messages = 0;
	if (parser_client_receive(client, &frame, err) < 0)
		return -1;
	fields = (struct wire_reader){frame.payload, false};
	missing = wire_get_text(&fields);
	if (missing.len > 0 && !client->missing_logged)
		log_warning("messages are parsed with less confinement: "
		            "%.*s",
		            (int)missing.len, missing.data);
	client->missing_logged = true;
	return 0;
}

/* --- one message --------------------------------------------------------- */

static int
parser_client_send_message(struct parser_client *client,
                           const struct parser_client_message *message,
                           struct err *err)
{
	struct text rest = message->bytes;
	const struct config *config = client->config;
	int64_t max = config->max_json > config->max_gzip_body
	                      ? config->max_json
	                      : config->max_gzip_body;
	size_t len;

	wire_begin(&client->frame, MAIL_FRAME_MESSAGE);
	wire_put_integer(&client->frame, timestamp_now());
	wire_put_integer(&client->frame, message->received);
	wire_put_integer(&client->frame, max);
	wire_put_text(&client->frame, message->authserv_ids);
	wire_put_integer(&client->frame, 1);
	wire_put_integer(&client->frame, (int64_t)rest.len);
	wire_put_integer(&client->frame, config->max_message);
	if (parser_client_send(client, err) < 0)
		return -1;
	while (rest.len > 0) {
		len = rest.len < WIRE_PIECE ? rest.len : WIRE_PIECE;
		wire_begin(&client->frame, MAIL_FRAME_DATA);
		wire_put_text(&client->frame, (struct text){rest.data, len});
		if (parser_client_send(client, err) < 0)
			return -1;
		rest.data += len;
		rest.len -= len;
	}
	return 0;
}

static int parser_client_answer_lookup(struct parser_client *client,
                                       struct text payload, struct arena *arena,
                                       int64_t until, struct err *err)
{
	struct wire_reader fields = {payload, false};
	struct text name = wire_get_text(&fields);
	char record[4096] = "";
	enum mail_key_state state = MAIL_KEY_UNAVAILABLE;

	if (timestamp_monotonic_ms() < until)
		state = resolver_client_look_up(client->resolver,
		                                arena_copy(arena, name.data,
		                                           name.len),
		                                record, sizeof(record));
	wire_begin(&client->frame, MAIL_FRAME_KEY_RESULT);
	wire_put_integer(&client->frame, state);
	wire_put_text(&client->frame, text_of(record));
	return parser_client_send(client, err);
}

/* The bytes of the parts, in turn. */
static int parser_client_receive_parts(struct parser_client *client,
                                       struct arena *arena, struct mail *mail,
                                       struct err *err)
{
	size_t max = (size_t)client->config->max_json +
	             (size_t)client->config->max_gzip_body;
	struct wire_reader fields;
	struct wire_frame frame;
	struct text piece;
	struct buf data;
	size_t i, len;
	int result = 0;

	for (i = 0; i < mail->part_count && result == 0; i++) {
		len = mail->parts[i].data.len;
		if (len > max)
			return err_set(err, ERR_MALFORMED,
			               "a part is too long");
		data = BUF_INIT(len);
		while (result == 0 && data.len < len) {
			result = parser_client_receive(client, &frame, err);
			if (result < 0)
				break;
			fields = (struct wire_reader){frame.payload, false};
			piece = wire_get_text(&fields);
			buf_add(&data, piece.data, piece.len);
			if (frame.kind != MAIL_FRAME_DATA || piece.len == 0 ||
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
static int parser_client_exchange(struct parser_client *client,
                                  struct arena *arena, struct mail *mail,
                                  struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	int64_t until = timestamp_monotonic_ms() + KEY_LOOKUPS_MS;
	size_t lookups = 0;

	for (;;) {
		if (parser_client_receive(client, &frame, err) < 0)
			return -1;
		if (frame.kind == MAIL_FRAME_PARSED)
			break;
		if (frame.kind != MAIL_FRAME_KEY_LOOKUP ||
		    lookups++ > MAIL_SIGNATURES_MAX)
			return err_set(err, ERR_MALFORMED,
			               "protocol error from worker");
		if (parser_client_answer_lookup(client, frame.payload, arena,
		                                until, err) < 0)
			return -1;
	}
	fields = (struct wire_reader){frame.payload, false};
	if (!mail_get(&fields, arena, mail))
		return err_set(err, ERR_MALFORMED,
		               "protocol error from worker");
	return parser_client_receive_parts(client, arena, mail, err);
}

static enum attempt
parser_client_try(struct parser_client *client, struct arena *arena,
                  const struct parser_client_message *message,
                  struct mail *mail, struct err *err)
{
	char how[32];

	if (client->child.pid == 0 &&
	    parser_client_start_worker(client, err) < 0) {
		(void)child_end(&client->child, how, sizeof(how));
		(void)err_prefix(err, "cannot parse messages (%s)", how);
		return ATTEMPT_NOT_STARTED;
	}
	if (parser_client_send_message(client, message, err) == 0 &&
	    parser_client_exchange(client, arena, mail, err) == 0) {
		if (++client->messages >= MESSAGES_MAX)
			(void)child_end(&client->child, how, sizeof(how));
		return ATTEMPT_OK;
	}
	(void)child_end(&client->child, how, sizeof(how));
	(void)err_prefix(err, "the process that parses messages (%s)", how);
	client->crashes++;
	return ATTEMPT_CRASHED;
}

int parser_client_parse(struct parser_client *client, struct arena *arena,
                        const struct parser_client_message *message,
                        struct mail *mail, struct err *err)
{
	enum attempt end = ATTEMPT_CRASHED;
	int i;

	for (i = 0; i < ATTEMPTS && end == ATTEMPT_CRASHED; i++) {
		*mail = (struct mail){0};
		end = parser_client_try(client, arena, message, mail, err);
		if (end == ATTEMPT_CRASHED)
			log_warning("mail worker crashed: %s", err->text);
	}
	if (end == ATTEMPT_CRASHED)
		err->code = ERR_MALFORMED;
	else if (end == ATTEMPT_NOT_STARTED)
		err->code = ERR_BUSY;
	return end == ATTEMPT_OK ? 0 : -1;
}
