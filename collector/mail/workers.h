/*
 * Hidden verbs: what runs in the children of collector/mail. Each returns an
 * exit status, when its parent has closed the socket.
 */
#ifndef COLLECTOR_MAIL_WORKERS_H
#define COLLECTOR_MAIL_WORKERS_H

#define PARSER_WORKER_VERB   "child-take-apart"
#define RESOLVER_WORKER_VERB "child-resolve"

int parser_worker_run(void);
int resolver_worker_run(void);

#endif
