#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "collector/mail/file_type.h"
#include "collector/mail/mbox.h"
#include "collector/verbs/import_private.h"
#include "schema/limits.h"

/* Digits of a message's number, behind a path. */
#define IMPORT_READER_NUMBER_SIZE 24U

/* --- a report ------------------------------------------------------------- */

/* What is large stays RECEIVED, and is prepared when it is its turn. */
static void import_reader_take_report(struct import_input *input)
{
	struct import *import = input->import;
	struct intake *intake;

	intake = intake_new(import->config, CHANNEL_IMPORT,
	                    (const uint8_t *)input->bytes.data,
	                    input->bytes.len);
	intake->peer = input->path;
	if (strcmp(input->path, "-") != 0)
		intake->name = input->path;
	intake->small_json = LIMIT_SMALL_JSON;
	intake->on_done = import_offer_on_report_done;
	intake->cls = input;
	intake->received = input->received;
	input->intake = intake;
	intake_prepare(intake, timestamp_now());
	import_queue_count(import->queue, input, intake_memory(intake));
	import_queue_set_ready(import->queue, input);
	import_offer_all(import);
}

static void import_reader_fail(struct import_input *input,
                               const struct err *err)
{
	import_input_close(input);
	import_print_unreadable(input, err->text);
	import_queue_set_done(input->import->queue, input);
}

/* --- an mbox file --------------------------------------------------------- */

static struct import_input *
import_reader_new_message(const struct import_input *file, int64_t number)
{
	size_t size = strlen(file->path) + IMPORT_READER_NUMBER_SIZE;
	struct import_input *input;
	struct buf path = BUF_INIT(size);

	buf_printf(&path, "%s:%lld", file->path, (long long)number);
	input = import_input_new(file->import, buf_text(&path), file->named);
	input->bytes = BUF_INIT((size_t)file->import->config->max_message);
	buf_free(&path);
	return input;
}

/* Each message is an input before that of the file; they are told apart by
   number. */
static int import_reader_take_messages(struct import_input *file,
                                       struct mbox *mbox, struct err *err)
{
	struct import_input *input;
	int64_t number = 0;
	int result;

	while (!import_queue_is_cancelled(file->import->queue)) {
		input = import_reader_new_message(file, ++number);
		result = mbox_next(mbox, &input->bytes, err);
		if (result != 1) {
			import_input_free(&input);
			return result;
		}
		if (input->bytes.full) {
			(void)err_set(err, ERR_TOO_LARGE,
			              "%s: over max_message", input->path);
			import_print_unreadable(input, err->text);
			buf_free(&input->bytes);
		}
		import_mail_put(input, file);
	}
	return 0;
}

static void import_reader_take_mbox(struct import_input *file)
{
	struct mbox *mbox = NULL;
	int fd = file->fd, result;
	struct err err;

	buf_free(&file->bytes);
	file->fd = -1;
	result = mbox_open_fd(fd, file->path, &mbox, &err);
	if (result == 0)
		result = import_reader_take_messages(file, mbox, &err);
	if (result == 0)
		result = file_check_unchanged(fd, file->path, &file->opened,
		                              &err);
	mbox_close(&mbox);
	if (result < 0)
		import_print_unreadable(file, err.text);
	import_queue_set_done(file->import->queue, file);
}

/* --- a file --------------------------------------------------------------- */

enum import_reader_content {
	IMPORT_READER_REPORT,
	IMPORT_READER_MESSAGE,
	IMPORT_READER_MBOX
};

static enum import_reader_content import_reader_detect(const void *data,
                                                       size_t len)
{
	if (mbox_is(data, len))
		return IMPORT_READER_MBOX;
	return file_type_is_message(data, len) || file_type_is_packed(data, len)
	               ? IMPORT_READER_MESSAGE
	               : IMPORT_READER_REPORT;
}

/* By the file's first bytes; what cannot be read is found out later. */
static enum import_reader_content import_reader_detect_file(int fd)
{
	char start[1024];
	ssize_t len = pread(fd, start, sizeof(start), 0);

	return len < 0 ? IMPORT_READER_REPORT
	               : import_reader_detect(start, (size_t)len);
}

