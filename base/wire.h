/*
 * Frames over a stream socket between two of our own processes, one of which
 * may be in a stranger's hands: each length is checked against a ceiling, and
 * each field against its frame.
 *
 *	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
 *	wire_begin(&frame, KIND);
 *	wire_put_integer(&frame, 812);
 *	wire_put_text(&frame, TEXT("INBOX"));
 *	wire_send(wire, &frame, deadline, &err);
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* The largest frame, with its header; longer things are sent in pieces. */
#define WIRE_FRAME_MAX (256U * 1024U)
#define WIRE_PIECE     (128U * 1024U)

struct wire {
	int fd; /* not blocking, whatever it was */
	struct buf in;
	size_t taken; /* of in */
};

struct wire_frame {
	uint8_t kind;
	struct text payload; /* valid until the next call on the wire */
};

/* Takes the descriptor over. */
void wire_open(struct wire *wire, int fd);
void wire_close(struct wire *wire);

/* Empties the buffer and begins a frame in it. */
void wire_begin(struct buf *frame, uint8_t kind);
void wire_put_integer(struct buf *frame, int64_t number);
void wire_put_text(struct buf *frame, struct text text);

/* Sends a whole frame. Deadlines are those of timestamp_monotonic_ms(). Fails
   with ERR_BUSY at the deadline, ERR_SYSTEM when the peer is gone. */
int wire_send(struct wire *wire, struct buf *frame, int64_t deadline,
              struct err *err) ATTR_MUST_CHECK;

/* The next frame: 1 there is one, 0 the peer has closed, -1 the error (ERR_BUSY
   at the deadline, ERR_MALFORMED for a frame over the ceiling). */
int wire_receive(struct wire *wire, struct wire_frame *frame, int64_t deadline,
                 struct err *err) ATTR_MUST_CHECK;

/* The same from what has arrived, without waiting: 1, 0 when there is no whole
   frame, -1. wire_fill() takes in what the socket has: 1, 0 when the peer has
   closed, -1. */
int wire_next(struct wire *wire, struct wire_frame *frame, struct err *err)
	ATTR_MUST_CHECK;
int wire_fill(struct wire *wire, struct err *err) ATTR_MUST_CHECK;

/* Reads the fields of a frame in turn. What does not fit is 0 or empty, and
   failed stays set. */
struct wire_reader {
	struct text rest;
	bool failed;
};

int64_t wire_get_integer(struct wire_reader *reader);
struct text wire_get_text(struct wire_reader *reader); /* inside the frame */

#endif
