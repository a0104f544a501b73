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

/* Of a line of the server, for people. */
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

/* err says what the stream says, else what the server said. Returns -1. */
int imap_stream_fail(struct imap *imap, int result, struct err *err);

bool imap_stream_is_ok(int result);

/* Whether the connection is still good after a command failed. */
bool imap_stream_is_usable(const struct imap *imap, int result);

/* A deadline for one command, and how much it may bring. */
void imap_stream_expect(const struct worker *session, uint64_t bytes);

/* What the server can do, as of now. */
int imap_command_read_capabilities(struct worker *session, struct err *err);

/* Sends a line that begins with a tag of ours and reads what comes until the
   line with that tag. */
int imap_command_run(struct worker *session, const char *tag,
                     const char *command,
                     void (*hear)(struct imap *imap, const char *line),
                     struct err *err);

/* The name of a folder as this server has it: as it is written where there is
   such a one, else with the server's separator and prefix. *there says whether
   there is. */
int imap_folder_find(struct worker *session, const char *name, char **folder,
                     bool *there, struct err *err);

/* Makes sure of the folders that messages are moved to, before the first is
   fetched. One that cannot be made is no failure: its messages are stored, and
   wait for their mark. */
int imap_folder_prepare_targets(struct worker *session, struct err *err);

/* As mailbox_driver has them. */
int imap_list(struct worker *session, struct err *err);
int imap_idle(struct worker *session, int64_t milliseconds, struct err *err);

#endif
