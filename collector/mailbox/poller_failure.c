#include "collector/mailbox/poller_failure.h"

#include "collector/mailbox/poller_checkpoint.h"
#include "collector/mailbox/poller_job.h"
#include "collector/mailbox/poller_pause.h"
#include "collector/mailbox/poller_pending.h"

/* After so many tries in which a message alone failed it is given up. */
#define FAULTS_MAX 3

/* Pauses, doubled or more with each try, in seconds: to fetch a message that
   failed, and to fetch one that was given up. */
#define FETCH_PAUSE        15
#define FETCH_PAUSE_MAX    (24 * 3600)
#define GIVEN_UP_PAUSE     (24 * 3600)
#define GIVEN_UP_PAUSE_MAX (30 * 24 * 3600)

static void poller_failure_give_up(struct poller *poller,
                                   struct poller_mailbox *mailbox,
                                   const struct store_mailbox_message *known)
{
	struct mail_job *job = poller_job_new_for_ledger(
		poller, mailbox, known, REFUSAL_MIME,
		"the message could not be fetched, three times, while others "
		"were; it is tried again in a day, and by poll --again");

	poller_job_of(job)->given_up = true;
	poller_job_put(poller, mailbox, job);
}

void poller_failure_record(struct poller *poller,
                           struct poller_mailbox *mailbox,
                           struct store_mailbox_message *known, bool fault)
{
	int64_t others = mailbox->fetched_before + mailbox->fetched;

	if (fault)
		known->faults++;
	if (fault || known->tries <= 1)
		known->others = others;
	if (known->state == STORE_MESSAGE_GIVEN_UP)
		known->next_try = poller_pause_retry_at(
			known->tries / 2, GIVEN_UP_PAUSE, GIVEN_UP_PAUSE_MAX);
	else
		known->next_try = poller_pause_retry_at(
			known->tries, FETCH_PAUSE, FETCH_PAUSE_MAX);
	poller_checkpoint_message(poller, mailbox, known);
	if (known->state != STORE_MESSAGE_GIVEN_UP &&
	    known->faults >= FAULTS_MAX)
		poller_failure_give_up(poller, mailbox, known);
}

bool poller_failure_is_alone(const struct poller_mailbox *mailbox,
                             const struct store_mailbox_message *known)
{
	return mailbox->fetched == 0 && mailbox->lost_count == 0 &&
	       known->tries > 1 && mailbox->fetched_before > known->others;
}

/* The only one of a round that failed, which went on to its end, while new ones
   were fetched, and not for the first time. */
static bool
poller_failure_is_beside_others(const struct poller_mailbox *mailbox,
                                const struct store_mailbox_message *known)
{
	return known->tries > 1 && mailbox->fetched > 0 &&
	       mailbox->fetched_before + mailbox->fetched > known->others;
}

void poller_failure_charge_current(struct poller *poller,
                                   struct poller_mailbox *mailbox, bool crashed)
{
	const struct mail_job *job = mailbox->receiving;
	struct poller_pending *pending;

	if (job == NULL)
		return;
	pending =
		poller_pending_find(mailbox, poller_job_of(job)->known.message);
	if (pending == NULL)
		return;
	pending->known.tries++;
	poller_failure_record(
		poller, mailbox, &pending->known,
		crashed || poller_failure_is_alone(mailbox, &pending->known));
}

void poller_failure_charge_lost(struct poller *poller,
                                struct poller_mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->lost_count; i++)
		poller_failure_record(poller, mailbox, &mailbox->lost[i].known,
		                      true);
	mailbox->lost_count = 0;
}

void poller_failure_charge_alone(struct poller *poller,
                                 struct poller_mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < mailbox->lost_count; i++) {
		if (mailbox->lost[i].alone ||
		    (mailbox->lost_count == 1 &&
		     poller_failure_is_beside_others(mailbox,
		                                     &mailbox->lost[i].known)))
			poller_failure_record(poller, mailbox,
			                      &mailbox->lost[i].known, true);
	}
	mailbox->lost_count = 0;
}

void poller_failure_on_given_up(struct poller *poller,
                                struct poller_mailbox *mailbox,
                                struct mail_job *job)
{
	struct poller_job *own = poller_job_of(job);

	if (job->end != MAIL_JOB_DEFERRED &&
	    own->validity == mailbox->validity) {
		own->known.state = STORE_MESSAGE_GIVEN_UP;
		own->known.tries = 0;
		own->known.next_try = poller_pause_retry_at(1, GIVEN_UP_PAUSE,
		                                            GIVEN_UP_PAUSE_MAX);
		poller_checkpoint_message(poller, mailbox, &own->known);
		mailbox->result.finished++;
	}
	poller_job_release(poller, &job);
}
