/*
 * The process that asks the DNS.
 */
#ifndef COLLECTOR_MAIL_RESOLVER_WORKER_H
#define COLLECTOR_MAIL_RESOLVER_WORKER_H

#define RESOLVER_WORKER_VERB "child-resolve"

/* Until its parent closes the socket; returns an exit status. */
int resolver_worker_run(void);

#endif
