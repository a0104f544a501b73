/*
 * Asks for the keys of signatures, in a process of its own. One question at a
 * time; a resolver that does not answer is left alone for a while, so that a
 * message costs no more than one wait.
 */
#ifndef COLLECTOR_MAIL_RESOLVER_H
#define COLLECTOR_MAIL_RESOLVER_H

#include "collector/config.h"
#include "collector/mail/mail.h"

struct resolver;

/* Starts nothing yet. config must outlive it. */
struct resolver *resolver_new(const struct config *config);
void resolver_free(struct resolver **resolver);

/* A mail_key_lookup; cls is the resolver. */
enum key_state resolver_ask(void *cls, const char *name, char *out,
                            size_t size);

#endif
