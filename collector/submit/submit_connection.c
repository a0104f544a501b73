#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/mail/mbox.h"
#include "collector/submit/submit_private.h"

/* A client is this machine's: a message that is not here by then never comes. */
#define SUBMIT_RECEIVE_MS 60000

#define SUBMIT_PIECE 65536U

/* --- states -------------------------------------------------------------- */

static const char *const submit_connection_names[] = {
	[SUBMIT_FREE] = "free",       [SUBMIT_HEAD] = "head",
	[SUBMIT_WAITING] = "waiting", [SUBMIT_RECEIVING] = "receiving",
	[SUBMIT_STORING] = "storing",
};

static_assert(ARRAY_LENGTH(submit_connection_names) == SUBMIT_STATES,
              "every state has a name");

#define SUBMIT_BIT(state) (1U << (state))

/* The arrows of submit.h. What is too large is refused without being received. */
static const unsigned int submit_connection_next[SUBMIT_STATES] = {
	[SUBMIT_FREE] = SUBMIT_BIT(SUBMIT_HEAD),
	[SUBMIT_HEAD] = SUBMIT_BIT(SUBMIT_WAITING) | SUBMIT_BIT(SUBMIT_FREE),
	[SUBMIT_WAITING] = SUBMIT_BIT(SUBMIT_RECEIVING) |
                           SUBMIT_BIT(SUBMIT_STORING) | SUBMIT_BIT(SUBMIT_FREE),
	[SUBMIT_RECEIVING] = SUBMIT_BIT(SUBMIT_STORING) |
                             SUBMIT_BIT(SUBMIT_FREE),
	[SUBMIT_STORING] = SUBMIT_BIT(SUBMIT_FREE),
};

bool submit_connection_may_enter(enum submit_state from, enum submit_state to)
{
	return (submit_connection_next[from] & SUBMIT_BIT(to)) != 0;
}

static void submit_connection_enter(struct submit_connection *connection,
                                    enum submit_state state)
{
	/* A fault of ours that one message meets must not end all others. */
	if (!submit_connection_may_enter(connection->state, state))
		log_error("submitted message %lld: unexpected transition from "
		          "%s to %s",
		          (long long)connection->number,
		          submit_connection_names[connection->state],
		          submit_connection_names[state]);
	log_debug("submitted message %lld: %s -> %s",
	          (long long)connection->number,
	          submit_connection_names[connection->state],
	          submit_connection_names[state]);
	connection->state = state;
}

void submit_connection_open(struct submit *submit,
                            struct submit_connection *connection)
{
	connection->number = ++submit->number;
	connection->until = timestamp_monotonic_ms() + SUBMIT_RECEIVE_MS;
	connection->head_len = 0;
	connection->job = NULL;
	submit_connection_enter(connection, SUBMIT_HEAD);
}

static void submit_connection_close(struct submit *submit,
                                    struct submit_connection *connection)
{
	if (connection->job != NULL) {
		submit->pending_bytes -= connection->size;
		mail_job_free(&connection->job);
	}
	(void)close(connection->fd);
	submit_connection_enter(connection, SUBMIT_FREE);
	connection->fd = -1;
}

