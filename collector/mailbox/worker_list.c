#include "collector/mailbox/worker_list.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/child.h"
#include "base/memory.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/worker_wire.h"

/* Known messages in a frame. */
#define GONE_BATCH 1000U

/* --- what is known ------------------------------------------------------- */

static int worker_list_order_known(const void *a, const void *b)
{
	const struct worker_known *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

static struct worker_known *worker_list_find_known(struct worker *worker,
                                                   int64_t message)
{
	const struct worker_known wanted = {.message = message};

	if (worker->known_count == 0)
		return NULL;
	return bsearch(&wanted, worker->known, worker->known_count,
	               sizeof(wanted), worker_list_order_known);
}

static void worker_list_add_known(struct worker *worker, struct text payload)
{
	struct wire_reader fields = {payload, false};
	int64_t count = wire_get_integer(&fields), i;
	struct worker_known known = {.listed = false};

	for (i = 0; i < count && !fields.failed; i++) {
		known.message = wire_get_integer(&fields);
		known.done = wire_get_integer(&fields) != 0;
		known.tries = wire_get_integer(&fields);
		if (worker->known_count == worker->known_room) {
			worker->known_room = worker->known_room * 2 + 256;
			worker->known = memory_resize(worker->known,
			                              worker->known_room *
			                                      sizeof(known));
		}
		worker->known[worker->known_count++] = known;
	}
}

bool worker_list_receive_known(struct worker *worker)
{
	struct wire_reader fields;
	struct wire_frame frame;

	worker->known_count = 0;
	for (;;) {
		worker_wire_receive(worker, &frame);
		fields = (struct wire_reader){frame.payload, false};
		switch (frame.kind) {
		case MAILBOX_FRAME_START:
			worker->done_to = wire_get_integer(&fields);
			break;
		case MAILBOX_FRAME_KNOWN:
			worker_list_add_known(worker, frame.payload);
			break;
		case MAILBOX_FRAME_GO:
			if (worker->known_count > 0)
				qsort(worker->known, worker->known_count,
				      sizeof(*worker->known),
				      worker_list_order_known);
			return true;
		case MAILBOX_FRAME_STOP:
			return false;
		default:
			child_exit(EX_PROTOCOL);
		}
	}
}

bool worker_list_add(struct worker *worker, const struct driver_entry *entry)
{
	struct worker_known *known =
		worker_list_find_known(worker, entry->message);
	bool done = known != NULL ? known->done
	                          : entry->message <= worker->done_to;

	if (known != NULL)
		known->listed = true;
	if (done || worker->entry_count >= DRIVER_ENTRIES_MAX) {
		free(entry->name);
		return done;
	}
	if (worker->entry_count == worker->entry_room) {
		worker->entry_room = worker->entry_room * 2 + 64;
		worker->entries = memory_resize(
			worker->entries, worker->entry_room * sizeof(*entry));
	}
	worker->entries[worker->entry_count] = *entry;
	worker->entries[worker->entry_count++].tries =
		known != NULL ? known->tries : 0;
	return true;
}

/* Known messages that somebody has taken away need not be remembered. */
static void worker_list_send_gone(struct worker *worker)
{
	size_t i = 0, count;
	struct buf ids = BUF_INIT(GONE_BATCH * sizeof(int64_t));

	while (i < worker->known_count) {
		buf_reset(&ids);
		for (count = 0; i < worker->known_count && count < GONE_BATCH;
		     i++) {
			if (worker->known[i].listed)
				continue;
			wire_put_integer(&ids, worker->known[i].message);
			count++;
		}
		if (count == 0)
			break;
		wire_begin(&worker->frame, MAILBOX_FRAME_GONE);
		wire_put_integer(&worker->frame, (int64_t)count);
		buf_add(&worker->frame, ids.data, ids.len);
		worker_wire_send(worker);
	}
	buf_free(&ids);
}

static void worker_list_clear(struct worker *worker)
{
	size_t i;

	for (i = 0; i < worker->entry_count; i++)
		free(worker->entries[i].name);
	worker->entry_count = 0;
}

/* --- what waits ---------------------------------------------------------- */

static int worker_list_order_tries(const void *a, const void *b)
{
	const struct driver_entry *x = a, *y = b;

	if (x->tries != y->tries)
		return x->tries < y->tries ? -1 : 1;
	return (x->message > y->message) - (x->message < y->message);
}

/* Those that failed before come last, and hold up no other. The rest stay in
   their order. */
static void worker_list_move_failed_last(struct worker *worker)
{
	struct driver_entry *ordered;
	size_t i, count = 0, failed = 0;

	for (i = 0; i < worker->entry_count; i++)
		failed += worker->entries[i].tries > 0;
	if (failed == 0)
		return;
	ordered = memory_zero(worker->entry_count, sizeof(*ordered));
	for (i = 0; i < worker->entry_count; i++) {
		if (worker->entries[i].tries == 0)
			ordered[count++] = worker->entries[i];
	}
	for (i = 0; i < worker->entry_count; i++) {
		if (worker->entries[i].tries > 0)
			ordered[count++] = worker->entries[i];
	}
	qsort(ordered + count - failed, failed, sizeof(*ordered),
	      worker_list_order_tries);
	free(worker->entries);
	worker->entries = ordered;
	worker->entry_room = worker->entry_count;
}

struct worker_list_position {
	int64_t message;
	size_t index;
};

static int worker_list_order_positions(const void *a, const void *b)
{
	const struct worker_list_position *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* A listing may name a message twice: "5,9:*" does, and a file that is moved
   meanwhile. The first stays, in its place. */
static void worker_list_drop_duplicates(struct worker *worker)
{
	struct worker_list_position *positions =
		memory_zero(worker->entry_count + 1, sizeof(*positions));
	struct driver_entry *entries = worker->entries;
	size_t i, kept = 0;

	for (i = 0; i < worker->entry_count; i++)
		positions[i] =
			(struct worker_list_position){entries[i].message, i};
	if (worker->entry_count > 0)
		qsort(positions, worker->entry_count, sizeof(*positions),
		      worker_list_order_positions);
	for (i = 1; i < worker->entry_count; i++) {
		if (positions[i].message != positions[i - 1].message)
			continue;
		free(entries[positions[i].index].name);
		entries[positions[i].index].message = -1;
	}
	for (i = 0; i < worker->entry_count; i++) {
		if (entries[i].message >= 0)
			entries[kept++] = entries[i];
	}
	worker->entry_count = kept;
	free(positions);
}

int worker_list_messages(struct worker *worker, struct err *err)
{
	worker_list_clear(worker);
	worker->highest = 0;
	driver_set_stage(worker, "listing");
	if (worker->driver->list(worker, err) < 0)
		return -1;
	worker_list_drop_duplicates(worker);
	worker_list_move_failed_last(worker);
	wire_begin(&worker->frame, MAILBOX_FRAME_COUNT);
	wire_put_integer(&worker->frame, (int64_t)worker->entry_count);
	worker_wire_send(worker);
	worker_list_send_gone(worker);
	return 0;
}
