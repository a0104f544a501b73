#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/domain.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/intake/mail_job.h"
#include "collector/intake/writer.h"
#include "collector/mail/file_type.h"
#include "collector/mail/mbox.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"

#define PROGRESS_EVERY_MS 200

/* Batches in flight: one that is written, and one that is read meanwhile. */
#define QUEUE_MAX (2U * LIMIT_BATCH)

/* Files that are opened before they are read. */
#define AHEAD_MAX 64U

struct import_totals {
	int64_t outcomes[OUTCOMES];
	int64_t deferred;   /* our own trouble: run it again */
	int64_t unreadable; /* files that could not be read */
};

struct import_paths {
	char *const *items;
	size_t count;
	/* A file arrived when it was written, not now: an archive that was
	   kept as reports came. */
	bool mtime;
};

struct import {
	struct config *config;
	struct writer *writer;
	struct parser_client *parser; /* of messages; made when one comes */
	struct import_totals *totals; /* the writer's thread counts */
	pthread_mutex_t mutex;
	bool mtime; /* files arrived when they were written */
	bool progress;
	int64_t count;
	int64_t next_progress;
};

/* A file on its way; it lives until its line is written. */
struct import_file {
	struct import *import;
	struct buf bytes;
	char *path;
	bool named;       /* on the command line */
	int64_t received; /* 0: now */
};

/* Files of a folder that are open and are read by the kernel meanwhile. */
struct opened {
	int fd;
	char *path;
};

struct ahead {
	struct opened files[AHEAD_MAX];
	size_t first, count;
};

static void import_file_free(struct import_file *item)
{
	buf_free(&item->bytes);
	free(item->path);
	free(item);
}

/* --- what is said -------------------------------------------------------- */

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
		buf_add_text(&line, ": not stored, our own trouble");
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

static void import_print_progress(struct import *import, bool last)
{
	int64_t now = timestamp_monotonic_ms();

	if (!import->progress || (!last && now < import->next_progress))
		return;
	import->next_progress = now + PROGRESS_EVERY_MS;
	(void)fprintf(stderr, "\r%lld files%s", (long long)import->count,
	              last ? "\n" : "");
}

/* Counts an input and says what there is to say of it. */
static void import_print_result(struct import *import, const char *path,
                                bool named, const struct intake *intake)
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

static void import_file_on_done(struct intake *intake)
{
	struct import_file *item = intake->cls;

	import_print_result(item->import, item->path, item->named, intake);
	import_file_free(item);
	intake_free(&intake);
}

/* The same for the reports in a message. */
static void import_file_on_report(struct mail_job *delivery,
                                  const struct intake *intake)
{
	const struct import_file *item = delivery->cls;

	import_print_result(item->import, item->path, item->named, intake);
}

static void import_file_on_mail_done(struct mail_job *delivery)
{
	import_file_free(delivery->cls);
	mail_job_free(&delivery);
}

/* --- files --------------------------------------------------------------- */

static void import_print_unreadable(struct import *import, const char *why)
{
	struct buf line = BUF_INIT(4096);

	buf_add_printable(&line, why, strlen(why), 2048);
	(void)pthread_mutex_lock(&import->mutex);
	import->totals->unreadable++;
	(void)printf("%s\n", buf_text(&line));
	(void)pthread_mutex_unlock(&import->mutex);
	buf_free(&line);
}

static void import_file_take_report(struct import *import,
                                    struct import_file *item)
{
	struct intake *intake;

	intake = intake_new(import->config, CHANNEL_IMPORT,
	                    (const uint8_t *)item->bytes.data, item->bytes.len);
	intake->peer = item->path;
	if (strcmp(item->path, "-") != 0)
		intake->name = item->path;
	intake->on_done = import_file_on_done;
	intake->cls = item;
	intake->received = item->received;
	intake_prepare(intake, timestamp_now());
	writer_put_wait(import->writer, intake);
}

/* A message that lies in item's bytes. A trial of it has no next time: it does
   not wait for the DNS longer than a message that came just now would. */
static void import_file_take_message(struct import *import,
                                     struct import_file *item)
{
	struct mail_job *delivery = mail_job_new(0);
	struct buf ids = BUF_INIT(8192);
	size_t i;

