#include "collector/intake/mail_job.h"
#include "collector/mail/parser_client.h"
#include "collector/verbs/import_private.h"

/* Another thread is started where so many messages wait for each that is there:
   it has two processes, which cost more than some messages do. */
#define IMPORT_MAIL_WAITING_EACH 16U

/* A message and what is found in it. */
#define IMPORT_MAIL_BYTES_FACTOR 2U

static void import_mail_parse(struct parser_client *parser,
                              struct import_input *input)
{
	struct import *import = input->import;

	if (input->lines.len > 0) {
		import_queue_set_done(import->queue, input);
		return;
	}
	mail_job_parse(parser, input->job);
	import_queue_set_ready(import->queue, input);
	import_offer_all(import);
}

static void *import_mail_thread(void *cls)
{
	struct import *import = cls;
	/* Its processes end with this thread. */
	struct parser_client *parser = parser_client_new(import->config);
	struct import_input *input;

	while ((input = import_queue_take_message(import->queue)) != NULL)
		import_mail_parse(parser, input);
	parser_client_free(&parser);
	return NULL;
}

static size_t import_mail_threads_max(const struct import *import)
{
	if (import->processors < 2)
		return 2; /* one may wait for the DNS */
	return import->processors < IMPORT_PARSERS_MAX ? import->processors
	                                               : IMPORT_PARSERS_MAX;
}

/* Whether there is a thread for messages. */
static bool import_mail_has_thread(struct import *import, size_t waiting)
{
	size_t count;

	(void)pthread_mutex_lock(&import->mutex);
	count = import->parser_count;
	if ((count == 0 || waiting > IMPORT_MAIL_WAITING_EACH * count) &&
	    count < import_mail_threads_max(import) &&
	    pthread_create(&import->parsers[count], NULL, import_mail_thread,
	                   import) == 0)
		import->parser_count++;
	count = import->parser_count;
	(void)pthread_mutex_unlock(&import->mutex);
	return count > 0;
}

static void import_mail_fill_job(struct import_input *input)
{
	const struct import *import = input->import;
	struct mail_job *job = mail_job_new(0);

	job->authserv_ids = import->config->authserv_ids;
	job->channel = CHANNEL_IMPORT;
	job->peer = input->path;
	job->message = input->bytes;
	input->bytes = BUF_INIT(0);
	job->arrived = input->received;
	job->report = import_offer_on_mail_report;
	job->done = import_offer_on_mail_done;
	job->cls = input;
	input->job = job;
}

/* Without a thread the caller does it itself. */
static void import_mail_parse_here(struct import *import)
{
	struct parser_client *parser = parser_client_new(import->config);
	struct import_input *input = import_queue_take_message(import->queue);

	if (input != NULL)
		import_mail_parse(parser, input);
	parser_client_free(&parser);
}

void import_mail_put(struct import_input *input, struct import_input *file)
{
	struct import *import = input->import;
	size_t bytes = IMPORT_MAIL_BYTES_FACTOR * input->bytes.size, waiting;

	import_mail_fill_job(input);
	waiting = file != NULL ? import_queue_insert_message(import->queue,
	                                                     file, input, bytes)
	                       : import_queue_put_message(import->queue, input,
	                                                  bytes);
	if (!import_mail_has_thread(import, waiting))
		import_mail_parse_here(import);
}

void import_mail_stop(struct import *import)
{
	size_t i;

	import_queue_end_messages(import->queue);
	for (i = 0; i < import->parser_count; i++)
		(void)pthread_join(import->parsers[i], NULL);
}
