#include "collector/intake/mail_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timestamp.h"

struct mail_job *mail_job_new(size_t message_max)
{
	struct mail_job *job = memory_zero(1, sizeof(*job));

	job->message = BUF_INIT(message_max);
	job->arena = arena_new(0);
	job->peer = "";
	job->authserv_ids = TEXT("");
	return job;
}

void mail_job_free(struct mail_job **job)
{
	if (*job == NULL)
		return;
	buf_free(&(*job)->message);
	arena_free(&(*job)->arena);
	free(*job);
	*job = NULL;
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
	struct mail_job *job = intake->cls;
	enum mail_job_end end = mail_job_intake_end(intake);

	if (end == MAIL_JOB_COMMITTED && intake->outcome != OUTCOME_DUPLICATE)
		job->new_reports++;
	if (job->report != NULL)
		job->report(job, intake);
	if (end > job->end || job->sentence[0] == '\0') {
		job->outcome = intake->outcome;
		job->refusal = intake->refusal;
		job->deferral = intake->deferral;
		(void)snprintf(job->sentence, sizeof(job->sentence), "%s",
		               intake->sentence);
	}
	if (end > job->end)
		job->end = end;
	intake_free(&intake);
	if (--job->pending == 0)
		job->done(job);
}

/* Where inputs go. */
struct mail_job_sink {
	struct config *config;
	struct writer *writer;
	struct store *store;
};

static struct intake *mail_job_new_intake(const struct mail_job_sink *sink,
                                          struct mail_job *job,
                                          struct text data)
{
	struct intake *intake = intake_new(sink->config, job->channel,
	                                   (const uint8_t *)data.data,
	                                   data.len);

	intake->peer = job->peer;
	intake->trust = TRUST_NONE;
	intake->received = job->arrived;
	intake->ledger_id = job->ledger_id;
	intake->dns_wait_over = job->wait_no_longer;
	intake->mail = &job->mail;
	intake->on_done = mail_job_on_intake_done;
	intake->cls = job;
	return intake;
}

static void mail_job_put_intake(const struct mail_job_sink *sink,
                                struct intake *intake)
{
	intake->received = intake->received != 0 ? intake->received
	                                         : timestamp_now();
	if (sink->writer != NULL) {
		writer_put_wait(sink->writer, intake);
	} else {
		writer_commit_batch(sink->store, intake);
		intake->on_done(intake);
	}
}

/* The message as a whole: there is nothing in it to look at. */
static struct intake *
mail_job_new_whole_intake(const struct mail_job_sink *sink,
                          struct mail_job *job)
{
	const struct text message = {job->message.data, job->message.len};

	job->pending = 1;
	return mail_job_new_intake(sink, job, message);
}

static void mail_job_put_part(const struct mail_job_sink *sink,
                              struct mail_job *job, struct mail_part *part)
{
	struct intake *intake = mail_job_new_intake(sink, job, part->data);
	char *type = arena_copy(intake->arena, part->type.data, part->type.len);

	intake->part = part;
	intake->content_type = type;
	/* The message's row in the ledger is not that of one of several parts:
	   a part that is refused has a row of its own, and what becomes of
	   another says nothing about it. */
	if (job->mail.more_parts || job->mail.part_count > 1)
		intake->ledger_id = 0;
	if (part->too_large)
		intake_refuse(intake, REFUSAL_TOO_LARGE,
		              "the report in the message is over the limit "
		              "(max_json, max_gzip_body)");
	else
		intake_prepare(intake, timestamp_now());
	mail_job_put_intake(sink, intake);
}

/* What is left over is refused with the message, so that the ledger has it. */
static void mail_job_refuse_rest(const struct mail_job_sink *sink,
                                 struct mail_job *job)
{
	const struct text message = {job->message.data, job->message.len};
	struct intake *intake = mail_job_new_intake(sink, job, message);
	char sentence[80];

