/*
 * Hidden verbs: what runs in the children of collector/mail. Each returns an
 * exit status, when its parent has closed the socket.
 */
#ifndef COLLECTOR_MAIL_WORKERS_H
#define COLLECTOR_MAIL_WORKERS_H

#define VERB_TAKE_APART "child-take-apart"
#define VERB_RESOLVE    "child-resolve"

int child_take_apart(void);
int child_resolve(void);

#endif
