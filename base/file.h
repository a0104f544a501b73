/*
 * Whole files, read under a ceiling; and the folders of files.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Appends the content of a regular file, or of standard input for "-", to out.
   Fails with ERR_TOO_LARGE over out's ceiling, ERR_NOT_FOUND, ERR_SYSTEM; the
   sentence begins with the path. */
int file_read(const char *path, struct buf *out, struct err *err)
	ATTR_MUST_CHECK;

/* The descriptor of a regular file, which is the caller's to close, and how the
   file was then. */
int file_open(const char *path, int *fd, struct stat *opened, struct err *err)
	ATTR_MUST_CHECK;

/* What it holds, in one go: fails with ERR_BUSY where somebody wrote to it
   since it was opened, so that it may be half of one and half of another. path
   is for the error. */
int file_read_open(int fd, const char *path, const struct stat *opened,
                   struct buf *out, struct err *err) ATTR_MUST_CHECK;

/* Whether somebody wrote to it since it was opened. */
int file_check_unchanged(int fd, const char *path, const struct stat *opened,
                         struct err *err) ATTR_MUST_CHECK;

/* The folder of a file, or the first above it that is there; in the arena. */
const char *file_folder(struct arena *arena, const char *file);

#endif
