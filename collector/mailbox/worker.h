/*
 * The process that serves one mailbox.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_H
#define COLLECTOR_MAILBOX_WORKER_H

#define WORKER_VERB "child-mailbox"

/* The process; returns an exit status. */
int worker_run(void);

#endif
