/*
 * What the process that serves gives up itself. It parses what strangers send,
 * writes the store, and starts the processes of the mail side; so it keeps the
 * network and those, and the right to change files in the store's folder and in
 * the Maildirs in which messages are marked.
 */
#ifndef COLLECTOR_SANDBOX_H
#define COLLECTOR_SANDBOX_H

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"

/* For good; before any thread runs. With a token_command, which may be any
   program and need anything, files and system calls are not given up. What the
   kernel does not have is logged. */
int sandbox_enter(const struct config *config, struct err *err) ATTR_MUST_CHECK;

/* The first mailbox of another configuration that needs more than what was kept
   with this one, or NULL. */
const struct mailbox_settings *
sandbox_find_lacking(const struct config *initial, const struct config *config);

#endif
