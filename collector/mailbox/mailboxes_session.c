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
#include "collector/mailbox/mailboxes_parts.h"

#define SEND_MS 5000

/* Back-off after failures: doubled each time, with jitter. */
#define BACK_OFF_FIRST_MS (15 * 1000)
#define BACK_OFF_MOST_MS  (60 * 60 * 1000)

/* Somebody else has the mailbox. */
#define BUSY_MS 30000

/* After these a message is not fetched again. */
#define TRIES_MOST 2

/* Known messages in a frame. */
#define KNOWN_BATCH 1000U

/* A token is not used in its last seconds. */
#define TOKEN_MARGIN 60

/* --- small things -------------------------------------------------------- */

static int64_t note(struct mailboxes *all, struct mailbox *mailbox,
                    struct note note)
{
	note.mailbox = mailbox->settings->name;
	mailbox->last_note = notes_add(all->notes, &note);
	return mailbox->last_note;
}

static void note_message(struct mailboxes *all, struct mailbox *mailbox,
                         const struct flight *flight, bool done)
{
	(void)note(all, mailbox,
	           (struct note){.kind = NOTE_MESSAGE,
	                         .message = {flight->message, done,
	                                     flight->tries, flight->since}});
}

static int64_t random_below(int64_t most)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0 || most <= 0)
		return 0;
	return (int64_t)(number % (uint64_t)most);
}

/* How long its process may be silent where it is its turn. */
static int64_t patience_ms(const struct mailbox *mailbox)
{
	return mailbox->settings->timeout * 3000 + 60000;
}

static void wind_up(struct mailbox *mailbox)
{
	mailbox->watchdog = timestamp_monotonic_ms() + patience_ms(mailbox);
}

static void release(struct mailboxes *all, struct letter **letter)
{
	if (*letter != NULL)
		all->in_flight -= (*letter)->bytes;
	letter_free(letter);
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

	mailbox->session++;
	mailbox->flight_count = 0;
	mailbox->offer.open = false;
	release(all, &mailbox->receiving);
	unlock(mailbox);
	return died;
}

static void rest(struct mailboxes *all, struct mailbox *mailbox,
                 int64_t milliseconds)
{
	mailbox->state = all->once ? STATE_OVER : STATE_RESTING;
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
	return pause * 3 / 4 + random_below(pause / 2 + 1);
}

static void note_round(struct mailboxes *all, struct mailbox *mailbox,
                       bool failed)
{
	(void)note(
		all, mailbox,
		(struct note){.kind = NOTE_ROUND,
	                      .round = {
				      .failed = failed,
				      .ended = timestamp_now(),
				      .pending = mailbox->waiting,
				      .duration_ms = timestamp_monotonic_ms() -
	                                             mailbox->round_began,
			      }});
}

/* A message that was on its way when something broke that it may have broken:
   it is tried once more, then left. */
static void blame(struct mailboxes *all, struct mailbox *mailbox)
{
	const struct letter *letter = mailbox->receiving;
	size_t i;

	if (letter == NULL)
		return;
	for (i = 0; i < mailbox->flight_count; i++) {
		struct flight *flight = &mailbox->flights[i];

		if (flight->message != letter->message)
			continue;
		flight->tries++;
		note_message(all, mailbox, flight, false);
	}
}

static void fail(struct mailboxes *all, struct mailbox *mailbox,
                 enum err_code code, const char *sentence)
{
	char how[32];
	bool guilty = code == ERR_TOO_LARGE;

