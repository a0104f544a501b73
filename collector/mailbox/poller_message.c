/*
 * The messages of one mailbox: offered, taken or passed over, handed on, and
 * remembered when they are marked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_private.h"

/* After so many tries in which a message alone failed it is given up. */
#define FAULTS_MOST 3

/* Pauses, doubled or more with each try, in seconds: to fetch a message that
   failed, to mark one that is stored, and to fetch one that was given up. */
#define FETCH_PAUSE         15
#define FETCH_PAUSE_MOST    (24 * 3600)
#define MARK_PAUSE          60
#define MARK_PAUSE_MOST     (6 * 3600)
#define GIVEN_UP_PAUSE      (24 * 3600)
#define GIVEN_UP_PAUSE_MOST (30 * 24 * 3600)

/* Messages in a row that cannot be stored before the round is given up. */
#define TROUBLE_MOST 8

static struct flight *find_flight(struct mailbox *mailbox, int64_t message)
{
	size_t i;

	for (i = 0; i < mailbox->flight_count; i++) {
		if (mailbox->flights[i].known.message == message)
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
		log_info("%s: %s, dkim %s%s%.*s", letter->peer, what,
		         trust_authentication_name(intake->authentication),
		         intake->signer.len > 0 ? " " : "",
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
	letter->message = flight->known.message;
	letter->known = flight->known;
	letter->validity = mailbox->validity;
	letter->delivery->channel = mailbox_channel(mailbox->settings);
	letter->delivery->peer = letter->peer;
	letter->delivery->received = offer->received;
	letter->delivery->authserv_ids = mailbox->authserv_ids;
	letter->delivery->report = log_report;
	letter->delivery->wait_no_longer = now - flight->known.since >
	                                   all->config->dkim_wait;
	return letter;
}

static void put(struct mailboxes *all, struct mailbox *mailbox,
                struct letter *letter)
{
	mailbox->letters++;
	post_put(all->post, letter);
}

/* --- messages that fail -------------------------------------------------- */

/* When a thing that failed so often is tried again. */
static int64_t next_try(int64_t tries, int64_t first, int64_t most)
{
	int64_t pause = first, i;

	for (i = 1; i < tries && pause < most; i++)
		pause *= 4;
	return timestamp_now() + mailbox_spread(pause < most ? pause : most);
}

/* The ledger hears of a message without its bytes. */
static struct letter *ledger_letter(struct mailboxes *all,
                                    struct mailbox *mailbox,
                                    const struct store_mailbox_message *known,
                                    enum refusal refusal, const char *sentence)
{
	const struct flight flight = {.known = *known};
	struct letter *letter = new_letter(all, mailbox, &flight);

	if (mailbox->offer.message != known->message)
		(void)snprintf(letter->peer, sizeof(letter->peer),
		               "mailbox %s message %lld",
		               mailbox->settings->name,
		               (long long)known->message);
	buf_printf(&letter->delivery->message, "%s, %lld bytes\n", letter->peer,
	           (long long)(mailbox->offer.message == known->message
	                               ? mailbox->offer.size
	                               : 0));
	letter->refused = true;
	letter->refusal = refusal;
	letter->sentence = sentence;
	return letter;
}

static void give_up(struct mailboxes *all, struct mailbox *mailbox,
                    const struct store_mailbox_message *known)
{
	struct letter *letter = ledger_letter(
		all, mailbox, known, REFUSAL_MIME,
		"the message could not be fetched, three times, while others "
		"were; it is tried again in a day, and by poll --again");

	letter->given_up = true;
	put(all, mailbox, letter);
}

/* Notes a try that failed; with fault the message alone is to blame. */
static void note_failure(struct mailboxes *all, struct mailbox *mailbox,
                         struct store_mailbox_message *known, bool fault)
{
	int64_t others = mailbox->fetched_before + mailbox->fetched;

	if (fault)
		known->faults++;
	if (fault || known->tries <= 1)
		known->others = others;
	if (known->state == STORE_MESSAGE_GIVEN_UP)
		known->next_try = next_try(known->tries / 2, GIVEN_UP_PAUSE,
		                           GIVEN_UP_PAUSE_MOST);
	else
		known->next_try =
			next_try(known->tries, FETCH_PAUSE, FETCH_PAUSE_MOST);
	mailbox_note_message(all, mailbox, known);
	if (known->state != STORE_MESSAGE_GIVEN_UP &&
	    known->faults >= FAULTS_MOST)
		give_up(all, mailbox, known);
}

/* Whether a message failed where others did not: as the first of a session,
   after others had been fetched since its last fault. What fails behind others
   may have met a limit of the server. */
static bool fails_alone(const struct mailbox *mailbox,
                        const struct store_mailbox_message *known)
{
	return mailbox->fetched == 0 && mailbox->lost_count == 0 &&
	       known->tries > 1 && mailbox->fetched_before > known->others;
}

/* The only one of a round that failed, which went on to its end, while new ones
   were fetched, and not for the first time. */
static bool fails_beside_others(const struct mailbox *mailbox,
                                const struct store_mailbox_message *known)
{
	return known->tries > 1 && mailbox->fetched > 0 &&
	       mailbox->fetched_before + mailbox->fetched > known->others;
}

void mailbox_blame(struct mailboxes *all, struct mailbox *mailbox, bool died)
{
	const struct letter *letter = mailbox->receiving;
	struct flight *flight;

	if (letter == NULL)
		return;
	flight = find_flight(mailbox, letter->message);
	if (flight == NULL)
		return;
	flight->known.tries++;
	note_failure(all, mailbox, &flight->known,
	             died || fails_alone(mailbox, &flight->known));
}

/* The server has gone on: what it did not give before is their fault. */
static void blame_lost(struct mailboxes *all, struct mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->lost_count; i++)
		note_failure(all, mailbox, &mailbox->lost[i].known, true);
	mailbox->lost_count = 0;
}

void mailbox_blame_alone(struct mailboxes *all, struct mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->lost_count; i++) {
		if (mailbox->lost[i].alone ||
		    (mailbox->lost_count == 1 &&
		     fails_beside_others(mailbox, &mailbox->lost[i].known)))
			note_failure(all, mailbox, &mailbox->lost[i].known,
			             true);
	}
	mailbox->lost_count = 0;
}

