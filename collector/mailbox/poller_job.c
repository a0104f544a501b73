#include "collector/mailbox/poller_job.h"

#include <stdio.h>

#include "base/log.h"
#include "base/timestamp.h"

/* In the writer's thread. */
static void poller_job_log_report(struct mail_job *delivery,
                                  const struct intake *intake)
{
	const struct parse_queue_job *letter = delivery->cls;
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

struct parse_queue_job *poller_job_new(struct poller *all,
                                       struct poller_mailbox *mailbox,
                                       const struct poller_pending *flight)
{
	const struct poller_offer *offer = &mailbox->offer;
	struct parse_queue_job *letter = memory_zero(1, sizeof(*letter));
	int64_t now = timestamp_now();

	letter->job = mail_job_new((size_t)all->config->max_message);
	(void)snprintf(letter->peer, sizeof(letter->peer), "mailbox %s %s",
	               mailbox->settings->name, offer->label);
	letter->source = mailbox->index;
	letter->session = mailbox->session;
	letter->message = flight->known.message;
	letter->known = flight->known;
	letter->validity = mailbox->validity;
	letter->job->channel = mailbox_settings_channel(mailbox->settings);
	letter->job->peer = letter->peer;
	letter->job->received = offer->received;
	letter->job->authserv_ids = mailbox->authserv_ids;
	letter->job->report = poller_job_log_report;
	letter->job->wait_no_longer = now - flight->known.since >
	                              all->config->dkim_wait;
	return letter;
}

struct parse_queue_job *
poller_job_new_for_ledger(struct poller *all, struct poller_mailbox *mailbox,
                          const struct store_mailbox_message *known,
                          enum refusal refusal, const char *sentence)
{
	const struct poller_pending flight = {.known = *known};
	struct parse_queue_job *letter = poller_job_new(all, mailbox, &flight);

	if (mailbox->offer.message != known->message)
		(void)snprintf(letter->peer, sizeof(letter->peer),
		               "mailbox %s message %lld",
		               mailbox->settings->name,
		               (long long)known->message);
	buf_printf(&letter->job->message, "%s, %lld bytes\n", letter->peer,
	           (long long)(mailbox->offer.message == known->message
	                               ? mailbox->offer.size
	                               : 0));
	letter->refused_unparsed = true;
	letter->refusal = refusal;
	letter->sentence = sentence;
	return letter;
}

void poller_job_put(struct poller *all, struct poller_mailbox *mailbox,
                    struct parse_queue_job *letter)
{
	mailbox->job_count++;
	parse_queue_put(all->parse_queue, letter);
}

void poller_job_release(struct poller *all, struct parse_queue_job **letter)
{
	if (*letter != NULL)
		all->pending_bytes -= (*letter)->granted_bytes;
	parse_queue_job_free(letter);
}
