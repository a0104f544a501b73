/*
 * From a message to the store: each report in it is an input of its own, and
 * the message is done when all of them are.
 */
#ifndef COLLECTOR_INTAKE_MAIL_JOB_H
#define COLLECTOR_INTAKE_MAIL_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "collector/config/config.h"
#include "collector/intake/intake.h"
#include "collector/intake/writer.h"
#include "collector/mail/mail.h"
#include "collector/mail/parser_client.h"

/* What became of a message as a whole: the worst of its reports, and of two
   equally bad ones the first. */
enum delivery_end {
	DELIVERY_KEPT,     /* every report in it is in the store */
	DELIVERY_IGNORED,  /* it holds none */
	DELIVERY_REFUSED,  /* one of them is no good; it is in the ledger */
	DELIVERY_DEFERRED, /* our own trouble: try it again */
};

struct delivery {
	enum channel channel;
	const char *peer;   /* where it lies, for people */
	struct buf message; /* owned */
	int64_t received;   /* where the message does not say; 0: now */
	/* What is stored as time of arrival; 0: now. */
	int64_t arrived;
	int64_t ledger_id;        /* of the row that is tried again, or 0 */
	bool wait_no_longer;      /* for the DNS */
	struct text authserv_ids; /* parted by blanks */

	/* Called in the writer's thread for each report, then once for all;
	   the first may be NULL. */
	void (*report)(struct delivery *delivery, const struct intake *intake);
	void (*done)(struct delivery *delivery);
	void *cls;

	/* what was found */
	struct arena *arena;
	struct mail mail;
	size_t waiting; /* reports that are not yet done */
	size_t fresh;   /* reports that were not in the store before */
	enum delivery_end end;
	enum outcome outcome; /* of the first that ended so */
	enum refusal refusal;
	enum deferral deferral;
	char sentence[ERR_TEXT_SIZE];
};

struct delivery *delivery_new(size_t message_most);
void delivery_free(struct delivery **delivery);

/* Takes the message apart and hands what is in it to the writer, or commits it
   in the caller's thread where writer is NULL. done() is always called. */
void from_mail_take(struct config *config, struct reader *reader,
                    struct writer *writer, struct store *store,
                    struct delivery *delivery);

/* Refuses a message that is not even looked at; what of it there is goes to the
   ledger. */
void from_mail_refuse(struct config *config, struct writer *writer,
                      struct delivery *delivery, enum refusal refusal,
                      const char *sentence);

/* Whether bytes begin as a message does: with a field of a header. */
bool from_mail_is_message(const uint8_t *data, size_t len);

/* Whether bytes are in a packed format that holds a message or an mbox file,
   as far as can be seen from its start: a gzip file may be a report instead,
   what is packed otherwise is none. */
bool from_mail_is_packed(const uint8_t *data, size_t len);

#endif
