#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "base/wire.h"
#include "tests/support/cmocka_all.h"

static int64_t soon(int64_t ms)
{
	return timestamp_monotonic_ms() + ms;
}

static void open_pair(struct wire *a, struct wire *b)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	wire_open(a, ends[0]);
	wire_open(b, ends[1]);
}

static void frames_arrive_as_they_were(void **state)
{
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct wire_reader fields;
	struct wire_frame got;
	struct wire a, b;
	struct err err;
	int i;

	(void)state;
	open_pair(&a, &b);
	for (i = 0; i < 3; i++) {
		wire_begin(&frame, (uint8_t)(i + 1));
		wire_put_integer(&frame, -i);
		wire_put_text(&frame, TEXT("INBOX"));
		assert_int_equal(wire_send(&a, &frame, soon(1000), &err), 0);
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(wire_receive(&b, &got, soon(1000), &err), 1);
		assert_int_equal(got.kind, i + 1);
		fields = (struct wire_reader){got.payload, false};
		assert_int_equal(wire_get_integer(&fields), -i);
		assert_true(text_is(wire_get_text(&fields), "INBOX"));
		assert_false(fields.failed);
		/* There is no more. */
		assert_int_equal(wire_get_integer(&fields), 0);
		assert_true(fields.failed);
	}
	assert_int_equal(wire_receive(&b, &got, soon(20), &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	wire_close(&a);
	assert_int_equal(wire_receive(&b, &got, soon(1000), &err), 0);
	wire_close(&b);
	buf_free(&frame);
}

static void what_is_too_long_is_refused(void **state)
{
	static const char header[] = "\xff\xff\xff\x7f\x01";
	static const char field[] = "\x06\0\0\0\x01\xff\xff\xff\xff!!";
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct wire_reader fields;
	struct wire_frame got;
	struct wire a, b;
	struct err err;

	(void)state;
	open_pair(&a, &b);
	assert_int_equal(write(a.fd, field, sizeof(field) - 1),
	                 sizeof(field) - 1);
	assert_int_equal(wire_receive(&b, &got, soon(1000), &err), 1);
	fields = (struct wire_reader){got.payload, false};
	assert_int_equal(wire_get_text(&fields).len, 0);
	assert_true(fields.failed);
	assert_int_equal(write(a.fd, header, sizeof(header) - 1),
	                 sizeof(header) - 1);
	assert_int_equal(wire_receive(&b, &got, soon(1000), &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
	wire_begin(&frame, 1);
	wire_put_text(&frame, (struct text){frame.data, WIRE_FRAME_MAX});
	assert_int_equal(wire_send(&a, &frame, soon(1000), &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	wire_close(&a);
	wire_close(&b);
	buf_free(&frame);
}

/* A peer that does not read blocks nobody for ever. */
static void sending_has_a_deadline(void **state)
{
	static char zeros[WIRE_PIECE];
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct wire a, b;
	struct err err;
	int i, result = 0;

	(void)state;
	open_pair(&a, &b);
	for (i = 0; i < 100 && result == 0; i++) {
		wire_begin(&frame, 1);
		wire_put_text(&frame, (struct text){zeros, sizeof(zeros)});
		result = wire_send(&a, &frame, soon(50), &err);
	}
	assert_int_equal(result, -1);
	assert_int_equal(err.code, ERR_BUSY);
	wire_close(&a);
	wire_close(&b);
	buf_free(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_as_they_were),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(sending_has_a_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