void mailbox_note_flights(struct mailboxes *all, struct mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->flight_count; i++) {
		if (mailbox->flights[i].told)
			mailbox_note_message(all, mailbox,
			                     &mailbox->flights[i].known);
	}
}

/* --- offers -------------------------------------------------------------- */

/* It is not fetched; the reason goes to the ledger. */
static void refuse(struct mailboxes *all, struct mailbox *mailbox,
                   const struct flight *flight, enum refusal refusal,
                   const char *sentence)
{
	struct letter *letter =
		ledger_letter(all, mailbox, &flight->known, refusal, sentence);

	mailbox->offer.open = false;
	wire_begin(&all->frame, MAILBOX_PASS);
	wire_put_integer(&all->frame, letter->message);
	if (!mailbox_tell(all, mailbox)) {
		letter_free(&letter);
		return;
	}
	put(all, mailbox, letter);
}

static void grant(struct mailboxes *all, struct mailbox *mailbox,
                  const struct flight *flight)
{
	mailbox->receiving = new_letter(all, mailbox, flight);
	mailbox->receiving->bytes = mailbox->offer.size;
	all->in_flight += mailbox->offer.size;
	mailbox->offer.open = false;
	mailbox_wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_TAKE);
	wire_put_integer(&all->frame, mailbox->offer.message);
	(void)mailbox_tell(all, mailbox);
}

/* What is known of an offered message becomes a flight. */
static struct flight *new_flight(struct mailboxes *all, struct mailbox *mailbox)
{
	struct flight *flight = &mailbox->flights[mailbox->flight_count];
	struct store_mailbox_message known;
	struct err err;
	int found = store_mailbox_find(all->store, mailbox->id,
	                               mailbox->offer.message, &known, &err);

	if (found < 0) {
		mailbox_fail(all, mailbox, ERR_BUSY, err.text);
		return NULL;
	}
	if (found == 0)
		known = (struct store_mailbox_message){
			.message = mailbox->offer.message,
			.since = timestamp_now()};
	*flight = (struct flight){.known = known, .end = DELIVERY_KEPT};
	mailbox->flight_count++;
	return flight;
}

static void tell_done(struct mailboxes *all, struct mailbox *mailbox,
                      struct flight *flight, enum mailbox_mark mark)
{
	flight->told = true;
	wire_begin(&all->frame, MAILBOX_DONE);
	wire_put_integer(&all->frame, flight->known.message);
	wire_put_integer(&all->frame, mark);
	wire_put_integer(&all->frame, flight->known.copied);
	(void)mailbox_tell(all, mailbox);
}

/* It need not be fetched: it is done, or only its mark is left. */
static void pass(struct mailboxes *all, struct mailbox *mailbox,
                 struct flight *flight)
{
	enum mailbox_mark mark = MARK_LEAVE;

	if (flight->known.state == STORE_MESSAGE_STORED)
		mark = MARK_AFTER;
	else if (flight->known.state == STORE_MESSAGE_REFUSED)
		mark = MARK_FAILED;
	mailbox->offer.open = false;
	mailbox->result.ended++;
	wire_begin(&all->frame, MAILBOX_PASS);
	wire_put_integer(&all->frame, mailbox->offer.message);
	if (mailbox_tell(all, mailbox))
		tell_done(all, mailbox, flight, mark);
}

