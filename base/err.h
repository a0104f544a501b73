/*
 * Why something failed: a code that decides what to do, and a sentence for
 * people. Functions that can fail return 0, or -1 with the struct filled in;
 * nothing is written through an out-parameter on failure, and nobody on the
 * way up overwrites what a lower layer said.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

#define ERR_TEXT_SIZE 512

enum err_code {
	ERR_NONE,
	ERR_MALFORMED, /* the sender's fault: never retry */
	ERR_TOO_LARGE, /* over one of our limits: never retry */
	ERR_USAGE,     /* a wrong argument or option of the command line */
	ERR_CONFIG,    /* the configuration is wrong or missing */
	ERR_NOT_FOUND, /* a file, a row, a domain */
	ERR_BUSY,      /* ours, and it passes: try again later */
	ERR_FULL,      /* no space left on the device */
	ERR_SYSTEM,    /* ours: disk, database, library */
	ERR_DAMAGED,   /* ours: what was stored cannot be read back */
};

struct err {
	enum err_code code;
	char text[ERR_TEXT_SIZE]; /* one line, may be cut, never empty */
};

/* Fills *err and is -1, so that callers can write return err_set(...). */
#define err_set(err, code, ...) (err_fill(err, code, __VA_ARGS__), -1)

/* The same with ": <what errno says>" behind the sentence. The code is
   ERR_FULL for ENOSPC and EDQUOT, ERR_NOT_FOUND for ENOENT, ERR_BUSY for
   EAGAIN and EINTR, else ERR_SYSTEM. */
#define err_set_errno(err, number, ...) \
	(err_fill_errno(err, number, __VA_ARGS__), -1)

/* Puts a prefix such as a path before what err already says; is -1. */
#define err_prefix(err, ...) (err_put_before(err, __VA_ARGS__), -1)

/* What is behind these: macros, so that compilers and analysers see the -1. */
void err_fill(struct err *err, enum err_code code, const char *format, ...)
	ATTR_PRINTF(3, 4);
void err_fill_errno(struct err *err, int number, const char *format, ...)
	ATTR_PRINTF(3, 4);
void err_put_before(struct err *err, const char *format, ...) ATTR_PRINTF(2, 3);

#endif
