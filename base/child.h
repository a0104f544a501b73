/*
 * Processes of our own that do one dangerous thing: this program again, under a
 * hidden verb, with one socket to talk over and nothing else of its parent's.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/wire.h"

struct child {
	pid_t pid; /* 0: none */
	struct wire wire;
};

/* Where a child finds its socket. */
#define CHILD_FD 3

/* Starts it. With environment it has the parent's, else none but what a
   preloaded library needs. Must be called from a thread that lives as long as
   the child: the kernel ends the child with that thread. */
int child_start(const char *verb, bool environment, struct child *child,
                struct err *err) ATTR_MUST_CHECK;

/* Ends it if it has not ended, and says in out how it did: "signal 11", "exit
   status 75". Returns whether it broke: ended by a signal that is not ours, or
   as a child does that finds itself broken. */
bool child_end(struct child *child, char *out, size_t size);

/* In the child: to die with the parent, no core file, and the wire. SIGINT,
   which a terminal sends to all of a command, is for the parent: it ends the
   child when it has no more work for it. */
void child_enter(struct wire *wire);

/* Its end, by whatever status. */
void child_exit(int status) ATTR_NORETURN;

#endif
