#include "collector/submit/submit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/timestamp.h"

/* From a mail server that runs on this machine. */
#define CLIENT_READ_MS 60000

/* A signature needs the DNS, a commit the disk, and others may be first. */
#define CLIENT_ANSWER_MS 120000

#define CLIENT_PIECE      65536U
#define CLIENT_ANSWER_MAX 4096U
#define CLIENT_RETRY_MS   100

/* 0, or -1 with errno when nothing happens in time. */
static int submit_client_wait(int fd, short events, int64_t until)
{
	struct pollfd entry = {.fd = fd, .events = events};
	int64_t left = until - timestamp_monotonic_ms();
	int result = poll(&entry, 1, left > 0 ? (int)left : 0);

	if (result > 0)
		return 0;
	if (result == 0)
		errno = ETIMEDOUT;
	return -1;
}

/* All of standard input; what is over the limit is read and not kept, so that
   whoever writes it meets no broken pipe. Returns its length or -1. */
static int64_t submit_client_read_message(struct buf *message, struct err *err)
{
	int64_t until = timestamp_monotonic_ms() + CLIENT_READ_MS, total = 0;
	char piece[CLIENT_PIECE];
	ssize_t got;

	for (;;) {
		if (submit_client_wait(STDIN_FILENO, POLLIN, until) < 0)
			return err_set_errno(err, errno, "standard input");
		got = read(STDIN_FILENO, piece, sizeof(piece));
		if (got < 0)
			return err_set_errno(err, errno, "standard input");
		if (got == 0)
			break;
		total += got;
		buf_add(message, piece, (size_t)got);
	}
	if (total == 0)
		return err_set(err, ERR_MALFORMED,
		               "no message on standard input");
	return total;
}

/* Sleeps for a moment; false when the time is over. */
static bool submit_client_pause(int64_t until)
{
	const struct timespec pause = {.tv_nsec = CLIENT_RETRY_MS * 1000000L};

	(void)nanosleep(&pause, NULL);
	return timestamp_monotonic_ms() < until;
}

static int submit_client_connect(const char *path, int64_t until,
                                 struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, result;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_CONFIG,
		               "%s: longer than an address "
		               "of a socket may be",
		               path);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set_errno(err, errno, "no socket");
	/* EAGAIN: its backlog is full. */
	do {
		result = connect(fd, (const struct sockaddr *)&address,
		                 sizeof(address));
	} while (result < 0 && errno == EAGAIN && submit_client_pause(until));
	if (result == 0)
		return fd;
	(void)err_set_errno(err, errno, "%s%s", path,
	                    errno == EACCES
	                            ? ": who submits must be in the group of "
	                              "the socket and of its folder"
	                            : ": is the collector running, with "
	                              "`submit` in its configuration?");
	(void)close(fd);
	return -1;
}

static int submit_client_send(int fd, const char *data, size_t len,
                              int64_t until, struct err *err)
{
	ssize_t sent;

	while (len > 0) {
		sent = send(fd, data, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN &&
		    submit_client_wait(fd, POLLOUT, until) == 0)
			continue;
		if (sent < 0)
			return err_set_errno(err, errno, "the collector");
		data += sent;
		len -= (size_t)sent;
	}
	return 0;
}

static int submit_client_receive(int fd, struct buf *answer, int64_t until,
                                 struct err *err)
{
	char piece[CLIENT_ANSWER_MAX];
	ssize_t got;

	while (answer->len == 0 || answer->data[answer->len - 1] != '\n') {
		if (submit_client_wait(fd, POLLIN, until) < 0)
			return err_set_errno(err, errno, "the collector");
		got = recv(fd, piece, sizeof(piece), 0);
		if (got < 0 && errno == EAGAIN)
			continue;
		if (got <= 0 || answer->full)
			return err_set(err, ERR_BUSY,
			               "the collector ended without an answer");
		buf_add(answer, piece, (size_t)got);
	}
	return 0;
}

static int submit_client_converse(int fd, int64_t size,
                                  const struct buf *message, struct buf *answer,
                                  struct err *err)
{
	int64_t until = timestamp_monotonic_ms() + CLIENT_ANSWER_MS;
	char head[32];
	int len =
		snprintf(head, sizeof(head), "MESSAGE %lld\n", (long long)size);
	struct err why;

	/* One that is refused unread is answered while it is still sent. */
	if (submit_client_send(fd, head, (size_t)len, until, err) < 0 ||
	    (submit_client_send(fd, message->data, message->len, until, err) <
	             0 &&
	     err->code != ERR_SYSTEM))
		return -1;
	if (submit_client_receive(fd, answer, until, &why) < 0) {
		*err = why;
		return -1;
	}
	return 0;
}

/* Prints what the collector said; returns the status. */
static int submit_client_status(const struct buf *answer)
{
	struct text line = text_trim((struct text){answer->data, answer->len});
	struct buf shown = BUF_INIT(CLIENT_ANSWER_MAX * 4U);
	struct text word;
	int64_t status = -1;

	if (text_next(&line, ' ', &word) && !text_integer(word, &status))
		status = -1;
	buf_add_printable(&shown, line.data, line.len, CLIENT_ANSWER_MAX);
	(void)fprintf(status == EX_OK ? stdout : stderr, "%s\n",
	              buf_text(&shown));
	buf_free(&shown);
	return status == EX_OK ? EX_OK : EX_TEMPFAIL;
}

/* Gives the message on standard input to the socket at path and prints the
   answer. Returns 0, or EX_TEMPFAIL for whatever is wrong here. */
static int submit_client_exchange(const char *path)
{
	struct buf message = BUF_INIT(SUBMIT_MESSAGE_MAX);
	struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX);
	int status = EX_TEMPFAIL, fd = -1;
	struct err err;
	int64_t size = submit_client_read_message(&message, &err);

	if (size > 0)
		fd = submit_client_connect(
			path, timestamp_monotonic_ms() + CLIENT_ANSWER_MS,
			&err);
	if (fd >= 0 &&
	    submit_client_converse(fd, size, &message, &answer, &err) == 0)
		status = submit_client_status(&answer);
	else
		(void)fprintf(stderr, "tlsrpt-collector: submit: %s\n",
		              err.text);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&message);
	buf_free(&answer);
	return status;
}

/* Whoever submits may not be able to read the configuration. */
int submit_client_run(const struct command_line *line)
{
	struct config *config = NULL;
	const char *path = SUBMIT_SOCKET;
	struct err err;
	int status;

	if (line->count == 0 &&
	    config_read(line->config, false, &config, &err) == 0 &&
	    config->submit != NULL && config->submit[0] != '\0')
		path = config->submit;
	status = submit_client_exchange(line->count > 0 ? line->rest[0] : path);
	config_unref(&config);
	return status;
}