	if (child_end(&mailbox->child, how, sizeof(how))) {
		guilty = true;
		(void)note(all, mailbox,
		           (struct note){.kind = NOTE_DEATH, .value = 1});
		log_warning("mailbox %s: its process ended by %s",
		            mailbox->settings->name, how);
	}
	if (guilty)
		blame(all, mailbox);
	(void)clear(all, mailbox, how, sizeof(how));
	note_round(all, mailbox, true);
	mailbox->failures++;
	mailbox->result.failed = true;
	(void)snprintf(mailbox->result.sentence,
	               sizeof(mailbox->result.sentence), "%s", sentence);
	rest(all, mailbox, back_off_ms(mailbox));
	log_warning("mailbox %s: %s%s", mailbox->settings->name, sentence,
	            all->once ? "" : "; trying again later");
}

void mailbox_drop(struct mailboxes *all, struct mailbox *mailbox)
{
	char how[32];

	if (mailbox->child.pid == 0)
		return;
	(void)clear(all, mailbox, how, sizeof(how));
	rest(all, mailbox, 0);
}

/* To its process; a failure is that of the whole session. */
static bool tell(struct mailboxes *all, struct mailbox *mailbox)
{
	struct err err;

	if (wire_send(&mailbox->child.wire, &all->frame,
	              timestamp_monotonic_ms() + SEND_MS, &err) == 0)
		return true;
	if (mailbox->state != STATE_ENDING)
		fail(all, mailbox, ERR_SYSTEM, "its process does not listen");
	return false;
}

static void send_stop(struct mailboxes *all, struct mailbox *mailbox)
{
	mailbox->state = STATE_ENDING;
	wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_STOP);
	(void)tell(all, mailbox);
}

/* --- beginning ----------------------------------------------------------- */

