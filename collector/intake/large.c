#include "collector/intake/large.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/limits.h"

struct large_queue {
	struct writer *writer;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct intake *first; /* by their turns */
	size_t waiting;
	uint64_t taken;            /* so many, ever */
	uint64_t due[LANE_PLACES]; /* of each network, what taken was, and then
	                              so many as are remembered */
	uint64_t seed;
	bool busy;
	bool stopping;
	bool stopped; /* of who stops it alone */
	/* what the one in work has as its own */
	void (*on_done)(struct intake *intake);
	void *cls;
};

static void large_queue_on_done(struct intake *intake)
{
	struct large_queue *large = intake->cls;

	intake->on_done = large->on_done;
	intake->cls = large->cls;
	intake->on_done(intake);
	(void)pthread_mutex_lock(&large->mutex);
	large->busy = false;
	(void)pthread_cond_broadcast(&large->changed);
	(void)pthread_mutex_unlock(&large->mutex);
}

static void large_queue_prepare(struct large_queue *large,
                                struct intake *intake)
{
	intake_prepare(intake, timestamp_now());
	large->on_done = intake->on_done;
	large->cls = intake->cls;
	intake->on_done = large_queue_on_done;
	intake->cls = large;
	writer_put_wait(large->writer, intake);
}

static void large_queue_defer_all(struct intake *first)
{
	struct intake *intake, *next;

	for (intake = first; intake != NULL; intake = next) {
		next = intake->next;
		intake_defer(intake, DEFERRAL_BUSY, "the collector stops");
		intake->on_done(intake);
	}
}

static uint64_t *due_of(struct large_queue *large, const struct intake *intake)
{
	return &large->due[lane_place(large->seed, &intake->source, 0)];
}

/* The next one, when none is in work; NULL when it is time to end. */
static struct intake *large_queue_take(struct large_queue *large)
{
	struct intake *intake;

	while (large->busy || (large->first == NULL && !large->stopping))
		(void)pthread_cond_wait(&large->changed, &large->mutex);
	intake = large->first;
	if (large->stopping || intake == NULL)
		return NULL;
	large->first = intake->next;
	intake->next = NULL;
	large->waiting--;
	large->taken++;
	*due_of(large, intake) = large->taken + LIMIT_LARGE_REMEMBERED;
	large->busy = true;
	return intake;
}

static void *large_queue_thread(void *cls)
{
	struct large_queue *large = cls;
	struct intake *intake;

	do {
		(void)pthread_mutex_lock(&large->mutex);
		intake = large_queue_take(large);
		(void)pthread_mutex_unlock(&large->mutex);
		if (intake != NULL)
			large_queue_prepare(large, intake);
	} while (intake != NULL);
	large_queue_defer_all(large->first);
	return NULL;
}

int large_queue_start(struct writer *writer, struct large_queue **out,
                      struct err *err)
{
	struct large_queue *large = memory_zero(1, sizeof(*large));
	int number;

	large->writer = writer;
	large->seed = lane_seed();
	(void)pthread_mutex_init(&large->mutex, NULL);
	(void)pthread_cond_init(&large->changed, NULL);
	number =
		pthread_create(&large->thread, NULL, large_queue_thread, large);
	if (number != 0) {
		free(large);
		return err_set_errno(err, number,
		                     "no thread for large reports");
	}
	*out = large;
	return 0;
}

/* --- who is next ---------------------------------------------------------- */

/* How many wait of the same network of that scope. */
static size_t count_same(const struct large_queue *large,
                         const struct intake *intake, unsigned int scope)
{
	const struct intake *other;
	size_t count = 0;

	for (other = large->first; other != NULL; other = other->next)
		count += address_shares_scope(&other->source, &intake->source,
		                              scope);
	return count;
}

/* A network that had none of the last ones is served first, one that had some
   after those, and each that waits already puts it off by as many again. */
