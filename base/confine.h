/*
 * Gives up what a process does not need: files by Landlock, system calls by
 * seccomp, memory by a limit. The door of libseccomp.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct confine_wish {
	bool network; /* may open sockets */
	bool listens; /* and take connections */
	bool threads; /* may start threads */
	/* Ends by returning from main(): then what sanitizers and coverage do
	   at the end needs files, and in such builds nothing is given up.
	   Without it the process ends by _exit(). */
	bool returns;
	/* What it may read, ends with NULL; a NULL list: no file at all. */
	const char *const *read_paths;
	const char *const *write_paths; /* and change */
	bool logs;                      /* its stderr may be a file */
	uint64_t memory;                /* bytes of address space, 0: any */
};

/* For good. No other program can be started afterwards. What the kernel lacks
   is named in missing, "" when there is nothing: the caller says it once. */
int confine(const struct confine_wish *wish, char *missing, size_t size,
            struct err *err) ATTR_MUST_CHECK;

#endif
