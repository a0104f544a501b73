/*
 * What the files of the verb `import` share.
 *
 *   import.c          walks the paths; prints and frees what is done
 *   import_folder.c   walks a folder: each file is an input
 *   import_reader.c   threads that read, decode and parse
 *   import_mail.c     threads that have messages parsed
 *   import_offer.c    hands what is ready to the writer, in turn
 *   import_print.c    says what became of it
 *
 * Between the threads is import_queue.h, which bounds what is in hand.
 */
#ifndef COLLECTOR_VERBS_IMPORT_PRIVATE_H
#define COLLECTOR_VERBS_IMPORT_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "collector/intake/writer.h"
#include "collector/verbs/import_queue.h"
#include "schema/store/store.h"

/* Threads that read: one a processor, for the kernel reads ahead. Beyond so
   many the one that writes sets the pace. */
#define IMPORT_READERS_MAX 8U

/* Threads that parse messages, with two processes each. */
#define IMPORT_PARSERS_MAX 4U

struct import_totals {
	int64_t outcomes[OUTCOMES];
	int64_t deferred;   /* a local error: run it again */
	int64_t unreadable; /* files that could not be read */
};

struct import {
	struct config *config;
	struct writer *writer;
	struct import_queue *queue;
	struct import_totals *totals; /* under the mutex, as what follows */
	pthread_mutex_t mutex;
	int64_t count;
	pthread_t parsers[IMPORT_PARSERS_MAX];
	size_t parser_count;

	pthread_t readers[IMPORT_READERS_MAX];
	size_t reader_count;
	size_t processors;
	bool mtime; /* files arrived when they were written */
	bool progress;
	int64_t next_progress;
	bool (*is_stopped)(void); /* somebody wants it to end */
};

/* --- import_print.c ------------------------------------------------------- */

/* Counts an input and adds what there is to say of it to its lines. */
void import_print_result(struct import_input *input,
                         const struct intake *intake);
void import_print_unreadable(struct import_input *input, const char *why);
/* Prints and frees what is done. */
void import_print_done(struct import *import);
void import_print_progress(struct import *import, bool last);

/* --- import_offer.c ------------------------------------------------------- */

/* Hands all whose turn it is to the writer, unless another thread does. */
void import_offer_all(struct import *import);
void import_offer_on_report_done(struct intake *intake);
void import_offer_on_mail_done(struct mail_job *job);
void import_offer_on_mail_report(struct mail_job *job,
                                 const struct intake *intake);

/* --- import_mail.c -------------------------------------------------------- */

/* Has a message parsed that lies in the input's bytes. In an mbox file it comes
   before the file, otherwise file is NULL. */
void import_mail_put(struct import_input *input, struct import_input *file);
/* After the threads that read. */
void import_mail_stop(struct import *import);

/* --- import_reader.c ------------------------------------------------------ */

int import_reader_start(struct import *import, struct err *err) ATTR_MUST_CHECK;
void import_reader_stop(struct import *import);

/* --- import.c ------------------------------------------------------------- */

/* Adds a path; prints what is done meanwhile. why: it cannot be read. */
void import_add(struct import *import, const char *path, bool named,
                const char *why);

/* --- import_folder.c ------------------------------------------------------ */

/* All files below it whose name is that of a report or a message, or that lie
   in a Maildir. */
void import_folder_take(struct import *import, const char *path);

#endif