	for (i = 0; i < import->config->trusted_authserv_id.count; i++)
		buf_printf(&ids, "%s ",
		           import->config->trusted_authserv_id.items[i]);
	delivery->authserv_ids = (struct text){
		arena_copy(delivery->arena, buf_text(&ids), ids.len), ids.len};
	buf_free(&ids);
	delivery->channel = CHANNEL_IMPORT;
	delivery->peer = item->path;
	delivery->message = item->bytes;
	item->bytes = BUF_INIT(0);
	delivery->arrived = item->received;
	delivery->report = import_file_on_report;
	delivery->done = import_file_on_mail_done;
	delivery->cls = item;
	if (import->parser == NULL)
		import->parser = parser_client_new(import->config);
	mail_job_run(import->config, import->parser, import->writer, NULL,
	             delivery);
}

/* When a file was written, 0 where that is not known or in the future. */
static int64_t import_file_written_at(const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 ||
	    st.st_mtime > timestamp_now())
		return 0;
	return st.st_mtime;
}

static struct import_file *import_file_new(struct import *import,
                                           const char *path, bool named,
                                           size_t most)
{
	struct import_file *item = memory_zero(1, sizeof(*item));

	item->import = import;
	item->bytes = BUF_INIT(most);
	item->path = memory_text(path);
	item->named = named;
	if (import->mtime)
		item->received = import_file_written_at(path);
	return item;
}

/* Each message of an mbox file is an input; they are told apart by number. */
static void import_file_take_mbox(struct import *import, const char *path,
                                  bool named)
{
	size_t most = (size_t)import->config->max_message;
	int64_t number = 0;
	struct import_file *item;
	struct mbox *mbox;
	struct err err;
	char *name;
	int result = mbox_open(path, 0, &mbox, &err);

	while (result >= 0) {
		name = memory_zero(1, strlen(path) + 24);
		(void)snprintf(name, strlen(path) + 24, "%s:%lld", path,
		               (long long)++number);
		item = import_file_new(import, name, named, most);
		free(name);
		result = mbox_next(mbox, &item->bytes, &err);
		if (result == 1 && !item->bytes.full) {
			import_file_take_message(import, item);
			continue;
		}
		if (result == 1)
			(void)err_set(&err, ERR_TOO_LARGE,
			              "%s: over max_message", item->path);
		if (result == 1)
			import_print_unreadable(import, err.text);
		import_file_free(item);
		if (result == 0)
			break;
	}
	if (result < 0)
		import_print_unreadable(import, err.text);
	else
		mbox_close(&mbox);
}

enum content {
	CONTENT_REPORT,
	CONTENT_MESSAGE,
	CONTENT_MBOX
};

static enum content import_file_content(const void *data, size_t len)
{
	if (mbox_is(data, len))
		return CONTENT_MBOX;
	return file_type_is_message(data, len) || file_type_is_packed(data, len)
	               ? CONTENT_MESSAGE
	               : CONTENT_REPORT;
}

/* By the file's first bytes; what cannot be read is found out later. */
static enum content import_file_detect(int fd)
{
	char start[1024];
	ssize_t len = pread(fd, start, sizeof(start), 0);

	return len < 0 ? CONTENT_REPORT
	               : import_file_content(start, (size_t)len);
}

static size_t import_file_report_max(const struct config *config)
{
	return (size_t)(config->max_json > config->max_gzip_body
	                        ? config->max_json
	                        : config->max_gzip_body);
}

/* One message or one report; a mail pipe may begin with the line of an mbox. */
static void import_file_take_stdin(struct import *import, bool named)
{
	struct import_file *item = import_file_new(
		import, "-", named, (size_t)import->config->max_message);
	struct err err;
	char *line_end;

	if (file_read("-", &item->bytes, &err) < 0) {
		import_print_unreadable(import, err.text);
		import_file_free(item);
		return;
	}
	if (mbox_is((const uint8_t *)item->bytes.data, item->bytes.len)) {
		line_end = memchr(item->bytes.data, '\n', item->bytes.len);
		item->bytes.len -=
			line_end == NULL
				? 0
				: (size_t)(line_end + 1 - item->bytes.data);
		if (line_end != NULL)
			memmove(item->bytes.data, line_end + 1,
			        item->bytes.len);
	}
	if (import_file_content(item->bytes.data, item->bytes.len) ==
	    CONTENT_MESSAGE)
		import_file_take_message(import, item);
	else
		import_file_take_report(import, item);
}

