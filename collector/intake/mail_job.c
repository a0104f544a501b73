#include "collector/intake/mail_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"

struct mail_job *mail_job_new(size_t message_most)
{
	struct mail_job *delivery = memory_zero(1, sizeof(*delivery));

	delivery->message = BUF_INIT(message_most);
	delivery->arena = arena_new(0);
	delivery->peer = "";
	delivery->authserv_ids = TEXT("");
	return delivery;
}

void mail_job_free(struct mail_job **delivery)
{
	if (*delivery == NULL)
		return;
	buf_free(&(*delivery)->message);
	arena_free(&(*delivery)->arena);
	free(*delivery);
	*delivery = NULL;
}

static enum mail_job_end mail_job_intake_end(const struct intake *intake)
{
	if (intake->stage == INTAKE_DEFERRED)
		return MAIL_JOB_DEFERRED;
	if (intake->outcome == OUTCOME_REFUSED)
		return MAIL_JOB_REFUSED;
	return intake->outcome == OUTCOME_IGNORED ? MAIL_JOB_IGNORED
	                                          : MAIL_JOB_COMMITTED;
}

static void mail_job_on_intake_done(struct intake *intake)
{
	struct mail_job *delivery = intake->cls;
	enum mail_job_end end = mail_job_intake_end(intake);

	if (end == MAIL_JOB_COMMITTED && intake->outcome != OUTCOME_DUPLICATE)
		delivery->new_reports++;
	if (delivery->report != NULL)
		delivery->report(delivery, intake);
	if (end > delivery->end || delivery->sentence[0] == '\0') {
		delivery->outcome = intake->outcome;
		delivery->refusal = intake->refusal;
		delivery->deferral = intake->deferral;
		(void)snprintf(delivery->sentence, sizeof(delivery->sentence),
		               "%s", intake->sentence);
	}
	if (end > delivery->end)
		delivery->end = end;
	intake_free(&intake);
	if (--delivery->pending == 0)
		delivery->done(delivery);
}

/* Where inputs go. */
struct mail_job_sink {
	struct config *config;
	struct writer *writer;
	struct store *store;
};

static struct intake *mail_job_new_intake(const struct mail_job_sink *outlet,
                                          struct mail_job *delivery,
                                          struct text data)
{
	struct intake *intake = intake_new(outlet->config, delivery->channel,
	                                   (const uint8_t *)data.data,
	                                   data.len);

	intake->peer = delivery->peer;
	intake->trust = TRUST_NONE;
	intake->received = delivery->arrived;
	intake->ledger_id = delivery->ledger_id;
	intake->dns_wait_over = delivery->wait_no_longer;
	intake->mail = &delivery->mail;
	intake->on_done = mail_job_on_intake_done;
	intake->cls = delivery;
	return intake;
}

static void mail_job_put_intake(const struct mail_job_sink *outlet,
                                struct intake *intake)
{
	intake->received = intake->received != 0 ? intake->received
	                                         : timestamp_now();
	if (outlet->writer != NULL) {
		writer_put_wait(outlet->writer, intake);
	} else {
		writer_commit_batch(outlet->store, intake);
		intake->on_done(intake);
	}
}

/* The message as a whole: there is nothing in it to look at. */
static struct intake *
mail_job_new_whole_intake(const struct mail_job_sink *outlet,
                          struct mail_job *delivery)
{
	const struct text message = {delivery->message.data,
	                             delivery->message.len};

	delivery->pending = 1;
	return mail_job_new_intake(outlet, delivery, message);
}

static void mail_job_put_part(const struct mail_job_sink *outlet,
                              struct mail_job *delivery, struct mail_part *part)
{
	struct intake *intake =
		mail_job_new_intake(outlet, delivery, part->data);
	char *type = arena_copy(intake->arena, part->type.data, part->type.len);

	intake->part = part;
	intake->content_type = type;
	/* The message's row in the ledger is not that of one of several parts:
	   a part that is refused has a row of its own, and what becomes of
	   another says nothing about it. */
	if (delivery->mail.more_parts || delivery->mail.part_count > 1)
		intake->ledger_id = 0;
	if (part->too_large)
		intake_refuse(intake, REFUSAL_TOO_LARGE,
		              "the report in the message is over the limit "
		              "(max_json, max_gzip_body)");
	else
		intake_prepare(intake, timestamp_now());
	mail_job_put_intake(outlet, intake);
}

