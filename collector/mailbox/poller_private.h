/*
 * What the files poller*.c share. Each calls only what stands left of it:
 * poller_state, _pause, _checkpoint < _pending, _job < _failure < _session
 * < _message < _frame < poller.
 */
#ifndef COLLECTOR_MAILBOX_POLLER_PRIVATE_H
#define COLLECTOR_MAILBOX_POLLER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/child.h"
#include "collector/config/mailbox_settings.h"
#include "collector/intake/parse_queue.h"
#include "collector/mailbox/checkpoints.h"
#include "collector/mailbox/poller.h"
#include "collector/mailbox/protocol.h"

/*
 * A round, and what leads to it. Every change of state goes through
 * poller_state_enter(), which logs it at debug and sets the watchdog: with a
 * process there is always a moment at which the session is given up.
 *
 *	RESTING   no process; until `next`
 *	   |  it is time: the process is started
 *	STARTING  it connects
 *	   |  OPENED
 *	WRITING   the checkpoints so far are being committed <---+
 *	   |  all of it is: START, KNOWN, GO                     | NEWS
 *	READING   COUNT; then for each message OFFER, and        |
 *	   |      PASS, or TAKE, DATA, END or LOST; then DONE    |
 *	   |      and MARKED, for up to MAILBOX_WINDOW at a time |
 *	   |  OVER, and the server can idle: IDLE -----------> IDLING
 *	   |  OVER, or the collector stops: STOP                 | STOP
 *	ENDING    it ends what it has begun, and leaves  <-------+
 *	   |  its socket is closed
 *	RESTING, or OVER after the only round (poll)
 *
 * From each state that has a process, ERROR, its end, and the watchdog lead
 * to RESTING (OVER), by poller_session_fail(); so does, from RESTING, a process
 * that cannot be started, and a mailbox that another collector has. From OVER,
 * RESTING begins another round of poll: where the mailbox is named, or where a
 * new token may work.
 */
enum poller_state {
	POLLER_RESTING,
	POLLER_STARTING,
	POLLER_WRITING,
	POLLER_READING,
	POLLER_IDLING,
	POLLER_ENDING,
	POLLER_OVER,
};

/* A message that the process waits to hear of. */
struct poller_pending {
	struct store_mailbox_message known;
	enum mail_job_end end;
	bool done_sent; /* what became of it; what is left is its mark */
};

/* Messages in a row that the server does not give: then it is the server, and
   no message is to blame. */
#define POLLER_LOST_MAX 3U

struct poller_lost {
	struct store_mailbox_message known;
	bool alone; /* to blame, unless the server gives no other either */
};

struct poller_offer {
	bool open; /* not answered yet */
	int64_t message, size, received;
	char label[320];
};

struct poller_mailbox {
	const struct mailbox_settings *settings;
	struct text authserv_ids;
	size_t index; /* among all */
	enum poller_state state;
	struct child child;
	int64_t session; /* counts up: jobs of an older one are stale */
	char *lock_path;
	int64_t next;     /* monotonic milliseconds */
	int64_t watchdog; /* the same: then the session is given up */
	int lock;
	int failures; /* in a row */
	bool busy_logged;
	bool missing_logged;
	bool said_no_idle;

	bool token_used;
	char *token; /* of token_command, while it lives */
	int64_t token_until;

	/* of the session */
	int64_t validity;
	bool can_idle;
	int64_t id;              /* in the store */
	int64_t last_checkpoint; /* must be written before a round begins */
	struct poller_pending pending[MAILBOX_WINDOW];
	size_t pending_count;
	struct poller_offer offer;
	struct mail_job *receiving;
	int64_t round_began;
	int64_t idle_began;
	int idle_ends;          /* that came soon, in a row */
	bool news;              /* a round begins at `next` */
	int empty_news;         /* that came soon, in a row, of nothing */
	int64_t remaining;      /* messages that this round leaves */
	int64_t fetched_before; /* messages, in the rounds until now */
	int64_t fetched;        /* in this one */
	struct poller_lost lost[POLLER_LOST_MAX];
	size_t lost_count;  /* since the last that was fetched */
	int64_t job_count;  /* that are not done, of any session */
	int64_t unmarked;   /* messages that this round could not mark */
	int store_failures; /* messages in a row that we could not store */
	int64_t total, offered;
	struct poller_result result;
};

struct poller {
	struct config *config;
	struct writer *writer;
	struct store *store; /* for reading; the loop's */
	struct parse_queue *parse_queue;
	struct checkpoints *checkpoints;
	struct arena *arena;
	int event_fd;
	struct poller_mailbox *mailboxes;
	size_t count;
	int64_t pending_bytes; /* bytes of messages */
	struct buf frame;
	pthread_t thread;
	bool running;
	bool once;           /* one round each */
	bool retry_given_up; /* with what was given up */
	bool progress;
	int64_t next_progress;
	/* A round waits for the writer; else checkpoints gather for a while. */
	atomic_bool urgent;
	int64_t written_at; /* the writer's */
	atomic_bool stopping;
	atomic_bool ended; /* the thread has nothing left to do */
	int64_t stop_by;   /* monotonic milliseconds */
	struct poller_result *results;
};

#endif
