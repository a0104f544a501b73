/*
 * libmicrohttpd's own timeout is one of inactivity: a client that sends a
 * byte a second never meets it. Here each connection has an absolute
 * deadline, and a thread that shuts down the sockets of those who miss it.
 * The library tells us of a connection's end before it closes the descriptor,
 * so that the descriptor can not be another's by then.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/httpd_parts.h"
#include "base/timestamp.h"

#define LOOK_EVERY_MS 250

struct deadline {
	struct deadline *prev, *next;
	int64_t at; /* monotonic milliseconds, 0: none */
	bool resting;
	int fd;
};

struct deadlines {
	pthread_mutex_t mutex;
	pthread_cond_t stop;
	pthread_t thread;
	struct deadline *first;
	unsigned int count;
	uint64_t missed;
	bool stopping;
};

static void shut_those_over(struct deadlines *deadlines)
{
	int64_t now = timestamp_monotonic_ms();
	struct deadline *d;

	for (d = deadlines->first; d != NULL; d = d->next) {
		if (d->at != 0 && now > d->at) {
			(void)shutdown(d->fd, SHUT_RDWR);
			d->at = 0;
			deadlines->missed += !d->resting;
		}
	}
}

static void *watch(void *cls)
{
	struct deadlines *deadlines = cls;
	struct timespec until;

	(void)pthread_mutex_lock(&deadlines->mutex);
	while (!deadlines->stopping) {
		shut_those_over(deadlines);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_EVERY_MS * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		(void)pthread_cond_timedwait(&deadlines->stop,
		                             &deadlines->mutex, &until);
	}
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return NULL;
}

struct deadlines *deadlines_new(void)
{
	struct deadlines *deadlines = memory_zero(1, sizeof(*deadlines));
	pthread_condattr_t monotonic;

	(void)pthread_mutex_init(&deadlines->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&deadlines->stop, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&deadlines->thread, NULL, watch, deadlines) != 0)
		abort();
	return deadlines;
}

void deadlines_free(struct deadlines **deadlines)
{
	struct deadlines *d = *deadlines;

	if (d == NULL)
		return;
	(void)pthread_mutex_lock(&d->mutex);
	d->stopping = true;
	(void)pthread_cond_signal(&d->stop);
	(void)pthread_mutex_unlock(&d->mutex);
	(void)pthread_join(d->thread, NULL);
	(void)pthread_cond_destroy(&d->stop);
	(void)pthread_mutex_destroy(&d->mutex);
	free(d);
	*deadlines = NULL;
}

struct deadline *deadline_add(struct deadlines *deadlines, int fd,
                              unsigned int seconds)
{
	struct deadline *d = memory_zero(1, sizeof(*d));

	d->fd = fd;
	d->at = timestamp_monotonic_ms() + (int64_t)seconds * 1000;
	(void)pthread_mutex_lock(&deadlines->mutex);
	d->next = deadlines->first;
	if (d->next != NULL)
		d->next->prev = d;
	deadlines->first = d;
	deadlines->count++;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return d;
}

static void set(struct deadlines *deadlines, struct deadline *deadline,
                unsigned int seconds, bool resting)
{
	int64_t at = 0;

	if (seconds > 0)
		at = timestamp_monotonic_ms() + (int64_t)seconds * 1000;
	(void)pthread_mutex_lock(&deadlines->mutex);
	deadline->at = at;
	deadline->resting = resting;
	(void)pthread_mutex_unlock(&deadlines->mutex);
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline,
                  unsigned int seconds)
{
	set(deadlines, deadline, seconds, false);
}

void deadline_rest(struct deadlines *deadlines, struct deadline *deadline,
                   unsigned int seconds)
{
	set(deadlines, deadline, seconds, true);
}

void deadline_remove(struct deadlines *deadlines, struct deadline **deadline)
{
	struct deadline *d = *deadline;

	(void)pthread_mutex_lock(&deadlines->mutex);
	if (d->prev != NULL)
		d->prev->next = d->next;
	else
		deadlines->first = d->next;
	if (d->next != NULL)
		d->next->prev = d->prev;
	deadlines->count--;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	free(d);
	*deadline = NULL;
}

uint64_t deadlines_missed(struct deadlines *deadlines)
{
	uint64_t missed;

	(void)pthread_mutex_lock(&deadlines->mutex);
	missed = deadlines->missed;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return missed;
}

unsigned int deadlines_count(struct deadlines *deadlines)
{
	unsigned int count;

	(void)pthread_mutex_lock(&deadlines->mutex);
	count = deadlines->count;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return count;
}
