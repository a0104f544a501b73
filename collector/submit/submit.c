#include "collector/submit/submit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "collector/intake/parse_queue.h"
#include "collector/submit/submit_private.h"
#include "schema/series.h"

#define SUBMIT_BACKLOG 64

#define SUBMIT_TICK_MS 1000

/* --- the socket ---------------------------------------------------------- */

static int submit_bind(const char *path, int fd, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int result;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_CONFIG,
		               "submit: \"%s\" is longer than "
		               "the %zu bytes of a socket's address",
		               path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
	/* Bound with its mode, so that nobody comes in before a chmod(). */
	mask = umask(0117);
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(mask);
	if (result < 0)
		return err_set_errno(err, errno,
		                     "submit: cannot make the socket %s (its "
		                     "folder comes from systemd-tmpfiles "
		                     "--create)",
		                     path);
	if (listen(fd, SUBMIT_BACKLOG) < 0)
		return err_set_errno(err, errno, "submit: %s", path);
	return 0;
}

int submit_open(struct config *config, int handed, struct submit **out,
                struct err *err)
{
	const char *path = config->submit != NULL ? config->submit : "";
	struct submit *submit;

	*out = NULL;
	if (handed < 0 && path[0] == '\0')
		return 0;
	submit = memory_zero(1, sizeof(*submit));
	(void)pthread_mutex_init(&submit->mutex, NULL);
	submit->config = config_ref(config);
	submit->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	submit->listen_fd =
		handed >= 0 ? handed
			    : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (submit->event_fd < 0 || submit->listen_fd < 0)
		(void)err_set_errno(err, errno, "submit: no socket");
	else if (handed >= 0 || submit_bind(path, submit->listen_fd, err) == 0)
		*out = submit;
	if (*out == NULL)
		submit_free(&submit);
	return *out == NULL ? -1 : 0;
}

/* --- the loop ------------------------------------------------------------ */

static void submit_accept(struct submit *submit)
{
	struct submit_connection *connection = submit->connections;

	while (connection->state != SUBMIT_FREE)
		connection++;
	connection->fd = accept4(submit->listen_fd, NULL, NULL,
	                         SOCK_CLOEXEC | SOCK_NONBLOCK);
	/* Where descriptors have run out, the client waits in the backlog. */
	if (connection->fd < 0) {
		submit->accept_from = timestamp_monotonic_ms() + SUBMIT_TICK_MS;
		return;
	}
	submit_connection_open(submit, connection);
}

static void submit_take_done(struct submit *submit)
{
	struct mail_job *job;
	uint64_t count;

	(void)!read(submit->event_fd, &count, sizeof(count));
	while ((job = parse_queue_take_done(submit->parse_queue)) != NULL)
		submit_connection_on_done(submit, job);
	(void)atomic_fetch_add(&submit->crashes,
	                       parse_queue_take_crashes(submit->parse_queue));
}

/* Whether a connection is not finished; those that are late are. */
static bool submit_tick(struct submit *submit)
{
	int64_t now = timestamp_monotonic_ms();
	bool stopping = atomic_load(&submit->stopping), busy = false;
	struct submit_connection *connection;
	size_t i;

	for (i = 0; i < SUBMIT_CONNECTIONS; i++) {
		connection = &submit->connections[i];
		if (connection->state == SUBMIT_WAITING)
			submit_connection_admit(submit, connection);
		if (connection->state != SUBMIT_FREE &&
		    connection->state != SUBMIT_STORING &&
		    (stopping || now > connection->until))
			submit_connection_answer(
				submit, connection, EX_TEMPFAIL,
				stopping ? "the collector stops"
					 : "the message did not come "
					   "in time");
		busy = busy || connection->state != SUBMIT_FREE;
	}
	return busy;
}

static void submit_wait(struct submit *submit, bool accepts)
{
	struct pollfd entries[SUBMIT_CONNECTIONS + 2];
	bool free = false;
	size_t i;

	accepts = accepts && timestamp_monotonic_ms() >= submit->accept_from;
	for (i = 0; i < SUBMIT_CONNECTIONS; i++) {
		const struct submit_connection *connection =
			&submit->connections[i];
		bool reads = connection->state == SUBMIT_HEAD ||
		             connection->state == SUBMIT_RECEIVING;

		entries[i] = (struct pollfd){
			.fd = connection->state == SUBMIT_FREE ? -1
		                                               : connection->fd,
			.events = reads ? POLLIN : 0};
		free = free || connection->state == SUBMIT_FREE;
	}
	entries[i] = (struct pollfd){.fd = submit->event_fd, .events = POLLIN};
	entries[i + 1] =
		(struct pollfd){.fd = accepts && free ? submit->listen_fd : -1,
	                        .events = POLLIN};
	if (poll(entries, SUBMIT_CONNECTIONS + 2, SUBMIT_TICK_MS) <= 0)
		return;
	for (i = 0; i < SUBMIT_CONNECTIONS; i++) {
		if (entries[i].revents != 0)
			submit_connection_on_event(submit,
			                           &submit->connections[i],
			                           entries[i].revents);
	}
	if (entries[SUBMIT_CONNECTIONS + 1].revents != 0)
		submit_accept(submit);
}

