/*
 * What a long-running program owes to whoever started it: signals, readiness,
 * sockets handed over, and no more rights than it needs.
 */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
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

/* How often service_wait() should return: at most milliseconds, and half of
   WATCHDOG_USEC where a supervisor watches this process. */
int64_t service_tick(int64_t milliseconds);

/* Tells a supervisor that a reload begins, and how it ended; text goes to the
   status line. */
void service_notify_reloading(void);
void service_notify_reloaded(const char *text);

/* A socket that the service manager handed over (sd_listen_fds(3)). */
#define SERVICE_SOCKETS_MAX      64U
#define SERVICE_SOCKET_NAME_SIZE 64U
struct service_socket {
	int fd;
	/* FileDescriptorName= of the socket unit. Empty when it has none: also
	   for "unknown" and for the name of the unit itself, which systemd
	   sends in its place. Cut when it is longer. */
	char name[SERVICE_SOCKET_NAME_SIZE];
};

/* Fills in the sockets of LISTEN_FDS and LISTEN_FDNAMES and returns how many
   there are, at most SERVICE_SOCKETS_MAX. They are marked close-on-exec and
   the variables are removed, so that a second call returns 0. */
size_t service_sockets(struct service_socket sockets[SERVICE_SOCKETS_MAX]);

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