/* A kernel lock goes with the process that has it. */
static bool lock(struct mailboxes *all, struct mailbox *mailbox)
{
	char *path = arena_printf(all->arena, "%s.mailbox-%s.lock",
	                          all->config->settings.store,
	                          mailbox->settings->name);

	mailbox->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (mailbox->lock >= 0 && flock(mailbox->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	unlock(mailbox);
	return false;
}

static void wait_for_other(struct mailboxes *all, struct mailbox *mailbox)
{
	mailbox->result.busy = true;
	if (!mailbox->said_busy)
		log_notice("mailbox %s is read by another tlsrpt-collector",
		           mailbox->settings->name);
	mailbox->said_busy = true;
	rest(all, mailbox, BUSY_MS);
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

	mailbox->result.failed = false;
	mailbox->round_began = timestamp_monotonic_ms();
	mailbox->waiting = 0;
	if (!lock(all, mailbox)) {
		wait_for_other(all, mailbox);
		return;
	}
	mailbox->said_busy = false;
	if (child_start(VERB_MAILBOX, true, &mailbox->child, &err) < 0) {
		fail(all, mailbox, ERR_SYSTEM, err.text);
		return;
	}
	mailbox->state = STATE_STARTING;
	wind_up(mailbox);
	mailbox->token_used = has_token(mailbox);
	wire_begin(&all->frame, MAILBOX_SETTINGS);
	mailbox_settings_put(&all->frame, mailbox->settings);
	wire_put_text(&all->frame,
	              text_of(mailbox->token_used ? mailbox->token : ""));
	(void)tell(all, mailbox);
}

/* What is known of its messages, in as many frames as it takes. */
static bool tell_known(struct mailboxes *all, struct mailbox *mailbox)
{
	struct mailbox_message items[KNOWN_BATCH];
	struct mailbox_messages batch = {items, KNOWN_BATCH, 0};
	int64_t after = INT64_MIN;
	struct err err;
	size_t i;

	do {
		if (store_mailbox_messages(all->store, mailbox->id, after,
		                           &batch, &err) < 0) {
			fail(all, mailbox, ERR_BUSY, err.text);
			return false;
		}
		if (batch.count == 0)
			break;
		wire_begin(&all->frame, MAILBOX_KNOWN);
		wire_put_integer(&all->frame, (int64_t)batch.count);
		for (i = 0; i < batch.count; i++) {
			wire_put_integer(&all->frame, items[i].message);
			wire_put_integer(&all->frame, items[i].done);
		}
		after = items[batch.count - 1].message;
		if (!tell(all, mailbox))
			return false;
	} while (batch.count == KNOWN_BATCH);
	return true;
}

/* All that it did is committed: it may begin where that ends. */
static void start_round(struct mailboxes *all, struct mailbox *mailbox)
{
	struct mailbox_position position;
	struct err err;

	if (store_mailbox_read(all->store, mailbox->settings->name, &position,
	                       &err) < 0) {
		fail(all, mailbox, ERR_BUSY, err.text);
		return;
	}
	mailbox->id = position.id;
	if (position.validity != mailbox->validity) {
		(void)note(all, mailbox,
		           (struct note){.kind = NOTE_RESET,
		                         .value = mailbox->validity});
		return;
	}
	mailbox->waiting = 0;
	mailbox->seen = 0;
	mailbox->total = 0;
	mailbox->round_began = timestamp_monotonic_ms();
	mailbox->state = STATE_READING;
	wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_START);
	wire_put_integer(&all->frame, position.done_to);
	if (!tell(all, mailbox) || !tell_known(all, mailbox))
		return;
	wire_begin(&all->frame, MAILBOX_GO);
	(void)tell(all, mailbox);
}

/* --- messages ------------------------------------------------------------ */

static struct flight *find_flight(struct mailbox *mailbox, int64_t message)
{
	size_t i;

	for (i = 0; i < mailbox->flight_count; i++) {
		if (mailbox->flights[i].message == message)
			return &mailbox->flights[i];
	}
	return NULL;
}

static void drop_flight(struct mailbox *mailbox, struct flight *flight)
{
	*flight = mailbox->flights[--mailbox->flight_count];
}

/* In the writer's thread. */
static void log_report(struct delivery *delivery, const struct intake *intake)
{
	const struct letter *letter = delivery->cls;
	const char *what = intake->stage == INTAKE_DEFERRED
	                           ? "not stored yet"
	                           : outcome_name(intake->outcome);

	if (intake->outcome == OUTCOME_REFUSED ||
	    intake->stage == INTAKE_DEFERRED)
		log_notice("%s: %s: %s", letter->peer, what, intake->sentence);
	else if (intake->part == NULL)
		log_debug("%s: %s: %s", letter->peer, what, intake->sentence);
	else
		log_info("%s: %s, dkim %s %.*s", letter->peer, what,
		         authentication_name(intake->authentication),
		         (int)intake->signer.len, intake->signer.data);
}

static struct letter *new_letter(struct mailboxes *all, struct mailbox *mailbox,
                                 const struct flight *flight)
{
	const struct offer *offer = &mailbox->offer;
	struct letter *letter = memory_zero(1, sizeof(*letter));
	int64_t now = timestamp_now();

	letter->delivery = delivery_new((size_t)all->config->max_message);
	(void)snprintf(letter->peer, sizeof(letter->peer), "mailbox %s %s",
	               mailbox->settings->name, offer->label);
	letter->mailbox = mailbox->place;
	letter->session = mailbox->session;
	letter->message = offer->message;
	letter->delivery->channel = mailbox_channel(mailbox->settings);
	letter->delivery->peer = letter->peer;
	letter->delivery->received = offer->received;
	letter->delivery->authserv_ids = mailbox->authserv_ids;
	letter->delivery->report = log_report;
	letter->delivery->wait_no_longer = now - flight->since >
	                                   all->config->dkim_wait;
	return letter;
}

/* It is not fetched; the reason goes to the ledger. */
static void refuse(struct mailboxes *all, struct mailbox *mailbox,
                   const struct flight *flight, enum refusal refusal,
                   const char *sentence)
{
	struct letter *letter = new_letter(all, mailbox, flight);

	buf_printf(&letter->delivery->message, "%s, %lld bytes\n", letter->peer,
	           (long long)mailbox->offer.size);
	letter->refused = true;
	letter->refusal = refusal;
	letter->sentence = sentence;
	mailbox->offer.open = false;
	wire_begin(&all->frame, MAILBOX_PASS);
	wire_put_integer(&all->frame, letter->message);
	if (!tell(all, mailbox)) {
		letter_free(&letter);
		return;
	}
	post_put(all->post, letter);
}

static void grant(struct mailboxes *all, struct mailbox *mailbox,
                  const struct flight *flight)
{
	mailbox->receiving = new_letter(all, mailbox, flight);
	mailbox->receiving->bytes = mailbox->offer.size;
	all->in_flight += mailbox->offer.size;
	mailbox->offer.open = false;
	wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_TAKE);
	wire_put_integer(&all->frame, mailbox->offer.message);
	(void)tell(all, mailbox);
}

