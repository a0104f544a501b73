#include "collector/mailbox/worker_wire.h"

#include <sysexits.h>

#include "base/child.h"
#include "base/timestamp.h"

/* The collector may wait for a locked store. */
#define PATIENCE_MS (INT64_C(24) * 3600 * 1000)

void worker_wire_send(struct worker *worker)
{
	struct err ignored;

	if (wire_send(&worker->wire, &worker->frame,
	              timestamp_monotonic_ms() + PATIENCE_MS, &ignored) < 0)
		child_exit(EX_IOERR);
}

void worker_wire_receive(struct worker *worker, struct wire_frame *frame)
{
	struct err ignored;

	if (wire_receive(&worker->wire, frame,
	                 timestamp_monotonic_ms() + PATIENCE_MS, &ignored) != 1)
		child_exit(EX_OK);
}

void worker_wire_send_data(struct worker *worker, const void *data, size_t len)
{
	const char *rest = data;
	size_t piece;

	while (len > 0) {
		piece = len < WIRE_PIECE ? len : WIRE_PIECE;
		wire_begin(&worker->frame, MAILBOX_FRAME_DATA);
		wire_put_text(&worker->frame, (struct text){rest, piece});
		worker_wire_send(worker);
		rest += piece;
		len -= piece;
	}
}
