#include "collector/large.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "schema/limits.h"

struct large {
	struct writer *writer;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct intake *first, **last;
	size_t waiting;
	bool in_work;
	bool stopping;
	bool stopped; /* of who stops it alone */
	/* what the one in work has as its own */
	void (*done)(struct intake *intake);
	void *cls;
};

static void done(struct intake *intake)
{
	struct large *large = intake->cls;

	intake->done = large->done;
	intake->cls = large->cls;
	intake->done(intake);
	(void)pthread_mutex_lock(&large->mutex);
	large->in_work = false;
	(void)pthread_cond_broadcast(&large->changed);
	(void)pthread_mutex_unlock(&large->mutex);
}

static void work_on(struct large *large, struct intake *intake)
{
	intake_prepare(intake, timestamp_now());
	large->done = intake->done;
	large->cls = intake->cls;
	intake->done = done;
	intake->cls = large;
	writer_put_wait(large->writer, intake);
}

static void defer_all(struct intake *first)
{
	struct intake *intake, *next;

	for (intake = first; intake != NULL; intake = next) {
		next = intake->next;
		intake_defer(intake, DEFERRAL_BUSY, "the collector stops");
		intake->done(intake);
	}
}

/* The next one, when none is in work; NULL when it is time to end. */
static struct intake *next_one(struct large *large)
{
	struct intake *intake;

	while (large->in_work || (large->first == NULL && !large->stopping))
		(void)pthread_cond_wait(&large->changed, &large->mutex);
	intake = large->first;
	if (large->stopping || intake == NULL)
		return NULL;
	large->first = intake->next;
	if (large->first == NULL)
		large->last = &large->first;
	intake->next = NULL;
	large->waiting--;
	large->in_work = true;
	return intake;
}

static void *run(void *cls)
{
	struct large *large = cls;
	struct intake *intake;

	do {
		(void)pthread_mutex_lock(&large->mutex);
		intake = next_one(large);
		(void)pthread_mutex_unlock(&large->mutex);
		if (intake != NULL)
			work_on(large, intake);
	} while (intake != NULL);
	defer_all(large->first);
	return NULL;
}

int large_start(struct writer *writer, struct large **out, struct err *err)
{
	struct large *large = memory_zero(1, sizeof(*large));
	int number;

	large->writer = writer;
	large->last = &large->first;
	(void)pthread_mutex_init(&large->mutex, NULL);
	(void)pthread_cond_init(&large->changed, NULL);
	number = pthread_create(&large->thread, NULL, run, large);
	if (number != 0) {
		free(large);
		return err_set_errno(err, number,
		                     "no thread for large reports");
	}
	*out = large;
	return 0;
}

static enum lane_room room_for(const struct large *large,
                               const struct intake *intake)
{
	const struct intake *other;
	size_t same = 0;

	if (large->stopping)
		return LANE_FULL;
	for (other = large->first; other != NULL; other = other->next)
		same += memcmp(&other->source, &intake->source,
		               sizeof(other->source)) == 0;
	if (same >= LIMIT_LARGE_OF_ADDRESS)
		return LANE_SOURCE_FULL;
	return large->waiting < LIMIT_LARGE_WAITING ? LANE_ROOM : LANE_FULL;
}

enum lane_room large_put(struct large *large, struct intake *intake)
{
	enum lane_room room;

	(void)pthread_mutex_lock(&large->mutex);
	room = room_for(large, intake);
	if (room == LANE_ROOM) {
		intake->next = NULL;
		*large->last = intake;
		large->last = &intake->next;
		large->waiting++;
		(void)pthread_cond_broadcast(&large->changed);
	}
	(void)pthread_mutex_unlock(&large->mutex);
	return room;
}

void large_stop(struct large *large)
{
	if (large == NULL || large->stopped)
		return;
	(void)pthread_mutex_lock(&large->mutex);
	large->stopping = true;
	(void)pthread_cond_broadcast(&large->changed);
	(void)pthread_mutex_unlock(&large->mutex);
	(void)pthread_join(large->thread, NULL);
	large->stopped = true;
}

void large_free(struct large **out)
{
	struct large *large = *out;

	if (large == NULL)
		return;
	large_stop(large);
	(void)pthread_cond_destroy(&large->changed);
	(void)pthread_mutex_destroy(&large->mutex);
	free(large);
	*out = NULL;
}