/* What is known of an offered message becomes a flight. */
static struct flight *new_flight(struct mailboxes *all, struct mailbox *mailbox,
                                 bool *done)
{
	struct flight *flight = &mailbox->flights[mailbox->flight_count];
	struct mailbox_message known;
	struct err err;
	int found = store_mailbox_find(all->store, mailbox->id,
	                               mailbox->offer.message, &known, &err);

	if (found < 0) {
		fail(all, mailbox, ERR_BUSY, err.text);
		return NULL;
	}
	*flight = (struct flight){.message = mailbox->offer.message,
	                          .since = found == 1 ? known.since
	                                              : timestamp_now(),
	                          .tries = known.tries,
	                          .end = DELIVERY_KEPT};
	*done = found == 1 && known.done;
	mailbox->flight_count++;
	return flight;
}

static void pass_done(struct mailboxes *all, struct mailbox *mailbox)
{
	mailbox->offer.open = false;
	wire_begin(&all->frame, MAILBOX_PASS);
	wire_put_integer(&all->frame, mailbox->offer.message);
	if (!tell(all, mailbox))
		return;
	wire_begin(&all->frame, MAILBOX_DONE);
	wire_put_integer(&all->frame, mailbox->offer.message);
	wire_put_integer(&all->frame, MARK_LEAVE);
	(void)tell(all, mailbox);
}

/* Answers an offer, unless that has to wait. */
static void consider(struct mailboxes *all, struct mailbox *mailbox)
{
	const struct offer *offer = &mailbox->offer;
	int64_t most = all->config->max_message;
	struct flight *flight;
	bool done;

	if (atomic_load(&all->stopping) ||
	    (all->in_flight > 0 && offer->size <= most &&
	     all->in_flight + offer->size > 2 * most) ||
	    mailbox->flight_count == MAILBOX_WINDOW)
		return;
	flight = new_flight(all, mailbox, &done);
	if (flight == NULL)
		return;
	if (done)
		pass_done(all, mailbox);
	else if (offer->size > most || offer->size < 0)
		refuse(all, mailbox, flight, REFUSAL_TOO_LARGE,
		       "the message is over max_message; it was not fetched");
	else if (flight->tries >= TRIES_MOST)
		refuse(all, mailbox, flight, REFUSAL_MIME,
		       "the message could not be fetched: it ended the "
		       "process that did, twice");
	else
		grant(all, mailbox, flight);
}

static void hear_offer(struct mailboxes *all, struct mailbox *mailbox,
                       struct wire_reader *fields)
{
	struct offer *offer = &mailbox->offer;
	struct text label;

	offer->message = wire_get_integer(fields);
	offer->size = wire_get_integer(fields);
	offer->received = wire_get_integer(fields);
	label = wire_get_text(fields);
	(void)snprintf(offer->label, sizeof(offer->label), "%.*s",
	               (int)(label.len < 300 ? label.len : 300), label.data);
	if (fields->failed || offer->open || mailbox->receiving != NULL ||
	    find_flight(mailbox, offer->message) != NULL) {
		fail(all, mailbox, ERR_SYSTEM, "its process talks nonsense");
		return;
	}
	offer->open = true;
	mailbox->seen++;
	consider(all, mailbox);
}

