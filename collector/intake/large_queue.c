#include "collector/intake/large_queue.h"

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
	uint64_t taken;                    /* so many, ever */
	uint64_t due[INTAKE_QUEUE_PLACES]; /* of each network, what taken was,
	                              and then so many as are remembered */
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
	struct large_queue *queue = intake->cls;

	intake->on_done = queue->on_done;
	intake->cls = queue->cls;
	intake->on_done(intake);
	(void)pthread_mutex_lock(&queue->mutex);
	queue->busy = false;
	(void)pthread_cond_broadcast(&queue->changed);
	(void)pthread_mutex_unlock(&queue->mutex);
}

static void large_queue_prepare(struct large_queue *queue,
                                struct intake *intake)
{
	intake_prepare(intake, timestamp_now());
	queue->on_done = intake->on_done;
	queue->cls = intake->cls;
	intake->on_done = large_queue_on_done;
	intake->cls = queue;
	writer_put_wait(queue->writer, intake);
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

static uint64_t *large_queue_due(struct large_queue *queue,
                                 const struct intake *intake)
{
	return &queue->due[intake_queue_place(queue->seed, &intake->source, 0)];
}

/* The next one, when none is in work; NULL when it is time to end. */
static struct intake *large_queue_take(struct large_queue *queue)
{
	struct intake *intake;

	while (queue->busy || (queue->first == NULL && !queue->stopping))
		(void)pthread_cond_wait(&queue->changed, &queue->mutex);
	intake = queue->first;
	if (queue->stopping || intake == NULL)
		return NULL;
	queue->first = intake->next;
	intake->next = NULL;
	queue->waiting--;
	queue->taken++;
	*large_queue_due(queue, intake) = queue->taken + LIMIT_LARGE_REMEMBERED;
	queue->busy = true;
	return intake;
}

static void *large_queue_thread(void *cls)
{
	struct large_queue *queue = cls;
	struct intake *intake;

	do {
		(void)pthread_mutex_lock(&queue->mutex);
		intake = large_queue_take(queue);
		(void)pthread_mutex_unlock(&queue->mutex);
		if (intake != NULL)
			large_queue_prepare(queue, intake);
	} while (intake != NULL);
	large_queue_defer_all(queue->first);
	return NULL;
}

int large_queue_start(struct writer *writer, struct large_queue **out,
                      struct err *err)
{
	struct large_queue *queue = memory_zero(1, sizeof(*queue));
	int number;

	queue->writer = writer;
	queue->seed = intake_queue_seed();
	(void)pthread_mutex_init(&queue->mutex, NULL);
	(void)pthread_cond_init(&queue->changed, NULL);
	number =
		pthread_create(&queue->thread, NULL, large_queue_thread, queue);
	if (number != 0) {
		free(queue);
		return err_set_errno(err, number,
		                     "no thread for large reports");
	}
	*out = queue;
	return 0;
}

/* --- who is next ---------------------------------------------------------- */

/* How many wait of the same network of that scope. */
static size_t large_queue_count_same(const struct large_queue *queue,
                                     const struct intake *intake,
                                     unsigned int scope)
{
	const struct intake *other;
	size_t count = 0;

	for (other = queue->first; other != NULL; other = other->next)
		count += address_shares_scope(&other->source, &intake->source,
		                              scope);
	return count;
}

/* A network that had none of the last ones is served first, one that had some
   after those, and each that waits already puts it off by as many again. */
static uint64_t large_queue_turn(struct large_queue *queue,
                                 const struct intake *intake, size_t same)
{
	uint64_t due = *large_queue_due(queue, intake);

	return (due > queue->taken ? due : queue->taken) +
	       same * LIMIT_LARGE_REMEMBERED;
}

/* Takes out the one whose turn is last, when it is after this turn. */
static struct intake *large_queue_displace(struct large_queue *queue,
                                           uint64_t turn)
{
	struct intake **link = &queue->first, *last;

	while (*link != NULL && (*link)->next != NULL)
		link = &(*link)->next;
	last = *link;
	if (last == NULL || last->turn <= turn)
		return NULL;
	*link = NULL;
	queue->waiting--;
	return last;
}

static void large_queue_insert(struct large_queue *queue, struct intake *intake)
{
	struct intake **link = &queue->first;

	while (*link != NULL && (*link)->turn <= intake->turn)
		link = &(*link)->next;
	intake->next = *link;
	*link = intake;
	queue->waiting++;
	(void)pthread_cond_broadcast(&queue->changed);
}

/* The last of its network's narrower one that has most waiting. */
static struct intake **large_queue_find_neighbour(struct large_queue *queue,
                                                  const struct intake *intake)
{
	struct intake **link, **found = NULL;
	size_t score, most = 0;

	for (link = &queue->first; *link != NULL; link = &(*link)->next) {
		if (!address_shares_scope(&(*link)->source, &intake->source, 0))
			continue;
		score = large_queue_count_same(queue, *link, 1) *
		                LIMIT_LARGE_WAITING +
		        large_queue_count_same(queue, *link, 2);
		if (score >= most) {
			most = score;
			found = link;
		}
	}
	return found;
}

/* In a network whose places are taken, one that has fewer of them than another
   by more than one takes one of the other's, and its turn. */
static struct intake *large_queue_replace_neighbour(struct large_queue *queue,
                                                    struct intake *intake)
{
	struct intake **link = large_queue_find_neighbour(queue, intake),
		      *victim;
	unsigned int scope = 1;

