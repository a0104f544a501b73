#include "collector/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "schema/limits.h"

#define STATE_EVERY_MS  15000
#define EXPIRE_EVERY_MS (3600 * 1000)
#define IDLE_MS         1000

struct writer {
	struct writer_options options;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	pthread_cond_t room;
	struct intake *first, **last;
	size_t waiting;
	bool stopping;
	bool stopped;       /* of who stops it alone: the thread has ended */
	int64_t next_state; /* monotonic milliseconds */
	int64_t next_expire;
	bool chores; /* there is more of them */
};

/* --- a batch ------------------------------------------------------------- */

static enum deferral deferral_of(const struct store *store,
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

static void defer(struct store *store, struct intake *intake,
                  const struct err *err)
{
	enum deferral why = deferral_of(store, err);

	intake_defer(intake, why, err->text);
	store_count(store, "deferred", channel_name(intake->channel),
	            deferral_name(why), 1);
}

static void defer_all(struct store *store, struct intake *first,
                      const struct err *err)
{
	struct intake *intake;

	for (intake = first; intake != NULL; intake = intake->next)
		defer(store, intake, err);
}

static int keep_all(struct store *store, struct intake *first, struct err *err)
{
	struct intake *intake;

	for (intake = first; intake != NULL; intake = intake->next) {
		if (intake_keep(intake, store, err) < 0)
			return -1;
	}
	return 0;
}

/* All of them in one transaction, or none. */
static int commit_all(struct store *store, struct intake *first,
                      struct err *err)
{
	struct intake *intake;

	if (store_begin(store, timestamp_now(), err) < 0)
		return -1;
	if (keep_all(store, first, err) < 0) {
		store_rollback(store);
		return -1;
	}
	if (store_commit(store, err) < 0)
		return -1;
	for (intake = first; intake != NULL; intake = intake->next) {
		if (intake->stage != INTAKE_DEFERRED)
			intake->stage = INTAKE_KEPT;
	}
	return 0;
}

/* One of the batch is what the store cannot take: it fails alone. */
static void commit_each(struct store *store, struct intake *first)
{
	struct intake *intake, *next;
	struct err err;

	for (intake = first; intake != NULL; intake = next) {
		next = intake->next;
		intake->next = NULL;
		if (commit_all(store, intake, &err) < 0)
			defer(store, intake, &err);
		intake->next = next;
	}
}

void writer_commit_batch(struct store *store, struct intake *first)
{
	struct err err;

	if (commit_all(store, first, &err) == 0)
		return;
	/* A full disk and a locked store are the same for all. */
	if (err.code == ERR_FULL || err.code == ERR_BUSY || first->next == NULL)
		defer_all(store, first, &err);
	else
		commit_each(store, first);
}

/* --- housekeeping -------------------------------------------------------- */

static void write_state(struct writer *writer)
{
	struct state_item items[WRITER_STATE_MOST];
	size_t count = writer->options.describe(writer->options.cls, items);
	struct err err;

	if (store_write_state(writer->options.store, items, count,
	                      timestamp_now(), &err) < 0)
		log_warning("state not written: %s", err.text);
}

/* One step of deleting what is too old; comes back soon when there is more. */
static void expire(struct writer *writer, int64_t now_ms)
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

static void keep_house(struct writer *writer)
{
	int64_t now = timestamp_monotonic_ms();

	if (writer->options.chore != NULL)
		writer->chores = writer->options.chore(writer->options.cls,
		                                       writer->options.store);
	if (writer->options.describe == NULL)
		return;
	if (now >= writer->next_state) {
		write_state(writer);
		writer->next_state = now + STATE_EVERY_MS;
	}
	if (now >= writer->next_expire)
		expire(writer, now);
}

/* --- the thread ---------------------------------------------------------- */

/* Waits for inputs or for a second to pass. Called with the mutex held. */
static void wait_for_work(struct writer *writer)
{
	struct timespec until;
	bool soon = writer->chores ||
	            writer->next_expire <= timestamp_monotonic_ms();
	int64_t ms = soon ? 1 : IDLE_MS;

	if (writer->first != NULL || writer->stopping)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_cond_timedwait(&writer->arrived, &writer->mutex, &until);
}

/* Takes up to a batch from the queue. Called with the mutex held. */
static struct intake *take_batch(struct writer *writer)
{
	struct intake *first = writer->first, **end = &writer->first;
	size_t count = 0;

	while (*end != NULL && count < LIMIT_BATCH) {
		end = &(*end)->next;
		count++;
	}
	writer->first = *end;
	if (writer->first == NULL)
		writer->last = &writer->first;
	*end = NULL;
	if (count == 0)
		return NULL;
	writer->waiting -= count;
	(void)pthread_cond_broadcast(&writer->room);
	return first;
}

static void finish(struct intake *first)
{
	struct intake *intake, *next;

	/* done() may free it. */
	for (intake = first; intake != NULL; intake = next) {
		next = intake->next;
		intake->done(intake);
	}
}

static void *run(void *cls)
{
	struct writer *writer = cls;
	struct intake *batch;
	bool stop = false;

	while (!stop) {
		(void)pthread_mutex_lock(&writer->mutex);
		wait_for_work(writer);
		batch = take_batch(writer);
		stop = batch == NULL && writer->stopping;
		(void)pthread_mutex_unlock(&writer->mutex);
		if (batch != NULL) {
			writer_commit_batch(writer->options.store, batch);
			finish(batch);
		}
		if (!stop)
			keep_house(writer);
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
	writer->last = &writer->first;
	writer->next_expire = options->describe != NULL
	                              ? timestamp_monotonic_ms()
	                              : INT64_MAX;
	(void)pthread_mutex_init(&writer->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&writer->arrived, &monotonic);
	(void)pthread_cond_init(&writer->room, NULL);
	(void)pthread_condattr_destroy(&monotonic);
	number = pthread_create(&writer->thread, NULL, run, writer);
	if (number != 0) {
		free(writer);
		return err_set_errno(err, number, "no thread for the writer");
	}
	*out = writer;
	return 0;
}

static void append(struct writer *writer, struct intake *intake)
{
	intake->next = NULL;
	*writer->last = intake;
	writer->last = &intake->next;
	writer->waiting++;
	(void)pthread_cond_signal(&writer->arrived);
}

bool writer_put(struct writer *writer, struct intake *intake)
{
	bool room;

	(void)pthread_mutex_lock(&writer->mutex);
	room = writer->waiting < writer->options.queue && !writer->stopping;
	if (room)
		append(writer, intake);
	(void)pthread_mutex_unlock(&writer->mutex);
	return room;
}

void writer_put_wait(struct writer *writer, struct intake *intake)
{
	(void)pthread_mutex_lock(&writer->mutex);
	while (writer->waiting >= writer->options.queue)
		(void)pthread_cond_wait(&writer->room, &writer->mutex);
	append(writer, intake);
	(void)pthread_mutex_unlock(&writer->mutex);
}

bool writer_has_room(struct writer *writer)
{
	bool room;

	(void)pthread_mutex_lock(&writer->mutex);
	room = writer->waiting < writer->options.queue && !writer->stopping;
	(void)pthread_mutex_unlock(&writer->mutex);
	return room;
}

void writer_wake(struct writer *writer)
{
	(void)pthread_mutex_lock(&writer->mutex);
	(void)pthread_cond_signal(&writer->arrived);
	(void)pthread_mutex_unlock(&writer->mutex);
}

void writer_queue(struct writer *writer, size_t *length, int64_t *oldest)
{
	(void)pthread_mutex_lock(&writer->mutex);
	*length = writer->waiting;
	*oldest = writer->first != NULL ? writer->first->received : 0;
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
