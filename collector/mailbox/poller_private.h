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
 * mailbox_enter(), which logs it at debug and sets the watchdog: with a process
 * there is always a moment at which the session is given up.
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
 * From each state that has a process, TROUBLE, its end, and the watchdog lead
 * to RESTING (OVER), by mailbox_fail().
 */
enum mailbox_state {
	STATE_RESTING,
	STATE_STARTING,
	STATE_WRITING,
	STATE_READING,
	STATE_IDLING,
	STATE_ENDING,
	STATE_OVER,
};

/* A message that the process waits to hear of. */
struct flight {
	struct store_mailbox_message known;
	enum delivery_end end;
	bool told; /* what became of it; what is left is its mark */
};

/* Messages in a row that the server does not give: then it is the server, and
   no message is to blame. */
#define LOST_MOST 3U

struct lost {
	struct store_mailbox_message known;
	bool alone; /* to blame, unless the server gives no other either */
};

struct offer {
	bool open; /* not answered yet */
	int64_t message, size, received;
	char label[320];
};

struct mailbox {
	const struct mailbox_settings *settings;
	struct text authserv_ids;
	size_t place; /* among all */
	enum mailbox_state state;
	struct child child;
	int64_t session; /* counts up: letters of an older one are stale */
	char *lock_path;
	int64_t next;     /* monotonic milliseconds */
	int64_t watchdog; /* the same: then the session is given up */
	int lock;
	int failures; /* in a row */
	bool said_busy;
	bool said_missing;
	bool said_no_idle;

	bool token_used;
	char *token; /* of token_command, while it lives */
	int64_t token_until;

	/* of the session */
	int64_t validity;
	bool can_idle;
	int64_t id;        /* in the store */
	int64_t last_note; /* must be written before a round begins */
	struct flight flights[MAILBOX_WINDOW];
	size_t flight_count;
	struct offer offer;
	struct letter *receiving;
	int64_t round_began;
	int64_t idle_began;
	int idle_ends;          /* that came soon, in a row */
	bool news;              /* a round begins at `next` */
	int vain_news;          /* that came soon, in a row, of nothing */
	int64_t waiting;        /* messages that this round leaves */
	int64_t fetched_before; /* messages, in the rounds until now */
	int64_t fetched;        /* in this one */
	struct lost lost[LOST_MOST];
	size_t lost_count; /* since the last that was fetched */
	int64_t letters;   /* that are not done, of any session */
	int64_t unmarked;  /* messages that this round could not mark */
	int in_trouble;    /* messages in a row that we could not store */
	int64_t total, seen;
	struct mailbox_result result;
};

struct mailboxes {
	struct config *config;
	struct writer *writer;
	struct store *store; /* for reading; the loop's */
	struct post *post;
	struct notes *notes;
	struct arena *arena;
	int event_fd;
	struct mailbox *items;
	size_t count;
	int64_t in_flight; /* bytes of messages */
	struct buf frame;
	pthread_t thread;
	bool running;
	bool once;  /* one round each */
	bool again; /* with what was given up */
	bool progress;
	int64_t next_progress;
	/* A round waits for the writer; else notes gather for a while. */
	atomic_bool urgent;
	int64_t written_at; /* the writer's */
	atomic_bool stopping;
	atomic_bool ended; /* the thread has nothing left to do */
	int64_t stop_by;   /* monotonic milliseconds */
	struct mailbox_result *results;
};

/* Starts the process of a resting mailbox. */
void mailbox_begin(struct mailboxes *all, struct mailbox *mailbox);

/* Its process has said something, or ended. */
void mailbox_hear(struct mailboxes *all, struct mailbox *mailbox);

/* What became of a message. Takes the letter. */
void mailbox_letter(struct mailboxes *all, struct mailbox *mailbox,
                    struct letter *letter);

/* What time brings. */
void mailbox_tick(struct mailboxes *all, struct mailbox *mailbox, int64_t now);

/* --- poller_session.c, for the rest ----------------------------------- */

/* Something to be remembered of it; returns the note's number. */
int64_t mailbox_note(struct mailboxes *all, struct mailbox *mailbox,
                     struct note note);
void mailbox_note_message(struct mailboxes *all, struct mailbox *mailbox,
                          const struct store_mailbox_message *message);

/* A bad answer of its server is counted. */
void mailbox_count_reply(struct mailboxes *all, struct mailbox *mailbox,
                         int64_t reply);

/* So many milliseconds or seconds, more or less: those who wait for the same
   do not come at once. */
int64_t mailbox_spread(int64_t pause);

/* Frees a letter and what it was granted. */
void mailbox_release(struct mailboxes *all, struct letter **letter);

/* The session is over: say why, and try again later. */
void mailbox_fail(struct mailboxes *all, struct mailbox *mailbox,
                  enum err_code code, const char *sentence);

/* Sends all->frame to its process; a failure is that of the session. */
bool mailbox_tell(struct mailboxes *all, struct mailbox *mailbox);

/* --- poller_state.c --------------------------------------------------- */

/* The only way to change its state. */
void mailbox_enter(struct mailbox *mailbox, enum mailbox_state state,
                   const char *why);
const char *mailbox_state_name(const struct mailbox *mailbox);

/* Something has moved: the watchdog begins to wait from now on. */
void mailbox_wind_up(struct mailbox *mailbox);

/* Whether nothing has moved for too long, and what that looks like. */
bool mailbox_is_stuck(const struct mailbox *mailbox, int64_t now);
const char *mailbox_stuck_sentence(const struct mailbox *mailbox);

/* --- poller_message.c, for the session -------------------------------- */

/* Answers an open offer, unless that has to wait. */
void mailbox_consider(struct mailboxes *all, struct mailbox *mailbox);

/* What the process says of a message. */
void mailbox_offer(struct mailboxes *all, struct mailbox *mailbox,
                   struct wire_reader *fields);
void mailbox_data(struct mailboxes *all, struct mailbox *mailbox,
                  struct wire_reader *fields);
void mailbox_end(struct mailboxes *all, struct mailbox *mailbox,
                 struct wire_reader *fields);
/* The session is over while a message was being fetched, or before the marks
   of others were heard of. */
void mailbox_blame(struct mailboxes *all, struct mailbox *mailbox, bool died);
/* The list has come to its end. */
void mailbox_blame_alone(struct mailboxes *all, struct mailbox *mailbox);
void mailbox_note_flights(struct mailboxes *all, struct mailbox *mailbox);

void mailbox_lost(struct mailboxes *all, struct mailbox *mailbox,
                  struct wire_reader *fields);
void mailbox_marked(struct mailboxes *all, struct mailbox *mailbox,
                    struct wire_reader *fields);

/* Ends its process, whatever it does. */
void mailbox_drop(struct mailboxes *all, struct mailbox *mailbox);

#endif
