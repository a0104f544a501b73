/*
 * One mailbox as the collector sees it: a process that is told what to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_private.h"

#define SEND_MS 5000

/* Back-off after failures: doubled each time, with jitter. */
#define BACK_OFF_MIN_MS (15 * 1000)
#define BACK_OFF_MAX_MS (60 * 60 * 1000)

/* Known messages in a frame. */
#define KNOWN_BATCH 1000U

/* Servers end a connection that idles, sooner or later. After this it is no
   failure: it is made again at once. */
#define IDLE_MIN_MS   10000
#define IDLE_AGAIN_MS 2000
#define IDLE_LONG_MS  (10 * 60 * 1000)

/* Before news are looked for where the last ones were of nothing. */
#define NEWS_AGAIN_MS 1000

/* A token is not used in its last seconds. */
#define TOKEN_MARGIN 60

/* --- small things -------------------------------------------------------- */

int64_t poller_checkpoint_add(struct poller *all,
                              struct poller_mailbox *mailbox,
                              struct checkpoint note)
{
	note.mailbox = mailbox->settings->name;
	mailbox->last_checkpoint = checkpoints_add(all->checkpoints, &note);
	return mailbox->last_checkpoint;
}

void poller_checkpoint_message(struct poller *all,
                               struct poller_mailbox *mailbox,
                               const struct store_mailbox_message *message)
{
	(void)poller_checkpoint_add(
		all, mailbox,
		(struct checkpoint){.kind = CHECKPOINT_MESSAGE,
	                            .message = *message});
}

void poller_checkpoint_reply(struct poller *all, struct poller_mailbox *mailbox,
                             int64_t reply)
{
	static const char *const words[MAILBOX_REPLIES] = {
		[MAILBOX_REPLY_NO] = "no",
		[MAILBOX_REPLY_BAD] = "bad",
		[MAILBOX_REPLY_BYE] = "bye",
		[MAILBOX_REPLY_TIMEOUT] = "timeout",
		[MAILBOX_REPLY_CLOSED] = "closed",
		[MAILBOX_REPLY_EMPTY] = "empty",
		[MAILBOX_REPLY_WRONG] = "wrong",
	};

	if (reply > MAILBOX_REPLY_NONE && reply < MAILBOX_REPLIES)
		(void)poller_checkpoint_add(
			all, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_REPLY,
		                            .reply = words[reply]});
}

static int64_t poller_pause_random_below(int64_t most)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0 || most <= 0)
		return 0;
	return (int64_t)(number % (uint64_t)most);
}

void poller_job_release(struct poller *all, struct parse_queue_job **letter)
{
	if (*letter != NULL)
		all->pending_bytes -= (*letter)->granted_bytes;
	parse_queue_job_free(letter);
}

int64_t poller_pause_spread(int64_t pause)
{
	return pause * 3 / 4 + poller_pause_random_below(pause / 2 + 1);
}

/* --- ending -------------------------------------------------------------- */

static void poller_session_unlock(struct poller_mailbox *mailbox)
{
	if (mailbox->lock >= 0)
		(void)close(mailbox->lock);
	mailbox->lock = -1;
}

/* The process and what belonged to it are no more. Returns whether a signal
   ended it that was not ours. */
static bool poller_session_end_worker(struct poller *all,
                                      struct poller_mailbox *mailbox, char *how,
                                      size_t size)
{
	bool died = child_end(&mailbox->child, how, size);

	poller_pending_checkpoint(all, mailbox);
	mailbox->session++;
	mailbox->pending_count = 0;
	mailbox->offer.open = false;
	poller_job_release(all, &mailbox->receiving);
	poller_session_unlock(mailbox);
	return died;
}

static void poller_session_rest(struct poller *all,
                                struct poller_mailbox *mailbox,
                                int64_t milliseconds, const char *why)
{
	poller_state_enter(mailbox, all->once ? POLLER_OVER : POLLER_RESTING,
	                   why);
	mailbox->next = timestamp_monotonic_ms() + milliseconds;
}

static int64_t poller_pause_after_failure(const struct poller_mailbox *mailbox)
{
	int64_t pause = BACK_OFF_MIN_MS;
	int64_t most = mailbox->settings->interval * 1000;
	int i;

	if (most > BACK_OFF_MAX_MS)
		most = BACK_OFF_MAX_MS;
	for (i = 1; i < mailbox->failures && pause < most; i++)
		pause *= 2;
	if (pause > most)
		pause = most;
	return poller_pause_spread(pause);
}

