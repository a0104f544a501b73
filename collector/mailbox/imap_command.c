/*
 * Lines that we send and read ourselves, on libetpan's stream: it ends by a
 * null pointer when a server names no capability, and has no IDLE that can be
 * ended by somebody else.
 */
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "collector/mailbox/imap_private.h"

#define IMAP_LINE_MAX 4096U

#define IDLE_TAG     "idle "
#define IDLE_REFUSED 3

/* RFC 2177: before the server thinks we are gone. */
#define IDLE_MAX_MS (25 * 60 * 1000)

static int imap_command_send_line(struct worker *session, const char *line,
                                  struct err *err)
{
	struct imap *imap = session->driver_state;

	imap_stream_expect(session, IMAP_SLACK_BYTES);
	if (mailstream_write(imap->text, line, strlen(line)) < 0 ||
	    mailstream_flush(imap->text) < 0)
		return imap_stream_fail(imap, MAILIMAP_ERROR_STREAM, err);
	return 0;
}

/* One line of the server into line, cut; -1 when the stream fails. */
static int imap_command_read_line(struct worker *session, char *line,
                                  size_t size, struct err *err)
{
	struct imap *imap = session->driver_state;
	size_t len = 0;
	char c;

	for (;;) {
		if (mailstream_read(imap->text, &c, 1) != 1)
			return imap_stream_fail(imap, MAILIMAP_ERROR_STREAM,
			                        err);
		if (c == '\n')
			break;
		if (len + 1 < size)
			line[len++] = c;
	}
	line[len] = '\0';
	return 0;
}

/* Whether a line says that there is something new. libetpan does not see these
   lines, so that the number of messages is handed to it. */
static bool imap_command_note_news(const struct imap *imap, const char *line)
{
	struct mailimap_selection_info *info =
		imap->handle->imap_selection_info;
	struct text rest = text_of(line), word, number;
	int64_t count;

	if (!text_next(&rest, ' ', &word) || !text_is(word, "*") ||
	    !text_next(&rest, ' ', &number) || !text_integer(number, &count) ||
	    count < 0 || count > UINT32_MAX)
		return false;
	rest = text_trim(rest);
	if (text_equal_case(rest, "EXPUNGE") && info != NULL &&
	    info->sel_exists > 0)
		info->sel_exists--;
	if (!text_equal_case(rest, "EXISTS"))
		return text_equal_case(rest, "RECENT");
	if (info != NULL) {
		info->sel_exists = (uint32_t)count;
		info->sel_has_exists = 1;
	}
	return true;
}

/* What a server can do that we ask for. */
static const char *const imap_command_capabilities[] = {
	[IMAP_CAN_MOVE] = "MOVE",
	[IMAP_CAN_UIDPLUS] = "UIDPLUS",
	[IMAP_CAN_IDLE] = "IDLE",
	[IMAP_CAN_NAMESPACE] = "NAMESPACE",
};

int imap_command_run(struct worker *session, const char *tag,
                     const char *command,
                     void (*hear)(struct imap *imap, const char *line),
                     struct err *err)
{
	struct imap *imap = session->driver_state;
	size_t len = strlen(tag);
	char line[IMAP_LINE_MAX];

	(void)snprintf(line, sizeof(line), "%s %s\r\n", tag, command);
	if (imap_command_send_line(session, line, err) < 0)
		return -1;
	do {
		if (imap_command_read_line(session, line, sizeof(line), err) <
		    0)
			return -1;
		if (!imap_command_note_news(imap, line) && hear != NULL)
			hear(imap, line);
	} while (strncmp(line, tag, len) != 0 || line[len] != ' ');
	if (text_starts(text_of(line + len + 1), "OK"))
		return 0;
	return imap_stream_fail(imap, MAILIMAP_ERROR_PROTOCOL, err);
}

static void imap_command_on_capability(struct imap *imap, const char *line)
{
	struct text rest = text_of(line), word;
	size_t i;

	if (!text_next(&rest, ' ', &word) || !text_is(word, "*") ||
	    !text_next(&rest, ' ', &word) ||
	    !text_equal_case(word, "CAPABILITY"))
		return;
	imap->capabilities_known = true;
	while (text_next(&rest, ' ', &word)) {
		for (i = 0; i < IMAP_CAPABILITIES; i++) {
			if (text_equal_case(text_trim(word),
			                    imap_command_capabilities[i]))
				imap->can[i] = true;
		}
	}
}

