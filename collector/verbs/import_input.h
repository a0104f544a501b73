/*
 * An input of import: a file, standard input, or a message of an mbox file.
 *
 *   WAITING --> IN_WORK --> READY --> OFFERED --> DONE
 *      |           |                               ^
 *      +-----------+-------------------------------+
 *
 *   WAITING   no thread has it yet
 *   IN_WORK   a thread reads, decodes and parses it; a message asks the DNS
 *   READY     waits until all before it are offered
 *   OFFERED   by the writer
 *   DONE      committed or deferred, could not be read, or was dropped because
 *             import stops; what there is to print waits for what is before it
 *
 * Only import_input_enter() changes the stage; each transition is logged at the
 * level debug.
 */
#ifndef COLLECTOR_VERBS_IMPORT_INPUT_H
#define COLLECTOR_VERBS_IMPORT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

enum import_input_stage {
	IMPORT_INPUT_WAITING,
	IMPORT_INPUT_IN_WORK,
	IMPORT_INPUT_READY,
	IMPORT_INPUT_OFFERED,
	IMPORT_INPUT_DONE,
	IMPORT_INPUT_STAGES,
};

struct import;
struct intake;
struct mail_job;

/* It belongs to one thread at a time: to whoever has it in work, offers it or
   has stored it. */
struct import_input {
	struct import *import;
	char *path; /* for people: with a number in an mbox file */
	bool named; /* on the command line */
	bool is_message;
	int fd; /* of a file that is not read yet, or -1 */
	struct stat opened;
	int64_t received; /* 0: now */
	struct buf bytes;
	struct intake *intake; /* of a report */
	struct mail_job *job;  /* of a message */
	struct buf lines;      /* what there is to print of it */

	/* the queue's */
	struct import_input *prev, *next; /* in the order of the paths */
	struct import_input *next_message;
	enum import_input_stage stage;
	uint64_t number; /* in the same order; of an mbox file all have one */
	size_t counted;  /* bytes */
};

struct import_input *import_input_new(struct import *import, const char *path,
                                      bool named);
void import_input_free(struct import_input **input);

/* Opens its file, so that the kernel reads it meanwhile. */
int import_input_open(struct import_input *input, struct err *err)
	ATTR_MUST_CHECK;
void import_input_close(struct import_input *input);

void import_input_enter(struct import_input *input,
                        enum import_input_stage stage);

/* Whether the one stage may follow the other. */
bool import_input_may_enter(enum import_input_stage from,
                            enum import_input_stage to);

const char *import_input_stage_name(enum import_input_stage stage);

#endif