static void import_file_take_open(struct import *import, int fd,
                                  const char *path, bool named)
{
	enum content content = import_file_detect(fd);
	struct import_file *item;
	struct err err;

	if (content == CONTENT_MBOX) {
		import_file_take_mbox(import, path, named);
		return;
	}
	item = import_file_new(
		import, path, named,
		content == CONTENT_MESSAGE
			? (size_t)import->config->max_message
			: import_file_report_max(import->config));
	if (file_read_open(fd, path, &item->bytes, &err) < 0) {
		import_print_unreadable(import, err.text);
		import_file_free(item);
	} else if (content == CONTENT_MESSAGE) {
		import_file_take_message(import, item);
	} else {
		import_file_take_report(import, item);
	}
}

static void import_file_take(struct import *import, const char *path)
{
	struct err err;
	int fd;

	if (file_open(path, &fd, &err) < 0) {
		import_print_unreadable(import, err.text);
		return;
	}
	import_file_take_open(import, fd, path, true);
	(void)close(fd);
}

/* --- folders ------------------------------------------------------------- */

static void import_folder_take_oldest(struct import *import,
                                      struct ahead *ahead)
{
	struct opened *oldest = &ahead->files[ahead->first];

	import_file_take_open(import, oldest->fd, oldest->path, false);
	(void)close(oldest->fd);
	free(oldest->path);
	ahead->first = (ahead->first + 1) % AHEAD_MAX;
	ahead->count--;
}

/* Opens a file of a folder, so that the kernel reads it while those before it
   are taken in. */
