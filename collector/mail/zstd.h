/*
 * Zstandard (RFC 8878), expanded under a ceiling. The door of libzstd.
 */
#ifndef COLLECTOR_MAIL_ZSTD_H
#define COLLECTOR_MAIL_ZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

struct zstd_limits {
	size_t output;      /* bytes, all frames together */
	unsigned int ratio; /* output to input, once output is over 64 KiB */
};

/* Whether data begins as a Zstandard frame does (RFC 8878 section 3.1.1). */
bool zstd_is(const uint8_t *data, size_t len);

/* Appends what the frames in data expand to, one after the other; checksums are
   verified where a frame has one. A frame whose window is over 32 MiB is
   refused, so that the decoder's memory is bounded as well. Fails with
   ERR_MALFORMED or ERR_TOO_LARGE; out then holds what came before. */
int zstd_expand(const uint8_t *data, size_t len,
                const struct zstd_limits *limits, struct buf *out,
                struct err *err) ATTR_MUST_CHECK;

#endif
