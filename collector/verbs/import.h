/*
 * Reports and messages from files, folders, Maildirs, mbox files and standard
 * input: `tlsrpt-collector import`.
 */
#ifndef COLLECTOR_VERBS_IMPORT_H
#define COLLECTOR_VERBS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "schema/store/write.h"

struct import_totals {
	int64_t outcomes[OUTCOMES];
	int64_t deferred;   /* our own trouble: run it again */
	int64_t unreadable; /* files that could not be read */
};

struct import_paths {
	char *const *items;
	size_t count;
	/* A file arrived when it was written, not now: an archive that was
	   kept as reports came. */
	bool mtime;
};

/* Takes in each path: a report, a message, an mbox file, a folder with all
   below it whose name ends in .json, .gz or .eml or that lies in a Maildir, or
   "-" for standard input. One line on stdout for each path that was named, and
   for each file in a folder that was not simply stored; progress on stderr when
   that is a terminal. What cannot be read is said and counted, and the rest
   goes on. */
int import_all(struct config *config, struct store *store,
               const struct import_paths *paths, struct import_totals *totals,
               struct err *err) ATTR_MUST_CHECK;

#endif
