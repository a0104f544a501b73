/*
 * What the files of the verb `import` share: import.c takes paths,
 * import_folder.c a folder, import_file.c a file, and import_print.c says what
 * became of it. Nothing calls back up this list.
 */
#ifndef COLLECTOR_VERBS_IMPORT_PRIVATE_H
#define COLLECTOR_VERBS_IMPORT_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "collector/intake/writer.h"
#include "collector/mail/parser_client.h"
#include "schema/store/store.h"

struct import_totals {
	int64_t outcomes[OUTCOMES];
	int64_t deferred;   /* a local error: run it again */
	int64_t unreadable; /* files that could not be read */
};

struct import {
	struct config *config;
	struct writer *writer;
	struct parser_client *parser; /* of messages; made when one comes */
	struct import_totals *totals; /* the writer's thread counts */
	pthread_mutex_t mutex;
	bool mtime; /* files arrived when they were written */
	bool progress;
	int64_t count;
	int64_t next_progress;
};

/* --- import_print.c ------------------------------------------------------- */

/* Counts an input and says what there is to say of it; a named one has a line
   in any case. */
void import_print_result(struct import *import, const char *path, bool named,
                         const struct intake *intake);
void import_print_unreadable(struct import *import, const char *why);
void import_print_progress(struct import *import, bool last);

/* --- import_file.c -------------------------------------------------------- */

/* A report, a message, or each message of an mbox file. */
void import_file_take(struct import *import, const char *path);
/* The same of a file that is open, of a folder when it is not named. */
void import_file_take_open(struct import *import, int fd, const char *path,
                           bool named);
/* One message or one report from standard input. */
void import_file_take_stdin(struct import *import, bool named);

/* --- import_folder.c ------------------------------------------------------ */

/* All files below it whose name is that of a report or a message, or that lie
   in a Maildir. */
void import_folder_take(struct import *import, char *path);

#endif