/* Answers an offer, unless that has to wait. */
void mailbox_consider(struct mailboxes *all, struct mailbox *mailbox)
{
	const struct offer *offer = &mailbox->offer;
	int64_t most = all->config->max_message;
	struct flight *flight;

	if (mailbox->state != STATE_READING ||
	    (all->in_flight > 0 && offer->size <= most &&
	     all->in_flight + offer->size > 2 * most) ||
	    mailbox->flight_count == MAILBOX_WINDOW)
		return;
	flight = new_flight(all, mailbox);
	if (flight == NULL)
		return;
	if (flight->known.state != STORE_MESSAGE_WAITS &&
	    flight->known.state != STORE_MESSAGE_GIVEN_UP)
		pass(all, mailbox, flight);
	else if (offer->size > most || offer->size < 0)
		refuse(all, mailbox, flight, REFUSAL_TOO_LARGE,
		       "the message is over max_message; it was not fetched");
	else
		grant(all, mailbox, flight);
}

void mailbox_offer(struct mailboxes *all, struct mailbox *mailbox,
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
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process talks nonsense");
		return;
	}
	offer->open = true;
	mailbox->seen++;
	mailbox_consider(all, mailbox);
}

void mailbox_end(struct mailboxes *all, struct mailbox *mailbox,
                 struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	struct letter *letter = mailbox->receiving;

	if (letter == NULL || letter->message != message) {
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process talks nonsense");
		return;
	}
	mailbox->receiving = NULL;
	mailbox->fetched++;
	blame_lost(all, mailbox);
	if (letter->delivery->message.full) {
		letter->refused = true;
		letter->refusal = REFUSAL_TOO_LARGE;
		letter->sentence = "the message is over max_message";
	}
	put(all, mailbox, letter);
}

void mailbox_data(struct mailboxes *all, struct mailbox *mailbox,
                  struct wire_reader *fields)
{
	struct text piece = wire_get_text(fields);

	if (mailbox->receiving == NULL) {
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process talks nonsense");
		return;
	}
	buf_add(&mailbox->receiving->delivery->message, piece.data, piece.len);
}

/* The server goes on, and does not give this one. After a few in a row it is
   the server's trouble. */
static void note_loss(struct mailboxes *all, struct mailbox *mailbox,
                      struct store_mailbox_message *known, bool empty,
                      const char *sentence)
{
	struct lost *lost = &mailbox->lost[mailbox->lost_count];

	known->tries++;
	note_failure(all, mailbox, known, false);
	lost->known = *known;
	/* A server that gives a message without a byte speaks of this one. */
	lost->alone = empty || fails_alone(mailbox, known);
	mailbox->lost_count++;
	if (mailbox->lost_count >= LOST_MOST)
		mailbox_fail(all, mailbox, ERR_BUSY, sentence);
}

/* It could not be fetched, though the session goes on. */
void mailbox_lost(struct mailboxes *all, struct mailbox *mailbox,
                  struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t loss = wire_get_integer(fields);
	int64_t reply = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct flight *flight = find_flight(mailbox, message);
	struct store_mailbox_message known;
	char sentence[ERR_TEXT_SIZE];

	if (flight == NULL || mailbox->receiving == NULL) {
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process talks nonsense");
		return;
	}
	(void)snprintf(sentence, sizeof(sentence), "%.*s",
	               (int)(why.len < 500 ? why.len : 500), why.data);
	log_notice("%s: %s", mailbox->receiving->peer, sentence);
	mailbox_release(all, &mailbox->receiving);
	mailbox_count_reply(all, mailbox, reply);
	known = flight->known;
	drop_flight(mailbox, flight);
	if (loss == LOSS_GONE) {
		mailbox->result.ended++;
		(void)mailbox_note(all, mailbox,
		                   (struct note){.kind = NOTE_FORGET,
		                                 .value = message});
		return;
	}
	mailbox->waiting++;
	note_loss(all, mailbox, &known, loss == LOSS_EMPTY, sentence);
}

static void note_unmarked(struct mailboxes *all, struct mailbox *mailbox,
                          struct store_mailbox_message *known, struct text why)
{
	if (mailbox->unmarked++ == 0)
		log_warning("mailbox %s: messages are stored, but cannot be "
		            "marked: %.*s",
		            mailbox->settings->name, (int)why.len, why.data);
	known->tries++;
	known->next_try = next_try(known->tries, MARK_PAUSE, MARK_PAUSE_MOST);
	mailbox_note_message(all, mailbox, known);
}

