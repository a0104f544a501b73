#include "exporter/refresh.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/store/read.h"

#define TICK_MS 1000

/* A refresh that took long is not done again at once: the store may change
   many times a second. */
#define REST_FACTOR 10
#define REST_MAX_MS 10000

struct refresh {
	struct model *model;
	pthread_t thread;
	bool started;

	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t wake;
	bool stopping;
	struct config *config;
	struct model_status status;

	/* the thread's own */
	struct store *store;
	struct stat file; /* of the store that is open */
	int64_t seen_version;
	int64_t next_refresh; /* monotonic milliseconds */
	int64_t settled_day;
	int64_t today;
	struct config *refreshed_with;
	bool warned; /* of missing times */
};

/* --- the store ----------------------------------------------------------- */

/* The file may have been exchanged under us: a restored backup. */
static bool refresh_is_same_file(const struct refresh *refresh,
                                 const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == refresh->file.st_ino &&
	       st.st_dev == refresh->file.st_dev;
}

static int refresh_store_open(struct refresh *refresh, const char *path,
                              struct err *err)
{
	if (refresh->store != NULL &&
	    (!refresh_is_same_file(refresh, path) ||
	     store_file_is_outdated(refresh->store))) {
		store_close(&refresh->store);
		model_reset(refresh->model);
	}
	if (refresh->store != NULL)
		return 0;
	if (store_open(path, STORE_READ, &refresh->store, err) < 0)
		return -1;
	(void)stat(path, &refresh->file);
	refresh->seen_version = -1;
	return 0;
}

/* Whether there is anything to do: somebody committed, a day settled, or the
   configuration is another one. */
static int refresh_check_due(struct refresh *refresh,
                             const struct config *config, int64_t now,
                             bool *due, struct err *err)
{
	int64_t version = 0;

	if (store_data_version(refresh->store, &version, err) < 0)
		return -1;
	*due = version != refresh->seen_version ||
	       refresh->refreshed_with != config ||
	       model_settled_day(now, config->settle_hours) !=
	               refresh->settled_day ||
	       timestamp_day(now) != refresh->today;
	refresh->seen_version = version;
	return 0;
}

/* --- the model ----------------------------------------------------------- */

static int refresh_model(struct refresh *refresh, struct config *config,
                         struct err *err)
{
	int64_t now = timestamp_now();
	bool due;

	/* The configured domains are shown whatever becomes of the store, and a
	   page can be rendered before it was ever read. */
	if (refresh->refreshed_with == NULL &&
	    model_refresh(refresh->model, NULL, config, now, err) < 0)
		return -1;
	if (refresh_store_open(refresh, config->settings.store, err) < 0)
		return -1;
	if (refresh_check_due(refresh, config, now, &due, err) < 0)
		return -1;
	if (!due)
		return 0;
	if (model_refresh(refresh->model, refresh->store, config, now, err) <
	    0) {
		refresh->seen_version = -1;
		return -1;
	}
	refresh->settled_day = model_settled_day(now, config->settle_hours);
	refresh->today = timestamp_day(now);
	if (refresh->refreshed_with != NULL)
		config_unref(&refresh->refreshed_with);
	refresh->refreshed_with = config_ref(config);
	return 0;
}

static void refresh_note_result(struct refresh *refresh, int result,
                                const struct err *err, double seconds)
{
	struct model_status *status = &refresh->status;
	bool was_failed, first;

	(void)pthread_mutex_lock(&refresh->mutex);
	was_failed = status->failed;
	first = !status->loaded;
	status->failed = result < 0;
	if (result == 0) {
		status->loaded = true;
		status->trouble[0] = '\0';
		status->refresh_seconds = seconds;
	} else {
		status->read_errors += err->code != ERR_NOT_FOUND;
		(void)snprintf(status->trouble, sizeof(status->trouble), "%s",
		               err->text);
	}
	model_status_set(refresh->model, status);
	(void)pthread_mutex_unlock(&refresh->mutex);
	if (result < 0 && !was_failed)
		log_warning("%s; %s", err->text,
		            first ? "waiting for it"
		                  : "the last known figures are served");
	else if (result == 0 && (was_failed || first))
		log_notice("the store is read");
}

