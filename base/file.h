/*
 * Whole files, read under a ceiling.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Appends the content of a regular file, or of standard input for "-", to out.
   Fails with ERR_TOO_LARGE over out's ceiling, ERR_NOT_FOUND, ERR_SYSTEM; the
   sentence begins with the path. */
int file_read(const char *path, struct buf *out, struct err *err)
	ATTR_MUST_CHECK;

#endif
