#include "collector/mailbox/pop3_line.h"

#include <string.h>

#include "base/text.h"
#include "collector/mailbox/driver.h"

static int pop3_line_fail(struct worker *worker, const struct pop3 *pop3,
                          struct err *err)
{
	worker->reply = netstream_is_late(pop3->stream) ? MAILBOX_REPLY_TIMEOUT
	                                                : MAILBOX_REPLY_CLOSED;
	*err = *netstream_error(pop3->stream);
	if (err->text[0] == '\0')
		(void)err_set(err, ERR_BUSY, "connection");
	return -1;
}

static int pop3_line_fill(struct worker *worker, struct pop3 *pop3,
                          struct err *err)
{
	ssize_t count;

	pop3->at = 0;
	pop3->len = 0;
	count = netstream_read(pop3->stream, pop3->in, sizeof(pop3->in));
	if (count < 0)
		return pop3_line_fail(worker, pop3, err);
	pop3->len = (size_t)count;
	return 0;
}

int pop3_line_read(struct worker *worker, struct pop3 *pop3, struct err *err)
{
	char c = '\0';

	pop3->line_len = 0;
	while (pop3->line_len < POP3_LINE_MAX) {
		if (pop3->at == pop3->len &&
		    pop3_line_fill(worker, pop3, err) < 0)
			return -1;
		c = pop3->in[pop3->at++];
		if (c == '\n')
			break;
		pop3->line[pop3->line_len++] = c;
	}
	pop3->line_cut = c != '\n';
	if (!pop3->line_cut && pop3->line_len > 0 &&
	    pop3->line[pop3->line_len - 1] == '\r')
		pop3->line_len--;
	return 0;
}

struct text pop3_line_text(const struct pop3 *pop3)
{
	return (struct text){pop3->line, pop3->line_len};
}

static int pop3_line_send(struct worker *worker, struct pop3 *pop3,
                          const char *data, size_t len, struct err *err)
{
	ssize_t count;

	while (len > 0) {
		count = netstream_write(pop3->stream, data, len);
		if (count < 0)
			return pop3_line_fail(worker, pop3, err);
		data += count;
		len -= (size_t)count;
	}
	return 0;
}

int pop3_line_read_ok(struct worker *worker, struct pop3 *pop3, struct err *err)
{
	bool refused;

	if (pop3_line_read(worker, pop3, err) < 0)
		return -1;
	if (pop3->line_cut)
		return err_set(err, ERR_BUSY, "the server's line has no end");
	if (text_starts(pop3_line_text(pop3), "+OK"))
		return 0;
	refused = text_starts(pop3_line_text(pop3), "-ERR");
	worker->reply = refused ? MAILBOX_REPLY_NO : MAILBOX_REPLY_BAD;
	/* After any other line nobody knows what the next one answers. */
	return err_set(err, refused ? ERR_CONFIG : ERR_SYSTEM,
	               "the server says: %.*s",
	               (int)(pop3->line_len < 300 ? pop3->line_len : 300),
	               pop3->line);
}

int pop3_line_command(struct worker *worker, const char *word,
                      const char *argument, struct err *err)
{
	struct pop3 *pop3 = worker->driver_state;
	struct buf line = BUF_INIT(128U * 1024U);
	int result;

	driver_expect(worker, pop3->stream, POP3_SLACK_BYTES);
	buf_printf(&line, "%s%s%s\r\n", word, argument[0] != '\0' ? " " : "",
	           argument);
	result = line.full ? err_set(err, ERR_CONFIG, "%s is too long", word)
	                   : pop3_line_send(worker, pop3, line.data, line.len,
	                                    err);
	if (line.data != NULL)
		explicit_bzero(line.data, line.size);
	buf_free(&line);
	return result == 0 ? pop3_line_read_ok(worker, pop3, err) : -1;
}

bool pop3_line_is_end(const struct pop3 *pop3)
{
	return pop3->line_len == 1 && pop3->line[0] == '.';
}
