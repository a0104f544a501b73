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

static void import_print_line(const char *path, const struct intake *intake)
{
	uint64_t quirks = intake->report != NULL ? intake->report->quirks
	                                         : intake->quirks;
	struct buf line = BUF_INIT(16384);

	import_print_path(path, &line);
	if (intake->stage == INTAKE_DEFERRED)
		buf_add_text(&line, ": not stored because of a local error");
	else
		buf_printf(&line, ": %s", outcome_name(intake->outcome));
	if (intake->outcome == OUTCOME_REFUSED)
		buf_printf(&line, " (%s)",
		           outcome_refusal_name(intake->refusal));
	import_print_origin(intake, &line);
	if (intake->sentence[0] != '\0') {
		buf_add_text(&line, ": ");
		buf_add_printable(&line, intake->sentence,
		                  strlen(intake->sentence),
		                  sizeof(intake->sentence));
	}
	if (quirks != 0) {
		buf_add_text(&line, " [");
		quirk_print_names(quirks, &line);
		buf_add_text(&line, "]");
	}
	buf_add_char(&line, '\n');
	(void)fwrite(line.data, 1, line.len, stdout);
	buf_free(&line);
}

void import_print_progress(struct import *import, bool last)
{
	int64_t now = timestamp_monotonic_ms();

	if (!import->progress || (!last && now < import->next_progress))
		return;
	import->next_progress = now + IMPORT_PRINT_EVERY_MS;
	(void)fprintf(stderr, "\r%lld files%s", (long long)import->count,
	              last ? "\n" : "");
}

/* Counts an input and says what there is to say of it. */
void import_print_result(struct import *import, const char *path, bool named,
                         const struct intake *intake)
{
	(void)pthread_mutex_lock(&import->mutex);
	if (intake->stage == INTAKE_DEFERRED)
		import->totals->deferred++;
	else
		import->totals->outcomes[intake->outcome]++;
	import->count++;
	if (named || intake->stage == INTAKE_DEFERRED ||
	    intake->outcome == OUTCOME_REFUSED ||
	    intake->outcome == OUTCOME_CONFLICT)
		import_print_line(path, intake);
	import_print_progress(import, false);
	(void)pthread_mutex_unlock(&import->mutex);
}

void import_print_unreadable(struct import *import, const char *why)
{
	struct buf line = BUF_INIT(4096);

	buf_add_printable(&line, why, strlen(why), 2048);
	(void)pthread_mutex_lock(&import->mutex);
	import->totals->unreadable++;
	(void)printf("%s\n", buf_text(&line));
	(void)pthread_mutex_unlock(&import->mutex);
	buf_free(&line);
}