void submit_connection_answer(struct submit *submit,
                              struct submit_connection *connection, int status,
                              const char *sentence)
{
	struct buf line = BUF_INIT(4096);

	buf_printf(&line, "%d ", status);
	buf_add_printable(&line, sentence, strlen(sentence), 512);
	buf_add_char(&line, '\n');
	/* A client that has gone tries again; it is a duplicate then. */
	(void)send(connection->fd, line.data, line.len,
	           MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_free(&line);
	submit_connection_close(submit, connection);
}

/* --- storing ------------------------------------------------------------- */

/* In the writer's thread. */
static void submit_connection_on_report(struct mail_job *job,
                                        const struct intake *intake)
{
	const char *what = intake->stage == INTAKE_DEFERRED
	                           ? "not stored yet"
	                           : outcome_name(intake->outcome);

	if (intake->outcome == OUTCOME_REFUSED ||
	    intake->stage == INTAKE_DEFERRED)
		log_notice("%s: %s: %s", job->peer, what, intake->sentence);
	else if (intake->part == NULL)
		log_info("%s: %s: %s", job->peer, what, intake->sentence);
	else
		log_info("%s: %s, dkim %s%s%.*s", job->peer, what,
		         trust_authentication_name(intake->authentication),
		         intake->signer.len > 0 ? " " : "",
		         (int)intake->signer.len, intake->signer.data);
}

static struct mail_job *
submit_connection_job_new(struct submit *submit,
                          const struct submit_connection *connection,
                          size_t max)
{
	struct mail_job *job = mail_job_new(max);

	job->peer = arena_printf(job->arena, "submitted message %lld",
	                         (long long)connection->number);
	job->source = (size_t)(connection - submit->connections);
	job->session = connection->number;
	job->channel = CHANNEL_SUBMIT;
	job->authserv_ids = submit->config->authserv_ids;
	job->report = submit_connection_on_report;
	return job;
}

/* It is not received; the reason goes to the ledger. */
static void submit_connection_refuse(struct submit *submit,
                                     struct submit_connection *connection)
{
	struct mail_job *job =
		submit_connection_job_new(submit, connection, 1024);

	buf_printf(&job->message, "%s, %zu bytes\n", job->peer,
	           connection->size);
	mail_job_set_refused(job, REFUSAL_TOO_LARGE,
	                     "the message is over max_message");
	submit_connection_enter(connection, SUBMIT_STORING);
	connection->size = 0;
	parse_queue_put(submit->parse_queue, job);
}

/* --- receiving ----------------------------------------------------------- */

/* A message is received when there is room for it. */
void submit_connection_admit(struct submit *submit,
                             struct submit_connection *connection)
{
	size_t max = (size_t)submit->config->max_message;

	if (connection->size > max) {
		submit_connection_refuse(submit, connection);
		return;
	}
	if (submit->pending_bytes > 0 &&
	    submit->pending_bytes + connection->size > 2 * max)
		return;
	submit->pending_bytes += connection->size;
	connection->job = submit_connection_job_new(submit, connection, max);
	submit_connection_enter(connection, SUBMIT_RECEIVING);
}

/* False when it is no such line. */
static bool submit_connection_parse_head(struct submit_connection *connection)
{
	const struct text word = TEXT("MESSAGE ");
	int64_t size = 0;

	if (connection->head_len < word.len ||
	    memcmp(connection->head, word.data, word.len) != 0 ||
	    !text_integer((struct text){connection->head + word.len,
	                                connection->head_len - word.len},
	                  &size) ||
	    size < 1)
		return false;
	connection->size = (size_t)size;
	submit_connection_enter(connection, SUBMIT_WAITING);
	return true;
}

/* Byte by byte, for the message behind the line is not wanted yet. */
static void submit_connection_read_head(struct submit *submit,
                                        struct submit_connection *connection)
{
	ssize_t got;
	char c;

	while ((got = recv(connection->fd, &c, 1, MSG_DONTWAIT)) == 1 &&
	       c != '\n' && connection->head_len < SUBMIT_HEAD_MAX)
		connection->head[connection->head_len++] = c;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got != 1)
		submit_connection_close(submit, connection);
	else if (c != '\n' || !submit_connection_parse_head(connection))
		submit_connection_answer(
			submit, connection, EX_TEMPFAIL,
			"no message: MESSAGE and its length are wanted");
	else
		submit_connection_admit(submit, connection);
}

static void submit_connection_store(struct submit *submit,
                                    struct submit_connection *connection)
{
	struct mail_job *job = connection->job;

	connection->job = NULL;
	submit_connection_enter(connection, SUBMIT_STORING);
	job->granted_bytes = (int64_t)connection->size;
	mbox_drop_from_line(&job->message);
	parse_queue_put(submit->parse_queue, job);
}

static void submit_connection_receive(struct submit *submit,
                                      struct submit_connection *connection)
{
	struct buf *message = &connection->job->message;
	size_t left = connection->size - message->len;
	ssize_t got = recv(
		connection->fd,
		buf_reserve(message, left < SUBMIT_PIECE ? left : SUBMIT_PIECE),
		left < SUBMIT_PIECE ? left : SUBMIT_PIECE, MSG_DONTWAIT);

	if (got > 0)
		buf_commit(message, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		submit_connection_close(submit, connection);
	if (got > 0 && message->len == connection->size)
		submit_connection_store(submit, connection);
}

/* --- what the loop calls -------------------------------------------------- */

void submit_connection_on_event(struct submit *submit,
                                struct submit_connection *connection,
                                short events)
{
	switch (connection->state) {
	case SUBMIT_HEAD:
		submit_connection_read_head(submit, connection);
		break;
	case SUBMIT_RECEIVING:
		submit_connection_receive(submit, connection);
		break;
	case SUBMIT_WAITING:
	case SUBMIT_STORING:
		if ((events & (POLLHUP | POLLERR)) != 0)
			submit_connection_close(submit, connection);
		break;
	case SUBMIT_FREE:
		break;
	}
}

void submit_connection_on_done(struct submit *submit, struct mail_job *job)
{
	struct submit_connection *connection =
		&submit->connections[job->source];
	char sentence[ERR_TEXT_SIZE + 64];
	bool deferred = job->end == MAIL_JOB_DEFERRED;

	submit->pending_bytes -= (size_t)job->granted_bytes;
	(void)snprintf(
		sentence, sizeof(sentence), "%s%s%s%s",
		deferred ? "not stored, try again" : outcome_name(job->outcome),
		job->end == MAIL_JOB_REFUSED ? ", kept in the ledger" : "",
		job->sentence[0] != '\0' ? ": " : "", job->sentence);
	if (connection->state == SUBMIT_STORING &&
	    connection->number == job->session)
		submit_connection_answer(submit, connection,
		                         deferred ? EX_TEMPFAIL : EX_OK,
		                         sentence);
	mail_job_free(&job);
}
