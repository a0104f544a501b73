/*
 * What a long-running program owes to whoever started it: signals, readiness,
 * sockets handed over, and no more rights than it needs.
 */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum service_event {
	SERVICE_TICK,   /* the time given to service_wait() is over */
	SERVICE_RELOAD, /* SIGHUP */
	SERVICE_STOP,   /* SIGTERM or SIGINT */
};

/* Blocks the signals that service_wait() takes, and ignores SIGPIPE. Call it
   before any thread starts. */
void service_block_signals(void);

/* Sleeps until a signal comes or the time is over. */
enum service_event service_wait(int64_t milliseconds);

/* Tells a supervisor such as systemd how far we are: "READY=1", "STOPPING=1",
   "STATUS=...". Does nothing where NOTIFY_SOCKET is not set. */
void service_notify(const char *state);

/* The number of sockets that were handed over (LISTEN_FDS), the first being
   descriptor SERVICE_FIRST_FD. They are marked close-on-exec and the variables
   are removed, so that a second call returns 0. */
#define SERVICE_FIRST_FD 3
int service_handed_sockets(void);

/* When we are root and the folder of file belongs to somebody else, becomes
   that user and his groups for good, so that no file is left behind that the
   service cannot use. */
int service_become_owner(const char *file, struct err *err) ATTR_MUST_CHECK;

/* Refuses to go on as root. */
int service_refuse_root(struct err *err) ATTR_MUST_CHECK;

/* No new privileges through exec, no capability left (root keeps the one to
   open files of other users), no core file with what strangers sent. Before
   any thread starts: they inherit it. */
int service_confine(struct err *err) ATTR_MUST_CHECK;

#endif
