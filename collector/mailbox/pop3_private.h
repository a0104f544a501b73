/*
 * What the files pop3*.c share.
 */
#ifndef COLLECTOR_MAILBOX_POP3_PRIVATE_H
#define COLLECTOR_MAILBOX_POP3_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/netstream.h"
#include "collector/mailbox/worker_private.h"

/* Of a line, and of an answer beside what was asked for. */
#define POP3_LINE_MAX    2048U
#define POP3_SLACK_BYTES 65536ULL

struct pop3 {
	struct netstream *stream;
	char in[16384]; /* what has arrived */
	size_t at, len;
	char line[POP3_LINE_MAX];
	size_t line_len;
	bool line_cut; /* it goes on */
};

#endif