static void hear_end(struct mailboxes *all, struct mailbox *mailbox,
                     int64_t message)
{
	struct letter *letter = mailbox->receiving;

	if (letter == NULL || letter->message != message) {
		fail(all, mailbox, ERR_SYSTEM, "its process talks nonsense");
		return;
	}
	mailbox->receiving = NULL;
	if (letter->delivery->message.full) {
		letter->refused = true;
		letter->refusal = REFUSAL_TOO_LARGE;
		letter->sentence = "the message is over max_message";
	}
	post_put(all->post, letter);
}

/* It could not be fetched, though the mailbox is all right. */
static void hear_lost(struct mailboxes *all, struct mailbox *mailbox,
                      struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t code = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct flight *flight = find_flight(mailbox, message);

	if (flight == NULL || mailbox->receiving == NULL) {
		fail(all, mailbox, ERR_SYSTEM, "its process talks nonsense");
		return;
	}
	log_notice("%s: %.*s", mailbox->receiving->peer, (int)why.len,
	           why.data);
	release(all, &mailbox->receiving);
	if (code == ERR_NOT_FOUND) {
		(void)note(all, mailbox,
		           (struct note){.kind = NOTE_FORGET,
		                         .value = message});
	} else {
		flight->tries++;
		mailbox->waiting++;
		note_message(all, mailbox, flight, false);
	}
	drop_flight(mailbox, flight);
}

static void hear_marked(struct mailboxes *all, struct mailbox *mailbox,
                        struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	bool worked = wire_get_integer(fields) != 0;
	struct text why = wire_get_text(fields);
	struct flight *flight = find_flight(mailbox, message);

	if (flight == NULL)
		return;
	if (!worked)
		log_warning("mailbox %s: a message is stored, but cannot be "
		            "marked: %.*s",
		            mailbox->settings->name, (int)why.len, why.data);
	if (!worked || flight->end == DELIVERY_DEFERRED)
		mailbox->waiting++;
	note_message(all, mailbox, flight,
	             worked && flight->end != DELIVERY_DEFERRED);
	drop_flight(mailbox, flight);
}

static void count_end(struct mailbox_result *result, enum delivery_end end)
{
	if (end == DELIVERY_KEPT)
		result->kept++;
	else if (end == DELIVERY_REFUSED)
		result->refused++;
	else if (end == DELIVERY_IGNORED)
		result->ignored++;
	else
		result->deferred++;
}

static enum mailbox_mark mark_of(enum delivery_end end)
{
	if (end == DELIVERY_KEPT)
		return MARK_AFTER;
	return end == DELIVERY_REFUSED ? MARK_FAILED : MARK_LEAVE;
}

void mailbox_letter(struct mailboxes *all, struct mailbox *mailbox,
                    struct letter *letter)
{
	const struct delivery *delivery = letter->delivery;
	enum delivery_end end = delivery->end;
	bool ours = end == DELIVERY_DEFERRED &&
	            delivery->deferral != DEFERRAL_DNS;
	bool current = letter->session == mailbox->session;
	struct flight *flight = find_flight(mailbox, letter->message);
	char sentence[ERR_TEXT_SIZE];

	(void)snprintf(sentence, sizeof(sentence), "our own trouble: %.400s",
	               delivery->sentence);
	release(all, &letter);
	count_end(&mailbox->result, end);
	if (!current || flight == NULL)
		return;
	/* It is the same for all that follow. */
	if (ours) {
		fail(all, mailbox, ERR_BUSY, sentence);
		return;
	}
	flight->end = end;
	wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_DONE);
	wire_put_integer(&all->frame, flight->message);
	wire_put_integer(&all->frame, mark_of(end));
	(void)tell(all, mailbox);
}