static uint64_t turn_of(struct large_queue *large, const struct intake *intake,
                        size_t same)
{
	uint64_t due = *due_of(large, intake);

	return (due > large->taken ? due : large->taken) +
	       same * LIMIT_LARGE_REMEMBERED;
}

/* Takes out the one whose turn is last, when it is after this turn. */
static struct intake *large_queue_displace(struct large_queue *large,
                                           uint64_t turn)
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

static void large_queue_insert(struct large_queue *large, struct intake *intake)
{
	struct intake **link = &large->first;

	while (*link != NULL && (*link)->turn <= intake->turn)
		link = &(*link)->next;
	intake->next = *link;
	*link = intake;
	large->waiting++;
	(void)pthread_cond_broadcast(&large->changed);
}

/* The last of its network's narrower one that has most waiting. */
static struct intake **find_neighbour(struct large_queue *large,
                                      const struct intake *intake)
{
	struct intake **link, **found = NULL;
	size_t score, most = 0;

	for (link = &large->first; *link != NULL; link = &(*link)->next) {
		if (!address_shares_scope(&(*link)->source, &intake->source, 0))
			continue;
		score = count_same(large, *link, 1) * LIMIT_LARGE_WAITING +
		        count_same(large, *link, 2);
		if (score >= most) {
			most = score;
			found = link;
		}
	}
	return found;
}

/* In a network whose places are taken, one that has fewer of them than another
   by more than one takes one of his, and his turn. */
static struct intake *replace_neighbour(struct large_queue *large,
                                        struct intake *intake)
{
	struct intake **link = find_neighbour(large, intake), *victim;
	unsigned int scope = 1;

	while (scope < ADDRESS_SCOPES - 1 &&
	       address_shares_scope(&(*link)->source, &intake->source, scope))
		scope++;
	if (count_same(large, intake, scope) + 1 >=
	    count_same(large, *link, scope))
		return NULL;
	victim = *link;
	intake->turn = victim->turn;
	intake->next = victim->next;
	*link = intake;
	return victim;
}

/* Called with the mutex held. */
static enum intake_queue_room large_queue_put_locked(struct large_queue *large,
                                                     struct intake *intake,
                                                     struct intake **displaced)
{
	size_t same;

	if (large->stopping)
		return INTAKE_QUEUE_FULL;
	same = count_same(large, intake, 0);
	if (same >= LIMIT_LARGE_OF_NETWORK) {
		*displaced = replace_neighbour(large, intake);
		return *displaced != NULL ? INTAKE_QUEUE_HAS_ROOM
		                          : INTAKE_QUEUE_SOURCE_FULL;
	}
	intake->turn = turn_of(large, intake, same);
	if (large->waiting >= LIMIT_LARGE_WAITING) {
		*displaced = large_queue_displace(large, intake->turn);
		if (*displaced == NULL)
			return INTAKE_QUEUE_FULL;
	}
	large_queue_insert(large, intake);
	return INTAKE_QUEUE_HAS_ROOM;
}

enum intake_queue_room large_queue_put(struct large_queue *large,
                                       struct intake *intake)
{
	struct intake *displaced = NULL;
	enum intake_queue_room room;

	(void)pthread_mutex_lock(&large->mutex);
	room = large_queue_put_locked(large, intake, &displaced);
	(void)pthread_mutex_unlock(&large->mutex);
	if (displaced != NULL) {
		intake_defer(displaced, DEFERRAL_BUSY,
		             "large reports of others come first");
		displaced->on_done(displaced);
	}
	return room;
}

void large_queue_stop(struct large_queue *large)
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

void large_queue_free(struct large_queue **out)
{
	struct large_queue *large = *out;

	if (large == NULL)
		return;
	large_queue_stop(large);
	(void)pthread_cond_destroy(&large->changed);
	(void)pthread_mutex_destroy(&large->mutex);
	free(large);
	*out = NULL;
}
