/*
 * Messages that fail: which of them is to blame, and when one is given up.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_FAILURE_H
#define COLLECTOR_MAILBOX_POLLER_FAILURE_H

#include "collector/mailbox/poller_private.h"

/* Notes a try that failed; with fault the message alone is to blame. */
void poller_failure_record(struct poller *poller,
                           struct poller_mailbox *mailbox,
                           struct store_mailbox_message *known, bool fault);

/* Whether a message failed where others did not: as the first of a session,
   after others had been fetched since its last fault. What fails behind others
   may have met a limit of the server. */
bool poller_failure_is_alone(const struct poller_mailbox *mailbox,
                             const struct store_mailbox_message *known);

/* The session is over while a message was being fetched. */
void poller_failure_charge_current(struct poller *poller,
                                   struct poller_mailbox *mailbox,
                                   bool crashed);

/* The server has gone on: what it did not give before is their fault. */
void poller_failure_charge_lost(struct poller *poller,
                                struct poller_mailbox *mailbox);

/* The list has come to its end. */
void poller_failure_charge_alone(struct poller *poller,
                                 struct poller_mailbox *mailbox);

/* The ledger has a message that could not be fetched. Takes the job. */
void poller_failure_on_given_up(struct poller *poller,
                                struct poller_mailbox *mailbox,
                                struct mail_job *job);

#endif
