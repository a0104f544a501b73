/*
 * Kinds of packed data that people send in place of gzip.
 */
#ifndef BASE_ARCHIVE_H
#define BASE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

/* What data begins as, in words that follow "it is" ("a ZIP archive"); NULL when
   it is none of ZIP, zlib, bzip2, xz and Zstandard. gzip is not among them. */
const char *archive_name(const uint8_t *data, size_t len);

#endif
