/*
 * In the process that serves one mailbox: the conversation with the collector,
 * and what each kind of mailbox does.
 */
#ifndef COLLECTOR_MAILBOX_DRIVER_H
#define COLLECTOR_MAILBOX_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/netstream.h"
#include "base/wire.h"
#include "collector/config/mailbox_settings.h"
#include "collector/mailbox/protocol.h"

/* A message that waits. */
struct driver_entry {
	int64_t message; /* UID, place, or hash of its name */
	int64_t size;
	int64_t received; /* 0: unknown */
	int64_t number;   /* POP3's, for this session */
	char *name;       /* of a file; owned; NULL where there is none */
	int64_t tries;    /* that failed, in former rounds */
	int64_t copied;   /* the folder that a copy is in; 0: none */
	bool marked;      /* mark() has done it, whatever it says of others */
};

/* More than this in one round wait for the next. */
#define DRIVER_ENTRIES_MAX 1000000U

struct worker;

struct mailbox_driver {
	const char *id_word; /* "UID", for sentences */
	/* Before files and network are given up: what lies in files. */
	int (*prepare)(struct worker *session, struct err *err);
	/* Connects, and sets validity. */
	int (*open)(struct worker *session, struct err *err);
	/* What open does after connecting and before it says who it is; takes
	   the stream over. NULL for files. */
	int (*attach)(struct worker *session, struct netstream *stream,
	              struct err *err);
	/* The rest of open, once there is TLS: says who it is, and sets
	   validity. */
	int (*log_in)(struct worker *session, struct err *err);
	/* Adds the entries that are not known to be done. */
	int (*list)(struct worker *session, struct err *err);
	/* Sends a message by worker_wire_send_data(). ERR_NOT_FOUND: it is
	   gone; ERR_MALFORMED: the session goes on without this one. */
	int (*fetch)(struct worker *session, struct driver_entry *entry,
	             struct err *err);
	/* Does something with messages, but for those whose copied or marked
	   says that it is done. ERR_CONFIG: the session goes on, with those
	   unmarked that are not marked by then. */
	int (*mark)(struct worker *session, const struct mailbox_action *action,
	            struct driver_entry *const *entries, size_t count,
	            struct err *err);
	/* Waits for new messages: 1 there are some, 0 the time is over, 2 the
	   collector wants something. NULL: it cannot. */
	int (*idle)(struct worker *session, int64_t milliseconds,
	            struct err *err);
	/* Ends in good order; marks are sure only now where marks_on_close is. */
	int (*close)(struct worker *session, struct err *err);
	bool marks_on_close;
};

extern const struct mailbox_driver imap_driver;
extern const struct mailbox_driver pop3_driver;
extern const struct mailbox_driver maildir_driver;
extern const struct mailbox_driver mbox_driver;

/* What is sent of the secret. */
enum worker_secret_form {
	WORKER_SECRET_PLAIN,
	WORKER_SECRET_QUOTED, /* as IMAP quotes it */
	WORKER_SECRET_TOKEN,  /* as XOAUTH2 sends it, in base64 */
	WORKER_SECRET_FORMS,
};

struct worker {
	struct wire wire;
	struct buf frame;
	struct arena *arena;
	struct mailbox_settings settings;
	const struct mailbox_driver *driver;
	void *driver_state; /* the kind's */

	char *secret;                            /* password or token */
	char *secret_forms[WORKER_SECRET_FORMS]; /* NULL before it is read */
	bool token_refused;
	enum mailbox_reply reply; /* the server's last, where it was no good */
	struct netstream_trust *trust;

	int64_t validity;
	bool can_idle;
	int64_t done_to;
	struct worker_known *known; /* sorted by message */
	size_t known_count, known_room;

	struct driver_entry *entries;
	size_t entry_count, entry_room;
	size_t listed;   /* messages that the server named, known or not */
	int64_t highest; /* of those that were looked at; 0: no order */

	char stage[256]; /* what is being done, for sentences */
};

struct worker_known {
	int64_t message;
	bool done;   /* or to be left alone in this round */
	bool listed; /* in this listing */
	int64_t tries;
};

/* What is being done now, for people: "fetching UID 812". */
void driver_set_stage(struct worker *session, const char *format, ...)
	ATTR_PRINTF(2, 3);

/* The server lets nobody wait for new messages. */
void driver_send_no_idle(struct worker *session, const char *why);

/* Says that a step of many commands goes on, before each of them: the collector
   ends who says nothing for the time of a few. */
void session_busy(struct worker *session);

/* A deadline for one command, and how much it may bring. */
void driver_expect(const struct worker *session, struct netstream *stream,
                   uint64_t bytes);
int64_t driver_deadline(const struct worker *session);

/* Adds a message to the list unless it is known to be done. Takes its name
   over. False when there are too many: the rest is for the next round. */
bool worker_list_add(struct worker *session, const struct driver_entry *entry);

/* Sends some bytes of a message; false when the collector is gone. */
bool worker_wire_send_data(struct worker *session, const void *data,
                           size_t len);

/* Makes the secret's forms, when it has been read. */
void worker_secret_prepare(struct worker *session);

/* Puts asterisks in the place of the secret, or of its beginning where a
   sentence was cut: a server may repeat the command that it refuses. */
void worker_secret_hide(const struct worker *session, char *sentence);

/* A number that stays the same for the same text. */
int64_t driver_hash(const char *text, size_t len);

/* The process; returns an exit status. */
int worker_run(void);

#endif
