#include "schema/rules/channel.h"

#include <assert.h>

#include "base/attr.h"

static const char *const channel_names[] = {
	[CHANNEL_HTTPS] = "https",   [CHANNEL_IMAP] = "imap",
	[CHANNEL_POP3] = "pop3",     [CHANNEL_MAILDIR] = "maildir",
	[CHANNEL_MBOX] = "mbox",     [CHANNEL_IMPORT] = "import",
	[CHANNEL_SUBMIT] = "submit",
};

static_assert(ARRAY_LENGTH(channel_names) == CHANNELS, "channels");

const char *channel_name(enum channel channel)
{
	return channel_names[channel];
}

bool channel_is_mail(enum channel channel)
{
	return channel == CHANNEL_IMAP || channel == CHANNEL_POP3 ||
	       channel == CHANNEL_MAILDIR || channel == CHANNEL_MBOX ||
	       channel == CHANNEL_SUBMIT;
}