static void poller_checkpoint_round(struct poller *all,
                                    struct poller_mailbox *mailbox, bool failed)
{
	(void)poller_checkpoint_add(
		all, mailbox,
		(struct checkpoint){.kind = CHECKPOINT_ROUND,
	                            .round = {
					    .failed = failed,
					    .ended = timestamp_now(),
					    .pending = mailbox->remaining,
					    .fetched = mailbox->fetched,
					    .duration_ms =
						    timestamp_monotonic_ms() -
						    mailbox->round_began,
				    }});
}

void poller_session_fail(struct poller *all, struct poller_mailbox *mailbox,
                         enum err_code code, const char *sentence)
{
	char how[32];
	bool died = child_end(&mailbox->child, how, sizeof(how));

	if (died) {
		(void)poller_checkpoint_add(
			all, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_CRASH,
		                            .value = 1});
		log_warning("mailbox %s: its process ended by %s",
		            mailbox->settings->name, how);
	}
	if (code != ERR_BUSY)
		poller_failure_charge_current(all, mailbox, died);
	(void)poller_session_end_worker(all, mailbox, how, sizeof(how));
	poller_checkpoint_round(all, mailbox, true);
	mailbox->fetched = 0;
	mailbox->failures++;
	mailbox->result.failed = true;
	(void)snprintf(mailbox->result.sentence,
	               sizeof(mailbox->result.sentence), "%s", sentence);
	poller_session_rest(all, mailbox, poller_pause_after_failure(mailbox),
	                    "the round has failed");
	log_warning("mailbox %s: %s%s", mailbox->settings->name, sentence,
	            all->once ? "" : "; trying again later");
}

void poller_session_drop(struct poller *all, struct poller_mailbox *mailbox)
{
	char how[32];

	if (mailbox->child.pid == 0)
		return;
	(void)poller_session_end_worker(all, mailbox, how, sizeof(how));
	poller_session_rest(all, mailbox, 0, "the collector stops");
}

/* To its process; a failure is that of the whole session. */
bool poller_session_send(struct poller *all, struct poller_mailbox *mailbox)
{
	struct err err;

	if (wire_send(&mailbox->child.wire, &all->frame,
	              timestamp_monotonic_ms() + SEND_MS, &err) == 0)
		return true;
	if (mailbox->state != POLLER_ENDING)
		poller_session_fail(all, mailbox, ERR_SYSTEM,
		                    "its process does not listen");
	return false;
}

static void poller_session_send_stop(struct poller *all,
                                     struct poller_mailbox *mailbox)
{
	poller_state_enter(mailbox, POLLER_ENDING, "it is told to end");
	wire_begin(&all->frame, MAILBOX_FRAME_STOP);
	(void)poller_session_send(all, mailbox);
}

/* --- beginning ----------------------------------------------------------- */

/* A kernel lock goes with the process that has it. 1, 0 when another one has
   it, or -1. */
