#include <stdlib.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "base/timestamp.h"
#include "collector/mailbox/worker_list.h"
#include "tests/support/cmocka_all.h"

/* A worker, and the end of the collector. */
struct session {
	struct worker worker;
	struct wire collector;
	struct buf frame;
};

/* A mailbox with these messages. */
struct listing {
	const int64_t *messages;
	size_t count;
};

static int list(struct worker *worker, struct err *err)
{
	const struct listing *listing = worker->driver_state;
	size_t i;

	(void)err;
	for (i = 0; i < listing->count; i++) {
		const struct driver_entry entry = {.message =
		                                           listing->messages[i],
		                                   .size = (int64_t)i + 1};

		(void)worker_list_add(worker, &entry);
	}
	return 0;
}

static const struct mailbox_driver driver = {.id_word = "number", .list = list};

static void open_session(struct session *session, struct listing *listing)
{
	int ends[2];

	*session =
		(struct session){.worker = {.frame = BUF_INIT(WIRE_FRAME_MAX),
	                                    .driver = &driver,
	                                    .driver_state = listing},
	                         .frame = BUF_INIT(WIRE_FRAME_MAX)};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	wire_open(&session->worker.wire, ends[0]);
	wire_open(&session->collector, ends[1]);
}

static void close_session(struct session *session)
{
	wire_close(&session->worker.wire);
	wire_close(&session->collector);
	free(session->worker.known);
	free(session->worker.entries);
	buf_free(&session->worker.frame);
	buf_free(&session->frame);
}

static void put(struct session *session)
{
	struct err err;

	assert_int_equal(wire_send(&session->collector, &session->frame,
	                           timestamp_monotonic_ms() + 10000, &err),
	                 0);
}

/* START, KNOWN, GO: message, whether it is done, tries. */
static void start(struct session *session, int64_t done_to,
                  const int64_t (*known)[3], size_t count)
{
	size_t i;

	wire_begin(&session->frame, MAILBOX_FRAME_START);
	wire_put_integer(&session->frame, done_to);
	put(session);
	wire_begin(&session->frame, MAILBOX_FRAME_KNOWN);
	wire_put_integer(&session->frame, (int64_t)count);
	for (i = 0; i < count; i++) {
		wire_put_integer(&session->frame, known[i][0]);
		wire_put_integer(&session->frame, known[i][1]);
		wire_put_integer(&session->frame, known[i][2]);
	}
	put(session);
	wire_begin(&session->frame, MAILBOX_FRAME_GO);
	put(session);
	assert_true(worker_list_receive_known(&session->worker));
}

static struct wire_reader get(struct session *session, uint8_t kind)
{
	struct wire_frame frame;
	struct err err;

	assert_int_equal(wire_receive(&session->collector, &frame,
	                              timestamp_monotonic_ms() + 10000, &err),
	                 1);
	assert_int_equal(frame.kind, kind);
	return (struct wire_reader){frame.payload, false};
}

static void assert_listed(const struct worker *worker, const int64_t *wanted,
                          size_t count)
{
	size_t i;

	assert_int_equal(worker->entry_count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(worker->entries[i].message, wanted[i]);
}

static void leaves_out_what_is_done(void **state)
{
	static const int64_t messages[] = {3, 7, 8, 12, 15};
	static const int64_t known[][3] = {{12, 1, 0}, {7, 0, 0}};
	static const int64_t wanted[] = {7, 15};
	struct listing listing = {messages, ARRAY_LENGTH(messages)};
	struct session session;
	struct wire_reader fields;
	struct err err;

	(void)state;
	open_session(&session, &listing);
	start(&session, 8, known, ARRAY_LENGTH(known));
	assert_int_equal(worker_list_messages(&session.worker, &err), 0);
	assert_listed(&session.worker, wanted, ARRAY_LENGTH(wanted));
	fields = get(&session, MAILBOX_FRAME_COUNT);
	assert_int_equal(wire_get_integer(&fields), 2);
	close_session(&session);
}

/* A message that cannot be fetched holds up no other. */
static void puts_what_failed_before_last(void **state)
{
	static const int64_t messages[] = {5, 4, 3, 2, 1};
	static const int64_t known[][3] = {{5, 0, 2}, {3, 0, 1}, {2, 0, 2}};
	static const int64_t wanted[] = {4, 1, 3, 2, 5};
	struct listing listing = {messages, ARRAY_LENGTH(messages)};
	struct session session;
	struct err err;

	(void)state;
	open_session(&session, &listing);
	start(&session, 0, known, ARRAY_LENGTH(known));
	assert_int_equal(worker_list_messages(&session.worker, &err), 0);
	assert_listed(&session.worker, wanted, ARRAY_LENGTH(wanted));
	close_session(&session);
}

static void takes_a_message_that_is_listed_twice_once(void **state)
{
	static const int64_t messages[] = {9, 5, 9, 7, 5, 5};
	static const int64_t wanted[] = {9, 5, 7};
	struct listing listing = {messages, ARRAY_LENGTH(messages)};
	struct session session;
	struct err err;

	(void)state;
	open_session(&session, &listing);
	start(&session, 0, NULL, 0);
	assert_int_equal(worker_list_messages(&session.worker, &err), 0);
	assert_listed(&session.worker, wanted, ARRAY_LENGTH(wanted));
	assert_int_equal(session.worker.entries[0].size, 1);
	close_session(&session);
}

static void says_which_known_messages_are_gone(void **state)
{
	static const int64_t messages[] = {20, 40};
	static const int64_t known[][3] = {
		{10, 1, 0}, {20, 1, 0}, {30, 0, 3}, {40, 0, 0}};
	struct listing listing = {messages, ARRAY_LENGTH(messages)};
	struct session session;
	struct wire_reader fields;
	struct err err;

	(void)state;
	open_session(&session, &listing);
	start(&session, 0, known, ARRAY_LENGTH(known));
	assert_int_equal(worker_list_messages(&session.worker, &err), 0);
	(void)get(&session, MAILBOX_FRAME_COUNT);
	fields = get(&session, MAILBOX_FRAME_GONE);
	assert_int_equal(wire_get_integer(&fields), 2);
	assert_int_equal(wire_get_integer(&fields), 10);
	assert_int_equal(wire_get_integer(&fields), 30);
	/* Another round begins with what is known then. */
	start(&session, 0, NULL, 0);
	assert_int_equal(worker_list_messages(&session.worker, &err), 0);
	assert_int_equal(session.worker.entry_count, 2);
	fields = get(&session, MAILBOX_FRAME_COUNT);
	assert_int_equal(wire_get_integer(&fields), 2);
	close_session(&session);
}

static void is_told_to_stop(void **state)
{
	struct listing listing = {NULL, 0};
	struct session session;

	(void)state;
	open_session(&session, &listing);
	wire_begin(&session.frame, MAILBOX_FRAME_STOP);
	put(&session);
	assert_false(worker_list_receive_known(&session.worker));
	close_session(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_out_what_is_done),
		cmocka_unit_test(puts_what_failed_before_last),
		cmocka_unit_test(takes_a_message_that_is_listed_twice_once),
		cmocka_unit_test(says_which_known_messages_are_gone),
		cmocka_unit_test(is_told_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
