#include "collector/mailbox/worker_list.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/child.h"
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

static struct worker_known *worker_list_find_known(struct worker *session,
                                                   int64_t message)
{
	const struct worker_known wanted = {.message = message};

	if (session->known_count == 0)
		return NULL;
	return bsearch(&wanted, session->known, session->known_count,
	               sizeof(wanted), worker_list_order_known);
}

static void worker_list_add_known(struct worker *session, struct text payload)
{
	struct wire_reader fields = {payload, false};
	int64_t count = wire_get_integer(&fields), i;
	struct worker_known known = {.listed = false};

	for (i = 0; i < count && !fields.failed; i++) {
		known.message = wire_get_integer(&fields);
		known.done = wire_get_integer(&fields) != 0;
		known.tries = wire_get_integer(&fields);
		if (session->known_count == session->known_room) {
			session->known_room = session->known_room * 2 + 256;
			session->known = memory_resize(session->known,
			                               session->known_room *
			                                       sizeof(known));
		}
		session->known[session->known_count++] = known;
	}
}

bool worker_list_receive_known(struct worker *session)
{
	struct wire_reader fields;
	struct wire_frame frame;

	session->known_count = 0;
	for (;;) {
		worker_wire_receive(session, &frame);
		fields = (struct wire_reader){frame.payload, false};
		switch (frame.kind) {
		case MAILBOX_FRAME_START:
			session->done_to = wire_get_integer(&fields);
			break;
		case MAILBOX_FRAME_KNOWN:
			worker_list_add_known(session, frame.payload);
			break;
		case MAILBOX_FRAME_GO:
			if (session->known_count > 0)
				qsort(session->known, session->known_count,
				      sizeof(*session->known),
				      worker_list_order_known);
			return true;
		case MAILBOX_FRAME_STOP:
			return false;
		default:
			child_exit(EX_PROTOCOL);
		}
	}
}

bool worker_list_add(struct worker *session, const struct driver_entry *entry)
{
	struct worker_known *known =
		worker_list_find_known(session, entry->message);
	bool done = known != NULL ? known->done
	                          : entry->message <= session->done_to;

	if (known != NULL)
		known->listed = true;
	if (done || session->entry_count >= DRIVER_ENTRIES_MAX) {
		free(entry->name);
		return done;
	}
	if (session->entry_count == session->entry_room) {
		session->entry_room = session->entry_room * 2 + 64;
		session->entries = memory_resize(
			session->entries, session->entry_room * sizeof(*entry));
	}
	session->entries[session->entry_count] = *entry;
	session->entries[session->entry_count++].tries =
		known != NULL ? known->tries : 0;
	return true;
}

/* Known messages that somebody has taken away need not be remembered. */
static void worker_list_send_gone(struct worker *session)
{
	size_t i = 0, count;
	struct buf ids = BUF_INIT(GONE_BATCH * sizeof(int64_t));

	while (i < session->known_count) {
		buf_reset(&ids);
		for (count = 0; i < session->known_count && count < GONE_BATCH;
		     i++) {
			if (session->known[i].listed)
				continue;
			wire_put_integer(&ids, session->known[i].message);
			count++;
		}
		if (count == 0)
			break;
		wire_begin(&session->frame, MAILBOX_FRAME_GONE);
		wire_put_integer(&session->frame, (int64_t)count);
		buf_add(&session->frame, ids.data, ids.len);
		worker_wire_send(session);
	}
	buf_free(&ids);
}

static void worker_list_clear(struct worker *session)
{
	size_t i;

	for (i = 0; i < session->entry_count; i++)
		free(session->entries[i].name);
	session->entry_count = 0;
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
static void worker_list_move_failed_last(struct worker *session)
{
	struct driver_entry *ordered;
	size_t i, count = 0, failed = 0;

	for (i = 0; i < session->entry_count; i++)
		failed += session->entries[i].tries > 0;
	if (failed == 0)
		return;
	ordered = memory_zero(session->entry_count, sizeof(*ordered));
	for (i = 0; i < session->entry_count; i++) {
		if (session->entries[i].tries == 0)
			ordered[count++] = session->entries[i];
	}
	for (i = 0; i < session->entry_count; i++) {
		if (session->entries[i].tries > 0)
			ordered[count++] = session->entries[i];
	}
	qsort(ordered + count - failed, failed, sizeof(*ordered),
	      worker_list_order_tries);
	free(session->entries);
	session->entries = ordered;
	session->entry_room = session->entry_count;
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
static void worker_list_drop_duplicates(struct worker *session)
{
	struct worker_list_position *places =
		memory_zero(session->entry_count + 1, sizeof(*places));
	struct driver_entry *entries = session->entries;
	size_t i, kept = 0;

	for (i = 0; i < session->entry_count; i++)
		places[i] =
			(struct worker_list_position){entries[i].message, i};
	if (session->entry_count > 0)
		qsort(places, session->entry_count, sizeof(*places),
		      worker_list_order_positions);
	for (i = 1; i < session->entry_count; i++) {
		if (places[i].message != places[i - 1].message)
			continue;
		free(entries[places[i].index].name);
		entries[places[i].index].message = -1;
	}
	for (i = 0; i < session->entry_count; i++) {
		if (entries[i].message >= 0)
			entries[kept++] = entries[i];
	}
	session->entry_count = kept;
	free(places);
}

int worker_list_messages(struct worker *session, struct err *err)
{
	worker_list_clear(session);
	session->highest = 0;
	driver_set_stage(session, "listing");
	if (session->driver->list(session, err) < 0)
		return -1;
	worker_list_drop_duplicates(session);
	worker_list_move_failed_last(session);
	wire_begin(&session->frame, MAILBOX_FRAME_COUNT);
	wire_put_integer(&session->frame, (int64_t)session->entry_count);
	worker_wire_send(session);
	worker_list_send_gone(session);
	return 0;
}