/* --- what the process says ----------------------------------------------- */

static void hear_confined(struct mailbox *mailbox, struct wire_reader *fields)
{
	struct text missing = wire_get_text(fields);

	if (missing.len > 0 && !mailbox->said_missing)
		log_warning("mailbox %s: the kernel has no %.*s: it is read "
		            "with less confinement",
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

static void hear_token(struct mailbox *mailbox, struct wire_reader *fields)
{
	struct text token = wire_get_text(fields);
	int64_t seconds = wire_get_integer(fields);

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
		(void)note(all, mailbox,
		           (struct note){.kind = NOTE_FORGET,
		                         .value = wire_get_integer(fields)});
}

static void hear_over(struct mailboxes *all, struct mailbox *mailbox,
                      int64_t highest)
{
	if (highest > 0)
		(void)note(all, mailbox,
		           (struct note){.kind = NOTE_ADVANCE,
		                         .value = highest});
	note_round(all, mailbox, false);
	mailbox->failures = 0;
	if (all->once || !mailbox->can_idle || !mailbox->settings->idle ||
	    atomic_load(&all->stopping)) {
		send_stop(all, mailbox);
		return;
	}
	mailbox->state = STATE_IDLING;
	mailbox->watchdog = timestamp_monotonic_ms() +
	                    mailbox->settings->interval * 1000 +
	                    patience_ms(mailbox);
	wire_begin(&all->frame, MAILBOX_IDLE);
	wire_put_integer(&all->frame, mailbox->settings->interval * 1000);
	(void)tell(all, mailbox);
}

static void hear_trouble(struct mailboxes *all, struct mailbox *mailbox,
                         struct wire_reader *fields)
{
	int64_t code = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	bool token_bad = wire_get_integer(fields) != 0;
	bool again = token_bad && mailbox->token_used;
	char sentence[ERR_TEXT_SIZE];

	(void)snprintf(sentence, sizeof(sentence), "%.*s",
	               (int)(why.len < 500 ? why.len : 500), why.data);
	if (token_bad)
		forget_token(mailbox);
	fail(all, mailbox, code == ERR_TOO_LARGE ? ERR_TOO_LARGE : ERR_SYSTEM,
	     sentence);
	/* With a token that has just been made it may work. */
	if (again) {
		mailbox->state = STATE_RESTING;
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
	case MAILBOX_NEWS:
		return mailbox->state == STATE_IDLING;
	case MAILBOX_TROUBLE:
		return true;
	default:
		return mailbox->state == STATE_READING;
	}
}

static void hear_data(struct mailboxes *all, struct mailbox *mailbox,
                      struct wire_reader *fields)
{
	struct text piece = wire_get_text(fields);

	if (mailbox->receiving == NULL) {
		fail(all, mailbox, ERR_SYSTEM, "its process talks nonsense");
		return;
	}
	buf_add(&mailbox->receiving->delivery->message, piece.data, piece.len);
}

static void hear_frame(struct mailboxes *all, struct mailbox *mailbox,
                       const struct wire_frame *frame)
{
	struct wire_reader fields = {frame->payload, false};

	if (!fits(mailbox, frame->kind)) {
		if (mailbox->state != STATE_ENDING)
			fail(all, mailbox, ERR_SYSTEM,
			     "its process talks nonsense");
		return;
	}
	wind_up(mailbox);
	switch (frame->kind) {
	case MAILBOX_CONFINED:
		hear_confined(mailbox, &fields);
		break;
	case MAILBOX_TOKEN:
		hear_token(mailbox, &fields);
		break;
	case MAILBOX_OPENED:
		mailbox->validity = wire_get_integer(&fields);
		mailbox->can_idle = wire_get_integer(&fields) != 0;
		mailbox->state = STATE_WRITING;
		break;
	case MAILBOX_NEWS:
		mailbox->state = STATE_WRITING;
		break;
	case MAILBOX_RESCAN:
		(void)note(all, mailbox,
		           (struct note){.kind = NOTE_RESET,
		                         .value = mailbox->validity});
		break;
	case MAILBOX_COUNT:
		mailbox->total = wire_get_integer(&fields);
		break;
	case MAILBOX_GONE:
		hear_gone(all, mailbox, &fields);
		break;
	case MAILBOX_OFFER:
		hear_offer(all, mailbox, &fields);
		break;
	case MAILBOX_DATA:
		hear_data(all, mailbox, &fields);
		break;
	case MAILBOX_END:
		hear_end(all, mailbox, wire_get_integer(&fields));
		break;
	case MAILBOX_LOST:
		hear_lost(all, mailbox, &fields);
		break;
	case MAILBOX_MARKED:
		hear_marked(all, mailbox, &fields);
		break;
	case MAILBOX_OVER:
		hear_over(all, mailbox, wire_get_integer(&fields));
		break;
	case MAILBOX_TROUBLE:
		hear_trouble(all, mailbox, &fields);
		break;
	default:
		fail(all, mailbox, ERR_SYSTEM, "its process talks nonsense");
		break;
	}
}

/* It has closed its socket: it is ending, or has ended. */
static void hear_nothing(struct mailboxes *all, struct mailbox *mailbox)
{
	int64_t pause = mailbox->settings->interval * 1000;
	char how[32];

	if (mailbox->state != STATE_ENDING) {
		fail(all, mailbox, ERR_SYSTEM,
		     "its process ended in the middle of the work");
		return;
	}
	(void)clear(all, mailbox, how, sizeof(how));
	rest(all, mailbox, pause + random_below(pause / 10 + 1));
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
		fail(all, mailbox, ERR_SYSTEM, "its process talks nonsense");
	else if (there <= 0)
		hear_nothing(all, mailbox);
}

/* --- time ---------------------------------------------------------------- */

/* Whether it is the process that we wait for. */
static bool is_its_turn(const struct mailbox *mailbox)
{
	if (mailbox->state == STATE_READING)
		return !mailbox->offer.open && (mailbox->flight_count == 0 ||
		                                mailbox->receiving != NULL);
	return mailbox->state == STATE_STARTING ||
	       mailbox->state == STATE_IDLING || mailbox->state == STATE_ENDING;
}

static void check_watchdog(struct mailboxes *all, struct mailbox *mailbox,
                           int64_t now)
{
	char how[32];

	if (!is_its_turn(mailbox) || now < mailbox->watchdog)
		return;
	if (mailbox->state == STATE_ENDING) {
		(void)clear(all, mailbox, how, sizeof(how));
		rest(all, mailbox, mailbox->settings->interval * 1000);
		return;
	}
	fail(all, mailbox, ERR_SYSTEM, "its process says nothing any more");
}

static void wind_down(struct mailboxes *all, struct mailbox *mailbox)
{
	if (mailbox->state == STATE_STARTING || mailbox->state == STATE_WRITING)
		mailbox_drop(all, mailbox);
	else if (mailbox->state == STATE_IDLING ||
	         (mailbox->state == STATE_READING && mailbox->offer.open &&
	          mailbox->flight_count == 0))
		send_stop(all, mailbox);
}

void mailbox_tick(struct mailboxes *all, struct mailbox *mailbox, int64_t now)
{
	bool stopping = atomic_load(&all->stopping);

	if (stopping)
		wind_down(all, mailbox);
	else if (mailbox->state == STATE_RESTING && now >= mailbox->next)
		mailbox_begin(all, mailbox);
	else if (mailbox->state == STATE_WRITING &&
	         notes_written(all->notes) >= mailbox->last_note)
		start_round(all, mailbox);
	else if (mailbox->state == STATE_READING && mailbox->offer.open)
		consider(all, mailbox);
	check_watchdog(all, mailbox, now);
}
