/*
 * A message on its way from the process to the thread that parses.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_JOB_H
#define COLLECTOR_MAILBOX_POLLER_JOB_H

#include "collector/mailbox/poller_private.h"

/* For the message that is offered. */
struct parse_queue_job *poller_job_new(struct poller *all,
                                       struct poller_mailbox *mailbox,
                                       const struct poller_pending *flight);

/* The ledger hears of a message without its bytes. */
struct parse_queue_job *
poller_job_new_for_ledger(struct poller *all, struct poller_mailbox *mailbox,
                          const struct store_mailbox_message *known,
                          enum refusal refusal, const char *sentence);

/* Hands it to the thread that parses. Takes it. */
void poller_job_put(struct poller *all, struct poller_mailbox *mailbox,
                    struct parse_queue_job *letter);

/* Frees a job and what it was granted. */
void poller_job_release(struct poller *all, struct parse_queue_job **letter);

#endif
