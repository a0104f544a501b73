#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timestamp.h"

#define HEADER_SIZE 5U /* four bytes of length, one of kind */
#define READ_SIZE   65536U

void wire_open(struct wire *wire, int fd)
{
	*wire = (struct wire){.fd = fd, .in = BUF_INIT(2U * WIRE_FRAME_MAX)};
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		(void)close(wire->fd);
	wire->fd = -1;
	buf_free(&wire->in);
}

/* --- writing ------------------------------------------------------------- */

void wire_begin(struct buf *frame, uint8_t kind)
{
	const char header[HEADER_SIZE] = {0, 0, 0, 0, (char)kind};

	buf_reset(frame);
	buf_add(frame, header, sizeof(header));
}

void wire_put_integer(struct buf *frame, int64_t number)
{
	buf_add(frame, &number, sizeof(number));
}

void wire_put_text(struct buf *frame, struct text text)
{
	uint32_t len = (uint32_t)text.len;

	buf_add(frame, &len, sizeof(len));
	buf_add(frame, text.data, text.len);
}

static int wire_wait(const struct wire *wire, short events, int64_t deadline,
                     struct err *err)
{
	struct pollfd entry = {.fd = wire->fd, .events = events};
	int64_t left;
	int count;

	for (;;) {
		left = deadline - timestamp_monotonic_ms();
		if (left <= 0)
			return err_set(err, ERR_BUSY, "no answer in time");
		count = poll(&entry, 1, left > 60000 ? 60000 : (int)left);
		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return err_set_errno(err, errno, "poll");
	}
}

int wire_send(struct wire *wire, struct buf *frame, int64_t deadline,
              struct err *err)
{
	uint32_t len = (uint32_t)(frame->len - HEADER_SIZE);
	size_t sent = 0;
	ssize_t count;

	if (frame->full || frame->len > WIRE_FRAME_MAX)
		return err_set(err, ERR_TOO_LARGE, "a frame is too long");
	memcpy(frame->data, &len, sizeof(len));
	while (sent < frame->len) {
		count = send(wire->fd, frame->data + sent, frame->len - sent,
		             MSG_NOSIGNAL);
		if (count > 0)
			sent += (size_t)count;
		else if (count < 0 && errno == EAGAIN) {
			if (wire_wait(wire, POLLOUT, deadline, err) < 0)
				return -1;
		} else if (count < 0 && errno != EINTR)
			return err_set(err, ERR_SYSTEM, "the peer is gone");
	}
	return 0;
}

/* --- reading ------------------------------------------------------------- */

int wire_next(struct wire *wire, struct wire_frame *frame, struct err *err)
{
	size_t there = wire->in.len - wire->taken;
	const char *start;
	uint32_t len;

	if (there < HEADER_SIZE)
		return 0;
	start = wire->in.data + wire->taken;
	memcpy(&len, start, sizeof(len));
	if (len > WIRE_FRAME_MAX - HEADER_SIZE)
		return err_set(err, ERR_MALFORMED, "a frame is too long");
	if (there < HEADER_SIZE + len)
		return 0;
	frame->kind = (uint8_t)start[4];
	frame->payload = (struct text){start + HEADER_SIZE, len};
	wire->taken += HEADER_SIZE + len;
	return 1;
}

/* Moves what is not taken to the front. */
static void wire_compact(struct wire *wire)
{
	size_t left = wire->in.len - wire->taken;

	if (wire->taken == 0)
		return;
	if (left > 0)
		memmove(wire->in.data, wire->in.data + wire->taken, left);
	wire->in.len = left;
	wire->taken = 0;
}

int wire_fill(struct wire *wire, struct err *err)
{
	ssize_t count;
	char *place;

	wire_compact(wire);
	place = buf_reserve(&wire->in, READ_SIZE);
	if (place == NULL)
		return err_set(err, ERR_MALFORMED, "more frames than are read");
	do {
		count = recv(wire->fd, place, READ_SIZE, MSG_DONTWAIT);
	} while (count < 0 && errno == EINTR);
	if (count < 0 && errno == EAGAIN)
		return 1;
	if (count < 0)
		return err_set(err, ERR_SYSTEM, "the peer is gone");
	buf_commit(&wire->in, (size_t)count);
	return count > 0 ? 1 : 0;
}

int wire_receive(struct wire *wire, struct wire_frame *frame, int64_t deadline,
                 struct err *err)
{
	int result;

	for (;;) {
		result = wire_next(wire, frame, err);
		if (result != 0)
			return result;
		if (wire_wait(wire, POLLIN, deadline, err) < 0)
			return -1;
		result = wire_fill(wire, err);
		if (result <= 0)
			return result;
	}
}

static const char *wire_take(struct wire_reader *reader, size_t len)
{
	const char *data = reader->rest.data;

	if (reader->failed || reader->rest.len < len) {
		reader->failed = true;
		return NULL;
	}
	reader->rest.data += len;
	reader->rest.len -= len;
	return data;
}

int64_t wire_get_integer(struct wire_reader *reader)
{
	int64_t number;
	const char *data = wire_take(reader, sizeof(number));

	if (data == NULL)
		return 0;
	memcpy(&number, data, sizeof(number));
	return number;
}

struct text wire_get_text(struct wire_reader *reader)
{
	uint32_t len;
	const char *data = wire_take(reader, sizeof(len));

	if (data == NULL)
		return TEXT("");
	memcpy(&len, data, sizeof(len));
	data = wire_take(reader, len);
	return data == NULL ? TEXT("") : (struct text){data, len};
}
