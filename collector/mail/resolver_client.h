/*
 * Asks for the keys of signatures, in a process of its own, one question at a
 * time. A domain that gets no good answer is left alone for half a minute, and
 * so are all when no server answers: what one zone does costs the mail of
 * others a wait of some seconds.
 */
#ifndef COLLECTOR_MAIL_RESOLVER_CLIENT_H
#define COLLECTOR_MAIL_RESOLVER_CLIENT_H

#include "collector/config/config.h"
#include "collector/mail/mail.h"

struct resolver_client;

/* Starts nothing yet. config must outlive it. */
struct resolver_client *resolver_client_new(const struct config *config);
void resolver_client_free(struct resolver_client **client);

/* Processes that ended where they should not have. */
int64_t resolver_client_crashes(const struct resolver_client *client);

/* A mail_key_lookup; cls is the resolver. */
enum mail_key_state resolver_client_look_up(void *cls, const char *name,
                                            char *out, size_t size);

#endif