/* Whether a reload waits for connections to end. */
static bool submit_wants_config(struct submit *submit)
{
	bool wants;

	(void)pthread_mutex_lock(&submit->mutex);
	wants = submit->next_config != NULL;
	(void)pthread_mutex_unlock(&submit->mutex);
	return wants;
}

static void submit_drain(struct submit *submit)
{
	parse_queue_stop(submit->parse_queue);
	while (parse_queue_pending(submit->parse_queue) > 0) {
		submit_wait(submit, false);
		submit_take_done(submit);
	}
	submit_take_done(submit);
}

static void submit_change_config(struct submit *submit)
{
	struct config *config;
	struct parse_queue *parse_queue;
	struct err err;

	submit_drain(submit);
	(void)pthread_mutex_lock(&submit->mutex);
	config = submit->next_config;
	submit->next_config = NULL;
	(void)pthread_mutex_unlock(&submit->mutex);
	if (parse_queue_start(config, submit->writer, submit->event_fd,
	                      &parse_queue, &err) < 0) {
		log_error("submit: %s; restart the collector", err.text);
		config_unref(&config);
		atomic_store(&submit->stopping, true);
		return;
	}
	parse_queue_free(&submit->parse_queue);
	submit->parse_queue = parse_queue;
	config_unref(&submit->config);
	submit->config = config;
}

static void *submit_thread(void *cls)
{
	struct submit *submit = cls;
	bool busy = false, reload = false;

	while (!atomic_load(&submit->stopping)) {
		reload = submit_wants_config(submit);
		if (reload && !busy)
			submit_change_config(submit);
		submit_wait(submit, !reload);
		submit_take_done(submit);
		busy = submit_tick(submit);
	}
	(void)submit_tick(submit);
	submit_drain(submit);
	return NULL;
}

int submit_start(struct submit *submit, struct writer *writer, struct err *err)
{
	int number;

	if (submit == NULL)
		return 0;
	submit->writer = writer;
	if (parse_queue_start(submit->config, writer, submit->event_fd,
	                      &submit->parse_queue, err) < 0)
		return -1;
	number = pthread_create(&submit->thread, NULL, submit_thread, submit);
	if (number != 0)
		return err_set_errno(err, number, "no thread for submissions");
	submit->running = true;
	log_notice("mail pipes may submit messages at %s",
	           submit->config->submit != NULL &&
	                           submit->config->submit[0] != '\0'
	                   ? submit->config->submit
	                   : "the socket that was handed over");
	return 0;
}

static void submit_wake(struct submit *submit)
{
	const uint64_t one = 1;

	(void)!write(submit->event_fd, &one, sizeof(one));
}

void submit_reload(struct submit *submit, struct config *config)
{
	struct config *old;

	if (submit == NULL)
		return;
	(void)pthread_mutex_lock(&submit->mutex);
	old = submit->next_config;
	submit->next_config = config_ref(config);
	(void)pthread_mutex_unlock(&submit->mutex);
	config_unref(&old);
	submit_wake(submit);
}

void submit_write_counts(struct submit *submit, struct store *store)
{
	int64_t deaths;
	struct err err;

	deaths = submit != NULL ? atomic_exchange(&submit->crashes, 0) : 0;
	if (deaths == 0)
		return;
	if (store_begin(store, timestamp_now(), &err) == 0) {
		store_counter_add(store, SERIES_MAIL_CHILD_DEATHS, "messages",
		                  "", deaths);
		if (store_commit(store, &err) == 0)
			return;
	}
	(void)atomic_fetch_add(&submit->crashes, deaths);
}

void submit_stop(struct submit *submit)
{
	if (submit == NULL || !submit->running)
		return;
	atomic_store(&submit->stopping, true);
	submit_wake(submit);
	(void)pthread_join(submit->thread, NULL);
	submit->running = false;
}

void submit_free(struct submit **out)
{
	struct submit *submit = *out;

	if (submit == NULL)
		return;
	submit_stop(submit);
	parse_queue_free(&submit->parse_queue);
	config_unref(&submit->config);
	config_unref(&submit->next_config);
	if (submit->listen_fd >= 0)
		(void)close(submit->listen_fd);
	if (submit->event_fd >= 0)
		(void)close(submit->event_fd);
	(void)pthread_mutex_destroy(&submit->mutex);
	free(submit);
	*out = NULL;
}