static int poller_session_lock(struct poller_mailbox *mailbox, struct err *err)
{
	mailbox->lock =
		open(mailbox->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (mailbox->lock < 0)
		return err_set_errno(err, errno, "lock file %s",
		                     mailbox->lock_path);
	if (flock(mailbox->lock, LOCK_EX | LOCK_NB) == 0)
		return 1;
	poller_session_unlock(mailbox);
	return 0;
}

static void poller_session_on_locked(struct poller *all,
                                     struct poller_mailbox *mailbox)
{
	mailbox->result.busy = true;
	if (!mailbox->busy_logged)
		log_notice("mailbox %s is read by another tlsrpt-collector",
		           mailbox->settings->name);
	mailbox->busy_logged = true;
	mailbox->failures++;
	poller_session_rest(all, mailbox, poller_pause_after_failure(mailbox),
	                    "another process has it");
}

static bool poller_session_has_token(const struct poller_mailbox *mailbox)
{
	return mailbox->token != NULL &&
	       (mailbox->token_until == 0 ||
	        timestamp_now() < mailbox->token_until);
}

void poller_session_begin(struct poller *all, struct poller_mailbox *mailbox)
{
	struct err err;
	int locked;

	mailbox->result.failed = false;
	mailbox->round_began = timestamp_monotonic_ms();
	mailbox->remaining = 0;
	mailbox->store_failures = 0;
	mailbox->lost_count = 0;
	mailbox->fetched = 0;
	locked = poller_session_lock(mailbox, &err);
	if (locked == 0) {
		poller_session_on_locked(all, mailbox);
		return;
	}
	mailbox->busy_logged = false;
	if (locked < 0 ||
	    child_start(WORKER_VERB, true, &mailbox->child, &err) < 0) {
		poller_session_fail(all, mailbox, ERR_SYSTEM, err.text);
		return;
	}
	poller_state_enter(mailbox, POLLER_STARTING, "its process is started");
	mailbox->token_used = poller_session_has_token(mailbox);
	wire_begin(&all->frame, MAILBOX_FRAME_SETTINGS);
	mailbox_settings_put(&all->frame, mailbox->settings);
	wire_put_text(&all->frame,
	              text_of(mailbox->token_used ? mailbox->token : ""));
	(void)poller_session_send(all, mailbox);
}

/* Whether nothing is to be done with a message in this round. Who asks for one
   round wants all that waits to be tried. */
static bool
poller_session_is_skipped(const struct poller *all,
                          const struct store_mailbox_message *message,
                          int64_t now)
{
	if (message->state == STORE_MESSAGE_DONE)
		return true;
	if (message->state == STORE_MESSAGE_GIVEN_UP && all->retry_given_up)
		return false;
	if (message->state != STORE_MESSAGE_GIVEN_UP && all->once)
		return false;
	return now < message->next_try;
}

/* What is known of its messages, in as many frames as it takes. */
static bool poller_session_send_known(struct poller *all,
                                      struct poller_mailbox *mailbox)
{
	struct store_mailbox_message items[KNOWN_BATCH];
	struct store_mailbox_messages batch = {items, KNOWN_BATCH, 0};
	int64_t after = INT64_MIN, now = timestamp_now();
	struct err err;
	size_t i;

	do {
		if (store_mailbox_messages(all->store, mailbox->id, after,
		                           &batch, &err) < 0) {
			poller_session_fail(all, mailbox, ERR_BUSY, err.text);
			return false;
		}
		if (batch.count == 0)
			break;
		wire_begin(&all->frame, MAILBOX_FRAME_KNOWN);
		wire_put_integer(&all->frame, (int64_t)batch.count);
		for (i = 0; i < batch.count; i++) {
			wire_put_integer(&all->frame, items[i].message);
			wire_put_integer(
				&all->frame,
				poller_session_is_skipped(all, &items[i], now));
			wire_put_integer(&all->frame, items[i].tries);
		}
		after = items[batch.count - 1].message;
		if (!poller_session_send(all, mailbox))
			return false;
	} while (batch.count == KNOWN_BATCH);
	return true;
}

/* All that it did is committed: it may begin where that ends. */
static void poller_session_start_round(struct poller *all,
                                       struct poller_mailbox *mailbox)
{
	struct store_mailbox_position position;
	struct err err;

	if (store_mailbox_read(all->store, mailbox->settings->name, &position,
	                       &err) < 0) {
		poller_session_fail(all, mailbox, ERR_BUSY, err.text);
		return;
	}
	mailbox->id = position.id;
	if (position.validity != mailbox->validity) {
		(void)poller_checkpoint_add(
			all, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_RESET,
		                            .value = mailbox->validity});
		return;
	}
	mailbox->fetched_before = position.fetched;
	mailbox->lost_count = 0;
	mailbox->unmarked = 0;
	mailbox->remaining = 0;
	mailbox->offered = 0;
	mailbox->total = 0;
	mailbox->round_began = timestamp_monotonic_ms();
	poller_state_enter(mailbox, POLLER_READING, "all is written");
	wire_begin(&all->frame, MAILBOX_FRAME_START);
	wire_put_integer(&all->frame, position.done_to);
	if (!poller_session_send(all, mailbox) ||
	    !poller_session_send_known(all, mailbox))
		return;
	wire_begin(&all->frame, MAILBOX_FRAME_GO);
	(void)poller_session_send(all, mailbox);
}

/* --- what the process says ----------------------------------------------- */

static void poller_frame_on_confined(struct poller *all,
                                     struct poller_mailbox *mailbox,
                                     struct wire_reader *fields)
{
	struct text missing = wire_get_text(fields);

	(void)all;
	if (missing.len > 0 && !mailbox->missing_logged)
		log_warning("mailbox %s: it is read with less confinement: "
		            "%.*s",
		            mailbox->settings->name, (int)missing.len,
		            missing.data);
	mailbox->missing_logged = true;
}

