#include "collector/mailbox/imap_command.h"

#include <stdio.h>
#include <string.h>

#include "collector/mailbox/imap_stream.h"

int imap_command_send_line(struct worker *worker, const char *line,
                           struct err *err)
{
	struct imap *imap = worker->driver_state;

	imap_stream_expect(worker, IMAP_SLACK_BYTES);
	if (mailstream_write(imap->text, line, strlen(line)) < 0 ||
	    mailstream_flush(imap->text) < 0)
		return imap_stream_fail(imap, MAILIMAP_ERROR_STREAM, err);
	return 0;
}

int imap_command_read_line(struct worker *worker, char *line, size_t size,
                           struct err *err)
{
	struct imap *imap = worker->driver_state;
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

bool imap_command_note_news(const struct imap *imap, const char *line)
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

int imap_command_run(struct worker *worker, const char *tag,
                     const char *command,
                     void (*on_line)(struct imap *imap, const char *line),
                     struct err *err)
{
	struct imap *imap = worker->driver_state;
	size_t len = strlen(tag);
	char line[IMAP_LINE_MAX];

	(void)snprintf(line, sizeof(line), "%s %s\r\n", tag, command);
	if (imap_command_send_line(worker, line, err) < 0)
		return -1;
	do {
		if (imap_command_read_line(worker, line, sizeof(line), err) < 0)
			return -1;
		if (!imap_command_note_news(imap, line) && on_line != NULL)
			on_line(imap, line);
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

int imap_command_read_capabilities(struct worker *worker, struct err *err)
{
	struct imap *imap = worker->driver_state;

	memset(imap->can, 0, sizeof(imap->can));
	imap->capabilities_known = false;
	if (imap_command_run(worker, "can", "CAPABILITY",
	                     imap_command_on_capability, err) < 0)
		return -1;
	/* What it can do decides what becomes of messages. */
	if (!imap->capabilities_known) {
		worker->reply = MAILBOX_REPLY_EMPTY;
		return err_set(err, ERR_BUSY,
		               "the server does not say what it can do");
	}
	return 0;
}
