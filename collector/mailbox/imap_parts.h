/*
 * Between imap.c, imap_list.c and imap_lines.c only.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_PARTS_H
#define COLLECTOR_MAILBOX_IMAP_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <libetpan/libetpan.h>

#include "base/err.h"
#include "collector/mailbox/session.h"

/* What a command may bring beside what was asked for. */
#define IMAP_SLACK_BYTES (1024ULL * 1024)

enum imap_capability {
	CAN_MOVE,    /* RFC 6851 */
	CAN_UIDPLUS, /* RFC 4315 */
	CAN_IDLE,    /* RFC 2177 */
	CAPABILITIES,
};

struct imap {
	struct netstream *stream;
	mailstream *text;
	mailimap *handle;
	bool can[CAPABILITIES];
	/* what the message that is being fetched brings */
	struct session *session;
	uint64_t got;
	/* folders that are there for sure */
	const struct action *made[2];
	size_t made_count;
};

/* err says what the stream says, else what the server said. Returns -1. */
int imap_fail(const struct imap *imap, int result, struct err *err);

bool imap_is_good(int result);

/* Whether the connection is still good after a command failed. */
bool imap_is_usable(const struct imap *imap, int result);

/* A deadline for one command, and how much it may bring. */
void imap_expect(const struct session *session, uint64_t bytes);

/* What the server can do, as of now. */
int imap_read_capabilities(struct session *session, struct err *err);

/* As mailbox_kind has them. */
int imap_list(struct session *session, struct err *err);
int imap_idle(struct session *session, int64_t milliseconds, struct err *err);

#endif