static size_t import_reader_report_max(const struct config *config)
{
	return (size_t)(config->max_json > config->max_gzip_body
	                        ? config->max_json
	                        : config->max_gzip_body);
}

/* When a file was written; 0 where that is in the future. */
static int64_t import_reader_written_at(const struct stat *opened)
{
	return opened->st_mtime > timestamp_now() ? 0 : opened->st_mtime;
}

/* Reads it; an mbox file is not read whole where it is larger than a report may
   be. */
static int import_reader_read(struct import_input *input,
                              enum import_reader_content *content,
                              struct err *err)
{
	const struct config *config = input->import->config;
	size_t size = (size_t)input->opened.st_size;
	size_t max = import_reader_report_max(config);

	if (size > max) {
		*content = import_reader_detect_file(input->fd);
		if (*content == IMPORT_READER_MBOX)
			return 0;
		if (*content == IMPORT_READER_MESSAGE)
			max = (size_t)config->max_message;
	}
	input->bytes = BUF_INIT(max);
	if (size <= max)
		import_queue_reserve(input->import->queue, input, size);
	if (file_read_open(input->fd, input->path, &input->opened,
	                   &input->bytes, err) < 0)
		return -1;
	*content = import_reader_detect(input->bytes.data, input->bytes.len);
	if (*content == IMPORT_READER_MESSAGE &&
	    size > (size_t)config->max_message)
		return err_set(err, ERR_TOO_LARGE, "%s: over %lld bytes",
		               input->path, (long long)config->max_message);
	return 0;
}

static void import_reader_take_file(struct import_input *input)
{
	enum import_reader_content content;
	struct err err;

	if (input->import->mtime)
		input->received = import_reader_written_at(&input->opened);
	if (import_reader_read(input, &content, &err) < 0) {
		import_reader_fail(input, &err);
	} else if (content == IMPORT_READER_MBOX) {
		import_reader_take_mbox(input);
	} else {
		import_input_close(input);
		if (content == IMPORT_READER_MESSAGE)
			import_mail_put(input, NULL);
		else
			import_reader_take_report(input);
	}
}

/* One message or one report; a mail pipe may begin with the line of an mbox. */
static void import_reader_take_stdin(struct import_input *input)
{
	size_t max = (size_t)input->import->config->max_message;
	struct err err;

	import_queue_reserve(input->import->queue, input, max);
	input->bytes = BUF_INIT(max);
	if (file_read("-", &input->bytes, &err) < 0) {
		import_reader_fail(input, &err);
		return;
	}
	mbox_drop_from_line(&input->bytes);
	if (import_reader_detect(input->bytes.data, input->bytes.len) ==
	    IMPORT_READER_MESSAGE)
		import_mail_put(input, NULL);
	else
		import_reader_take_report(input);
}

/* --- threads -------------------------------------------------------------- */

static void *import_reader_thread(void *cls)
{
	struct import *import = cls;
	struct import_input *input;

	while ((input = import_queue_take(import->queue)) != NULL) {
		if (input->lines.len > 0)
			import_queue_set_done(import->queue, input);
		else if (strcmp(input->path, "-") == 0)
			import_reader_take_stdin(input);
		else
			import_reader_take_file(input);
	}
	return NULL;
}

/* Those that this process may use. */
static size_t import_reader_count_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0
	               ? (size_t)CPU_COUNT(&set)
	               : 1;
}

/* One thread is enough where no more can be had. */
int import_reader_start(struct import *import, struct err *err)
{
	size_t wanted;
	int number = 0;

	import->processors = import_reader_count_processors();
	wanted = import->processors < IMPORT_READERS_MAX ? import->processors
	                                                 : IMPORT_READERS_MAX;
	while (import->reader_count < wanted && number == 0) {
		number = pthread_create(&import->readers[import->reader_count],
		                        NULL, import_reader_thread, import);
		import->reader_count += number == 0;
	}
	return import->reader_count > 0
	               ? 0
	               : err_set_errno(err, number, "no thread for files");
}

void import_reader_stop(struct import *import)
{
	size_t i;

	for (i = 0; i < import->reader_count; i++)
		(void)pthread_join(import->readers[i], NULL);
}
