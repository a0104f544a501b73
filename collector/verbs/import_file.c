#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/intake/mail_job.h"
#include "collector/mail/file_type.h"
#include "collector/mail/mbox.h"
#include "collector/verbs/import_private.h"

/* A file on its way; it lives until its line is written. */
struct import_file {
	struct import *import;
	struct buf bytes;
	char *path;
	bool named;       /* on the command line */
	int64_t received; /* 0: now */
};

static void import_file_free(struct import_file *file)
{
	buf_free(&file->bytes);
	free(file->path);
	free(file);
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

static struct import_file *
import_file_new(struct import *import, const char *path, bool named, size_t max)
{
	struct import_file *file = memory_zero(1, sizeof(*file));

	file->import = import;
	file->bytes = BUF_INIT(max);
	file->path = memory_text(path);
	file->named = named;
	if (import->mtime)
		file->received = import_file_written_at(path);
	return file;
}

static void import_file_on_done(struct intake *intake)
{
	struct import_file *file = intake->cls;

	import_print_result(file->import, file->path, file->named, intake);
	import_file_free(file);
	intake_free(&intake);
}

/* The same for the reports in a message. */
static void import_file_on_report(struct mail_job *job,
                                  const struct intake *intake)
{
	const struct import_file *file = job->cls;

	import_print_result(file->import, file->path, file->named, intake);
}

static void import_file_on_mail_done(struct mail_job *job)
{
	import_file_free(job->cls);
	mail_job_free(&job);
}

static void import_file_take_report(struct import *import,
                                    struct import_file *file)
{
	struct intake *intake;

	intake = intake_new(import->config, CHANNEL_IMPORT,
	                    (const uint8_t *)file->bytes.data, file->bytes.len);
	intake->peer = file->path;
	if (strcmp(file->path, "-") != 0)
		intake->name = file->path;
	intake->on_done = import_file_on_done;
	intake->cls = file;
	intake->received = file->received;
	intake_prepare(intake, timestamp_now());
	writer_put_wait(import->writer, intake);
}

/* A message that lies in file's bytes. A trial of it has no next time: it does
   not wait for the DNS longer than a message that came just now would. */
static void import_file_take_message(struct import *import,
                                     struct import_file *file)
{
	struct mail_job *job = mail_job_new(0);

	job->authserv_ids = import->config->authserv_ids;
	job->channel = CHANNEL_IMPORT;
	job->peer = file->path;
	job->message = file->bytes;
	file->bytes = BUF_INIT(0);
	job->arrived = file->received;
	job->report = import_file_on_report;
	job->done = import_file_on_mail_done;
	job->cls = file;
	if (import->parser == NULL)
		import->parser = parser_client_new(import->config);
	mail_job_run(import->config, import->parser, import->writer, NULL, job);
}

/* Each message of an mbox file is an input; they are told apart by number. */
static void import_file_take_mbox(struct import *import, const char *path,
                                  bool named)
{
	size_t max = (size_t)import->config->max_message;
	int64_t number = 0;
	struct import_file *file;
	struct mbox *mbox;
	struct err err;
	char *name;
	int result = mbox_open(path, 0, &mbox, &err);

	while (result >= 0) {
		name = memory_zero(1, strlen(path) + 24);
		(void)snprintf(name, strlen(path) + 24, "%s:%lld", path,
		               (long long)++number);
		file = import_file_new(import, name, named, max);
		free(name);
		result = mbox_next(mbox, &file->bytes, &err);
		if (result == 1 && !file->bytes.full) {
			import_file_take_message(import, file);
			continue;
		}
		if (result == 1)
			(void)err_set(&err, ERR_TOO_LARGE,
			              "%s: over max_message", file->path);
		if (result == 1)
			import_print_unreadable(import, err.text);
		import_file_free(file);
		if (result == 0)
			break;
	}
	if (result < 0)
		import_print_unreadable(import, err.text);
	else
		mbox_close(&mbox);
}

enum import_file_content {
	IMPORT_FILE_REPORT,
	IMPORT_FILE_MESSAGE,
	IMPORT_FILE_MBOX
};

static enum import_file_content import_file_detect_bytes(const void *data,
                                                         size_t len)
{
	if (mbox_is(data, len))
		return IMPORT_FILE_MBOX;
	return file_type_is_message(data, len) || file_type_is_packed(data, len)
	               ? IMPORT_FILE_MESSAGE
	               : IMPORT_FILE_REPORT;
}

/* By the file's first bytes; what cannot be read is found out later. */
static enum import_file_content import_file_detect(int fd)
{
	char start[1024];
	ssize_t len = pread(fd, start, sizeof(start), 0);

	return len < 0 ? IMPORT_FILE_REPORT
	               : import_file_detect_bytes(start, (size_t)len);
}

static size_t import_file_report_max(const struct config *config)
{
	return (size_t)(config->max_json > config->max_gzip_body
	                        ? config->max_json
	                        : config->max_gzip_body);
}

/* One message or one report; a mail pipe may begin with the line of an mbox. */
void import_file_take_stdin(struct import *import, bool named)
{
	struct import_file *file = import_file_new(
		import, "-", named, (size_t)import->config->max_message);
	struct err err;

	if (file_read("-", &file->bytes, &err) < 0) {
		import_print_unreadable(import, err.text);
		import_file_free(file);
		return;
	}
	mbox_drop_from_line(&file->bytes);
	if (import_file_detect_bytes(file->bytes.data, file->bytes.len) ==
	    IMPORT_FILE_MESSAGE)
		import_file_take_message(import, file);
	else
		import_file_take_report(import, file);
}

void import_file_take_open(struct import *import, int fd, const char *path,
                           bool named)
{
	enum import_file_content content = import_file_detect(fd);
	struct import_file *file;
	struct err err;

	if (content == IMPORT_FILE_MBOX) {
		import_file_take_mbox(import, path, named);
		return;
	}
	file = import_file_new(
		import, path, named,
		content == IMPORT_FILE_MESSAGE
			? (size_t)import->config->max_message
			: import_file_report_max(import->config));
	if (file_read_open(fd, path, &file->bytes, &err) < 0) {
		import_print_unreadable(import, err.text);
		import_file_free(file);
	} else if (content == IMPORT_FILE_MESSAGE) {
		import_file_take_message(import, file);
	} else {
		import_file_take_report(import, file);
	}
}

void import_file_take(struct import *import, const char *path)
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
