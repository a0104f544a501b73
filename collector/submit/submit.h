/*
 * Messages from programs of this machine: a Unix socket, for mail pipes that
 * have no right to the store. Who may submit is said by the socket's mode and
 * group; what is submitted is assessed as mail in a mailbox is.
 *
 *   client: MESSAGE <bytes>\n, then so many bytes
 *   server: <status> <sentence>\n, as in sysexits.h: 0 the message is
 * committed, in the ledger, or no report; 75 try it again
 *
 * A connection without a whole message and a connection that ends without an
 * answer both mean: try it again. The length comes first so that a client that
 * was killed leaves no half message behind.
 *
 *   FREE -> HEAD -> WAITING -> RECEIVING -> STORING -> FREE
 *             |      |  |          |          ^          ^
 *             |      |  +----------|----------+          |  (too large:
 * refused)
 *             +------+-------------+---------------------+  (late, or gone)
 *
 * Only submit_connection_enter() changes the state; each transition is logged
 * at the level debug.
 */
#ifndef COLLECTOR_SUBMIT_SUBMIT_H
#define COLLECTOR_SUBMIT_SUBMIT_H

#include <stddef.h>

#include "base/attr.h"
#include "base/command.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "collector/intake/writer.h"
#include "schema/store/write.h"

/* Where the shipped unit and tmpfiles have it. */
#define SUBMIT_SOCKET "/run/tlsrpt/submit"

/* Of one message, whatever max_message says: 64 MiB, the most that it may. */
#define SUBMIT_MESSAGE_MAX (64U * 1024U * 1024U)

struct submit;

/* Opens the configured socket with mode 0660, or takes handed, which may be -1,
   in its place. Replaces a socket that an earlier collector left. submit is
   NULL where there is neither. The group is that of the folder, when that has
   the set-group-ID bit. Before files are given up and before any thread: it
   sets the umask for a moment. */
int submit_open(struct config *config, int handed, struct submit **submit,
                struct err *err) ATTR_MUST_CHECK;

/* Answers on it. writer must outlive submit_stop(). Accepts NULL. */
int submit_start(struct submit *submit, struct writer *writer, struct err *err)
	ATTR_MUST_CHECK;

/* Uses another configuration for messages to come; what has begun to arrive is
   finished with the old one. Accepts NULL. */
void submit_reload(struct submit *submit, struct config *config);

/* Counts parsers that crashed since the last call. Accepts NULL. */
void submit_write_counts(struct submit *submit, struct store *store);

/* Accepts no more; whole messages are stored and answered, others closed. The
   writer must still run. Accepts NULL. */
void submit_stop(struct submit *submit);

void submit_free(struct submit **submit);

/* The other side, the verb `submit`: gives the message on standard input to the
   socket that is named or configured and prints the answer. Returns 0, or
   EX_TEMPFAIL for whatever is wrong here, so that no mail is returned to its
   sender. */
int submit_client_run(const struct command_line *line);

#endif
