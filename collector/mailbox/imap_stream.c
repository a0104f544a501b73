#include "collector/mailbox/imap_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/mailbox/driver.h"

#define STREAM_BUFFER 8192

/* libetpan keeps the text of an answer and not whether it was NO or BAD, and
   nothing of a BYE. */
static void imap_stream_on_line(struct imap *imap)
{
	struct text rest = {imap->line, imap->line_len}, word;

	imap->line_len = 0;
	if (!text_next(&rest, ' ', &word))
		return;
	rest = text_trim(rest);
	if (text_is(word, "*") && text_starts(rest, "BYE"))
		(void)snprintf(imap->bye, sizeof(imap->bye), "%.*s",
		               (int)rest.len, rest.data);
	if (!text_is(word, "*") &&
	    (text_starts(rest, "NO") || text_starts(rest, "BAD")))
		(void)snprintf(imap->answer, sizeof(imap->answer), "%.*s",
		               (int)rest.len, rest.data);
}

static void imap_stream_on_bytes(struct imap *imap, const char *data,
                                 size_t len)
{
	const char *end;
	size_t piece;

	while (len > 0) {
		end = memchr(data, '\n', len);
		piece = end != NULL ? (size_t)(end - data) : len;
		if (imap->line_len + piece >= sizeof(imap->line))
			piece = sizeof(imap->line) - 1 - imap->line_len;
		memcpy(imap->line + imap->line_len, data, piece);
		imap->line_len += piece;
		if (end == NULL)
			return;
		imap_stream_on_line(imap);
		len -= (size_t)(end - data) + 1;
		data = end + 1;
	}
}

static ssize_t imap_stream_read(mailstream_low *low, void *data, size_t len)
{
	struct imap *imap = low->data;
	ssize_t count = netstream_read(imap->stream, data, len);

	if (count > 0)
		imap_stream_on_bytes(imap, data, (size_t)count);
	return count;
}

static ssize_t imap_stream_write(mailstream_low *low, const void *data,
                                 size_t len)
{
	const struct imap *imap = low->data;

	return netstream_write(imap->stream, data, len);
}

static int imap_stream_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int imap_stream_fd(mailstream_low *low)
{
	const struct imap *imap = low->data;

	return netstream_fd(imap->stream);
}

static void imap_stream_free(mailstream_low *low)
{
	struct imap *imap = low->data;

	netstream_close(&imap->stream);
	free(low);
}

static mailstream_low_driver imap_stream_low_driver = {
	.mailstream_read = imap_stream_read,
	.mailstream_write = imap_stream_write,
	.mailstream_close = imap_stream_close,
	.mailstream_get_fd = imap_stream_fd,
	.mailstream_free = imap_stream_free,
};

bool imap_stream_open(struct imap *imap)
{
	mailstream_low *low = mailstream_low_new(imap, &imap_stream_low_driver);

	imap->text = low != NULL ? mailstream_new(low, STREAM_BUFFER) : NULL;
	return imap->text != NULL;
}

static enum mailbox_reply imap_stream_reply(const struct imap *imap,
                                            bool broken)
{
	if (imap->bye[0] != '\0')
		return MAILBOX_REPLY_BYE;
	if (broken)
		return netstream_is_late(imap->stream) ? MAILBOX_REPLY_TIMEOUT
		                                       : MAILBOX_REPLY_CLOSED;
	return text_starts(text_of(imap->answer), "NO") ? MAILBOX_REPLY_NO
	                                                : MAILBOX_REPLY_BAD;
}

int imap_stream_fail(struct imap *imap, int result, struct err *err)
{
	const struct err *stream = netstream_error(imap->stream);
	bool broken = stream->text[0] != '\0';

	imap->worker->reply = imap_stream_reply(imap, broken);
	if (imap->bye[0] != '\0')
		return err_set(err, ERR_BUSY, "the server says: %s", imap->bye);
	if (broken) {
		*err = *stream;
		return -1;
	}
	if (imap->answer[0] != '\0')
		return err_set(err, ERR_BUSY, "the server says: %s",
		               imap->answer);
	return err_set(err, ERR_BUSY, "IMAP error %d", result);
}

bool imap_stream_is_ok(int result)
{
	return result == MAILIMAP_NO_ERROR ||
	       result == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	       result == MAILIMAP_NO_ERROR_NON_AUTHENTICATED;
}

bool imap_stream_is_usable(const struct imap *imap, int result)
{
	return netstream_error(imap->stream)->text[0] == '\0' &&
	       imap->bye[0] == '\0' && result != MAILIMAP_ERROR_STREAM &&
	       result != MAILIMAP_ERROR_PARSE;
}

void imap_stream_expect(const struct worker *worker, uint64_t bytes)
{
	struct imap *imap = worker->driver_state;

	imap->answer[0] = '\0';
	imap->bye[0] = '\0';
	driver_expect(worker, imap->stream, bytes);
}