	(void)snprintf(sentence, sizeof(sentence),
	               "it holds more than %u reports, and the first are taken",
	               MAIL_PARTS_MAX);
	intake_refuse(intake, REFUSAL_MIME, sentence);
	mail_job_put_intake(sink, intake);
}

static void mail_job_put_without_report(const struct mail_job_sink *sink,
                                        struct mail_job *job)
{
	const struct mail *mail = &job->mail;
	struct intake *intake = mail_job_new_whole_intake(sink, job);

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
	mail_job_put_intake(sink, intake);
}

/* It lies compressed, and not so that it could be read. */
static void mail_job_refuse_compressed(const struct mail_job_sink *sink,
                                       struct mail_job *job)
{
	const struct mail *mail = &job->mail;
	struct intake *intake = mail_job_new_whole_intake(sink, job);
	const char *why = arena_copy(intake->arena, mail->unreadable.data,
	                             mail->unreadable.len);

	intake_refuse(intake,
	              mail->over_limit ? REFUSAL_TOO_LARGE : REFUSAL_MIME, why);
	mail_job_put_intake(sink, intake);
}

static void mail_job_put_not_parsed(const struct mail_job_sink *sink,
                                    struct mail_job *job, const struct err *err)
{
	struct intake *intake = mail_job_new_whole_intake(sink, job);
	char sentence[ERR_TEXT_SIZE];

	if (err->code == ERR_MALFORMED) {
		(void)snprintf(sentence, sizeof(sentence),
		               "cannot be parsed: %.400s", err->text);
		intake_refuse(intake, REFUSAL_MIME, sentence);
	} else {
		intake_defer(intake, DEFERRAL_SYSTEM, err->text);
	}
	mail_job_put_intake(sink, intake);
}

static void mail_job_put_refused(const struct mail_job_sink *sink,
                                 struct mail_job *job)
{
	struct intake *intake = mail_job_new_whole_intake(sink, job);

	intake_refuse(intake, job->refusal, job->sentence);
	mail_job_put_intake(sink, intake);
}

void mail_job_set_refused(struct mail_job *job, enum refusal refusal,
                          const char *sentence)
{
	job->refused_unparsed = true;
	job->refusal = refusal;
	(void)snprintf(job->sentence, sizeof(job->sentence), "%s", sentence);
}

void mail_job_parse(struct parser_client *parser, struct mail_job *job)
{
	const struct parser_client_message message = {{job->message.data,
	                                               job->message.len},
	                                              job->received,
	                                              job->authserv_ids};

	if (!job->refused_unparsed)
		job->parsed = parser_client_parse(parser, job->arena, &message,
		                                  &job->mail,
		                                  &job->reason) == 0;
}

/* After the last of its parts the job may be gone. */
static void mail_job_put_parts(const struct mail_job_sink *sink,
                               struct mail_job *job)
{
	const size_t count = job->mail.part_count;
	const bool has_more = job->mail.more_parts;
	size_t i;

	job->pending = count + (has_more ? 1 : 0);
	if (has_more)
		mail_job_refuse_rest(sink, job);
	for (i = 0; i < count; i++)
		mail_job_put_part(sink, job, &job->mail.parts[i]);
}

void mail_job_put(struct config *config, struct writer *writer,
                  struct store *store, struct mail_job *job)
{
	const struct mail_job_sink sink = {config, writer, store};

	if (job->refused_unparsed)
		mail_job_put_refused(&sink, job);
	else if (!job->parsed)
		mail_job_put_not_parsed(&sink, job, &job->reason);
	else if (job->mail.unreadable.len > 0)
		mail_job_refuse_compressed(&sink, job);
	else if (job->mail.part_count == 0)
		mail_job_put_without_report(&sink, job);
	else
		mail_job_put_parts(&sink, job);
}

void mail_job_run(struct config *config, struct parser_client *parser,
                  struct writer *writer, struct store *store,
                  struct mail_job *job)
{
	mail_job_parse(parser, job);
	mail_job_put(config, writer, store, job);
}
