/*
 * Has messages parsed in a process that can do nothing else, so that one that
 * breaks it costs itself and a restart.
 */
#ifndef COLLECTOR_MAIL_PARSER_CLIENT_H
#define COLLECTOR_MAIL_PARSER_CLIENT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "collector/mail/mail.h"

struct parser_client;

/* Starts nothing yet; takes a reference of its own. */
struct parser_client *parser_client_new(struct config *config);
void parser_client_free(struct parser_client **client);

struct parser_client_message {
	struct text bytes;
	int64_t received; /* when it came, where it does not say; 0: now */
	struct text authserv_ids; /* that its mailbox believes, with blanks */
};

/* What is in a message; texts live in arena. Fails with ERR_MALFORMED when it
   ended the process twice, else for a local error. */
int parser_client_parse(struct parser_client *client, struct arena *arena,
                        const struct parser_client_message *message,
                        struct mail *mail, struct err *err) ATTR_MUST_CHECK;

/* Processes that ended where they should not have. */
int64_t parser_client_crashes(const struct parser_client *client);

#endif
