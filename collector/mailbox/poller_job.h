/*
 * A message on its way from the process to the thread that parses.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_JOB_H
#define COLLECTOR_MAILBOX_POLLER_JOB_H

#include "collector/mailbox/poller_private.h"

/* What a mail_job of a mailbox knows beside its message: its cls. */
struct poller_job {
	int64_t validity;
	struct store_mailbox_message known;
	bool given_up; /* it could not be fetched; only the ledger hears of it */
};

/* Of a job that poller_job_new() made. */
struct poller_job *poller_job_of(const struct mail_job *job);

/* For the message that is offered. */
struct mail_job *poller_job_new(struct poller *poller,
                                struct poller_mailbox *mailbox,
                                const struct poller_pending *pending);

/* The ledger hears of a message without its bytes. */
struct mail_job *
poller_job_new_for_ledger(struct poller *poller, struct poller_mailbox *mailbox,
                          const struct store_mailbox_message *known,
                          enum refusal refusal, const char *sentence);

/* Hands it to the thread that parses. Takes it. */
void poller_job_put(struct poller *poller, struct poller_mailbox *mailbox,
                    struct mail_job *job);

/* Frees a job and what it was granted. */
void poller_job_release(struct poller *poller, struct mail_job **job);

#endif
