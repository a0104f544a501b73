/*
 * Between imap.c, imap_list.c and imap_lines.c only.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_PRIVATE_H
#define COLLECTOR_MAILBOX_IMAP_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <libetpan/libetpan.h>

#include "base/err.h"
#include "collector/mailbox/driver.h"

/* What a command may bring beside what was asked for. */
#define IMAP_SLACK_BYTES (1024ULL * 1024)

/* Of a line of the server, for people. */
#define SAID_MOST 320U

/* Where messages are moved to. */
struct imap_target {
	const struct action *action;
	char *folder;
	int64_t id;          /* of a copy that is there */
	char why[SAID_MOST]; /* it is not there; empty: it is */
};

enum imap_capability {
	CAN_MOVE,    /* RFC 6851 */
	CAN_UIDPLUS, /* RFC 4315 */
	CAN_IDLE,    /* RFC 2177 */
	CAN_NAMESPACE,
	CAPABILITIES,
};

struct imap {
	struct netstream *stream;
	mailstream *text;
	mailimap *handle;
	bool can[CAPABILITIES];
	bool named; /* its capabilities */
	/* what the message that is being fetched brings */
	struct session *session;
	uint64_t got;
	int64_t wanted; /* its UID */
	size_t bodies;
	bool foreign; /* one of these is of another message, or of a part */
	/* what the server says, for sentences: the end of the last command, and
	   that it closes the connection */
	char line[SAID_MOST];
	size_t line_len;
	char said[SAID_MOST];
	char bye[SAID_MOST];
	/* how names of folders are made (RFC 2342); '\0' for none */
	char delimiter;
	char prefix[128];
	bool no_idle; /* it refused */
	bool asked;   /* for these */
	bool listed;  /* the folder that was asked for is there */
	struct imap_target targets[2];
};

/* err says what the stream says, else what the server said. Returns -1. */
int imap_fail(struct imap *imap, int result, struct err *err);

bool imap_is_good(int result);

/* Whether the connection is still good after a command failed. */
bool imap_is_usable(const struct imap *imap, int result);

/* A deadline for one command, and how much it may bring. */
void imap_expect(const struct session *session, uint64_t bytes);

/* What the server can do, as of now. */
int imap_read_capabilities(struct session *session, struct err *err);

/* Sends a line that begins with a tag of ours and reads what comes until the
   line with that tag. */
int imap_command(struct session *session, const char *tag, const char *command,
                 void (*hear)(struct imap *imap, const char *line),
                 struct err *err);

/* The name of a folder as this server has it: as it is written where there is
   such a one, else with the server's separator and prefix. *there says whether
   there is. */
int imap_folder(struct session *session, const char *name, char **folder,
                bool *there, struct err *err);

/* Makes sure of the folders that messages are moved to, before the first is
   fetched. One that cannot be made is no failure: its messages are stored, and
   wait for their mark. */
int imap_targets(struct session *session, struct err *err);

/* As mailbox_kind has them. */
int imap_list(struct session *session, struct err *err);
int imap_idle(struct session *session, int64_t milliseconds, struct err *err);

#endif
