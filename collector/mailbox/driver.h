/*
 * What each kind of mailbox does, in the process that serves one.
 */
#ifndef COLLECTOR_MAILBOX_DRIVER_H
#define COLLECTOR_MAILBOX_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/netstream.h"
#include "collector/config/mailbox_settings.h"

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
	/* Connects, and sets validity. */
	int (*open)(struct worker *worker, struct err *err);
	/* What open does after connecting and before it says who it is; takes
	   the stream over. NULL for files. */
	int (*attach)(struct worker *worker, struct netstream *stream,
	              struct err *err);
	/* The rest of open, once there is TLS: says who it is, and sets
	   validity. */
	int (*log_in)(struct worker *worker, struct err *err);
	/* Adds the entries that are not known to be done. */
	int (*list)(struct worker *worker, struct err *err);
	/* Sends a message by worker_wire_send_data(). ERR_NOT_FOUND: it is
	   gone; ERR_MALFORMED: the session goes on without this one. */
	int (*fetch)(struct worker *worker, struct driver_entry *entry,
	             struct err *err);
	/* Does something with messages, but for those whose copied or marked
	   says that it is done. ERR_CONFIG: the session goes on, with those
	   unmarked that are not marked by then. */
	int (*mark)(struct worker *worker, const struct mailbox_action *action,
	            struct driver_entry *const *entries, size_t count,
	            struct err *err);
	/* Waits for new messages: 1 there are some, 0 the time is over, 2 the
	   collector wants something. NULL: it cannot. */
	int (*idle)(struct worker *worker, int64_t milliseconds,
	            struct err *err);
	/* Ends in good order; marks are sure only now where marks_on_close is. */
	int (*close)(struct worker *worker, struct err *err);
	bool marks_on_close;
};

extern const struct mailbox_driver imap_driver;
extern const struct mailbox_driver pop3_driver;
extern const struct mailbox_driver maildir_driver;
extern const struct mailbox_driver mbox_driver;

/* What is being done now, for people: "fetching UID 812". */
void driver_set_stage(struct worker *worker, const char *format, ...)
	ATTR_PRINTF(2, 3);

/* The server lets nobody wait for new messages. */
void driver_send_no_idle(struct worker *worker, const char *why);

/* Says that a step of many commands goes on, before each of them: the collector
   ends who says nothing for the time of a few. */
void driver_send_busy(struct worker *worker);

/* A deadline for one command, and how much it may bring. */
void driver_expect(const struct worker *worker, struct netstream *stream,
                   uint64_t bytes);
int64_t driver_deadline(const struct worker *worker);

/* Connects to the host of the settings, by TLS where that comes first; the two
   are the ports of the protocol, where the settings name none. */
int driver_connect(struct worker *worker, int64_t tls_port, int64_t plain_port,
                   struct netstream **stream, struct err *err);

/* No secret goes over an open line, whatever led there. */
int driver_check_tls(const struct netstream *stream, struct err *err);

/* A number that stays the same for the same text. */
int64_t driver_hash(const char *text, size_t len);

#endif
