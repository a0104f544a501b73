#include "collector/mailbox/probe.h"

#include "base/child.h"
#include "base/timestamp.h"
#include "base/wire.h"
#include "collector/mailbox/protocol.h"
#include "collector/mailbox/worker.h"

/* What token_command may take, and how many commands there are at most until
   the mailbox is open. */
#define PROBE_TOKEN_MS 45000
#define PROBE_COMMANDS 8

/* An orderly end is a courtesy. */
#define PROBE_END_MS 2000

/* Until it is open, or says why not. */
static int probe_wait(struct child *child, int64_t deadline, struct err *err)
{
	struct wire_reader fields;
	struct wire_frame frame;
	struct text why;
	int64_t code;

	for (;;) {
		if (wire_receive(&child->wire, &frame, deadline, err) != 1)
			return err_set(err, ERR_BUSY,
			               "its process ended, or took too long");
		if (frame.kind == MAILBOX_FRAME_OPENED)
			return 0;
		if (frame.kind != MAILBOX_FRAME_ERROR)
			continue;
		fields = (struct wire_reader){frame.payload, false};
		code = wire_get_integer(&fields);
		(void)wire_get_integer(&fields);
		why = wire_get_text(&fields);
		return err_set(err, code == ERR_CONFIG ? ERR_CONFIG : ERR_BUSY,
		               "%.*s", (int)(why.len < 400 ? why.len : 400),
		               why.data);
	}
}

static void probe_end(struct child *child, struct buf *frame)
{
	int64_t deadline = timestamp_monotonic_ms() + PROBE_END_MS;
	struct wire_frame ignored;
	struct err err;
	char how[32];

	wire_begin(frame, MAILBOX_FRAME_STOP);
	if (wire_send(&child->wire, frame, deadline, &err) == 0) {
		while (wire_receive(&child->wire, &ignored, deadline, &err) ==
		       1) {
		}
	}
	(void)child_end(child, how, sizeof(how));
}

int probe_mailbox(const struct mailbox_settings *settings, struct err *err)
{
	int64_t deadline = timestamp_monotonic_ms() + PROBE_TOKEN_MS +
	                   settings->timeout * 1000 * PROBE_COMMANDS;
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct child child;
	int result;

	if (child_start(WORKER_VERB, true, &child, err) < 0)
		return -1;
	wire_begin(&frame, MAILBOX_FRAME_SETTINGS);
	mailbox_settings_put(&frame, settings);
	wire_put_text(&frame, TEXT(""));
	wire_put_integer(&frame, 0);
	result = wire_send(&child.wire, &frame, deadline, err);
	if (result == 0)
		result = probe_wait(&child, deadline, err);
	probe_end(&child, &frame);
	buf_free(&frame);
	return result;
}
