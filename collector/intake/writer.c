#include "collector/intake/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/series.h"

#define STATS_EVERY_MS  15000
#define EXPIRE_EVERY_MS (3600 * 1000)
#define IDLE_MS         1000

struct writer {
	struct writer_options options;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	pthread_cond_t room;
	struct intake_queue cheap;
	struct intake_queue costly; /* batches of one each */
	bool costly_turn;
	size_t waiting_for_room; /* of room: who waits for it */
	bool stopping;
	bool stopped;       /* of who stops it alone: the thread has ended */
	int64_t next_stats; /* monotonic milliseconds */
	int64_t next_expire;
	bool task_pending; /* there is more of them */
};

/* --- a batch ------------------------------------------------------------- */

static enum deferral writer_deferral(const struct store *store,
                                     const struct err *err)
{
	if (store_clock_is_behind(store))
		return DEFERRAL_CLOCK;
	if (err->code == ERR_BUSY)
		return DEFERRAL_BUSY;
	if (err->code == ERR_FULL)
		return DEFERRAL_FULL;
	return DEFERRAL_SYSTEM;
}

static void writer_defer(struct store *store, struct intake *intake,
                         const struct err *err)
{
	enum deferral why = writer_deferral(store, err);

	intake_defer(intake, why, err->text);
	store_counter_add(store, SERIES_DEFERRED, channel_name(intake->channel),
	                  outcome_deferral_name(why), 1);
}

static void writer_defer_all(struct store *store, struct intake *first,
                             const struct err *err)
{
	struct intake *intake;

	for (intake = first; intake != NULL; intake = intake->next)
		writer_defer(store, intake, err);
}

static int writer_store_all(struct store *store, struct intake *first,
                            struct err *err)
{
	struct intake *intake;

	for (intake = first; intake != NULL; intake = intake->next) {
		if (intake_store(intake, store, err) < 0)
			return -1;
	}
	return 0;
}

/* All of them in one transaction, or none. */
static int writer_commit_all(struct store *store, struct intake *first,
                             struct err *err)
{
	struct intake *intake;

	if (store_begin(store, timestamp_now(), err) < 0)
		return -1;
	if (writer_store_all(store, first, err) < 0) {
		store_rollback(store);
		return -1;
	}
	if (store_commit(store, err) < 0)
		return -1;
	for (intake = first; intake != NULL; intake = intake->next)
		intake_commit(intake);
	return 0;
}

static void writer_commit_or_split(struct store *store, struct intake *first,
                                   size_t count);

/* One of the batch is what the store cannot take: the others go in without
   it. NOLINTNEXTLINE(misc-no-recursion): each half is smaller. */