void mailbox_marked(struct mailboxes *all, struct mailbox *mailbox,
                    struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t marked = wire_get_integer(fields);
	int64_t copied = wire_get_integer(fields);
	int64_t reply = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct flight *flight = find_flight(mailbox, message);
	/* Of one that was to be marked later no more is needed. */
	struct store_mailbox_message known = {.message = message,
	                                      .since = timestamp_now()};
	bool deferred = false;

	if (flight == NULL && marked != MARKED)
		return;
	if (flight != NULL) {
		known = flight->known;
		deferred = flight->end == DELIVERY_DEFERRED;
		drop_flight(mailbox, flight);
	}
	known.copied = copied;
	mailbox_count_reply(all, mailbox, reply);
	if (marked == MARKED_NOT) {
		note_unmarked(all, mailbox, &known, why);
		return;
	}
	mailbox->waiting += deferred;
	if (marked == MARKED && !deferred)
		known.state = STORE_MESSAGE_DONE;
	mailbox_note_message(all, mailbox, &known);
}

/* --- what became of them ------------------------------------------------- */

static void count_end(struct mailbox_result *result,
                      const struct delivery *delivery)
{
	if (delivery->end == DELIVERY_DEFERRED)
		return;
	result->ended++;
	if (delivery->end == DELIVERY_REFUSED)
		result->refused++;
	else if (delivery->end == DELIVERY_IGNORED)
		result->ignored++;
	else if (delivery->fresh > 0)
		result->stored++;
	else
		result->duplicate++;
}

static enum mailbox_mark mark_of(enum delivery_end end)
{
	if (end == DELIVERY_KEPT)
		return MARK_AFTER;
	return end == DELIVERY_REFUSED ? MARK_FAILED : MARK_LEAVE;
}

/* What is known of it from now on, until it is marked. */
static void settle(const struct mailbox_settings *settings,
                   enum delivery_end end, struct store_mailbox_message *known)
{
	known->tries = 0;
	known->faults = 0;
	known->next_try = 0;
	known->state = STORE_MESSAGE_DONE;
	if (end == DELIVERY_DEFERRED)
		known->state = STORE_MESSAGE_WAITS;
	else if (end == DELIVERY_KEPT && settings->after.kind != ACTION_KEEP)
		known->state = STORE_MESSAGE_STORED;
	else if (end == DELIVERY_REFUSED &&
	         settings->failed.kind != ACTION_KEEP)
		known->state = STORE_MESSAGE_REFUSED;
}

/* Whether it is our own trouble that all that follow will meet. One message
   that the store alone cannot take holds up no other. */
static bool is_ours(struct mailbox *mailbox, const struct delivery *delivery)
{
	if (delivery->end != DELIVERY_DEFERRED) {
		mailbox->in_trouble = 0;
		return false;
	}
	if (delivery->deferral == DEFERRAL_DNS)
		return false;
	return delivery->deferral != DEFERRAL_SYSTEM ||
	       ++mailbox->in_trouble >= TROUBLE_MOST;
}

/* The ledger has a message that could not be fetched. */
static void hear_given_up(struct mailboxes *all, struct mailbox *mailbox,
                          struct letter *letter)
{
	if (letter->delivery->end != DELIVERY_DEFERRED &&
	    letter->validity == mailbox->validity) {
		letter->known.state = STORE_MESSAGE_GIVEN_UP;
		letter->known.tries = 0;
		letter->known.next_try =
			next_try(1, GIVEN_UP_PAUSE, GIVEN_UP_PAUSE_MOST);
		mailbox_note_message(all, mailbox, &letter->known);
		mailbox->result.ended++;
	}
	mailbox_release(all, &letter);
}

void mailbox_letter(struct mailboxes *all, struct mailbox *mailbox,
                    struct letter *letter)
{
	const struct delivery *delivery = letter->delivery;
	enum delivery_end end = delivery->end;
	bool current = letter->session == mailbox->session;
	bool fits = letter->validity == mailbox->validity;
	struct flight *flight = find_flight(mailbox, letter->message);
	struct store_mailbox_message known = letter->known;
	char sentence[ERR_TEXT_SIZE];
	bool ours;

	mailbox->letters--;
	if (letter->given_up) {
		hear_given_up(all, mailbox, letter);
		return;
	}
	ours = is_ours(mailbox, delivery);
	(void)snprintf(sentence, sizeof(sentence), "our own trouble: %.400s",
	               delivery->sentence);
	count_end(&mailbox->result, delivery);
	settle(mailbox->settings, end, &known);
	mailbox_release(all, &letter);
	/* The session is over; what was reached is remembered all the same. */
	if (!current || flight == NULL) {
		if (fits)
			mailbox_note_message(all, mailbox, &known);
		return;
	}
	flight->known = known;
	flight->end = end;
	/* It is the same for all that follow. */
	if (ours) {
		mailbox_fail(all, mailbox, ERR_BUSY, sentence);
		return;
	}
	tell_done(all, mailbox, flight, mark_of(end));
	mailbox_wind_up(mailbox);
}
