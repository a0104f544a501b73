/*
 * Lines that we send and read ourselves, on libetpan's stream: it ends by a
 * null pointer when a server names no capability, and has no IDLE that can be
 * ended by somebody else.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_COMMAND_H
#define COLLECTOR_MAILBOX_IMAP_COMMAND_H

#include "collector/mailbox/imap_private.h"

int imap_command_send_line(struct worker *worker, const char *line,
                           struct err *err);

/* One line of the server into line, cut; -1 when the stream fails. */
int imap_command_read_line(struct worker *worker, char *line, size_t size,
                           struct err *err);

/* Whether a line says that there is something new. libetpan does not see these
   lines, so that the number of messages is handed to it. */
bool imap_command_note_news(const struct imap *imap, const char *line);

/* Sends a line that begins with a tag of ours and reads what comes until the
   line with that tag. */
int imap_command_run(struct worker *worker, const char *tag,
                     const char *command,
                     void (*on_line)(struct imap *imap, const char *line),
                     struct err *err);

/* What the server can do, as of now. */
int imap_command_read_capabilities(struct worker *worker, struct err *err);

#endif