/* libetpan ends by a null pointer when the answer names none. */
int imap_command_read_capabilities(struct worker *session, struct err *err)
{
	struct imap *imap = session->driver_state;

	memset(imap->can, 0, sizeof(imap->can));
	imap->capabilities_known = false;
	if (imap_command_run(session, "can", "CAPABILITY",
	                     imap_command_on_capability, err) < 0)
		return -1;
	/* What it can do decides what becomes of messages. */
	if (!imap->capabilities_known) {
		session->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "the server does not say what it can do");
	}
	return 0;
}

/* --- waiting ------------------------------------------------------------- */

/* Waits until something can be read: 1; else as mailbox_driver.idle. */
static int imap_idle_wait_for_line(struct worker *session, int64_t until,
                                   struct err *err)
{
	struct imap *imap = session->driver_state;
	int64_t left = until - timestamp_monotonic_ms();
	int result;

	if (left <= 0)
		return 0;
	if (imap->text->read_buffer_len > 0)
		return 1;
	result = netstream_wait(imap->stream, session->wire.fd, left);
	return result < 0 ? imap_stream_fail(imap, MAILIMAP_ERROR_STREAM, err)
	                  : result;
}

/* The server has ended it by itself. A refusal is no reason to connect again:
   the next would be as good. */
static int imap_idle_end_early(struct worker *session, const char *said)
{
	struct imap *imap = session->driver_state;

	if (text_starts(text_of(said), "OK"))
		return 1;
	imap->no_idle = true;
	driver_send_no_idle(session, said);
	return IDLE_REFUSED;
}

/* Lines until news, silence, a word of the collector, or the end of the command
   that *over is set for. */
static int imap_idle_wait(struct worker *session, int64_t until, bool *over,
                          struct err *err)
{
	struct imap *imap = session->driver_state;
	char line[IMAP_LINE_MAX];
	int result;

	for (;;) {
		result = imap_idle_wait_for_line(session, until, err);
		if (result != 1)
			return result;
		imap_stream_expect(session, IMAP_SLACK_BYTES);
		if (imap_command_read_line(session, line, sizeof(line), err) <
		    0)
			return -1;
		if (imap_command_note_news(imap, line))
			return 1;
		if (strncmp(line, IDLE_TAG, strlen(IDLE_TAG)) == 0) {
			*over = true;
			return imap_idle_end_early(session,
			                           line + strlen(IDLE_TAG));
		}
		if (strncmp(line, "* BYE", 5) == 0)
			return err_set(err, ERR_BUSY, "the server says: %.200s",
			               line);
	}
}

static int imap_idle_end(struct worker *session, int result, struct err *err)
{
	char line[IMAP_LINE_MAX];

	if (imap_command_send_line(session, "DONE\r\n", err) < 0)
		return -1;
	do {
		if (imap_command_read_line(session, line, sizeof(line), err) <
		    0)
			return -1;
		if (imap_command_note_news(session->driver_state, line) &&
		    result == 0)
			result = 1;
	} while (strncmp(line, IDLE_TAG, strlen(IDLE_TAG)) != 0);
	return result;
}

int imap_idle(struct worker *session, int64_t milliseconds, struct err *err)
{
	struct imap *imap = session->driver_state;
	int64_t until;
	bool over = imap->no_idle;
	int result;

	if (milliseconds > IDLE_MAX_MS)
		milliseconds = IDLE_MAX_MS;
	until = timestamp_monotonic_ms() + milliseconds;
	if (!over &&
	    imap_command_send_line(session, IDLE_TAG "IDLE\r\n", err) < 0)
		return -1;
	/* News may stand before the "+". */
	result = imap_idle_wait(session, until, &over, err);
	/* One that refuses is asked again when the time is over. */
	if (result == IDLE_REFUSED)
		result = imap_idle_wait(session, until, &over, err);
	if (result < 0 || over)
		return result;
	return imap_idle_end(session, result, err);
}
