/*
 * What is to be remembered of mailboxes, on its way from their loop to the
 * writer.
 */
#ifndef COLLECTOR_MAILBOX_CHECKPOINTS_H
#define COLLECTOR_MAILBOX_CHECKPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/config/config.h"
#include "schema/store/store.h"

enum note_kind {
	NOTE_DECLARE, /* all mailboxes of the configuration, and no others */
	NOTE_RESET,
	NOTE_MESSAGE,
	NOTE_FORGET,
	NOTE_ADVANCE,
	NOTE_ROUND,
	NOTE_DEATH, /* a process ended where it should not have */
	NOTE_REPLY, /* a server's answer was no good */
};

struct note {
	struct note *next;
	int64_t number; /* set by notes_add() */
	enum note_kind kind;
	const char *mailbox; /* name; lives as long as the configuration */
	int64_t value;       /* validity, message, done_to */
	const char *word;    /* of NOTE_REPLY; never freed */
	struct store_mailbox_message message;
	struct store_mailbox_round round;
};

struct notes;

struct notes *notes_new(void);
void notes_free(struct notes **notes);

/* Copies it; returns its number. */
int64_t notes_add(struct notes *notes, const struct note *note);

/* The number up to which all is committed. */
int64_t notes_written(struct notes *notes);

/* Whether nothing waits. */
bool notes_are_written(struct notes *notes);

/* Writes what there is, in a transaction; what fails stays. True when something
   was written. */
bool notes_write(struct notes *notes, const struct config *config,
                 struct store *store);

#endif
