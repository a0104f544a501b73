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
#define BACK_OFF_FIRST_MS (15 * 1000)
#define BACK_OFF_MOST_MS  (60 * 60 * 1000)

/* Known messages in a frame. */
#define KNOWN_BATCH 1000U

/* Servers end a connection that idles, sooner or later. After this it is no
   failure: it is made again at once. */
#define IDLE_LEAST_MS 10000
#define IDLE_AGAIN_MS 2000
#define IDLE_LONG_MS  (10 * 60 * 1000)

/* Before news are looked for where the last ones were of nothing. */
#define NEWS_AGAIN_MS 1000

/* A token is not used in its last seconds. */
#define TOKEN_MARGIN 60

/* --- small things -------------------------------------------------------- */

int64_t mailbox_note(struct mailboxes *all, struct mailbox *mailbox,
                     struct note note)
{
	note.mailbox = mailbox->settings->name;
	mailbox->last_note = notes_add(all->notes, &note);
	return mailbox->last_note;
}

void mailbox_note_message(struct mailboxes *all, struct mailbox *mailbox,
                          const struct store_mailbox_message *message)
{
	(void)mailbox_note(all, mailbox,
	                   (struct note){.kind = NOTE_MESSAGE,
	                                 .message = *message});
}

void mailbox_count_reply(struct mailboxes *all, struct mailbox *mailbox,
                         int64_t reply)
{
	static const char *const words[REPLIES] = {
		[REPLY_NO] = "no",         [REPLY_BAD] = "bad",
		[REPLY_BYE] = "bye",       [REPLY_TIMEOUT] = "timeout",
		[REPLY_CLOSED] = "closed", [REPLY_EMPTY] = "empty",
		[REPLY_WRONG] = "wrong",
	};

	if (reply > REPLY_NONE && reply < REPLIES)
		(void)mailbox_note(all, mailbox,
		                   (struct note){.kind = NOTE_REPLY,
		                                 .word = words[reply]});
}

static int64_t random_below(int64_t most)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0 || most <= 0)
		return 0;
	return (int64_t)(number % (uint64_t)most);
}

void mailbox_release(struct mailboxes *all, struct letter **letter)
{
	if (*letter != NULL)
		all->in_flight -= (*letter)->bytes;
	letter_free(letter);
}

int64_t mailbox_spread(int64_t pause)
{
	return pause * 3 / 4 + random_below(pause / 2 + 1);
}

/* --- ending -------------------------------------------------------------- */

static void unlock(struct mailbox *mailbox)
{
	if (mailbox->lock >= 0)
		(void)close(mailbox->lock);
	mailbox->lock = -1;
}

/* The process and what belonged to it are no more. Returns whether a signal
   ended it that was not ours. */
static bool clear(struct mailboxes *all, struct mailbox *mailbox, char *how,
                  size_t size)
{
	bool died = child_end(&mailbox->child, how, size);

	mailbox_note_flights(all, mailbox);
	mailbox->session++;
	mailbox->flight_count = 0;
	mailbox->offer.open = false;
	mailbox_release(all, &mailbox->receiving);
	unlock(mailbox);
	return died;
}

static void rest(struct mailboxes *all, struct mailbox *mailbox,
                 int64_t milliseconds, const char *why)
{
	mailbox_enter(mailbox, all->once ? STATE_OVER : STATE_RESTING, why);
	mailbox->next = timestamp_monotonic_ms() + milliseconds;
}

static int64_t back_off_ms(const struct mailbox *mailbox)
{
	int64_t pause = BACK_OFF_FIRST_MS;
	int64_t most = mailbox->settings->interval * 1000;
	int i;

	if (most > BACK_OFF_MOST_MS)
		most = BACK_OFF_MOST_MS;
	for (i = 1; i < mailbox->failures && pause < most; i++)
		pause *= 2;
	if (pause > most)
		pause = most;
	return mailbox_spread(pause);
}

