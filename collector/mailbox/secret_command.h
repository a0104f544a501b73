/*
 * Runs token_command, and ends it with all that it started.
 */
#ifndef COLLECTOR_MAILBOX_SECRET_COMMAND_H
#define COLLECTOR_MAILBOX_SECRET_COMMAND_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* What it prints. collector is the socket to the collector: when that hangs up
   the command is ended, -1 for none. */
int secret_command_run(const char *command, int collector, struct buf *out,
                       struct err *err) ATTR_MUST_CHECK;

#endif
