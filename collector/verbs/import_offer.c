#include "base/timestamp.h"
#include "collector/intake/mail_job.h"
#include "collector/verbs/import_private.h"

/* In the writer's thread, as the other two. */
void import_offer_on_report_done(struct intake *intake)
{
	struct import_input *input = intake->cls;

	import_print_result(input, intake);
	import_queue_set_done(input->import->queue, input);
}

void import_offer_on_mail_report(struct mail_job *job,
                                 const struct intake *intake)
{
	import_print_result(job->cls, intake);
}

void import_offer_on_mail_done(struct mail_job *job)
{
	struct import_input *input = job->cls;

	import_queue_set_done(input->import->queue, input);
}

/* A large report is prepared here, in turn, so that there is one at a time.
   What is handed over may be gone by then. */
static void import_offer_one(struct import *import, struct import_input *input)
{
	struct intake *intake = input->intake;

	if (input->is_message) {
		mail_job_put(import->config, import->writer, NULL, input->job);
		return;
	}
	if (intake->stage == INTAKE_RECEIVED)
		intake_prepare(intake, timestamp_now());
	writer_put_wait(import->writer, intake);
}

void import_offer_all(struct import *import)
{
	struct import_input *input;

	if (!import_queue_offer_begin(import->queue))
		return;
	while ((input = import_queue_offer_next(import->queue)) != NULL)
		import_offer_one(import, input);
}
