#include "collector/from_file.h"

#include <errno.h>
#include <fts.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/writer.h"
#include "schema/limits.h"
#include "schema/quirk.h"

#define PROGRESS_EVERY_MS 200

/* Batches in flight: one that is written, and one that is read meanwhile. */
#define QUEUE (2U * LIMIT_BATCH)

struct import {
	struct config *config;
	struct writer *writer;
	struct import_totals *totals; /* the writer's thread counts */
	pthread_mutex_t mutex;
	bool mtime; /* files arrived when they were written */
	bool progress;
	int64_t seen;
	int64_t next_progress;
};

/* A file on its way; it lives until its line is written. */
struct item {
	struct import *import;
	struct buf bytes;
	char *path;
	bool named;       /* on the command line */
	int64_t received; /* 0: now */
};

static void item_free(struct item *item)
{
	buf_free(&item->bytes);
	free(item->path);
	free(item);
}

/* --- what is said -------------------------------------------------------- */

static void print_path(const char *path, struct buf *line)
{
	buf_add_printable(line, path, strlen(path), 1024);
}

static void print_line(const struct item *item, const struct intake *intake)
{
	uint64_t quirks = intake->report != NULL ? intake->report->quirks
	                                         : intake->quirks;
	struct buf line = BUF_INIT(16384);

	print_path(item->path, &line);
	if (intake->stage == INTAKE_DEFERRED)
		buf_add_text(&line, ": not stored, our own trouble");
	else
		buf_printf(&line, ": %s", outcome_name(intake->outcome));
	if (intake->outcome == OUTCOME_REFUSED)
		buf_printf(&line, " (%s)", refusal_name(intake->refusal));
	if (intake->sentence[0] != '\0') {
		buf_add_text(&line, ": ");
		buf_add_printable(&line, intake->sentence,
		                  strlen(intake->sentence),
		                  sizeof(intake->sentence));
	}
	if (quirks != 0) {
		buf_add_text(&line, " [");
		quirks_describe(quirks, &line);
		buf_add_text(&line, "]");
	}
	buf_add_char(&line, '\n');
	(void)fwrite(line.data, 1, line.len, stdout);
	buf_free(&line);
}

static void show_progress(struct import *import, bool last)
{
	int64_t now = timestamp_monotonic_ms();

	if (!import->progress || (!last && now < import->next_progress))
		return;
	import->next_progress = now + PROGRESS_EVERY_MS;
	(void)fprintf(stderr, "\r%lld files%s", (long long)import->seen,
	              last ? "\n" : "");
}

static void done(struct intake *intake)
{
	struct item *item = intake->cls;
	struct import *import = item->import;

	(void)pthread_mutex_lock(&import->mutex);
	if (intake->stage == INTAKE_DEFERRED)
		import->totals->deferred++;
	else
		import->totals->outcomes[intake->outcome]++;
	import->seen++;
	if (item->named || intake->stage == INTAKE_DEFERRED ||
	    intake->outcome == OUTCOME_REFUSED ||
	    intake->outcome == OUTCOME_CONFLICT)
		print_line(item, intake);
	show_progress(import, false);
	(void)pthread_mutex_unlock(&import->mutex);
	item_free(item);
	intake_free(&intake);
}

/* --- files --------------------------------------------------------------- */

static void say_unreadable(struct import *import, const char *why)
{
	struct buf line = BUF_INIT(4096);

	buf_add_printable(&line, why, strlen(why), 2048);
	(void)pthread_mutex_lock(&import->mutex);
	import->totals->unreadable++;
	(void)printf("%s\n", buf_text(&line));
	(void)pthread_mutex_unlock(&import->mutex);
	buf_free(&line);
}

static void take_bytes(struct import *import, struct item *item)
{
	struct intake *intake;

	intake = intake_new(import->config, CHANNEL_IMPORT,
	                    (const uint8_t *)item->bytes.data, item->bytes.len);
	intake->peer = item->path;
	if (strcmp(item->path, "-") != 0)
		intake->name = item->path;
	intake->done = done;
	intake->cls = item;
	intake->received = item->received;
	intake_prepare(intake, timestamp_now());
	writer_put_wait(import->writer, intake);
}

/* When a file was written, 0 where that is not known or in the future. */
static int64_t written_at(const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 ||
	    st.st_mtime > timestamp_now())
		return 0;
	return st.st_mtime;
}

static void take_file(struct import *import, const char *path, bool named)
{
	struct item *item = memory_zero(1, sizeof(*item));
	size_t most = (size_t)(import->config->max_json >
	                                       import->config->max_gzip_body
	                               ? import->config->max_json
	                               : import->config->max_gzip_body);
	struct err err;

	item->import = import;
	item->bytes = BUF_INIT(most);
	item->path = memory_text(path);
	item->named = named;
	if (import->mtime)
		item->received = written_at(path);
	if (file_read(path, &item->bytes, &err) < 0) {
		say_unreadable(import, err.text);
		item_free(item);
		return;
	}
	take_bytes(import, item);
}

static bool is_report_name(const char *name)
{
	return text_ends(text_of(name), ".json") ||
	       text_ends(text_of(name), ".gz");
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Walks a folder; symbolic links in it are not followed. */
static void take_folder(struct import *import, char *path)
{
	char *const roots[] = {path, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	struct err err;
	FTSENT *entry;

	while (walk != NULL && (entry = fts_read(walk)) != NULL) {
		if (entry->fts_info == FTS_F && is_report_name(entry->fts_name))
			take_file(import, entry->fts_path, false);
		else if (entry->fts_info == FTS_DNR ||
		         entry->fts_info == FTS_ERR ||
		         entry->fts_info == FTS_NS) {
			(void)err_set_errno(&err, entry->fts_errno, "%s",
			                    entry->fts_path);
			say_unreadable(import, err.text);
		}
	}
	if (walk == NULL) {
		(void)err_set_errno(&err, errno, "%s", path);
		say_unreadable(import, err.text);
		return;
	}
	(void)fts_close(walk);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int from_file_import(struct config *config, struct store *store,
                     const struct import_paths *paths,
                     struct import_totals *totals, struct err *err)
{
	const struct writer_options options = {.store = store, .queue = QUEUE};
	struct import import = {
		.config = config, .totals = totals, .mtime = paths->mtime};
	size_t i;

	*totals = (struct import_totals){0};
	if (writer_start(&options, &import.writer, err) < 0)
		return -1;
	(void)pthread_mutex_init(&import.mutex, NULL);
	import.progress = isatty(STDERR_FILENO) != 0;
	for (i = 0; i < paths->count; i++) {
		if (strcmp(paths->items[i], "-") != 0 &&
		    is_folder(paths->items[i]))
			take_folder(&import, paths->items[i]);
		else
			take_file(&import, paths->items[i], true);
	}
	writer_stop(&import.writer);
	show_progress(&import, true);
	(void)pthread_mutex_destroy(&import.mutex);
	return 0;
}
