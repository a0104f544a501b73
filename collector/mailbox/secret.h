/*
 * Passwords and tokens, read in the process that needs them.
 */
#ifndef COLLECTOR_MAILBOX_SECRET_H
#define COLLECTOR_MAILBOX_SECRET_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/mailbox_settings.h"

/* The password from where the section says. *secret is the caller's to free. */
int secret_password(const struct mailbox_settings *settings, char **secret,
                    struct err *err) ATTR_MUST_CHECK;

/* Runs token_command, without a shell, and takes what it prints: a token, or
   JSON with access_token and expires_in. *seconds is how long it lives, 0:
   unknown. collector is the socket to the collector: when that hangs up the
   command is ended, -1 for none. Within some 40 seconds the command and the
   process group that it began have ended, whatever they do. */
int secret_token(const struct mailbox_settings *settings, int collector,
                 char **secret, int64_t *seconds, struct err *err)
	ATTR_MUST_CHECK;

#endif
