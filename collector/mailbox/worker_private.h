/*
 * What the files worker*.c and the drivers share. Each calls only what stands
 * left of it: worker_wire, _secret, _state < driver < worker_list < imap*,
 * pop3*, maildir, mbox_driver < worker_mark < _fetch < worker.
 */
#ifndef COLLECTOR_MAILBOX_WORKER_PRIVATE_H
#define COLLECTOR_MAILBOX_WORKER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/netstream.h"
#include "base/wire.h"
#include "collector/config/mailbox_settings.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/protocol.h"

/*
 * What the process does; driver_set_stage() says it more closely, for people.
 *
 *	STARTING  it reads its secret, and gives up rights
 *	   |
 *	OPENING   it connects, logs in, opens the folder
 *	   |  OPENED
 *	WAITING   for START, KNOWN, GO, or IDLE, or STOP  <-----------+
 *	   |  GO                           |  IDLE                    |
 *	LISTING                          IDLING  until news, the end  |
 *	   |  COUNT, GONE                  |     of its time, or      |
 *	FETCHING  OFFER, DATA, marks       |     a frame              |
 *	   |  OVER                         |  NEWS                    |
 *	   +-------------------------------+--------------------------+
 *
 * STOP leads from WAITING and, when what was begun is done, from FETCHING to
 * CLOSING; so does the end of a round whose marks are sure only then. What
 * fails is sent as ERROR, and ends the process in whatever state it is.
 */
enum worker_state {
	WORKER_STARTING,
	WORKER_OPENING,
	WORKER_WAITING,
	WORKER_LISTING,
	WORKER_FETCHING,
	WORKER_IDLING,
	WORKER_CLOSING,
};

/* What is sent of the secret. */
enum worker_secret_form {
	WORKER_SECRET_PLAIN,
	WORKER_SECRET_QUOTED, /* as IMAP quotes it */
	WORKER_SECRET_TOKEN,  /* as XOAUTH2 sends it, in base64 */
	WORKER_SECRET_FORMS,
};

struct worker_known {
	int64_t message;
	bool done;   /* or to be left alone in this round */
	bool listed; /* in this listing */
	int64_t tries;
};

struct worker {
	enum worker_state state;
	bool sends_states; /* for the collector's log */
	struct wire wire;
	struct buf frame;
	struct arena *arena;
	struct mailbox_settings settings;
	const struct mailbox_driver *driver;
	void *driver_state; /* the driver's */

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

/* A message that was sent, and waits for what becomes of it. */
struct worker_pending {
	struct driver_entry *entry;
	bool done;
	enum mailbox_mark mark;
};

struct worker_round {
	struct worker *worker;
	struct worker_pending pending[MAILBOX_WINDOW];
	size_t pending_count;
	bool stop;
	/* Marks that are sure only when the session has been closed. */
	struct worker_pending *late;
	size_t late_count;
};

#endif