static void import_folder_open_ahead(struct import *import, struct ahead *ahead,
                                     const char *path)
{
	struct opened *file;
	struct err err;
	int fd;

	if (file_open(path, &fd, &err) < 0) {
		import_print_unreadable(import, err.text);
		return;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
	if (ahead->count == AHEAD_MAX)
		import_folder_take_oldest(import, ahead);
	file = &ahead->files[(ahead->first + ahead->count++) % AHEAD_MAX];
	file->fd = fd;
	file->path = memory_text(path);
}

static bool import_folder_is_report_name(const char *name)
{
	static const char *const packed[] = {".zst", ".bz2", ".xz", ".lz4"};
	struct text text = text_of(name);
	size_t i;

	if (text_ends(text, ".gz"))
		return true;
	for (i = 0; i < ARRAY_LENGTH(packed); i++) {
		if (text_ends(text, packed[i])) {
			text.len -= strlen(packed[i]);
			break;
		}
	}
	return text_ends(text, ".json") || text_ends(text, ".eml");
}

/* A message of a Maildir: any name, in a folder "cur" or "new". */
static bool import_folder_is_in_maildir(const FTSENT *entry)
{
	return entry->fts_level > 0 && entry->fts_name[0] != '.' &&
	       (strcmp(entry->fts_parent->fts_name, "cur") == 0 ||
	        strcmp(entry->fts_parent->fts_name, "new") == 0);
}

static int import_folder_compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Walks a folder; symbolic links in it are not followed. */
static void import_folder_take(struct import *import, char *path)
{
	char *const roots[] = {path, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR,
	                     import_folder_compare_names);
	struct ahead ahead = {.count = 0};
	struct err err;
	FTSENT *entry;

	while (walk != NULL && (entry = fts_read(walk)) != NULL) {
		if (entry->fts_info == FTS_F &&
		    (import_folder_is_report_name(entry->fts_name) ||
		     import_folder_is_in_maildir(entry)))
			import_folder_open_ahead(import, &ahead,
			                         entry->fts_path);
		else if (entry->fts_info == FTS_DNR ||
		         entry->fts_info == FTS_ERR ||
		         entry->fts_info == FTS_NS) {
			(void)err_set_errno(&err, entry->fts_errno, "%s",
			                    entry->fts_path);
			import_print_unreadable(import, err.text);
		}
	}
	while (ahead.count > 0)
		import_folder_take_oldest(import, &ahead);
	if (walk == NULL) {
		(void)err_set_errno(&err, errno, "%s", path);
		import_print_unreadable(import, err.text);
		return;
	}
	(void)fts_close(walk);
}

static bool import_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Takes in each path: a report, a message, an mbox file, a folder with all
   below it whose name ends in .json, .gz or .eml or that lies in a Maildir, or
   "-" for standard input. One line on stdout for each path that was named, and
   for each file in a folder that was not simply stored; progress on stderr when
   that is a terminal. What cannot be read is said and counted, and the rest
   goes on. */
static int import_all(struct config *config, struct store *store,
                      const struct import_paths *paths,
                      struct import_totals *totals, struct err *err)
{
	const struct writer_options options = {
		.store = store, .queue = QUEUE_MAX, .fill_batches = true};
	struct import import = {
		.config = config, .totals = totals, .mtime = paths->mtime};
	size_t i;

	*totals = (struct import_totals){0};
	if (writer_start(&options, &import.writer, err) < 0)
		return -1;
	(void)pthread_mutex_init(&import.mutex, NULL);
	import.progress = isatty(STDERR_FILENO) != 0;
	for (i = 0; i < paths->count; i++) {
		if (strcmp(paths->items[i], "-") == 0)
			import_file_take_stdin(&import, true);
		else if (import_is_folder(paths->items[i]))
			import_folder_take(&import, paths->items[i]);
		else
			import_file_take(&import, paths->items[i]);
	}
	writer_free(&import.writer);
	parser_client_free(&import.parser);
	import_print_progress(&import, true);
	(void)pthread_mutex_destroy(&import.mutex);
	return 0;
}

static int import_status(const struct import_totals *totals, bool keep)
{
	if (totals->deferred > 0)
		return EX_TEMPFAIL;
	if (totals->unreadable > 0)
		return EX_NOINPUT;
	return totals->outcomes[OUTCOME_REFUSED] > 0 && !keep ? EX_DATAERR
	                                                      : EX_OK;
}

/* For a mail pipe whatever is wrong here, the configuration too, is no reason
   to return a message to its sender. */
static int import_fail(const struct command_line *line, const struct err *err)
{
	int status = command_fail(line, err);

	return command_has(line, VERBS_KEEP) ? EX_TEMPFAIL : status;
}

/* Root who imports is the store's owner by then, who may read less. */
static void import_explain_unreadable(void)
{
	char name[64];

	(void)fprintf(stderr,
	              "tlsrpt-collector: root became %s, the owner of the "
	              "store, who has to be able to read the files and to "
	              "enter their folders: put a copy where that is so, or "
	              "give one file at a time: tlsrpt-collector import - "
	              "<FILE\n",
	              verbs_user_name(name, sizeof(name)));
}

int import_run(const struct command_line *line)
{
	bool is_root = geteuid() == 0;
	const struct import_paths paths = {line->rest, (size_t)line->count,
	                                   command_has(line, VERBS_MTIME)};
	struct import_totals totals;
	struct config *config;
	struct store *store;
	struct err err;
	int result;

	if (verbs_open_to_write(line, &config, &store, &err) < 0)
		return import_fail(line, &err);
	result = import_all(config, store, &paths, &totals, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return import_fail(line, &err);
	(void)printf("%lld stored, %lld duplicates, %lld conflicts, %lld "
	             "refused, %lld no reports, %lld unreadable, %lld not "
	             "stored\n",
	             (long long)totals.outcomes[OUTCOME_STORED],
	             (long long)totals.outcomes[OUTCOME_DUPLICATE],
	             (long long)totals.outcomes[OUTCOME_CONFLICT],
	             (long long)totals.outcomes[OUTCOME_REFUSED],
	             (long long)totals.outcomes[OUTCOME_IGNORED],
	             (long long)totals.unreadable, (long long)totals.deferred);
	if (totals.unreadable > 0 && is_root && geteuid() != 0)
		import_explain_unreadable();
	return import_status(&totals, command_has(line, VERBS_KEEP));
}