static void note_round(struct mailboxes *all, struct mailbox *mailbox,
                       bool failed)
{
	(void)mailbox_note(
		all, mailbox,
		(struct note){.kind = NOTE_ROUND,
	                      .round = {
				      .failed = failed,
				      .ended = timestamp_now(),
				      .pending = mailbox->waiting,
				      .fetched = mailbox->fetched,
				      .duration_ms = timestamp_monotonic_ms() -
	                                             mailbox->round_began,
			      }});
}

void mailbox_fail(struct mailboxes *all, struct mailbox *mailbox,
                  enum err_code code, const char *sentence)
{
	char how[32];
	bool died = child_end(&mailbox->child, how, sizeof(how));

	if (died) {
		(void)mailbox_note(all, mailbox,
		                   (struct note){.kind = NOTE_DEATH,
		                                 .value = 1});
		log_warning("mailbox %s: its process ended by %s",
		            mailbox->settings->name, how);
	}
	if (code != ERR_BUSY)
		mailbox_blame(all, mailbox, died);
	(void)clear(all, mailbox, how, sizeof(how));
	note_round(all, mailbox, true);
	mailbox->fetched = 0;
	mailbox->failures++;
	mailbox->result.failed = true;
	(void)snprintf(mailbox->result.sentence,
	               sizeof(mailbox->result.sentence), "%s", sentence);
	rest(all, mailbox, back_off_ms(mailbox), "the round has failed");
	log_warning("mailbox %s: %s%s", mailbox->settings->name, sentence,
	            all->once ? "" : "; trying again later");
}

void mailbox_drop(struct mailboxes *all, struct mailbox *mailbox)
{
	char how[32];

	if (mailbox->child.pid == 0)
		return;
	(void)clear(all, mailbox, how, sizeof(how));
	rest(all, mailbox, 0, "the collector stops");
}

/* To its process; a failure is that of the whole session. */
bool mailbox_tell(struct mailboxes *all, struct mailbox *mailbox)
{
	struct err err;

	if (wire_send(&mailbox->child.wire, &all->frame,
	              timestamp_monotonic_ms() + SEND_MS, &err) == 0)
		return true;
	if (mailbox->state != STATE_ENDING)
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process does not listen");
	return false;
}

static void send_stop(struct mailboxes *all, struct mailbox *mailbox)
{
	mailbox_enter(mailbox, STATE_ENDING, "it is told to end");
	wire_begin(&all->frame, MAILBOX_STOP);
	(void)mailbox_tell(all, mailbox);
}

/* --- beginning ----------------------------------------------------------- */

/* A kernel lock goes with the process that has it. 1, 0 when another one has
   it, or -1. */