static void poller_session_forget_token(struct poller_mailbox *mailbox)
{
	if (mailbox->token != NULL)
		explicit_bzero(mailbox->token, strlen(mailbox->token));
	free(mailbox->token);
	mailbox->token = NULL;
}

static void poller_frame_on_token(struct poller *all,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	struct text token = wire_get_text(fields);
	int64_t seconds = wire_get_integer(fields);

	(void)all;
	poller_session_forget_token(mailbox);
	mailbox->token = memory_zero(1, token.len + 1);
	memcpy(mailbox->token, token.data, token.len);
	mailbox->token_until =
		seconds > 0 ? timestamp_now() + seconds - TOKEN_MARGIN : 0;
}

static void poller_frame_on_gone(struct poller *all,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	int64_t count = wire_get_integer(fields), i;

	for (i = 0; i < count && !fields->failed; i++)
		(void)poller_checkpoint_add(
			all, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_FORGET,
		                            .value = wire_get_integer(fields)});
}

static void poller_frame_on_over(struct poller *all,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	int64_t highest = wire_get_integer(fields);

	poller_failure_charge_alone(all, mailbox);
	if (highest > 0)
		(void)poller_checkpoint_add(
			all, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_ADVANCE,
		                            .value = highest});
	poller_checkpoint_round(all, mailbox, false);
	mailbox->fetched = 0;
	mailbox->failures = 0;
	if (all->once || !mailbox->can_idle || !mailbox->settings->idle ||
	    atomic_load(&all->stopping)) {
		poller_session_send_stop(all, mailbox);
		return;
	}
	poller_state_enter(mailbox, POLLER_IDLING, "the round is over");
	mailbox->idle_began = timestamp_monotonic_ms();
	mailbox->news = false;
	wire_begin(&all->frame, MAILBOX_FRAME_IDLE);
	wire_put_integer(&all->frame, mailbox->settings->interval * 1000);
	(void)poller_session_send(all, mailbox);
}

/* Whether a connection that has done its work has only come to its end. */
static bool poller_frame_is_end_of_idle(const struct poller_mailbox *mailbox)
{
	return mailbox->state == POLLER_IDLING &&
	       timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_MIN_MS;
}

/* Doubled with each end that comes soon, and never longer than a round waits
   for the next. */
static int64_t poller_pause_after_idle(struct poller_mailbox *mailbox)
{
	int64_t pause = IDLE_AGAIN_MS;
	int64_t most = mailbox->settings->interval * 1000;
	int i;

	if (timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_LONG_MS)
		mailbox->idle_ends = 0;
	for (i = 0; i < mailbox->idle_ends && pause < most; i++)
		pause *= 2;
	mailbox->idle_ends++;
	return poller_pause_spread(pause < most ? pause : most);
}

static void poller_frame_on_error(struct poller *all,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	int64_t code = wire_get_integer(fields);
	int64_t reply = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	bool token_bad = wire_get_integer(fields) != 0;
	bool again = token_bad && mailbox->token_used;
	char sentence[ERR_TEXT_SIZE];

	(void)snprintf(sentence, sizeof(sentence), "%.*s",
	               (int)(why.len < 500 ? why.len : 500), why.data);
	if (token_bad)
		poller_session_forget_token(mailbox);
	if (poller_frame_is_end_of_idle(mailbox)) {
		log_info("mailbox %s: %s; connecting again",
		         mailbox->settings->name, sentence);
		(void)poller_session_end_worker(all, mailbox, sentence,
		                                sizeof(sentence));
		poller_session_rest(all, mailbox,
		                    poller_pause_after_idle(mailbox),
		                    "the server ended its waiting");
		return;
	}
	poller_checkpoint_reply(all, mailbox, reply);
	(void)code;
	poller_session_fail(all, mailbox, ERR_SYSTEM, sentence);
	/* With a token that has just been made it may work. */
	if (again) {
		poller_state_enter(mailbox, POLLER_RESTING,
		                   "a new token is made");
		mailbox->next = 0;
	}
}

