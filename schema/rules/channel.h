/*
 * By which channel an input came. The numbers are stored and the names are
 * label values: append only.
 */
#ifndef SCHEMA_RULES_CHANNEL_H
#define SCHEMA_RULES_CHANNEL_H

#include <stdbool.h>

enum channel {
	CHANNEL_HTTPS,
	CHANNEL_IMAP,
	CHANNEL_POP3,
	CHANNEL_MAILDIR,
	CHANNEL_MBOX,
	CHANNEL_IMPORT,
	CHANNEL_SUBMIT, /* a message from a mail pipe, assessed as mail */
	CHANNELS,
};

const char *channel_name(enum channel channel);
bool channel_is_mail(enum channel channel);

#endif
