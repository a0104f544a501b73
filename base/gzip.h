/*
 * gzip (RFC 1952) in both directions, each under a ceiling. The door of zlib.
 */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* What was odd about a gzip file that could be read all the same. */
struct gzip_oddities {
	bool trailing_zeros;
	bool trailing_garbage;
};

struct gzip_limits {
	size_t output;      /* bytes, all members together */
	unsigned int ratio; /* output to input, once output is over 64 KiB */
	unsigned int members;
};

/* Whether data begins as a gzip file does. */
bool gzip_is(const uint8_t *data, size_t len);

/* Appends what the gzip file expands to, all its members one after the other.
   CRC-32 and length of each are checked; file names in it are ignored. Fails
   with ERR_MALFORMED or ERR_TOO_LARGE; out then holds what came before. */
int gzip_expand(const uint8_t *data, size_t len,
                const struct gzip_limits *limits, struct buf *out,
                struct gzip_oddities *odd, struct err *err) ATTR_MUST_CHECK;

/* The first bytes of what it expands to, as far as out has room and data goes;
   returns how many. Nothing is checked. */
size_t gzip_peek(const uint8_t *data, size_t len, void *out, size_t size);

/* Appends data as one gzip member, at zlib's fastest level. */
int gzip_compress(const void *data, size_t len, struct buf *out,
                  struct err *err) ATTR_MUST_CHECK;

#endif