/* What is left over is refused with the message, so that the ledger has it. */
static void mail_job_refuse_rest(const struct mail_job_sink *outlet,
                                 struct mail_job *delivery)
{
	const struct text message = {delivery->message.data,
	                             delivery->message.len};
	struct intake *intake = mail_job_new_intake(outlet, delivery, message);
	char sentence[80];

	(void)snprintf(sentence, sizeof(sentence),
	               "it holds more than %u reports, and the first are taken",
	               MAIL_PARTS_MAX);
	intake_refuse(intake, REFUSAL_MIME, sentence);
	mail_job_put_intake(outlet, intake);
}

static void mail_job_put_without_report(const struct mail_job_sink *outlet,
                                        struct mail_job *delivery)
{
	const struct mail *mail = &delivery->mail;
	struct intake *intake = mail_job_new_whole_intake(outlet, delivery);

	if (mail->forwards)
		intake_refuse(
			intake, REFUSAL_MIME,
			"the report lies in a forwarded message "
			"(message/rfc822), which proves nothing of who sent "
			"it");
	else if (mail->claims_report)
		intake_refuse(
			intake, REFUSAL_MIME,
			"the message says that it is a TLS report, but no "
			"part of it is one");
	else
		intake_ignore(intake, "not a TLS report");
	mail_job_put_intake(outlet, intake);
}

/* It lies compressed, and not so that it could be read. */
static void mail_job_refuse_compressed(const struct mail_job_sink *outlet,
                                       struct mail_job *delivery)
{
	const struct mail *mail = &delivery->mail;
	struct intake *intake = mail_job_new_whole_intake(outlet, delivery);
	const char *why = arena_copy(intake->arena, mail->unreadable.data,
	                             mail->unreadable.len);

	intake_refuse(intake,
	              mail->over_limit ? REFUSAL_TOO_LARGE : REFUSAL_MIME, why);
	mail_job_put_intake(outlet, intake);
}

static void mail_job_put_not_parsed(const struct mail_job_sink *outlet,
                                    struct mail_job *delivery,
                                    const struct err *err)
{
	struct intake *intake = mail_job_new_whole_intake(outlet, delivery);
	char sentence[ERR_TEXT_SIZE];

	if (err->code == ERR_MALFORMED) {
		(void)snprintf(sentence, sizeof(sentence),
		               "cannot be taken apart: %.400s", err->text);
		intake_refuse(intake, REFUSAL_MIME, sentence);
	} else {
		intake_defer(intake, DEFERRAL_SYSTEM, err->text);
	}
	mail_job_put_intake(outlet, intake);
}

void mail_job_run(struct config *config, struct parser_client *reader,
                  struct writer *writer, struct store *store,
                  struct mail_job *delivery)
{
	const struct mail_job_sink outlet = {config, writer, store};
	const struct parser_client_message message = {{delivery->message.data,
	                                               delivery->message.len},
	                                              delivery->received,
	                                              delivery->authserv_ids};
	size_t i, count;
	struct err err;
	bool more;

	if (parser_client_parse(reader, delivery->arena, &message,
	                        &delivery->mail, &err) < 0) {
		mail_job_put_not_parsed(&outlet, delivery, &err);
		return;
	}
	if (delivery->mail.unreadable.len > 0) {
		mail_job_refuse_compressed(&outlet, delivery);
		return;
	}
	count = delivery->mail.part_count;
	if (count == 0) {
		mail_job_put_without_report(&outlet, delivery);
		return;
	}
	more = delivery->mail.more_parts;
	delivery->pending = count + (more ? 1 : 0);
	/* After the last of them it may be gone. */
	if (more)
		mail_job_refuse_rest(&outlet, delivery);
	for (i = 0; i < count; i++)
		mail_job_put_part(&outlet, delivery, &delivery->mail.parts[i]);
}

void mail_job_refuse(struct config *config, struct writer *writer,
                     struct mail_job *delivery, enum refusal refusal,
                     const char *sentence)
{
	const struct mail_job_sink outlet = {config, writer, NULL};
	struct intake *intake = mail_job_new_whole_intake(&outlet, delivery);

	intake_refuse(intake, refusal, sentence);
	mail_job_put_intake(&outlet, intake);
}
