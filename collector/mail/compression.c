#include "collector/mail/compression.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "base/gzip.h"
#include "collector/mail/zstd.h"
#include "schema/limits.h"

/* What may lie in a mail store in place of a message. */
struct compression_format {
	const char *name;
	const char *tool; /* that unpacks it; NULL where we do */
	const char *magic;
	size_t len;
};

static const struct compression_format compression_formats[] = {
	{"gzip", NULL, "\x1f\x8b", 2},
	{"zstd", NULL, "\x28\xb5\x2f\xfd", 4},
	{"bzip2", "bunzip2", "BZh", 3},
	{"xz", "unxz",
         "\xfd"
         "7zXZ",
         6},
	/* Dovecot's own framing, which only Dovecot reads; and lz4's. */
	{"lz4", "doveadm", "Dovecot-LZ4\r\x2a\x9b\xc5", 15},
	{"lz4", "unlz4", "\x04\x22\x4d\x18", 4},
	/* Not compressed, but as little a message. */
	{"Dovecot's mail_crypt", "doveadm", "CRYPTED\x03\x07", 9},
};

static const struct compression_format *
compression_find_format(const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(compression_formats); i++) {
		if (len >= compression_formats[i].len &&
		    memcmp(data, compression_formats[i].magic,
		           compression_formats[i].len) == 0)
			return &compression_formats[i];
	}
	return NULL;
}

const char *compression_name(const uint8_t *data, size_t len)
{
	const struct compression_format *format =
		compression_find_format(data, len);

	return format != NULL ? format->name : NULL;
}

static int compression_expand_data(const uint8_t *data, size_t len, size_t max,
                                   struct buf *out, struct err *err)
{
	const struct gzip_limits gzip = {max, LIMIT_MESSAGE_RATIO,
	                                 LIMIT_GZIP_MEMBERS};
	const struct zstd_limits zstd = {max, LIMIT_MESSAGE_RATIO};
	struct gzip_oddities ignored = {false, false};

	return gzip_is(data, len)
	               ? gzip_expand(data, len, &gzip, out, &ignored, err)
	               : zstd_expand(data, len, &zstd, out, err);
}

int compression_expand(const uint8_t *data, size_t len, size_t max,
                       struct buf *out, struct err *err)
{
	const struct compression_format *format =
		compression_find_format(data, len);
	size_t start = out->len;
	const char *first;

	if (format == NULL)
		return err_set(err, ERR_MALFORMED, "not compressed");
	if (format->tool != NULL)
		return err_set(err, ERR_MALFORMED,
		               "the message is packed with %s; only gzip and "
		               "zstd are read. Have a copy of these reports "
		               "delivered uncompressed, read the mailbox by "
		               "IMAP, or unpack the file (%s) and import it",
		               format->name, format->tool);
	if (compression_expand_data(data, len, max, out, err) < 0)
		return err_prefix(err, "the message is packed with %s",
		                  format->name);
	first = buf_text(out) + start;
	if (strncmp(first, "From ", 5) == 0)
		return err_set(err, ERR_MALFORMED,
		               "an mbox file packed with %s; unpack it first",
		               format->name);
	if (first[0] == '{' || first[0] == '[')
		return err_set(err, ERR_MALFORMED,
		               "a report packed with %s, which no mail is; "
		               "unpack it first",
		               format->name);
	return 0;
}
