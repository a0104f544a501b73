/*
 * The process that parses messages.
 */
#ifndef COLLECTOR_MAIL_PARSER_WORKER_H
#define COLLECTOR_MAIL_PARSER_WORKER_H

#define PARSER_WORKER_VERB "child-parse"

/* Until its parent closes the socket; returns an exit status. */
int parser_worker_run(void);

#endif
