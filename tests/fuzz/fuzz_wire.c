/* A process of ours in a stranger's hands: frames and what is in them. */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "collector/config/mailbox_settings.h"
#include "collector/mail/mail.h"

static void read_fields(struct text payload)
{
	struct arena *arena = arena_new(0);
	struct wire_reader fields = {payload, false};
	struct mailbox_settings settings;
	struct mail mail;

	if (mail_get(&fields, arena, &mail)) {
		MUST(mail.part_count <= MAIL_PARTS_MAX);
		MUST(mail.signature_count <= MAIL_SIGNATURES_MAX);
		MUST(mail.authserv_pass_count <= MAIL_SIGNATURES_MAX);
	}
	fields = (struct wire_reader){payload, false};
	(void)mailbox_settings_get(&fields, arena, &settings);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_frame frame;
	struct wire wire;
	struct err err;
	int ends[2];

	if (size > 65536)
		return 0;
	read_fields((struct text){(const char *)data, size});
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	MUST(send(ends[1], data, size, MSG_NOSIGNAL) == (ssize_t)size);
	(void)close(ends[1]);
	wire_open(&wire, ends[0]);
	while (wire_receive(&wire, &frame, timestamp_monotonic_ms() + 2000,
	                    &err) == 1) {
		MUST(frame.payload.len <= size);
		read_fields(frame.payload);
	}
	wire_close(&wire);
	return 0;
}
