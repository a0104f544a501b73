/*
 * Takes messages apart in a process that can do nothing else, so that one that
 * breaks it costs itself and a restart.
 */
#ifndef COLLECTOR_MAIL_READER_H
#define COLLECTOR_MAIL_READER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "collector/config.h"
#include "collector/mail/mail.h"

struct reader;

/* Starts nothing yet; takes a reference of its own. */
struct reader *reader_new(struct config *config);
void reader_free(struct reader **reader);

/* What is in a message; texts live in arena. received is when it came where
   the message does not say, 0: now. authserv_ids, parted by blanks, are those
   that its mailbox believes. Fails with ERR_MALFORMED when the message ended
   the process twice, else with our own trouble. */
int reader_read(struct reader *reader, struct arena *arena, struct text message,
                int64_t received, struct text authserv_ids, struct mail *mail,
                struct err *err) ATTR_MUST_CHECK;

/* Processes that ended where they should not have. */
int64_t reader_deaths(const struct reader *reader);

#endif
