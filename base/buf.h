/*
 * A growing piece of text or bytes with a ceiling that latches: once something
 * did not fit, `full` stays set and nothing more is added, so that the caller
 * may write on and ask once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct buf {
	char *data; /* not NUL-terminated; buf_text() makes it so */
	size_t len;
	size_t size;
	size_t max; /* the ceiling for len */
	bool full;
};

#define BUF_INIT(ceiling) ((struct buf){.max = (ceiling)})

void buf_free(struct buf *buf);
void buf_reset(struct buf *buf); /* empty and not full, memory kept */

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_integer(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) ATTR_PRINTF(2, 3);

/* Makes room for len more bytes and returns where they go, or NULL (and full)
   when that would pass the ceiling. buf_commit() says how many were used. */
char *buf_reserve(struct buf *buf, size_t len);
void buf_commit(struct buf *buf, size_t len);

/* The content with a NUL behind it; valid until the next change. */
const char *buf_text(struct buf *buf);

/* Adds text for people and logs: bytes below 0x20, 0x7f, the C1 controls,
   invalid UTF-8 and Unicode's direction marks become \xNN, a backslash is
   doubled, and at most max bytes of the input are shown. */
void buf_add_printable(struct buf *buf, const char *data, size_t len,
                       size_t max);

#endif