/* Whoever knows no better takes them as if nothing were known. */
static void refresh_warn_of_times(struct refresh *refresh)
{
	struct snapshot *snapshot = model_get(refresh->model);

	if (snapshot_times_missing(snapshot) && !refresh->warned) {
		refresh->warned = true;
		log_warning("the store does not say when all of its reporters "
		            "were proved and their reports arrived; how long "
		            "they are known is taken from their reports. Run "
		            "tlsrpt-collector check-store --repair");
	}
	snapshot_unref(&snapshot);
}

static void refresh_once(struct refresh *refresh)
{
	struct config *config;
	double start, took;
	struct err err;
	int64_t rest;
	int result;

	if (timestamp_monotonic_ms() < refresh->next_refresh)
		return;
	(void)pthread_mutex_lock(&refresh->mutex);
	config = config_ref(refresh->config);
	(void)pthread_mutex_unlock(&refresh->mutex);
	start = timestamp_monotonic_seconds();
	result = refresh_model(refresh, config, &err);
	took = timestamp_monotonic_seconds() - start;
	rest = (int64_t)(took * 1000 * REST_FACTOR);
	refresh->next_refresh = timestamp_monotonic_ms() +
	                        (rest < REST_MAX_MS ? rest : REST_MAX_MS);
	refresh_note_result(refresh, result, &err, took);
	refresh_warn_of_times(refresh);
	config_unref(&config);
}

static void *refresh_thread(void *cls)
{
	struct refresh *refresh = cls;
	struct timespec until;

	(void)pthread_mutex_lock(&refresh->mutex);
	while (!refresh->stopping) {
		(void)pthread_mutex_unlock(&refresh->mutex);
		refresh_once(refresh);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += TICK_MS / 1000;
		(void)pthread_mutex_lock(&refresh->mutex);
		if (!refresh->stopping)
			(void)pthread_cond_timedwait(&refresh->wake,
			                             &refresh->mutex, &until);
	}
	(void)pthread_mutex_unlock(&refresh->mutex);
	return NULL;
}

/* --- starting and stopping ----------------------------------------------- */

struct refresh *refresh_new(struct model *model, struct config *config)
{
	struct refresh *refresh = memory_zero(1, sizeof(*refresh));
	pthread_condattr_t monotonic;

	(void)pthread_mutex_init(&refresh->mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&refresh->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	refresh->model = model;
	refresh->config = config_ref(config);
	refresh->status.reload_worked = true;
	refresh->status.reloaded = timestamp_now();
	model_status_set(model, &refresh->status);
	return refresh;
}

int refresh_start(struct refresh *refresh, struct err *err)
{
	int number;

	refresh_once(refresh);
	number =
		pthread_create(&refresh->thread, NULL, refresh_thread, refresh);
	if (number != 0)
		return err_set_errno(err, number,
		                     "no thread to read the store");
	refresh->started = true;
	return 0;
}

void refresh_reload(struct refresh *refresh, struct config *config)
{
	struct config *old = NULL;

	(void)pthread_mutex_lock(&refresh->mutex);
	refresh->status.reload_worked = config != NULL;
	if (config != NULL) {
		old = refresh->config;
		refresh->config = config_ref(config);
		refresh->status.reloaded = timestamp_now();
		(void)pthread_cond_signal(&refresh->wake);
	}
	model_status_set(refresh->model, &refresh->status);
	(void)pthread_mutex_unlock(&refresh->mutex);
	if (old != NULL)
		config_unref(&old);
}

void refresh_free(struct refresh **out)
{
	struct refresh *refresh = *out;

	if (refresh == NULL)
		return;
	(void)pthread_mutex_lock(&refresh->mutex);
	refresh->stopping = true;
	(void)pthread_cond_signal(&refresh->wake);
	(void)pthread_mutex_unlock(&refresh->mutex);
	if (refresh->started)
		(void)pthread_join(refresh->thread, NULL);
	store_close(&refresh->store);
	if (refresh->refreshed_with != NULL)
		config_unref(&refresh->refreshed_with);
	config_unref(&refresh->config);
	(void)pthread_cond_destroy(&refresh->wake);
	(void)pthread_mutex_destroy(&refresh->mutex);
	free(refresh);
	*out = NULL;
}
