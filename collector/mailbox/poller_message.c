#include "collector/mailbox/poller_message.h"

#include <stdio.h>

#include "base/log.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_checkpoint.h"
#include "collector/mailbox/poller_failure.h"
#include "collector/mailbox/poller_job.h"
#include "collector/mailbox/poller_pause.h"
#include "collector/mailbox/poller_pending.h"
#include "collector/mailbox/poller_session.h"
#include "collector/mailbox/poller_state.h"

/* Pauses in seconds, doubled or more with each try to mark a stored message. */
#define MARK_PAUSE     60
#define MARK_PAUSE_MAX (6 * 3600)

/* Messages in a row that cannot be stored before the round is given up. */
#define STORE_FAILURES_MAX 8

/* --- offers -------------------------------------------------------------- */

/* It is not fetched; the reason goes to the ledger. */
static void poller_message_refuse(struct poller *poller,
                                  struct poller_mailbox *mailbox,
                                  const struct poller_pending *pending,
                                  enum refusal refusal, const char *sentence)
{
	struct mail_job *job = poller_job_new_for_ledger(
		poller, mailbox, &pending->known, refusal, sentence);

	mailbox->offer.open = false;
	wire_begin(&poller->frame, MAILBOX_FRAME_PASS);
	wire_put_integer(&poller->frame, pending->known.message);
	if (!poller_session_send(poller, mailbox)) {
		mail_job_free(&job);
		return;
	}
	poller_job_put(poller, mailbox, job);
}

static void poller_message_take(struct poller *poller,
                                struct poller_mailbox *mailbox,
                                const struct poller_pending *pending)
{
	mailbox->receiving = poller_job_new(poller, mailbox, pending);
	mailbox->receiving->granted_bytes = mailbox->offer.size;
	poller->pending_bytes += mailbox->offer.size;
	mailbox->offer.open = false;
	poller_state_watchdog_reset(mailbox);
	wire_begin(&poller->frame, MAILBOX_FRAME_TAKE);
	wire_put_integer(&poller->frame, mailbox->offer.message);
	(void)poller_session_send(poller, mailbox);
}

/* What is known of an offered message becomes a pending one. */
static struct poller_pending *
poller_message_add_pending(struct poller *poller,
                           struct poller_mailbox *mailbox)
{
	struct poller_pending *pending =
		&mailbox->pending[mailbox->pending_count];
	struct store_mailbox_message known;
	struct err err;
	int found = store_mailbox_find(poller->store, mailbox->id,
	                               mailbox->offer.message, &known, &err);

	if (found < 0) {
		poller_session_fail(poller, mailbox, ERR_BUSY, err.text);
		return NULL;
	}
	if (found == 0)
		known = (struct store_mailbox_message){
			.message = mailbox->offer.message,
			.since = timestamp_now()};
	*pending = (struct poller_pending){.known = known,
	                                   .end = MAIL_JOB_COMMITTED};
	mailbox->pending_count++;
	return pending;
}

static void poller_message_send_done(struct poller *poller,
                                     struct poller_mailbox *mailbox,
                                     struct poller_pending *pending,
                                     enum mailbox_mark mark)
{
	pending->done_sent = true;
	wire_begin(&poller->frame, MAILBOX_FRAME_DONE);
	wire_put_integer(&poller->frame, pending->known.message);
	wire_put_integer(&poller->frame, mark);
	wire_put_integer(&poller->frame, pending->known.copied);
	(void)poller_session_send(poller, mailbox);
}

/* It need not be fetched: it is done, or only its mark is left. */
static void poller_message_pass(struct poller *poller,
                                struct poller_mailbox *mailbox,
                                struct poller_pending *pending)
{
	enum mailbox_mark mark = MAILBOX_MARK_NONE;

	if (pending->known.state == STORE_MESSAGE_STORED)
		mark = MAILBOX_MARK_AFTER;
	else if (pending->known.state == STORE_MESSAGE_REFUSED)
		mark = MAILBOX_MARK_FAILED;
	mailbox->offer.open = false;
	mailbox->result.finished++;
	wire_begin(&poller->frame, MAILBOX_FRAME_PASS);
	wire_put_integer(&poller->frame, mailbox->offer.message);
	if (poller_session_send(poller, mailbox))
		poller_message_send_done(poller, mailbox, pending, mark);
}

void poller_message_answer_offer(struct poller *poller,
                                 struct poller_mailbox *mailbox)
{
	const struct poller_offer *offer = &mailbox->offer;
	int64_t max = poller->config->max_message;
	struct poller_pending *pending;

	if (mailbox->state != POLLER_READING ||
	    (poller->pending_bytes > 0 && offer->size <= max &&
	     poller->pending_bytes + offer->size > 2 * max) ||
	    mailbox->pending_count == MAILBOX_WINDOW)
		return;
	pending = poller_message_add_pending(poller, mailbox);
	if (pending == NULL)
		return;
	if (pending->known.state != STORE_MESSAGE_WAITS &&
	    pending->known.state != STORE_MESSAGE_GIVEN_UP)
		poller_message_pass(poller, mailbox, pending);
	else if (offer->size > max || offer->size < 0)
		poller_message_refuse(
			poller, mailbox, pending, REFUSAL_TOO_LARGE,
			"the message is over max_message; it was not fetched");
	else
		poller_message_take(poller, mailbox, pending);
}

