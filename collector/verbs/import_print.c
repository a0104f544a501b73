#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"
#include "base/timestamp.h"
#include "collector/verbs/import_private.h"
#include "schema/report/quirk.h"

#define IMPORT_PRINT_EVERY_MS 200

static void import_print_path(const char *path, struct buf *line)
{
	buf_add_printable(line, path, strlen(path), 1024);
}

/* Whose it is, where a mail may prove it. */
static void import_print_origin(const struct intake *intake, struct buf *line)
{
	if (intake->mail == NULL || intake->part == NULL)
		return;
	buf_printf(line, ", dkim %s",
	           trust_authentication_name(intake->authentication));
	if (intake->signer.len > 0) {
		buf_add_text(line, " (");
		buf_add_printable(line, intake->signer.data, intake->signer.len,
		                  DOMAIN_MAX);
		buf_add_text(line, ")");
	}
}

static void import_print_line(const char *path, const struct intake *intake,
                              struct buf *line)
{
	uint64_t quirks = intake->report != NULL ? intake->report->quirks
	                                         : intake->quirks;

	import_print_path(path, line);
	if (intake->stage == INTAKE_DEFERRED)
		buf_add_text(line, ": not stored because of a local error");
	else
		buf_printf(line, ": %s", outcome_name(intake->outcome));
	if (intake->outcome == OUTCOME_REFUSED)
		buf_printf(line, " (%s)",
		           outcome_refusal_name(intake->refusal));
	import_print_origin(intake, line);
	if (intake->sentence[0] != '\0') {
		buf_add_text(line, ": ");
		buf_add_printable(line, intake->sentence,
		                  strlen(intake->sentence),
		                  sizeof(intake->sentence));
	}
	if (quirks != 0) {
		buf_add_text(line, " [");
		quirk_print_names(quirks, line);
		buf_add_text(line, "]");
	}
	buf_add_char(line, '\n');
}

void import_print_progress(struct import *import, bool last)
{
	int64_t now = timestamp_monotonic_ms(), count;

	if (!import->progress || (!last && now < import->next_progress))
		return;
	import->next_progress = now + IMPORT_PRINT_EVERY_MS;
	(void)pthread_mutex_lock(&import->mutex);
	count = import->count;
	(void)pthread_mutex_unlock(&import->mutex);
	(void)fprintf(stderr, "\r%lld files%s", (long long)count,
	              last ? "\n" : "");
}

void import_print_result(struct import_input *input,
                         const struct intake *intake)
{
	struct import *import = input->import;

	(void)pthread_mutex_lock(&import->mutex);
	if (intake->stage == INTAKE_DEFERRED)
		import->totals->deferred++;
	else
		import->totals->outcomes[intake->outcome]++;
	import->count++;
	(void)pthread_mutex_unlock(&import->mutex);
	if (input->named || intake->stage == INTAKE_DEFERRED ||
	    intake->outcome == OUTCOME_REFUSED ||
	    intake->outcome == OUTCOME_CONFLICT)
		import_print_line(input->path, intake, &input->lines);
}

void import_print_unreadable(struct import_input *input, const char *why)
{
	struct import *import = input->import;

	buf_add_printable(&input->lines, why, strlen(why), 2048);
	buf_add_char(&input->lines, '\n');
	(void)pthread_mutex_lock(&import->mutex);
	import->totals->unreadable++;
	(void)pthread_mutex_unlock(&import->mutex);
}

void import_print_done(struct import *import)
{
	struct import_input *input;

	while ((input = import_queue_take_done(import->queue)) != NULL) {
		if (input->lines.len > 0)
			(void)fwrite(input->lines.data, 1, input->lines.len,
			             stdout);
		import_input_free(&input);
	}
	import_print_progress(import, false);
}