	if (link == NULL)
		return NULL;
	while (scope < ADDRESS_SCOPES - 1 &&
	       address_shares_scope(&(*link)->source, &intake->source, scope))
		scope++;
	if (large_queue_count_same(queue, intake, scope) + 1 >=
	    large_queue_count_same(queue, *link, scope))
		return NULL;
	victim = *link;
	intake->turn = victim->turn;
	intake->next = victim->next;
	*link = intake;
	return victim;
}

/* Called with the mutex held. */
static enum intake_queue_room large_queue_put_locked(struct large_queue *queue,
                                                     struct intake *intake,
                                                     struct intake **displaced)
{
	size_t same;

	if (queue->stopping)
		return INTAKE_QUEUE_FULL;
	same = large_queue_count_same(queue, intake, 0);
	if (same >= LIMIT_LARGE_OF_NETWORK) {
		*displaced = large_queue_replace_neighbour(queue, intake);
		return *displaced != NULL ? INTAKE_QUEUE_HAS_ROOM
		                          : INTAKE_QUEUE_SOURCE_FULL;
	}
	intake->turn = large_queue_turn(queue, intake, same);
	if (queue->waiting >= LIMIT_LARGE_WAITING) {
		*displaced = large_queue_displace(queue, intake->turn);
		if (*displaced == NULL)
			return INTAKE_QUEUE_FULL;
	}
	large_queue_insert(queue, intake);
	return INTAKE_QUEUE_HAS_ROOM;
}

enum intake_queue_room large_queue_put(struct large_queue *queue,
                                       struct intake *intake)
{
	struct intake *displaced = NULL;
	enum intake_queue_room room;

	(void)pthread_mutex_lock(&queue->mutex);
	room = large_queue_put_locked(queue, intake, &displaced);
	(void)pthread_mutex_unlock(&queue->mutex);
	if (displaced != NULL) {
		intake_defer(displaced, DEFERRAL_BUSY,
		             "large reports of others come first");
		displaced->on_done(displaced);
	}
	return room;
}

void large_queue_stop(struct large_queue *queue)
{
	if (queue == NULL || queue->stopped)
		return;
	(void)pthread_mutex_lock(&queue->mutex);
	queue->stopping = true;
	(void)pthread_cond_broadcast(&queue->changed);
	(void)pthread_mutex_unlock(&queue->mutex);
	(void)pthread_join(queue->thread, NULL);
	queue->stopped = true;
}

void large_queue_free(struct large_queue **out)
{
	struct large_queue *queue = *out;

	if (queue == NULL)
		return;
	large_queue_stop(queue);
	(void)pthread_cond_destroy(&queue->changed);
	(void)pthread_mutex_destroy(&queue->mutex);
	free(queue);
	*out = NULL;
}
