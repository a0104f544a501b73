#include "collector/mailbox/pop3_line.h"

#include <string.h>

#include "base/text.h"
#include "collector/mailbox/driver.h"

static int pop3_line_fail(struct worker *session, const struct pop3 *state,
                          struct err *err)
{
	session->reply = netstream_is_late(state->stream)
	                         ? MAILBOX_REPLY_TIMEOUT
	                         : MAILBOX_REPLY_CLOSED;
	*err = *netstream_error(state->stream);
	if (err->text[0] == '\0')
		(void)err_set(err, ERR_BUSY, "connection");
	return -1;
}

static int pop3_line_fill(struct worker *session, struct pop3 *state,
                          struct err *err)
{
	ssize_t count;

	state->at = 0;
	state->len = 0;
	count = netstream_read(state->stream, state->in, sizeof(state->in));
	if (count < 0)
		return pop3_line_fail(session, state, err);
	state->len = (size_t)count;
	return 0;
}

int pop3_line_read(struct worker *session, struct pop3 *state, struct err *err)
{
	char c = '\0';

	state->line_len = 0;
	while (state->line_len < POP3_LINE_MAX) {
		if (state->at == state->len &&
		    pop3_line_fill(session, state, err) < 0)
			return -1;
		c = state->in[state->at++];
		if (c == '\n')
			break;
		state->line[state->line_len++] = c;
	}
	state->line_cut = c != '\n';
	if (!state->line_cut && state->line_len > 0 &&
	    state->line[state->line_len - 1] == '\r')
		state->line_len--;
	return 0;
}

struct text pop3_line_text(const struct pop3 *state)
{
	return (struct text){state->line, state->line_len};
}

static int pop3_line_send(struct worker *session, struct pop3 *state,
                          const char *data, size_t len, struct err *err)
{
	ssize_t count;

	while (len > 0) {
		count = netstream_write(state->stream, data, len);
		if (count < 0)
			return pop3_line_fail(session, state, err);
		data += count;
		len -= (size_t)count;
	}
	return 0;
}

int pop3_line_read_ok(struct worker *session, struct pop3 *state,
                      struct err *err)
{
	bool refused;

	if (pop3_line_read(session, state, err) < 0)
		return -1;
	if (state->line_cut)
		return err_set(err, ERR_BUSY, "the server's line has no end");
	if (text_starts(pop3_line_text(state), "+OK"))
		return 0;
	refused = text_starts(pop3_line_text(state), "-ERR");
	session->reply = refused ? MAILBOX_REPLY_NO : MAILBOX_REPLY_BAD;
	/* After any other line nobody knows what the next one answers. */
	return err_set(err, refused ? ERR_CONFIG : ERR_SYSTEM,
	               "the server says: %.*s",
	               (int)(state->line_len < 300 ? state->line_len : 300),
	               state->line);
}

int pop3_line_command(struct worker *session, const char *word,
                      const char *argument, struct err *err)
{
	struct pop3 *state = session->driver_state;
	struct buf line = BUF_INIT(128U * 1024U);
	int result;

	driver_expect(session, state->stream, POP3_SLACK_BYTES);
	buf_printf(&line, "%s%s%s\r\n", word, argument[0] != '\0' ? " " : "",
	           argument);
	result = line.full ? err_set(err, ERR_CONFIG, "%s is too long", word)
	                   : pop3_line_send(session, state, line.data, line.len,
	                                    err);
	if (line.data != NULL)
		explicit_bzero(line.data, line.size);
	buf_free(&line);
	return result == 0 ? pop3_line_read_ok(session, state, err) : -1;
}

bool pop3_line_is_end(const struct pop3 *state)
{
	return state->line_len == 1 && state->line[0] == '.';
}
