/*
 * The messages of one mailbox: offered, taken or passed over, handed on, and
 * remembered when they are marked.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_MESSAGE_H
#define COLLECTOR_MAILBOX_POLLER_MESSAGE_H

#include "collector/mailbox/poller_private.h"

/* Answers an open offer, unless that has to wait. */
void poller_message_answer_offer(struct poller *poller,
                                 struct poller_mailbox *mailbox);

/* What the process says of a message. */
void poller_message_on_offer(struct poller *poller,
                             struct poller_mailbox *mailbox,
                             struct wire_reader *fields);
void poller_message_on_end(struct poller *poller,
                           struct poller_mailbox *mailbox,
                           struct wire_reader *fields);
void poller_message_on_data(struct poller *poller,
                            struct poller_mailbox *mailbox,
                            struct wire_reader *fields);

/* It could not be fetched, though the session goes on. */
void poller_message_on_lost(struct poller *poller,
                            struct poller_mailbox *mailbox,
                            struct wire_reader *fields);
void poller_message_on_marked(struct poller *poller,
                              struct poller_mailbox *mailbox,
                              struct wire_reader *fields);

/* What became of a message. Takes the job. */
void poller_message_on_done(struct poller *poller,
                            struct poller_mailbox *mailbox,
                            struct mail_job *job);

#endif