static int lock(struct mailbox *mailbox, struct err *err)
{
	mailbox->lock =
		open(mailbox->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (mailbox->lock < 0)
		return err_set_errno(err, errno, "lock file %s",
		                     mailbox->lock_path);
	if (flock(mailbox->lock, LOCK_EX | LOCK_NB) == 0)
		return 1;
	unlock(mailbox);
	return 0;
}

static void wait_for_other(struct mailboxes *all, struct mailbox *mailbox)
{
	mailbox->result.busy = true;
	if (!mailbox->said_busy)
		log_notice("mailbox %s is read by another tlsrpt-collector",
		           mailbox->settings->name);
	mailbox->said_busy = true;
	mailbox->failures++;
	rest(all, mailbox, back_off_ms(mailbox), "another process has it");
}

static bool has_token(const struct mailbox *mailbox)
{
	return mailbox->token != NULL &&
	       (mailbox->token_until == 0 ||
	        timestamp_now() < mailbox->token_until);
}

void mailbox_begin(struct mailboxes *all, struct mailbox *mailbox)
{
	struct err err;
	int locked;

	mailbox->result.failed = false;
	mailbox->round_began = timestamp_monotonic_ms();
	mailbox->waiting = 0;
	mailbox->in_trouble = 0;
	mailbox->lost_count = 0;
	mailbox->fetched = 0;
	locked = lock(mailbox, &err);
	if (locked == 0) {
		wait_for_other(all, mailbox);
		return;
	}
	mailbox->said_busy = false;
	if (locked < 0 ||
	    child_start(VERB_MAILBOX, true, &mailbox->child, &err) < 0) {
		mailbox_fail(all, mailbox, ERR_SYSTEM, err.text);
		return;
	}
	mailbox_enter(mailbox, STATE_STARTING, "its process is started");
	mailbox->token_used = has_token(mailbox);
	wire_begin(&all->frame, MAILBOX_SETTINGS);
	mailbox_settings_put(&all->frame, mailbox->settings);
	wire_put_text(&all->frame,
	              text_of(mailbox->token_used ? mailbox->token : ""));
	(void)mailbox_tell(all, mailbox);
}

/* Whether nothing is to be done with a message in this round. Who asks for one
   round wants all that waits to be tried. */
static bool is_left_alone(const struct mailboxes *all,
                          const struct store_mailbox_message *message,
                          int64_t now)
{
	if (message->state == STORE_MESSAGE_DONE)
		return true;
	if (message->state == STORE_MESSAGE_GIVEN_UP && all->again)
		return false;
	if (message->state != STORE_MESSAGE_GIVEN_UP && all->once)
		return false;
	return now < message->next_try;
}

/* What is known of its messages, in as many frames as it takes. */
static bool tell_known(struct mailboxes *all, struct mailbox *mailbox)
{
	struct store_mailbox_message items[KNOWN_BATCH];
	struct store_mailbox_messages batch = {items, KNOWN_BATCH, 0};
	int64_t after = INT64_MIN, now = timestamp_now();
	struct err err;
	size_t i;

	do {
		if (store_mailbox_messages(all->store, mailbox->id, after,
		                           &batch, &err) < 0) {
			mailbox_fail(all, mailbox, ERR_BUSY, err.text);
			return false;
		}
		if (batch.count == 0)
			break;
		wire_begin(&all->frame, MAILBOX_KNOWN);
		wire_put_integer(&all->frame, (int64_t)batch.count);
		for (i = 0; i < batch.count; i++) {
			wire_put_integer(&all->frame, items[i].message);
			wire_put_integer(&all->frame,
			                 is_left_alone(all, &items[i], now));
			wire_put_integer(&all->frame, items[i].tries);
		}
		after = items[batch.count - 1].message;
		if (!mailbox_tell(all, mailbox))
			return false;
	} while (batch.count == KNOWN_BATCH);
	return true;
}

/* All that it did is committed: it may begin where that ends. */
static void start_round(struct mailboxes *all, struct mailbox *mailbox)
{
	struct store_mailbox_position position;
	struct err err;

	if (store_mailbox_read(all->store, mailbox->settings->name, &position,
	                       &err) < 0) {
		mailbox_fail(all, mailbox, ERR_BUSY, err.text);
		return;
	}
	mailbox->id = position.id;
	if (position.validity != mailbox->validity) {
		(void)mailbox_note(all, mailbox,
		                   (struct note){.kind = NOTE_RESET,
		                                 .value = mailbox->validity});
		return;
	}
	mailbox->fetched_before = position.fetched;
	mailbox->lost_count = 0;
	mailbox->unmarked = 0;
	mailbox->waiting = 0;
	mailbox->seen = 0;
	mailbox->total = 0;
	mailbox->round_began = timestamp_monotonic_ms();
	mailbox_enter(mailbox, STATE_READING, "all is written");
	wire_begin(&all->frame, MAILBOX_START);
	wire_put_integer(&all->frame, position.done_to);
	if (!mailbox_tell(all, mailbox) || !tell_known(all, mailbox))
		return;
	wire_begin(&all->frame, MAILBOX_GO);
	(void)mailbox_tell(all, mailbox);
}

/* --- what the process says ----------------------------------------------- */

static void hear_confined(struct mailboxes *all, struct mailbox *mailbox,
                          struct wire_reader *fields)
{
	struct text missing = wire_get_text(fields);

	(void)all;
	if (missing.len > 0 && !mailbox->said_missing)
		log_warning("mailbox %s: it is read with less confinement: "
		            "%.*s",
		            mailbox->settings->name, (int)missing.len,
		            missing.data);
	mailbox->said_missing = true;
}

static void forget_token(struct mailbox *mailbox)
{
	if (mailbox->token != NULL)
		explicit_bzero(mailbox->token, strlen(mailbox->token));
	free(mailbox->token);
	mailbox->token = NULL;
}

static void hear_token(struct mailboxes *all, struct mailbox *mailbox,
                       struct wire_reader *fields)
{
	struct text token = wire_get_text(fields);
	int64_t seconds = wire_get_integer(fields);

	(void)all;
	forget_token(mailbox);
	mailbox->token = memory_zero(1, token.len + 1);
	memcpy(mailbox->token, token.data, token.len);
	mailbox->token_until =
		seconds > 0 ? timestamp_now() + seconds - TOKEN_MARGIN : 0;
}

static void hear_gone(struct mailboxes *all, struct mailbox *mailbox,
                      struct wire_reader *fields)
{
	int64_t count = wire_get_integer(fields), i;

	for (i = 0; i < count && !fields->failed; i++)
		(void)mailbox_note(
			all, mailbox,
			(struct note){.kind = NOTE_FORGET,
		                      .value = wire_get_integer(fields)});
}

static void hear_over(struct mailboxes *all, struct mailbox *mailbox,
                      struct wire_reader *fields)
{
	int64_t highest = wire_get_integer(fields);

	mailbox_blame_alone(all, mailbox);
	if (highest > 0)
		(void)mailbox_note(all, mailbox,
		                   (struct note){.kind = NOTE_ADVANCE,
		                                 .value = highest});
	note_round(all, mailbox, false);
	mailbox->fetched = 0;
	mailbox->failures = 0;
	if (all->once || !mailbox->can_idle || !mailbox->settings->idle ||
	    atomic_load(&all->stopping)) {
		send_stop(all, mailbox);
		return;
	}
	mailbox_enter(mailbox, STATE_IDLING, "the round is over");
	mailbox->idle_began = timestamp_monotonic_ms();
	mailbox->news = false;
	wire_begin(&all->frame, MAILBOX_IDLE);
	wire_put_integer(&all->frame, mailbox->settings->interval * 1000);
	(void)mailbox_tell(all, mailbox);
}

/* Whether a connection that has done its work has only come to its end. */
static bool is_end_of_idle(const struct mailbox *mailbox)
{
	return mailbox->state == STATE_IDLING &&
	       timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_LEAST_MS;
}

/* Doubled with each end that comes soon, and never longer than a round waits
   for the next. */
static int64_t idle_again_ms(struct mailbox *mailbox)
{
	int64_t pause = IDLE_AGAIN_MS;
	int64_t most = mailbox->settings->interval * 1000;
	int i;

	if (timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_LONG_MS)
		mailbox->idle_ends = 0;
	for (i = 0; i < mailbox->idle_ends && pause < most; i++)
		pause *= 2;
	mailbox->idle_ends++;
	return mailbox_spread(pause < most ? pause : most);
}

static void hear_trouble(struct mailboxes *all, struct mailbox *mailbox,
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
		forget_token(mailbox);
	if (is_end_of_idle(mailbox)) {
		log_info("mailbox %s: %s; connecting again",
		         mailbox->settings->name, sentence);
		(void)clear(all, mailbox, sentence, sizeof(sentence));
		rest(all, mailbox, idle_again_ms(mailbox),
		     "the server ended its waiting");
		return;
	}
	mailbox_count_reply(all, mailbox, reply);
	(void)code;
	mailbox_fail(all, mailbox, ERR_SYSTEM, sentence);
	/* With a token that has just been made it may work. */
	if (again) {
		mailbox_enter(mailbox, STATE_RESTING, "a new token is made");
		mailbox->next = 0;
	}
}

/* Whether a frame may come in this state. */
static bool fits(const struct mailbox *mailbox, uint8_t kind)
{
	switch (kind) {
	case MAILBOX_CONFINED:
	case MAILBOX_TOKEN:
	case MAILBOX_OPENED:
		return mailbox->state == STATE_STARTING;
	case MAILBOX_NO_IDLE:
	case MAILBOX_NEWS:
		return mailbox->state == STATE_IDLING;
	case MAILBOX_TROUBLE:
		return mailbox->state != STATE_ENDING;
	case MAILBOX_DATA:
	case MAILBOX_END:
	case MAILBOX_LOST:
	case MAILBOX_MARKED:
	case MAILBOX_BUSY:
		/* Told to stop, it ends what it has begun. */
		return mailbox->state == STATE_READING ||
		       mailbox->state == STATE_ENDING;
	default:
		return mailbox->state == STATE_READING;
	}
}

static void hear_opened(struct mailboxes *all, struct mailbox *mailbox,
                        struct wire_reader *fields)
{
	(void)all;
	mailbox->validity = wire_get_integer(fields);
	mailbox->can_idle = wire_get_integer(fields) != 0;
	mailbox_enter(mailbox, STATE_WRITING, "it is open");
}

/* A server may speak of news that nobody finds, again and again: doubled with
   each, and never longer than a round waits for the next. */
static int64_t news_pause_ms(const struct mailbox *mailbox)
{
	int64_t pause = NEWS_AGAIN_MS;
	int64_t most = mailbox->settings->interval * 1000;
	int i;

	if (mailbox->vain_news == 0)
		return 0;
	for (i = 1; i < mailbox->vain_news && pause < most; i++)
		pause *= 2;
	return pause < most ? pause : most;
}

static void hear_news(struct mailboxes *all, struct mailbox *mailbox,
                      struct wire_reader *fields)
{
	(void)all;
	(void)fields;
	/* An IDLE that came to its end by time is no haste. */
	if (mailbox->total > 0 ||
	    timestamp_monotonic_ms() - mailbox->idle_began >= IDLE_LEAST_MS)
		mailbox->vain_news = 0;
	mailbox->news = true;
	mailbox->next = timestamp_monotonic_ms() + news_pause_ms(mailbox);
	mailbox->vain_news++;
}

static void hear_no_idle(struct mailboxes *all, struct mailbox *mailbox,
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
static void hear_busy(struct mailboxes *all, struct mailbox *mailbox,
                      struct wire_reader *fields)
{
	(void)all;
	(void)mailbox;
	(void)fields;
}

static void hear_rescan(struct mailboxes *all, struct mailbox *mailbox,
                        struct wire_reader *fields)
{
	(void)fields;
	(void)mailbox_note(all, mailbox,
	                   (struct note){.kind = NOTE_RESET,
	                                 .value = mailbox->validity});
}

static void hear_count(struct mailboxes *all, struct mailbox *mailbox,
                       struct wire_reader *fields)
{
	(void)all;
	mailbox->total = wire_get_integer(fields);
	mailbox->result.met = mailbox->total;
}

typedef void hearer(struct mailboxes *all, struct mailbox *mailbox,
                    struct wire_reader *fields);

static hearer *const hearers[] = {
	[MAILBOX_CONFINED] = hear_confined, [MAILBOX_TOKEN] = hear_token,
	[MAILBOX_OPENED] = hear_opened,     [MAILBOX_RESCAN] = hear_rescan,
	[MAILBOX_COUNT] = hear_count,       [MAILBOX_GONE] = hear_gone,
	[MAILBOX_OFFER] = mailbox_offer,    [MAILBOX_DATA] = mailbox_data,
	[MAILBOX_END] = mailbox_end,        [MAILBOX_LOST] = mailbox_lost,
	[MAILBOX_MARKED] = mailbox_marked,  [MAILBOX_BUSY] = hear_busy,
	[MAILBOX_OVER] = hear_over,         [MAILBOX_NO_IDLE] = hear_no_idle,
	[MAILBOX_NEWS] = hear_news,         [MAILBOX_TROUBLE] = hear_trouble,
};

static void hear_frame(struct mailboxes *all, struct mailbox *mailbox,
                       const struct wire_frame *frame)
{
	struct wire_reader fields = {frame->payload, false};

	if (frame->kind >= ARRAY_LENGTH(hearers) ||
	    hearers[frame->kind] == NULL || !fits(mailbox, frame->kind)) {
		if (mailbox->state != STATE_ENDING)
			mailbox_fail(all, mailbox, ERR_SYSTEM,
			             "its process talks nonsense");
		return;
	}
	hearers[frame->kind](all, mailbox, &fields);
	mailbox_wind_up(mailbox);
}

/* It has closed its socket: it is ending, or has ended. */
static void hear_nothing(struct mailboxes *all, struct mailbox *mailbox)
{
	int64_t pause = mailbox->settings->interval * 1000;
	char how[32];

	if (mailbox->state != STATE_ENDING) {
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process ended in the middle of the work");
		return;
	}
	(void)clear(all, mailbox, how, sizeof(how));
	rest(all, mailbox, pause + random_below(pause / 10 + 1),
	     "its process has ended");
}

void mailbox_hear(struct mailboxes *all, struct mailbox *mailbox)
{
	int64_t session = mailbox->session;
	struct wire_frame frame;
	struct err err;
	int there = wire_fill(&mailbox->child.wire, &err), result = 0;

	while (there >= 0 && session == mailbox->session &&
	       mailbox->child.pid != 0 &&
	       (result = wire_next(&mailbox->child.wire, &frame, &err)) == 1)
		hear_frame(all, mailbox, &frame);
	if (session != mailbox->session || mailbox->child.pid == 0)
		return;
	if (result < 0)
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process talks nonsense");
	else if (there <= 0)
		hear_nothing(all, mailbox);
}

/* --- time ---------------------------------------------------------------- */

static void check_watchdog(struct mailboxes *all, struct mailbox *mailbox,
                           int64_t now)
{
	char how[32];

	if (!mailbox_is_stuck(mailbox, now))
		return;
	if (mailbox->state == STATE_ENDING) {
		(void)clear(all, mailbox, how, sizeof(how));
		rest(all, mailbox, mailbox->settings->interval * 1000,
		     "it did not end by itself");
		return;
	}
	mailbox_fail(all, mailbox, ERR_SYSTEM, mailbox_stuck_sentence(mailbox));
}

static void wind_down(struct mailboxes *all, struct mailbox *mailbox)
{
	if (mailbox->state == STATE_STARTING || mailbox->state == STATE_WRITING)
		mailbox_drop(all, mailbox);
	else if (mailbox->state == STATE_IDLING ||
	         mailbox->state == STATE_READING)
		send_stop(all, mailbox);
}

void mailbox_tick(struct mailboxes *all, struct mailbox *mailbox, int64_t now)
{
	bool stopping = atomic_load(&all->stopping);

	if (stopping)
		wind_down(all, mailbox);
	else if (mailbox->state == STATE_RESTING && now >= mailbox->next &&
	         mailbox->letters == 0)
		mailbox_begin(all, mailbox);
	else if (mailbox->state == STATE_WRITING &&
	         notes_written(all->notes) >= mailbox->last_note)
		start_round(all, mailbox);
	else if (mailbox->state == STATE_IDLING && mailbox->news &&
	         now >= mailbox->next)
		mailbox_enter(mailbox, STATE_WRITING, "there is something new");
	else if (mailbox->state == STATE_READING && mailbox->offer.open)
		mailbox_consider(all, mailbox);
	check_watchdog(all, mailbox, now);
}