/* Whether a frame may come in this state. */
static bool poller_frame_is_expected(const struct poller_mailbox *mailbox,
                                     uint8_t kind)
{
	switch (kind) {
	case MAILBOX_FRAME_CONFINED:
	case MAILBOX_FRAME_TOKEN:
	case MAILBOX_FRAME_OPENED:
		return mailbox->state == POLLER_STARTING;
	case MAILBOX_FRAME_NO_IDLE:
	case MAILBOX_FRAME_NEWS:
		return mailbox->state == POLLER_IDLING;
	case MAILBOX_FRAME_ERROR:
		return mailbox->state != POLLER_ENDING;
	case MAILBOX_FRAME_DATA:
	case MAILBOX_FRAME_END:
	case MAILBOX_FRAME_LOST:
	case MAILBOX_FRAME_MARKED:
	case MAILBOX_FRAME_BUSY:
		/* Told to stop, it ends what it has begun. */
		return mailbox->state == POLLER_READING ||
		       mailbox->state == POLLER_ENDING;
	default:
		return mailbox->state == POLLER_READING;
	}
}

static void poller_frame_on_opened(struct poller *all,
                                   struct poller_mailbox *mailbox,
                                   struct wire_reader *fields)
{
	(void)all;
	mailbox->validity = wire_get_integer(fields);
	mailbox->can_idle = wire_get_integer(fields) != 0;
	poller_state_enter(mailbox, POLLER_WRITING, "it is open");
}

/* A server may speak of news that nobody finds, again and again: doubled with
   each, and never longer than a round waits for the next. */
static int64_t poller_pause_after_news(const struct poller_mailbox *mailbox)
{
	int64_t pause = NEWS_AGAIN_MS;
	int64_t most = mailbox->settings->interval * 1000;
	int i;

	if (mailbox->empty_news == 0)
		return 0;
	for (i = 1; i < mailbox->empty_news && pause < most; i++)
		pause *= 2;
	return pause < most ? pause : most;
}

static void poller_frame_on_news(struct poller *all,
                                 struct poller_mailbox *mailbox,
                                 struct wire_reader *fields)
{
	(void)all;
	(void)fields;
	/* An IDLE that came to its end by time is no haste. */
	if (mailbox->total > 0 ||
	    timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_MIN_MS)
		mailbox->empty_news = 0;
	mailbox->news = true;
	mailbox->next =
		timestamp_monotonic_ms() + poller_pause_after_news(mailbox);
	mailbox->empty_news++;
}

static void poller_frame_on_no_idle(struct poller *all,
                                    struct poller_mailbox *mailbox,
                                    struct wire_reader *fields)
{
	struct text why = wire_get_text(fields);

	(void)all;
	if (!mailbox->said_no_idle)
		log_notice("mailbox %s: it is looked at every interval, for "
		           "the server does not let us wait for news: %.*s",
		           mailbox->settings->name,
		           (int)(why.len < 500 ? why.len : 500), why.data);
	mailbox->said_no_idle = true;
}

/* That it is heard of is all. */
static void hear_busy(struct poller *all, struct poller_mailbox *mailbox,
                      struct wire_reader *fields)
{
	(void)all;
	(void)mailbox;
	(void)fields;
}

static void poller_frame_on_rescan(struct poller *all,
                                   struct poller_mailbox *mailbox,
                                   struct wire_reader *fields)
{
	(void)fields;
	(void)poller_checkpoint_add(
		all, mailbox,
		(struct checkpoint){.kind = CHECKPOINT_RESET,
	                            .value = mailbox->validity});
}

static void poller_frame_on_count(struct poller *all,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields)
{
	(void)all;
	mailbox->total = wire_get_integer(fields);
	mailbox->result.listed = mailbox->total;
}

typedef void poller_frame_handler(struct poller *all,
                                  struct poller_mailbox *mailbox,
                                  struct wire_reader *fields);

static poller_frame_handler *const poller_frame_handlers[] = {
	[MAILBOX_FRAME_CONFINED] = poller_frame_on_confined,
	[MAILBOX_FRAME_TOKEN] = poller_frame_on_token,
	[MAILBOX_FRAME_OPENED] = poller_frame_on_opened,
	[MAILBOX_FRAME_RESCAN] = poller_frame_on_rescan,
	[MAILBOX_FRAME_COUNT] = poller_frame_on_count,
	[MAILBOX_FRAME_GONE] = poller_frame_on_gone,
	[MAILBOX_FRAME_OFFER] = poller_message_on_offer,
	[MAILBOX_FRAME_DATA] = poller_message_on_data,
	[MAILBOX_FRAME_END] = poller_message_on_end,
	[MAILBOX_FRAME_LOST] = poller_message_on_lost,
	[MAILBOX_FRAME_MARKED] = poller_message_on_marked,
	[MAILBOX_FRAME_BUSY] = hear_busy,
	[MAILBOX_FRAME_OVER] = poller_frame_on_over,
	[MAILBOX_FRAME_NO_IDLE] = poller_frame_on_no_idle,
	[MAILBOX_FRAME_NEWS] = poller_frame_on_news,
	[MAILBOX_FRAME_ERROR] = poller_frame_on_error,
};

