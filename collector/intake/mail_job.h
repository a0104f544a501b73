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
enum mail_job_end {
	MAIL_JOB_COMMITTED, /* every report in it is in the store */
	MAIL_JOB_IGNORED,   /* it holds none */
	MAIL_JOB_REFUSED,   /* one of them is no good; it is in the ledger */
	MAIL_JOB_DEFERRED,  /* a local error: try it again */
};

struct parse_queue;

struct mail_job {
	enum channel channel;
	const char *peer;   /* where it lies, for people; may lie in arena */
	struct buf message; /* owned */
	int64_t received;   /* where the message does not say; 0: now */
	/* What is stored as time of arrival; 0: now. */
	int64_t arrived;
	int64_t ledger_id;        /* of the row that is tried again, or 0 */
	bool wait_no_longer;      /* for the DNS */
	struct text authserv_ids; /* separated by blanks */

	/* Called in the writer's thread for each report, then once for all;
	   the first may be NULL. */
	void (*report)(struct mail_job *job, const struct intake *intake);
	void (*done)(struct mail_job *job);
	void *cls;

	/* Of who waits for it in a parse queue: which of its sources this came
	   from, and in which session of that; bytes of memory that it took. */
	size_t source;
	int64_t session;
	int64_t granted_bytes;
	struct parse_queue *queue; /* the queue's own */
	struct mail_job *next;

	/* Set by mail_job_set_refused(). */
	bool refused_unparsed;

	/* what was found */
	struct arena *arena; /* lives as long as the job */
	struct mail mail;
	bool parsed;        /* mail holds something */
	struct err reason;  /* why not, where it was tried */
	size_t pending;     /* reports that are not yet done */
	size_t new_reports; /* reports that were not in the store before */
	enum mail_job_end end;
	enum outcome outcome; /* of the first that ended so */
	enum refusal refusal;
	enum deferral deferral;
	char sentence[ERR_TEXT_SIZE];
};

struct mail_job *mail_job_new(size_t message_max);
void mail_job_free(struct mail_job **job);

/* It is not to be parsed: mail_job_run() only puts it into the ledger. */
void mail_job_set_refused(struct mail_job *job, enum refusal refusal,
                          const char *sentence);

/* Parses the message, which may wait for the DNS. */
void mail_job_parse(struct parser_client *parser, struct mail_job *job);

/* Hands what is in a parsed message to the writer, or commits it in the
   caller's thread where writer is NULL. done() is always called. */
void mail_job_put(struct config *config, struct writer *writer,
                  struct store *store, struct mail_job *job);

/* Both. */
void mail_job_run(struct config *config, struct parser_client *parser,
                  struct writer *writer, struct store *store,
                  struct mail_job *job);

#endif
