/*
 * One mailbox as the collector sees it: a process that is told what to do.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_SESSION_H
#define COLLECTOR_MAILBOX_POLLER_SESSION_H

#include "collector/mailbox/poller_private.h"

/* The process and what belonged to it are no more. Returns whether a signal
   ended it that was not ours. */
bool poller_session_end_worker(struct poller *poller,
                               struct poller_mailbox *mailbox, char *how,
                               size_t size);

/* No session until then; or, of one round, no other. */
void poller_session_rest(struct poller *poller, struct poller_mailbox *mailbox,
                         int64_t milliseconds, const char *why);

/* The session is over: say why, and try again later. */
void poller_session_fail(struct poller *poller, struct poller_mailbox *mailbox,
                         enum err_code code, const char *sentence);

/* The same where its process says what cannot be said then. */
void poller_session_fail_protocol(struct poller *poller,
                                  struct poller_mailbox *mailbox);

/* Ends its process, whatever it does. */
void poller_session_drop(struct poller *poller, struct poller_mailbox *mailbox);

/* Sends the poller's frame to its process; a failure is that of the session. */
bool poller_session_send(struct poller *poller, struct poller_mailbox *mailbox);

/* Has its process end in good order. */
void poller_session_send_stop(struct poller *poller,
                              struct poller_mailbox *mailbox);

/* It was refused, or another one is there. */
void poller_session_forget_token(struct poller_mailbox *mailbox);

/* Starts the process of a resting mailbox. */
void poller_session_begin(struct poller *poller,
                          struct poller_mailbox *mailbox);

/* All that it did is committed: it may begin where that ends. */
void poller_session_start_round(struct poller *poller,
                                struct poller_mailbox *mailbox);

#endif
