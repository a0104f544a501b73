/*
 * The messages of one mailbox: offered, taken or passed over, handed on, and
 * remembered when they are marked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mailbox/mailboxes_parts.h"

/* After these a message is not fetched again. */
#define TRIES_MOST 2

/* Messages in a row that cannot be stored before the round is given up. */
#define TROUBLE_MOST 8

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
		log_info("%s: %s, dkim %s%s%.*s", letter->peer, what,
		         authentication_name(intake->authentication),
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
	if (!mailbox_tell(all, mailbox)) {
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
	mailbox_wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_TAKE);
	wire_put_integer(&all->frame, mailbox->offer.message);
	(void)mailbox_tell(all, mailbox);
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
		mailbox_fail(all, mailbox, ERR_BUSY, err.text);
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
	if (!mailbox_tell(all, mailbox))
		return;
	wire_begin(&all->frame, MAILBOX_DONE);
	wire_put_integer(&all->frame, mailbox->offer.message);
	wire_put_integer(&all->frame, MARK_LEAVE);
	(void)mailbox_tell(all, mailbox);
}

/* Answers an offer, unless that has to wait. */
void mailbox_consider(struct mailboxes *all, struct mailbox *mailbox)
{
	const struct offer *offer = &mailbox->offer;
	int64_t most = all->config->max_message;
	struct flight *flight;
	bool done;

	if (mailbox->state != STATE_READING ||
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
		       "the message could not be fetched, twice: the server "
		       "did not give it, or it ended the process that "
		       "fetched it");
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
	if (letter->delivery->message.full) {
		letter->refused = true;
		letter->refusal = REFUSAL_TOO_LARGE;
		letter->sentence = "the message is over max_message";
	}
	post_put(all->post, letter);
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

/* It could not be fetched, though the mailbox is all right. */
void mailbox_lost(struct mailboxes *all, struct mailbox *mailbox,
                  struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t code = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct flight *flight = find_flight(mailbox, message);

	if (flight == NULL || mailbox->receiving == NULL) {
		mailbox_fail(all, mailbox, ERR_SYSTEM,
		             "its process talks nonsense");
		return;
	}
	log_notice("%s: %.*s", mailbox->receiving->peer, (int)why.len,
	           why.data);
	mailbox_release(all, &mailbox->receiving);
	if (code == ERR_NOT_FOUND) {
		(void)mailbox_note(all, mailbox,
		                   (struct note){.kind = NOTE_FORGET,
		                                 .value = message});
	} else {
		flight->tries++;
		mailbox->waiting++;
		mailbox_note_message(all, mailbox, flight, false);
	}
	drop_flight(mailbox, flight);
}

void mailbox_marked(struct mailboxes *all, struct mailbox *mailbox,
                    struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t marked = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct flight *flight = find_flight(mailbox, message);
	const struct flight late = {.message = message,
	                            .since = timestamp_now()};
	bool worked = marked == MARKED;

	/* One that was to be marked later. */
	if (flight == NULL && worked)
		mailbox_note_message(all, mailbox, &late, true);
	if (flight == NULL)
		return;
	/* Until it is sure, the next takes its place. */
	if (marked == MARKED_LATER) {
		drop_flight(mailbox, flight);
		return;
	}
	if (!worked)
		log_warning("mailbox %s: a message is stored, but cannot be "
		            "marked: %.*s",
		            mailbox->settings->name, (int)why.len, why.data);
	if (!worked || flight->end == DELIVERY_DEFERRED)
		mailbox->waiting++;
	mailbox_note_message(all, mailbox, flight,
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

void mailbox_letter(struct mailboxes *all, struct mailbox *mailbox,
                    struct letter *letter)
{
	const struct delivery *delivery = letter->delivery;
	enum delivery_end end = delivery->end;
	bool ours = is_ours(mailbox, delivery);
	bool current = letter->session == mailbox->session;
	struct flight *flight = find_flight(mailbox, letter->message);
	char sentence[ERR_TEXT_SIZE];

	(void)snprintf(sentence, sizeof(sentence), "our own trouble: %.400s",
	               delivery->sentence);
	mailbox_release(all, &letter);
	count_end(&mailbox->result, end);
	if (!current || flight == NULL)
		return;
	/* It is the same for all that follow. */
	if (ours) {
		mailbox_fail(all, mailbox, ERR_BUSY, sentence);
		return;
	}
	flight->end = end;
	mailbox_wind_up(mailbox);
	wire_begin(&all->frame, MAILBOX_DONE);
	wire_put_integer(&all->frame, flight->message);
	wire_put_integer(&all->frame, mark_of(end));
	(void)mailbox_tell(all, mailbox);
}