void poller_message_on_offer(struct poller *poller,
                             struct poller_mailbox *mailbox,
                             struct wire_reader *fields)
{
	struct poller_offer *offer = &mailbox->offer;
	struct text label;

	offer->message = wire_get_integer(fields);
	offer->size = wire_get_integer(fields);
	offer->received = wire_get_integer(fields);
	label = wire_get_text(fields);
	(void)snprintf(offer->label, sizeof(offer->label), "%.*s",
	               (int)(label.len < 300 ? label.len : 300), label.data);
	if (fields->failed || offer->open || mailbox->receiving != NULL ||
	    poller_pending_find(mailbox, offer->message) != NULL) {
		poller_session_fail_protocol(poller, mailbox);
		return;
	}
	offer->open = true;
	mailbox->offered++;
	poller_message_answer_offer(poller, mailbox);
}

void poller_message_on_end(struct poller *poller,
                           struct poller_mailbox *mailbox,
                           struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	struct mail_job *job = mailbox->receiving;

	if (job == NULL || poller_job_of(job)->known.message != message) {
		poller_session_fail_protocol(poller, mailbox);
		return;
	}
	mailbox->receiving = NULL;
	mailbox->fetched++;
	poller_failure_charge_lost(poller, mailbox);
	if (job->message.full)
		mail_job_set_refused(job, REFUSAL_TOO_LARGE,
		                     "the message is over max_message");
	poller_job_put(poller, mailbox, job);
}

void poller_message_on_data(struct poller *poller,
                            struct poller_mailbox *mailbox,
                            struct wire_reader *fields)
{
	struct text piece = wire_get_text(fields);

	if (mailbox->receiving == NULL) {
		poller_session_fail_protocol(poller, mailbox);
		return;
	}
	buf_add(&mailbox->receiving->message, piece.data, piece.len);
}

/* The server goes on, and does not give this one. After a few in a row it is
   the server's trouble. */
static void poller_message_record_loss(struct poller *poller,
                                       struct poller_mailbox *mailbox,
                                       struct store_mailbox_message *known,
                                       bool empty, const char *sentence)
{
	struct poller_lost *lost = &mailbox->lost[mailbox->lost_count];

	known->tries++;
	poller_failure_record(poller, mailbox, known, false);
	lost->known = *known;
	/* A server that gives a message without a byte speaks of this one. */
	lost->alone = empty || poller_failure_is_alone(mailbox, known);
	mailbox->lost_count++;
	if (mailbox->lost_count >= POLLER_LOST_MAX)
		poller_session_fail(poller, mailbox, ERR_BUSY, sentence);
}

void poller_message_on_lost(struct poller *poller,
                            struct poller_mailbox *mailbox,
                            struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t loss = wire_get_integer(fields);
	int64_t reply = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct poller_pending *pending = poller_pending_find(mailbox, message);
	struct store_mailbox_message known;
	char sentence[ERR_TEXT_SIZE];

	if (pending == NULL || mailbox->receiving == NULL) {
		poller_session_fail_protocol(poller, mailbox);
		return;
	}
	(void)snprintf(sentence, sizeof(sentence), "%.*s",
	               (int)(why.len < 500 ? why.len : 500), why.data);
	log_notice("%s: %s", mailbox->receiving->peer, sentence);
	poller_job_release(poller, &mailbox->receiving);
	poller_checkpoint_reply(poller, mailbox, reply);
	known = pending->known;
	poller_pending_remove(mailbox, pending);
	if (loss == MAILBOX_LOSS_GONE) {
		mailbox->result.finished++;
		(void)poller_checkpoint_add(
			poller, mailbox,
			(struct checkpoint){.kind = CHECKPOINT_FORGET,
		                            .value = message});
		return;
	}
	mailbox->remaining++;
	poller_message_record_loss(poller, mailbox, &known,
	                           loss == MAILBOX_LOSS_EMPTY, sentence);
}

static void poller_message_record_unmarked(struct poller *poller,
                                           struct poller_mailbox *mailbox,
                                           struct store_mailbox_message *known,
                                           struct text why)
{
	if (mailbox->unmarked++ == 0)
		log_warning("mailbox %s: messages are stored, but cannot be "
		            "marked: %.*s",
		            mailbox->settings->name, (int)why.len, why.data);
	known->tries++;
	known->next_try =
		poller_pause_retry_at(known->tries, MARK_PAUSE, MARK_PAUSE_MAX);
	poller_checkpoint_message(poller, mailbox, known);
}

