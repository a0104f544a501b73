/*
 * What the files mailboxes*.c share.
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
 *	WRITING   what was noted before is being committed  <----+
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
 * to RESTING (OVER), by poller_session_fail().
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
	int64_t session; /* counts up: letters of an older one are stale */
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
	struct parse_queue_job *receiving;
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
	/* A round waits for the writer; else notes gather for a while. */
	atomic_bool urgent;
	int64_t written_at; /* the writer's */
	atomic_bool stopping;
	atomic_bool ended; /* the thread has nothing left to do */
	int64_t stop_by;   /* monotonic milliseconds */
	struct poller_result *results;
};

/* Starts the process of a resting mailbox. */
void poller_session_begin(struct poller *all, struct poller_mailbox *mailbox);

/* Its process has said something, or ended. */
void poller_frame_receive(struct poller *all, struct poller_mailbox *mailbox);

/* What became of a message. Takes the letter. */
void poller_message_on_done(struct poller *all, struct poller_mailbox *mailbox,
                            struct parse_queue_job *letter);

/* What time brings. */
void poller_tick(struct poller *all, struct poller_mailbox *mailbox,
                 int64_t now);

/* --- poller_session.c, for the rest ----------------------------------- */

/* Something to be remembered of it; returns the note's number. */
int64_t poller_checkpoint_add(struct poller *all,
                              struct poller_mailbox *mailbox,
                              struct checkpoint note);
void poller_checkpoint_message(struct poller *all,
                               struct poller_mailbox *mailbox,
                               const struct store_mailbox_message *message);

/* A bad answer of its server is counted. */
void poller_checkpoint_reply(struct poller *all, struct poller_mailbox *mailbox,
                             int64_t reply);

/* So many milliseconds or seconds, more or less: those who wait for the same
   do not come at once. */
int64_t poller_pause_spread(int64_t pause);

/* Frees a letter and what it was granted. */
void poller_job_release(struct poller *all, struct parse_queue_job **letter);

/* The session is over: say why, and try again later. */
void poller_session_fail(struct poller *all, struct poller_mailbox *mailbox,
                         enum err_code code, const char *sentence);

/* Sends all->frame to its process; a failure is that of the session. */
bool poller_session_send(struct poller *all, struct poller_mailbox *mailbox);

/* --- poller_state.c --------------------------------------------------- */

/* The only way to change its state. */
void poller_state_enter(struct poller_mailbox *mailbox, enum poller_state state,
                        const char *why);
const char *poller_state_name(const struct poller_mailbox *mailbox);

/* Something has moved: the watchdog begins to wait from now on. */
void poller_state_watchdog_reset(struct poller_mailbox *mailbox);

/* Whether nothing has moved for too long, and what that looks like. */
bool poller_state_is_stuck(const struct poller_mailbox *mailbox, int64_t now);
const char *poller_state_stuck_reason(const struct poller_mailbox *mailbox);

/* --- poller_message.c, for the session -------------------------------- */

/* Answers an open offer, unless that has to wait. */
void poller_message_answer_offer(struct poller *all,
                                 struct poller_mailbox *mailbox);

/* What the process says of a message. */
void poller_message_on_offer(struct poller *all, struct poller_mailbox *mailbox,
                             struct wire_reader *fields);
void poller_message_on_data(struct poller *all, struct poller_mailbox *mailbox,
                            struct wire_reader *fields);
void poller_message_on_end(struct poller *all, struct poller_mailbox *mailbox,
                           struct wire_reader *fields);
/* The session is over while a message was being fetched, or before the marks
   of others were heard of. */
void poller_failure_charge_current(struct poller *all,
                                   struct poller_mailbox *mailbox, bool died);
/* The list has come to its end. */
void poller_failure_charge_alone(struct poller *all,
                                 struct poller_mailbox *mailbox);
void poller_pending_checkpoint(struct poller *all,
                               struct poller_mailbox *mailbox);

void poller_message_on_lost(struct poller *all, struct poller_mailbox *mailbox,
                            struct wire_reader *fields);
void poller_message_on_marked(struct poller *all,
                              struct poller_mailbox *mailbox,
                              struct wire_reader *fields);

/* Ends its process, whatever it does. */
void poller_session_drop(struct poller *all, struct poller_mailbox *mailbox);

#endif