static void writer_commit_halves(struct store *store, struct intake *first,
                                 size_t count)
{
	struct intake *middle = first, *second;
	size_t i;

	for (i = 1; i < count / 2; i++)
		middle = middle->next;
	second = middle->next;
	middle->next = NULL;
	writer_commit_or_split(store, first, count / 2);
	writer_commit_or_split(store, second, count - count / 2);
	middle->next = second;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static void writer_commit_or_split(struct store *store, struct intake *first,
                                   size_t count)
{
	struct err err;

	if (writer_commit_all(store, first, &err) == 0)
		return;
	/* A full disk and a locked store are the same for all. */
	if (err.code == ERR_FULL || err.code == ERR_BUSY || count == 1)
		writer_defer_all(store, first, &err);
	else
		writer_commit_halves(store, first, count);
}

void writer_commit_batch(struct store *store, struct intake *first)
{
	const struct intake *intake;
	size_t count = 0;

	for (intake = first; intake != NULL; intake = intake->next)
		count++;
	writer_commit_or_split(store, first, count);
}

/* --- housekeeping -------------------------------------------------------- */

static void writer_write_stats(struct writer *writer)
{
	struct store_state_item items[WRITER_STATS_MAX];
	size_t count =
		writer->options.collect_stats(writer->options.cls, items);
	struct err err;

	if (store_state_write(writer->options.store, items, count,
	                      timestamp_now(), &err) < 0)
		log_warning("state not written: %s", err.text);
}

/* One step of deleting what is too old; comes back soon when there is more. */
static void writer_expire(struct writer *writer, int64_t now_ms)
{
	struct config *config = writer->options.config(writer->options.cls);
	int64_t now = timestamp_now();
	int64_t first_day =
		timestamp_day(now) - config->settings.retention_days;
	int64_t raw_from =
		now - config->settings.raw_keep_days * SECONDS_PER_DAY;
	bool more = false;
	struct err err;

	if (store_expire(writer->options.store, now, first_day, raw_from, &more,
	                 &err) < 0)
		log_warning("old data not deleted: %s", err.text);
	writer->next_expire = now_ms + (more ? 0 : EXPIRE_EVERY_MS);
	config_unref(&config);
}

static void writer_housekeep(struct writer *writer)
{
	int64_t now = timestamp_monotonic_ms();

	if (writer->options.background_task != NULL)
		writer->task_pending = writer->options.background_task(
			writer->options.cls, writer->options.store);
	if (writer->options.collect_stats == NULL)
		return;
	if (now >= writer->next_stats) {
		writer_write_stats(writer);
		writer->next_stats = now + STATS_EVERY_MS;
	}
	if (now >= writer->next_expire)
		writer_expire(writer, now);
}

/* --- the thread ---------------------------------------------------------- */

/* Whether a batch is there to be written. Called with the mutex held. */
static bool writer_has_work(const struct writer *writer)
{
	if (writer->costly.waiting > 0)
		return true;
	if (writer->options.fill_batches && !writer->stopping &&
	    writer->waiting_for_room == 0 &&
	    writer->cheap.total.cost < LIMIT_BATCH_COST)
		return writer->cheap.waiting >= LIMIT_BATCH;
	return writer->cheap.waiting > 0;
}

/* Waits for inputs or for a second to pass. Called with the mutex held. */
static void writer_wait_for_work(struct writer *writer)
{
	struct timespec until;
	bool soon = writer->task_pending ||
	            writer->next_expire <= timestamp_monotonic_ms();
	int64_t ms = soon ? 1 : IDLE_MS;

	if (writer_has_work(writer) || writer->stopping)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_cond_timedwait(&writer->arrived, &writer->mutex, &until);
}

/* Takes a batch: of one queue, and of the other one next time, so that neither
   waits for more than a batch of the other. Called with the mutex held. */
static struct intake *writer_take_batch(struct writer *writer,
                                        struct intake_queue **queue)
{
	if (!writer_has_work(writer))
		return NULL;
	writer->costly_turn =
		writer->cheap.waiting == 0 ||
		(!writer->costly_turn && writer->costly.waiting > 0);
	*queue = writer->costly_turn ? &writer->costly : &writer->cheap;
	return intake_queue_take(*queue, writer->costly_turn ? 1 : LIMIT_BATCH,
	                         LIMIT_BATCH_COST);
}

static void writer_finish_batch(struct writer *writer,
                                struct intake_queue *queue,
                                struct intake *first)
{
	struct intake *intake, *next;

	(void)pthread_mutex_lock(&writer->mutex);
	for (intake = first; intake != NULL; intake = intake->next)
		intake_queue_release(queue, intake);
	(void)pthread_cond_broadcast(&writer->room);
	(void)pthread_mutex_unlock(&writer->mutex);
	/* on_done() may free it. */
	for (intake = first; intake != NULL; intake = next) {
		next = intake->next;
		intake->on_done(intake);
	}
}

static void *writer_thread(void *cls)
{
	struct writer *writer = cls;
	struct intake *batch;
	struct intake_queue *queue;
	bool stop = false;

	while (!stop) {
		(void)pthread_mutex_lock(&writer->mutex);
		writer_wait_for_work(writer);
		batch = writer_take_batch(writer, &queue);
		stop = batch == NULL && writer->stopping;
		(void)pthread_mutex_unlock(&writer->mutex);
		if (batch != NULL) {
			writer_commit_batch(writer->options.store, batch);
			writer_finish_batch(writer, queue, batch);
		}
		if (!stop)
			writer_housekeep(writer);
	}
	return NULL;
}

int writer_start(const struct writer_options *options, struct writer **out,
                 struct err *err)
{
	struct writer *writer = memory_zero(1, sizeof(*writer));
	pthread_condattr_t monotonic;
	int number;

	writer->options = *options;
	intake_queue_init(&writer->cheap,
	                  &(struct intake_queue_load){options->queue,
	                                              LIMIT_QUEUE_MEMORY,
	                                              LIMIT_CHEAP_WAIT});
	intake_queue_init(&writer->costly,
	                  &(struct intake_queue_load){options->queue,
	                                              LIMIT_QUEUE_MEMORY,
	                                              LIMIT_OTHER_WAIT});
	writer->next_expire = options->collect_stats != NULL
	                              ? timestamp_monotonic_ms()
	                              : INT64_MAX;
	(void)pthread_mutex_init(&writer->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&writer->arrived, &monotonic);
	(void)pthread_cond_init(&writer->room, NULL);
	(void)pthread_condattr_destroy(&monotonic);
	number = pthread_create(&writer->thread, NULL, writer_thread, writer);
	if (number != 0) {
		free(writer);
		return err_set_errno(err, number, "no thread for the writer");
	}
	*out = writer;
	return 0;
}

/* Weighs an input and says where it waits. */
static struct intake_queue *writer_choose_queue(struct writer *writer,
                                                struct intake *intake)
{
	intake->memory = intake_memory(intake);
	intake->cost = intake_cost(intake);
	return intake->memory > LIMIT_CHEAP_MEMORY ||
	                       intake->cost > LIMIT_CHEAP_COST
	               ? &writer->costly
	               : &writer->cheap;
}

/* Called with the mutex held. */
static enum intake_queue_room writer_put_locked(struct writer *writer,
                                                struct intake_queue *queue,
                                                struct intake *intake,
                                                struct intake **displaced)
{
	enum intake_queue_room room =
		intake_queue_put(queue, intake, displaced);

	if (room == INTAKE_QUEUE_HAS_ROOM && writer_has_work(writer))
		(void)pthread_cond_signal(&writer->arrived);
	return room;
}

static void writer_defer_displaced(struct intake *first)
{
	struct intake *intake, *next;

	for (intake = first; intake != NULL; intake = next) {
		next = intake->next;
		intake_defer(intake, DEFERRAL_BUSY,
		             "reports of other networks come first");
		intake->on_done(intake);
	}
}

enum intake_queue_room writer_put(struct writer *writer, struct intake *intake)
{
	struct intake_queue *queue = writer_choose_queue(writer, intake);
	struct intake *displaced = NULL;
	enum intake_queue_room room = INTAKE_QUEUE_FULL;

	(void)pthread_mutex_lock(&writer->mutex);
	if (!writer->stopping)
		room = writer_put_locked(writer, queue, intake, &displaced);
	(void)pthread_mutex_unlock(&writer->mutex);
	writer_defer_displaced(displaced);
	return room;
}

void writer_put_wait(struct writer *writer, struct intake *intake)
{
	struct intake_queue *queue = writer_choose_queue(writer, intake);
	struct intake *displaced;

	(void)pthread_mutex_lock(&writer->mutex);
	while (writer_put_locked(writer, queue, intake, &displaced) !=
	       INTAKE_QUEUE_HAS_ROOM) {
		writer->waiting_for_room++;
		(void)pthread_cond_signal(&writer->arrived);
		(void)pthread_cond_wait(&writer->room, &writer->mutex);
		writer->waiting_for_room--;
	}
	(void)pthread_mutex_unlock(&writer->mutex);
	writer_defer_displaced(displaced);
}

bool writer_admits(struct writer *writer, const struct address *source)
{
	bool admitted;

	(void)pthread_mutex_lock(&writer->mutex);
	admitted = !writer->stopping &&
	           intake_queue_admits(&writer->cheap, source);
	(void)pthread_mutex_unlock(&writer->mutex);
	return admitted;
}

void writer_wake(struct writer *writer)
{
	(void)pthread_mutex_lock(&writer->mutex);
	(void)pthread_cond_signal(&writer->arrived);
	(void)pthread_mutex_unlock(&writer->mutex);
}

void writer_queue_length(struct writer *writer, size_t *length, int64_t *oldest)
{
	const struct intake *first, *other;

	(void)pthread_mutex_lock(&writer->mutex);
	first = writer->cheap.first;
	other = writer->costly.first;
	if (first == NULL ||
	    (other != NULL && other->received < first->received))
		first = other;
	*length = writer->cheap.waiting + writer->costly.waiting;
	*oldest = first != NULL ? first->received : 0;
	(void)pthread_mutex_unlock(&writer->mutex);
}

void writer_stop(struct writer *writer)
{
	if (writer == NULL || writer->stopped)
		return;
	(void)pthread_mutex_lock(&writer->mutex);
	writer->stopping = true;
	(void)pthread_cond_signal(&writer->arrived);
	(void)pthread_mutex_unlock(&writer->mutex);
	(void)pthread_join(writer->thread, NULL);
	writer->stopped = true;
}

void writer_free(struct writer **out)
{
	struct writer *writer = *out;

	if (writer == NULL)
		return;
	writer_stop(writer);
	(void)pthread_cond_destroy(&writer->arrived);
	(void)pthread_cond_destroy(&writer->room);
	(void)pthread_mutex_destroy(&writer->mutex);
	free(writer);
	*out = NULL;
}