void poller_message_on_marked(struct poller *poller,
                              struct poller_mailbox *mailbox,
                              struct wire_reader *fields)
{
	int64_t message = wire_get_integer(fields);
	int64_t marked = wire_get_integer(fields);
	int64_t copied = wire_get_integer(fields);
	int64_t reply = wire_get_integer(fields);
	struct text why = wire_get_text(fields);
	struct poller_pending *pending = poller_pending_find(mailbox, message);
	/* Of one that was to be marked later no more is needed. */
	struct store_mailbox_message known = {.message = message,
	                                      .since = timestamp_now()};
	bool deferred = false;

	if (pending == NULL && marked != MAILBOX_MARKED_YES)
		return;
	if (pending != NULL) {
		known = pending->known;
		deferred = pending->end == MAIL_JOB_DEFERRED;
		poller_pending_remove(mailbox, pending);
	}
	known.copied = copied;
	poller_checkpoint_reply(poller, mailbox, reply);
	if (marked == MAILBOX_MARKED_NO) {
		poller_message_record_unmarked(poller, mailbox, &known, why);
		return;
	}
	mailbox->remaining += deferred;
	if (marked == MAILBOX_MARKED_YES && !deferred)
		known.state = STORE_MESSAGE_DONE;
	poller_checkpoint_message(poller, mailbox, &known);
}

/* --- what became of them ------------------------------------------------- */

static void poller_message_count_result(struct poller_result *result,
                                        const struct mail_job *job)
{
	if (job->end == MAIL_JOB_DEFERRED)
		return;
	result->finished++;
	if (job->end == MAIL_JOB_REFUSED)
		result->refused++;
	else if (job->end == MAIL_JOB_IGNORED)
		result->ignored++;
	else if (job->new_reports > 0)
		result->stored++;
	else
		result->duplicate++;
}

static enum mailbox_mark poller_message_mark(enum mail_job_end end)
{
	if (end == MAIL_JOB_COMMITTED)
		return MAILBOX_MARK_AFTER;
	return end == MAIL_JOB_REFUSED ? MAILBOX_MARK_FAILED
	                               : MAILBOX_MARK_NONE;
}

/* What is known of it from now on, until it is marked. */
static void poller_message_set_state(const struct mailbox_settings *settings,
                                     enum mail_job_end end,
                                     struct store_mailbox_message *known)
{
	known->tries = 0;
	known->faults = 0;
	known->next_try = 0;
	known->state = STORE_MESSAGE_DONE;
	if (end == MAIL_JOB_DEFERRED)
		known->state = STORE_MESSAGE_WAITS;
	else if (end == MAIL_JOB_COMMITTED &&
	         settings->after.kind != MAILBOX_ACTION_KEEP)
		known->state = STORE_MESSAGE_STORED;
	else if (end == MAIL_JOB_REFUSED &&
	         settings->failed.kind != MAILBOX_ACTION_KEEP)
		known->state = STORE_MESSAGE_REFUSED;
}

/* Messages in a row that the store did not take. */
static void poller_message_count_store_failure(struct poller_mailbox *mailbox,
                                               const struct mail_job *job)
{
	if (job->end != MAIL_JOB_DEFERRED)
		mailbox->store_failures = 0;
	else if (job->deferral == DEFERRAL_SYSTEM)
		mailbox->store_failures++;
}

/* Whether it is a local error that all that follow will meet. One message
   that the store alone cannot take holds up no other. */
static bool
poller_message_is_local_failure(const struct poller_mailbox *mailbox,
                                const struct mail_job *job)
{
	if (job->end != MAIL_JOB_DEFERRED || job->deferral == DEFERRAL_DNS)
		return false;
	return job->deferral != DEFERRAL_SYSTEM ||
	       mailbox->store_failures >= STORE_FAILURES_MAX;
}

void poller_message_on_done(struct poller *poller,
                            struct poller_mailbox *mailbox,
                            struct mail_job *job)
{
	const struct poller_job *own = poller_job_of(job);
	enum mail_job_end end = job->end;
	bool current = job->session == mailbox->session;
	bool fits = own->validity == mailbox->validity;
	struct poller_pending *pending =
		poller_pending_find(mailbox, own->known.message);
	struct store_mailbox_message known = own->known;
	char sentence[ERR_TEXT_SIZE];
	bool is_local;

	mailbox->job_count--;
	if (own->given_up) {
		poller_failure_on_given_up(poller, mailbox, job);
		return;
	}
	poller_message_count_store_failure(mailbox, job);
	is_local = poller_message_is_local_failure(mailbox, job);
	(void)snprintf(sentence, sizeof(sentence), "local error: %.400s",
	               job->sentence);
	poller_message_count_result(&mailbox->result, job);
	poller_message_set_state(mailbox->settings, end, &known);
	poller_job_release(poller, &job);
	/* The session is over; what was reached is remembered all the same. */
	if (!current || pending == NULL) {
		if (fits)
			poller_checkpoint_message(poller, mailbox, &known);
		return;
	}
	pending->known = known;
	pending->end = end;
	/* It is the same for all that follow. */
	if (is_local) {
		poller_session_fail(poller, mailbox, ERR_BUSY, sentence);
		return;
	}
	poller_message_send_done(poller, mailbox, pending,
	                         poller_message_mark(end));
	poller_state_watchdog_reset(mailbox);
}
