#include "collector/mailbox/imap_idle.h"

#include <string.h>

#include "base/timestamp.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/imap_command.h"
#include "collector/mailbox/imap_stream.h"

#define IDLE_TAG     "idle "
#define IDLE_REFUSED 3

/* RFC 2177: before the server thinks we are gone. */
#define IDLE_MAX_MS (25 * 60 * 1000)

/* Waits until something can be read: 1; else as mailbox_driver.idle. */
static int imap_idle_wait_for_line(struct worker *worker, int64_t until,
                                   struct err *err)
{
	struct imap *imap = worker->driver_state;
	int64_t left = until - timestamp_monotonic_ms();
	int result;

	if (left <= 0)
		return 0;
	if (imap->text->read_buffer_len > 0)
		return 1;
	result = netstream_wait(imap->stream, worker->wire.fd, left);
	return result < 0 ? imap_stream_fail(imap, MAILIMAP_ERROR_STREAM, err)
	                  : result;
}

/* The server has ended it by itself. A refusal is no reason to connect again:
   the next would be as good. */
static int imap_idle_end_early(struct worker *worker, const char *said)
{
	struct imap *imap = worker->driver_state;

	if (text_starts(text_of(said), "OK"))
		return 1;
	imap->no_idle = true;
	driver_send_no_idle(worker, said);
	return IDLE_REFUSED;
}

/* Lines until news, silence, a word of the collector, or the end of the command
   that *over is set for. */
static int imap_idle_wait(struct worker *worker, int64_t until, bool *over,
                          struct err *err)
{
	struct imap *imap = worker->driver_state;
	char line[IMAP_LINE_MAX];
	int result;

	for (;;) {
		result = imap_idle_wait_for_line(worker, until, err);
		if (result != 1)
			return result;
		imap_stream_expect(worker, IMAP_SLACK_BYTES);
		if (imap_command_read_line(worker, line, sizeof(line), err) < 0)
			return -1;
		if (imap_command_note_news(imap, line))
			return 1;
		if (strncmp(line, IDLE_TAG, strlen(IDLE_TAG)) == 0) {
			*over = true;
			return imap_idle_end_early(worker,
			                           line + strlen(IDLE_TAG));
		}
		if (strncmp(line, "* BYE", 5) == 0)
			return err_set(err, ERR_BUSY, "the server says: %.200s",
			               line);
	}
}

static int imap_idle_end(struct worker *worker, int result, struct err *err)
{
	char line[IMAP_LINE_MAX];

	if (imap_command_send_line(worker, "DONE\r\n", err) < 0)
		return -1;
	do {
		if (imap_command_read_line(worker, line, sizeof(line), err) < 0)
			return -1;
		if (imap_command_note_news(worker->driver_state, line) &&
		    result == 0)
			result = 1;
	} while (strncmp(line, IDLE_TAG, strlen(IDLE_TAG)) != 0);
	return result;
}

int imap_idle(struct worker *worker, int64_t milliseconds, struct err *err)
{
	struct imap *imap = worker->driver_state;
	int64_t until;
	bool over = imap->no_idle;
	int result;

	if (milliseconds > IDLE_MAX_MS)
		milliseconds = IDLE_MAX_MS;
	until = timestamp_monotonic_ms() + milliseconds;
	if (!over &&
	    imap_command_send_line(worker, IDLE_TAG "IDLE\r\n", err) < 0)
		return -1;
	/* News may stand before the "+". */
	result = imap_idle_wait(worker, until, &over, err);
	/* One that refuses is asked again when the time is over. */
	if (result == IDLE_REFUSED)
		result = imap_idle_wait(worker, until, &over, err);
	if (result < 0 || over)
		return result;
	return imap_idle_end(worker, result, err);
}
