/*
 * From the bytes of an input to its JSON text. Bytes decide; media types,
 * Content-Encoding and file names are hints that are flagged where they lie.
 */
#ifndef COLLECTOR_INTAKE_DECODE_H
#define COLLECTOR_INTAKE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "schema/rules/outcome.h"

struct decode_input {
	const uint8_t *data;
	size_t len;
	const char *content_type; /* or NULL */
	const char *encoding;     /* Content-Encoding, or NULL */
	const char *name;         /* of a file, or NULL */
	size_t max_json;
};

/* Appends the JSON to out. One Content-Encoding of gzip is undone, then one
   gzip file is expanded; two in each other without that label, ZIP and zlib
   are refused by name. *quirks gains bits. On failure *refusal says of which
   kind it is, and err what is wrong. */
int decode(const struct decode_input *input, struct buf *out, uint64_t *quirks,
           enum refusal *refusal, struct err *err) ATTR_MUST_CHECK;

#endif
