/*
 * What the files imap*.c share.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_PRIVATE_H
#define COLLECTOR_MAILBOX_IMAP_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <libetpan/libetpan.h>

#include "base/err.h"
#include "collector/mailbox/worker_private.h"

/* What a command may bring beside what was asked for. */
#define IMAP_SLACK_BYTES (1024ULL * 1024)

/* Of a line of the server, and of what of it is shown to people. */
#define IMAP_LINE_MAX       4096U
#define IMAP_LINE_SHOWN_MAX 320U

/* Where messages are moved to. */
struct imap_target {
	const struct mailbox_action *action;
	char *folder;
	int64_t id;                               /* of a copy that is there */
	char missing_reason[IMAP_LINE_SHOWN_MAX]; /* it is not there; empty: it
	                                             is */
};

enum imap_capability {
	IMAP_CAN_MOVE,    /* RFC 6851 */
	IMAP_CAN_UIDPLUS, /* RFC 4315 */
	IMAP_CAN_IDLE,    /* RFC 2177 */
	IMAP_CAN_NAMESPACE,
	IMAP_CAPABILITIES,
};

struct imap {
	struct netstream *stream;
	mailstream *text;
	mailimap *handle;
	bool can[IMAP_CAPABILITIES];
	bool capabilities_known; /* its capabilities */
	/* what the message that is being fetched brings */
	struct worker *worker;
	uint64_t fetched_bytes;
	int64_t wanted; /* its UID */
	size_t bodies;
	bool foreign; /* one of these is of another message, or of a part */
	/* what the server says, for sentences: the end of the last command, and
	   that it closes the connection */
	char line[IMAP_LINE_SHOWN_MAX];
	size_t line_len;
	char answer[IMAP_LINE_SHOWN_MAX];
	char bye[IMAP_LINE_SHOWN_MAX];
	/* how names of folders are made (RFC 2342); '\0' for none */
	char delimiter;
	char prefix[128];
	bool no_idle;      /* it refused */
	bool naming_asked; /* for these */
	bool listed;       /* the folder that was asked for is there */
	struct imap_target targets[2];
};

#endif
