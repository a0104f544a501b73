/*
 * What is to be remembered of mailboxes, on its way from their loop to the
 * writer.
 */
#ifndef COLLECTOR_MAILBOX_CHECKPOINTS_H
#define COLLECTOR_MAILBOX_CHECKPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/config/config.h"
#include "schema/store/write.h"

enum checkpoint_kind {
	CHECKPOINT_DECLARE, /* all mailboxes of the configuration, and no others
	                     */
	CHECKPOINT_RESET,
	CHECKPOINT_MESSAGE,
	CHECKPOINT_FORGET,
	CHECKPOINT_ADVANCE,
	CHECKPOINT_ROUND,
	CHECKPOINT_CRASH, /* a process ended where it should not have */
	CHECKPOINT_REPLY, /* a server's answer was no good */
};

struct checkpoint {
	struct checkpoint *next;
	int64_t number; /* set by checkpoints_add() */
	enum checkpoint_kind kind;
	const char *mailbox; /* name; lives as long as the configuration */
	int64_t value;       /* validity, message, done_to */
	const char *reply;   /* of CHECKPOINT_REPLY; never freed */
	struct store_mailbox_message message;
	struct store_mailbox_round round;
};

struct checkpoints;

struct checkpoints *checkpoints_new(void);
void checkpoints_free(struct checkpoints **checkpoints);

/* Copies it; returns its number. */
int64_t checkpoints_add(struct checkpoints *checkpoints,
                        const struct checkpoint *checkpoint);

/* The number up to which all is committed. */
int64_t checkpoints_committed_number(struct checkpoints *checkpoints);

/* Whether nothing waits. */
bool checkpoints_are_committed(struct checkpoints *checkpoints);

/* Writes what there is, in a transaction; what fails stays. True when something
   was written. */
bool checkpoints_write(struct checkpoints *checkpoints,
                       const struct config *config, struct store *store);

#endif
