/*
 * Lines of POP3.
 */
#ifndef COLLECTOR_MAILBOX_POP3_LINE_H
#define COLLECTOR_MAILBOX_POP3_LINE_H

#include "collector/mailbox/pop3_private.h"

/* The next line without its end, or POP3_LINE_MAX bytes of it. */
int pop3_line_read(struct worker *worker, struct pop3 *pop3, struct err *err);

struct text pop3_line_text(const struct pop3 *pop3);

/* Whether it is the dot that ends an answer of several lines. */
bool pop3_line_is_end(const struct pop3 *pop3);

/* "+OK", or why not. What the server says may hold anything; it is cut. */
int pop3_line_read_ok(struct worker *worker, struct pop3 *pop3,
                      struct err *err);

/* Sends a command and reads its answer. ERR_CONFIG: it is refused. */
int pop3_line_command(struct worker *worker, const char *word,
                      const char *argument, struct err *err);

#endif
