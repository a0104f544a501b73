#include "collector/mailbox/poller_job.h"

#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"

struct poller_job *poller_job_of(const struct mail_job *job)
{
	return job->cls;
}

/* In the writer's thread. */
static void poller_job_log_report(struct mail_job *job,
                                  const struct intake *intake)
{
	const char *what = intake->stage == INTAKE_DEFERRED
	                           ? "not stored yet"
	                           : outcome_name(intake->outcome);

	if (intake->outcome == OUTCOME_REFUSED ||
	    intake->stage == INTAKE_DEFERRED)
		log_notice("%s: %s: %s", job->peer, what, intake->sentence);
	else if (intake->part == NULL)
		log_debug("%s: %s: %s", job->peer, what, intake->sentence);
	else
		log_info("%s: %s, dkim %s%s%.*s", job->peer, what,
		         trust_authentication_name(intake->authentication),
		         intake->signer.len > 0 ? " " : "",
		         (int)intake->signer.len, intake->signer.data);
}

struct mail_job *poller_job_new(struct poller *poller,
                                struct poller_mailbox *mailbox,
                                const struct poller_pending *pending)
{
	const struct poller_offer *offer = &mailbox->offer;
	struct mail_job *job =
		mail_job_new((size_t)poller->config->max_message);
	struct poller_job *own = arena_alloc(job->arena, sizeof(*own));
	int64_t now = timestamp_now();

	own->known = pending->known;
	own->validity = mailbox->validity;
	job->cls = own;
	job->peer = arena_printf(job->arena, "mailbox %s %s",
	                         mailbox->settings->name, offer->label);
	job->source = mailbox->index;
	job->session = mailbox->session;
	job->channel = mailbox_settings_channel(mailbox->settings);
	job->received = offer->received;
	job->authserv_ids = mailbox->authserv_ids;
	job->report = poller_job_log_report;
	job->wait_no_longer = now - pending->known.since >
	                      poller->config->dkim_wait;
	return job;
}

struct mail_job *
poller_job_new_for_ledger(struct poller *poller, struct poller_mailbox *mailbox,
                          const struct store_mailbox_message *known,
                          enum refusal refusal, const char *sentence)
{
	const struct poller_pending pending = {.known = *known};
	struct mail_job *job = poller_job_new(poller, mailbox, &pending);

	if (mailbox->offer.message != known->message)
		job->peer = arena_printf(job->arena, "mailbox %s message %lld",
		                         mailbox->settings->name,
		                         (long long)known->message);
	buf_printf(&job->message, "%s, %lld bytes\n", job->peer,
	           (long long)(mailbox->offer.message == known->message
	                               ? mailbox->offer.size
	                               : 0));
	mail_job_set_refused(job, refusal, sentence);
	return job;
}

void poller_job_put(struct poller *poller, struct poller_mailbox *mailbox,
                    struct mail_job *job)
{
	mailbox->job_count++;
	parse_queue_put(poller->parse_queue, job);
}

void poller_job_release(struct poller *poller, struct mail_job **job)
{
	if (*job != NULL)
		poller->pending_bytes -= (*job)->granted_bytes;
	mail_job_free(job);
}
