/* A message of a stranger to its parts, hints and signatures; and over the
 * wire. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/memory.h"
#include "collector/mail/mail.h"

#define NOW INT64_C(1795600000)

/* One name of two has a key; one of eight is in trouble. */
static enum mail_key_state look_up(void *cls, const char *name, char *out,
                                   size_t size)
{
	static const char record[] =
		"v=DKIM1; k=ed25519; s=email:tlsrpt; t=y; "
		"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

	(void)cls;
	if ((name[0] & 7) == 7)
		return MAIL_KEY_UNAVAILABLE;
	if ((name[0] & 1) != 0 || size < sizeof(record))
		return MAIL_KEY_MISSING;
	memcpy(out, record, sizeof(record));
	return MAIL_KEY_FOUND;
}

static void check_wire(const struct mail *mail)
{
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct arena *arena = arena_new(0);
	struct wire_reader fields;
	struct mail copy;

	wire_begin(&frame, 1);
	mail_put(&frame, mail);
	MUST(!frame.full);
	fields = (struct wire_reader){{frame.data + 5, frame.len - 5}, false};
	MUST(mail_get(&fields, arena, &copy));
	MUST(copy.part_count == mail->part_count);
	MUST(copy.signature_count == mail->signature_count);
	buf_free(&frame);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mail_parser *parser;
	const struct mail_request request = {.now = NOW,
	                                     .part_max = 65536,
	                                     .authserv_ids = TEXT("mx.example"),
	                                     .dkim = true,
	                                     .lookup = look_up};
	struct arena *arena;
	struct mail mail;
	char *message;
	size_t i;

	/* The packaged libetpan overflows its heap when a boundary is a single
	   quote; that ends the process that parses messages, and is tried
	   in tests/e2e/test_hostile.py. */
	if (memmem(data, size, "\\\"", 2) != NULL)
		return 0;
	if (parser == NULL)
		parser = mail_parser_open();
	arena = arena_new(0);
	message = memory_zero(1, size + MAIL_PADDING);
	memcpy(message, data, size);
	mail_parse(parser, arena, (struct text){message, size}, &request,
	           &mail);
	MUST(mail.part_count <= MAIL_PARTS_MAX);
	MUST(mail.signature_count <= MAIL_SIGNATURES_MAX);
	MUST(mail.received <= NOW);
	for (i = 0; i < mail.part_count; i++)
		MUST(mail.parts[i].data.len <= request.part_max);
	check_wire(&mail);
	free(message);
	arena_free(&arena);
	return 0;
}
