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
	struct intake *first; /* by their turns */
	size_t waiting;
	uint64_t turn; /* of the one that was taken last */
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
	intake->next = NULL;
	large->waiting--;
	large->turn = intake->turn;
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

/* Whose turns are shared: whoever has many addresses has them in one network.
   An IPv4 /24, an IPv6 /48. */
static bool same_network(const struct intake *a, const struct intake *b)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *first = a->source.bytes, *second = b->source.bytes;
	/* ::1 begins as every mapped address does. */
	bool ipv4 = memcmp(first, mapped, sizeof(mapped)) == 0 ||
	            memcmp(second, mapped, sizeof(mapped)) == 0;

	return memcmp(first, second, ipv4 ? 15 : 6) == 0;
}

/* The turn after the last of its network's, and how many of that wait. */
static size_t find_turn(const struct large *large, struct intake *intake)
{
	const struct intake *other;
	size_t same = 0;

	intake->turn = large->turn + 1;
	for (other = large->first; other != NULL; other = other->next) {
		if (same_network(other, intake)) {
			intake->turn = other->turn + 1;
			same++;
		}
	}
	return same;
}

/* Takes out the one whose turn is last, when it is after this turn. */
static struct intake *displace(struct large *large, uint64_t turn)
{
	struct intake **link = &large->first, *last;

	while ((*link)->next != NULL)
		link = &(*link)->next;
	last = *link;
	if (last->turn <= turn)
		return NULL;
	*link = NULL;
	large->waiting--;
	return last;
}

static void insert(struct large *large, struct intake *intake)
{
	struct intake **link = &large->first;

	while (*link != NULL && (*link)->turn <= intake->turn)
		link = &(*link)->next;
	intake->next = *link;
	*link = intake;
	large->waiting++;
	(void)pthread_cond_broadcast(&large->changed);
}

/* Called with the mutex held. */
static enum lane_room put(struct large *large, struct intake *intake,
                          struct intake **displaced)
{
	if (large->stopping)
		return LANE_FULL;
	if (find_turn(large, intake) >= LIMIT_LARGE_OF_NETWORK)
		return LANE_SOURCE_FULL;
	if (large->waiting >= LIMIT_LARGE_WAITING) {
		*displaced = displace(large, intake->turn);
		if (*displaced == NULL)
			return LANE_FULL;
	}
	insert(large, intake);
	return LANE_ROOM;
}

enum lane_room large_put(struct large *large, struct intake *intake)
{
	struct intake *displaced = NULL;
	enum lane_room room;

	(void)pthread_mutex_lock(&large->mutex);
	room = put(large, intake, &displaced);
	(void)pthread_mutex_unlock(&large->mutex);
	if (displaced != NULL) {
		intake_defer(displaced, DEFERRAL_BUSY,
		             "large reports of others come first");
		displaced->done(displaced);
	}
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