static void poller_frame_dispatch(struct poller *all,
                                  struct poller_mailbox *mailbox,
                                  const struct wire_frame *frame)
{
	struct wire_reader fields = {frame->payload, false};

	if (frame->kind >= ARRAY_LENGTH(poller_frame_handlers) ||
	    poller_frame_handlers[frame->kind] == NULL ||
	    !poller_frame_is_expected(mailbox, frame->kind)) {
		if (mailbox->state != POLLER_ENDING)
			poller_session_fail(all, mailbox, ERR_SYSTEM,
			                    "its process talks nonsense");
		return;
	}
	poller_frame_handlers[frame->kind](all, mailbox, &fields);
	poller_state_watchdog_reset(mailbox);
}

/* It has closed its socket: it is ending, or has ended. */
static void poller_frame_on_close(struct poller *all,
                                  struct poller_mailbox *mailbox)
{
	int64_t pause = mailbox->settings->interval * 1000;
	char how[32];

	if (mailbox->state != POLLER_ENDING) {
		poller_session_fail(
			all, mailbox, ERR_SYSTEM,
			"its process ended in the middle of the work");
		return;
	}
	(void)poller_session_end_worker(all, mailbox, how, sizeof(how));
	poller_session_rest(all, mailbox,
	                    pause + poller_pause_random_below(pause / 10 + 1),
	                    "its process has ended");
}

void poller_frame_receive(struct poller *all, struct poller_mailbox *mailbox)
{
	int64_t session = mailbox->session;
	struct wire_frame frame;
	struct err err;
	int there = wire_fill(&mailbox->child.wire, &err), result = 0;

	while (there >= 0 && session == mailbox->session &&
	       mailbox->child.pid != 0 &&
	       (result = wire_next(&mailbox->child.wire, &frame, &err)) == 1)
		poller_frame_dispatch(all, mailbox, &frame);
	if (session != mailbox->session || mailbox->child.pid == 0)
		return;
	if (result < 0)
		poller_session_fail(all, mailbox, ERR_SYSTEM,
		                    "its process talks nonsense");
	else if (there <= 0)
		poller_frame_on_close(all, mailbox);
}

/* --- time ---------------------------------------------------------------- */

static void poller_check_watchdog(struct poller *all,
                                  struct poller_mailbox *mailbox, int64_t now)
{
	char how[32];

	if (!poller_state_is_stuck(mailbox, now))
		return;
	if (mailbox->state == POLLER_ENDING) {
		(void)poller_session_end_worker(all, mailbox, how, sizeof(how));
		poller_session_rest(all, mailbox,
		                    mailbox->settings->interval * 1000,
		                    "it did not end by itself");
		return;
	}
	poller_session_fail(all, mailbox, ERR_SYSTEM,
	                    poller_state_stuck_reason(mailbox));
}

static void poller_stop_mailbox(struct poller *all,
                                struct poller_mailbox *mailbox)
{
	if (mailbox->state == POLLER_STARTING ||
	    mailbox->state == POLLER_WRITING)
		poller_session_drop(all, mailbox);
	else if (mailbox->state == POLLER_IDLING ||
	         mailbox->state == POLLER_READING)
		poller_session_send_stop(all, mailbox);
}

void poller_tick(struct poller *all, struct poller_mailbox *mailbox,
                 int64_t now)
{
	bool stopping = atomic_load(&all->stopping);

	if (stopping)
		poller_stop_mailbox(all, mailbox);
	else if (mailbox->state == POLLER_RESTING && now >= mailbox->next &&
	         mailbox->job_count == 0)
		poller_session_begin(all, mailbox);
	else if (mailbox->state == POLLER_WRITING &&
	         checkpoints_committed_number(all->checkpoints) >=
	                 mailbox->last_checkpoint)
		poller_session_start_round(all, mailbox);
	else if (mailbox->state == POLLER_IDLING && mailbox->news &&
	         now >= mailbox->next)
		poller_state_enter(mailbox, POLLER_WRITING,
		                   "there is something new");
	else if (mailbox->state == POLLER_READING && mailbox->offer.open)
		poller_message_answer_offer(all, mailbox);
	poller_check_watchdog(all, mailbox, now);
}
