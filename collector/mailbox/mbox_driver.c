/*
 * An mbox file as a mailbox. It is only read; a message is known by where it
 * begins.
 */
#include "collector/mail/mbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/mail/compression.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/protocol.h"
#include "collector/mailbox/worker_list.h"
#include "collector/mailbox/worker_wire.h"

/* How far a message may be larger than what is sent of it: the collector
   refuses by size, so that nothing is cut unseen. */
#define MESSAGE_MAX (65U * 1024U * 1024U)

/* What tells one file from another in its place. */
#define HEAD_SIZE 256U

static int mbox_driver_refuse(const char *path, const uint8_t *head, size_t len,
                              struct err *err)
{
	const char *packing = compression_name(head, len);

	if (packing != NULL)
		return err_set(err, ERR_CONFIG,
		               "%s is packed with %s; an mbox file is read "
		               "unpacked only",
		               path, packing);
	return err_set(err, ERR_CONFIG,
	               "%s is no mbox file: it does not begin with \"From \"",
	               path);
}

static int mbox_driver_open(struct worker *worker, struct err *err)
{
	const char *path = worker->settings.path;
	struct buf where = BUF_INIT(16384);
	char head[HEAD_SIZE];
	struct stat st;
	FILE *file;
	size_t len = 0;

	driver_set_stage(worker, "opening %s", path);
	if (stat(path, &st) < 0)
		return err_set(err, ERR_NOT_FOUND, "%s cannot be read", path);
	file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, ERR_SYSTEM, "%s cannot be read", path);
	len = fread(head, 1, sizeof(head), file);
	(void)fclose(file);
	if (len > 0 && !mbox_is((const uint8_t *)head, len))
		return mbox_driver_refuse(path, (const uint8_t *)head, len,
		                          err);
	buf_printf(&where, "mbox %s %llu ", path,
	           (unsigned long long)st.st_ino);
	/* A short file grows: only a whole head says something. */
	if (len == sizeof(head))
		buf_add(&where, head, len);
	worker->validity = driver_hash(where.data, where.len);
	buf_free(&where);
	return 0;
}

static bool mbox_driver_is_waiting(const struct worker *worker, int64_t message)
{
	size_t i;

	for (i = 0; i < worker->known_count; i++) {
		if (worker->known[i].message == message)
			return !worker->known[i].done;
	}
	return false;
}

/* The place to begin at: behind what is done, or at the first that waits. */
static int64_t mbox_driver_start_offset(const struct worker *worker)
{
	int64_t first = worker->done_to;
	size_t i;

	for (i = 0; i < worker->known_count; i++) {
		if (!worker->known[i].done && worker->known[i].message < first)
			first = worker->known[i].message;
	}
	return first > 0 ? first - 1 : 0;
}

/* Whether a message begins there, or the file ends. */
static bool mbox_driver_is_start(const char *path, int64_t offset)
{
	FILE *file = fopen(path, "re");
	char start[8] = "";
	size_t len = 0;

	if (file == NULL)
		return false;
	if (fseek(file, (long)offset, SEEK_SET) == 0)
		len = fread(start, 1, 6, file);
	(void)fclose(file);
	return mbox_is((const uint8_t *)start, len);
}

static void mbox_driver_send_rescan(struct worker *worker)
{
	wire_begin(&worker->frame, MAILBOX_FRAME_RESCAN);
	worker_wire_send(worker);
	worker->done_to = 0;
	worker->known_count = 0;
}

static int mbox_driver_list(struct worker *worker, struct err *err)
{
	struct buf message = BUF_INIT(0);
	struct mbox *mbox;
	int64_t start;
	int result;

	/* Somebody has taken messages out of it. */
	if (worker->done_to > 0 &&
	    !mbox_driver_is_start(worker->settings.path,
	                          mbox_driver_start_offset(worker)))
		mbox_driver_send_rescan(worker);
	worker->highest = worker->done_to;
	if (mbox_open(worker->settings.path, mbox_driver_start_offset(worker),
	              &mbox, err) < 0)
		return -1;
	for (;;) {
		struct driver_entry entry = {0};

		start = mbox_offset(mbox);
		buf_reset(&message);
		result = mbox_next(mbox, &message, err);
		if (result != 1)
			break;
		entry.message = start + 1;
		entry.size = mbox_offset(mbox) - start;
		if (entry.message <= worker->done_to &&
		    !mbox_driver_is_waiting(worker, entry.message))
			continue;
		if (!worker_list_add(worker, &entry))
			break;
		if (entry.message > worker->highest)
			worker->highest = entry.message;
	}
	mbox_close(&mbox);
	return result < 0 ? -1 : 0;
}

static int mbox_driver_fetch(struct worker *worker, struct driver_entry *entry,
                             struct err *err)
{
	struct buf message = BUF_INIT(MESSAGE_MAX);
	struct mbox *mbox;
	int result;

	if (mbox_open(worker->settings.path, entry->message - 1, &mbox, err) <
	    0)
		return -1;
	result = mbox_next(mbox, &message, err);
	if (result == 1 && !message.full)
		worker_wire_send_data(worker, message.data, message.len);
	else if (result == 1)
		result = err_set(err, ERR_MALFORMED, "is too large");
	else if (result == 0)
		result = err_set(err, ERR_NOT_FOUND, "is gone");
	mbox_close(&mbox);
	buf_free(&message);
	return result < 0 ? -1 : 0;
}

static int mbox_driver_mark(struct worker *worker,
                            const struct mailbox_action *action,
                            struct driver_entry *const *entries, size_t count,
                            struct err *err)
{
	(void)worker;
	(void)action;
	(void)entries;
	(void)count;
	return err_set(err, ERR_CONFIG, "an mbox file is only read");
}

static int mbox_driver_close(struct worker *worker, struct err *err)
{
	(void)worker;
	(void)err;
	return 0;
}

const struct mailbox_driver mbox_driver = {
	.id_word = "place",
	.open = mbox_driver_open,
	.list = mbox_driver_list,
	.fetch = mbox_driver_fetch,
	.mark = mbox_driver_mark,
	.close = mbox_driver_close,
};
