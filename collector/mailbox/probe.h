/*
 * One session with a mailbox that only opens it.
 */
#ifndef COLLECTOR_MAILBOX_PROBE_H
#define COLLECTOR_MAILBOX_PROBE_H

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/mailbox_settings.h"

/* Starts the mailbox's process, which reads its secret, connects, verifies the
   certificate, logs in and opens the folder, and ends it. Nothing is listed,
   fetched or changed. Fails with the process's sentence, which names the step;
   takes as long as token_command and a few commands may. */
int probe_mailbox(const struct mailbox_settings *settings, struct err *err)
	ATTR_MUST_CHECK;

#endif
