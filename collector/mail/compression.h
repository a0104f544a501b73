/*
 * Messages that lie compressed in files, as Dovecot's plugins zlib and
 * mail_compress write them into a Maildir.
 */
#ifndef COLLECTOR_MAIL_COMPRESSION_H
#define COLLECTOR_MAIL_COMPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* The name of the format by its first bytes, "gzip", also of those that are
   recognised but not read; NULL when bytes are in none of them. */
const char *compression_name(const uint8_t *data, size_t len);

/* Appends the message that lies in data, at most so many bytes of it. Fails
   with ERR_TOO_LARGE, or ERR_MALFORMED when it is damaged, no message, or in a
   format that is not read; the sentence says which. */
int compression_expand(const uint8_t *data, size_t len, size_t max,
                       struct buf *out, struct err *err) ATTR_MUST_CHECK;

#endif
