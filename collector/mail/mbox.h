/*
 * Messages of an mbox file, one after the other, without reading it whole.
 * Lines ">From " lose the sign that whoever wrote the file put there (mboxrd).
 */
#ifndef COLLECTOR_MAIL_MBOX_H
#define COLLECTOR_MAIL_MBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

struct mbox;

/* Opens it for reading, from a place where a message begins. Fails with
   ERR_BUSY while somebody else holds a lock on it. */
int mbox_open(const char *path, int64_t offset, struct mbox **mbox,
              struct err *err) ATTR_MUST_CHECK;

/* The same of a regular file that is open, from its beginning. The descriptor
   is the mbox's from then on, also on failure. */
int mbox_open_fd(int fd, const char *path, struct mbox **mbox, struct err *err)
	ATTR_MUST_CHECK;
void mbox_close(struct mbox **mbox);

/* The next message into an empty buffer: 1, 0 the end, -1 the error. What does
   not fit leaves the buffer full; the next call goes on behind it. */
int mbox_next(struct mbox *mbox, struct buf *message, struct err *err)
	ATTR_MUST_CHECK;

/* Where the next message begins: a place to open it at. */
int64_t mbox_offset(const struct mbox *mbox);

/* Whether bytes begin as an mbox file does. */
bool mbox_is(const uint8_t *data, size_t len);

/* Takes the line off a message that parts it from others in an mbox file: a
   mail pipe may begin with it. */
void mbox_drop_from_line(struct buf *message);

#endif
