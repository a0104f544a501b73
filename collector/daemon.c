#include "collector/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/exit.h"
#include "base/log.h"
#include "base/process.h"
#include "base/service.h"
#include "base/timestamp.h"
#include "collector/config/config.h"
#include "collector/http/report_endpoint.h"
#include "collector/intake/readmit.h"
#include "collector/intake/upgrade.h"
#include "collector/intake/writer.h"
#include "collector/mailbox/poller.h"
#include "collector/sandbox.h"
#include "collector/submit/submit.h"
#include "schema/series.h"

/* Bytes of all addresses in a log line. */
#define ADDRESSES_MAX 2048U

#define TICK_MS      60000
#define WATCHDOG_MS  1000
#define READMIT_STEP 100

struct collector {
	const char *config_path;
	pthread_mutex_t mutex;
	struct config *config;         /* in force */
	struct config *initial_config; /* with which rights were given up */
	int lock_fd;
	struct store *store;
	struct writer *writer;
	struct report_endpoint *endpoint;
	struct poller *poller; /* under the mutex */
	struct submit *submit; /* NULL: none is configured */
	bool reload_worked;
	int64_t reloaded_at;           /* last time that it worked */
	int64_t watchdog_at;           /* last reset; monotonic milliseconds */
	atomic_bool readmit_requested; /* there may be domains that are new */
	int64_t readmit_after;         /* the writer's; -1: nothing to do */
};

/* A kernel lock goes with the process, however that ends. */
static int daemon_lock_store(struct collector *collector, struct err *err)
{
	const char *store = collector->config->settings.store;
	struct arena *arena = arena_new(0);
	const char *path = arena_printf(arena, "%s.lock", store);
	int result = 0;

	collector->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (collector->lock_fd < 0) {
		result = err_set_errno(err, errno, "lock file %s", path);
	} else if (flock(collector->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		result = err_set(err, ERR_BUSY,
		                 "another tlsrpt-collector serves the store %s "
		                 "already; stop it first",
		                 store);
	}
	arena_free(&arena);
	return result;
}

/* --- what the writer asks ------------------------------------------------ */

static struct config *daemon_config(void *cls)
{
	struct collector *collector = cls;
	struct config *config;

	(void)pthread_mutex_lock(&collector->mutex);
	config = config_ref(collector->config);
	(void)pthread_mutex_unlock(&collector->mutex);
	return config;
}

static struct store_state_item daemon_stat(const char *name, double value)
{
	return (struct store_state_item){name, "", "", value};
}

static size_t daemon_collect_process_stats(struct store_state_item *items)
{
	struct process_stats stats;
	size_t count = 0;

	process_stats(&stats);
	items[count++] = daemon_stat(SERIES_PROCESS_CPU_SECONDS_TOTAL,
	                             stats.cpu_seconds);
	items[count++] = daemon_stat(SERIES_PROCESS_RESIDENT_MEMORY_BYTES,
	                             stats.resident_bytes);
	items[count++] = daemon_stat(SERIES_PROCESS_OPEN_FDS, stats.open_fds);
	items[count++] = daemon_stat(SERIES_PROCESS_MAX_FDS, stats.max_fds);
	items[count++] = daemon_stat(SERIES_PROCESS_START_TIME_SECONDS,
	                             stats.start_time);
	return count;
}

static size_t daemon_collect_stats(void *cls, struct store_state_item *items)
{
	struct collector *collector = cls;
	int64_t oldest = 0, reloaded, now = timestamp_now();
	size_t count = 0, length = 0;
	bool worked;

	(void)pthread_mutex_lock(&collector->mutex);
	if (collector->writer != NULL)
		writer_queue_length(collector->writer, &length, &oldest);
	worked = collector->reload_worked;
	reloaded = collector->reloaded_at;
	(void)pthread_mutex_unlock(&collector->mutex);
	items[count++] = daemon_stat(SERIES_STATE_HEARTBEAT_TIMESTAMP_SECONDS,
	                             (double)now);
	items[count++] = daemon_stat(SERIES_STATE_QUEUE_LENGTH, (double)length);
	items[count++] = daemon_stat(
		SERIES_STATE_QUEUE_OLDEST_TIMESTAMP_SECONDS, (double)oldest);
	items[count++] = daemon_stat(SERIES_STATE_CONFIG_LAST_RELOAD_SUCCESSFUL,
	                             worked ? 1 : 0);
	items[count++] = daemon_stat(
		SERIES_STATE_CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS,
		(double)reloaded);
	count += daemon_collect_process_stats(items + count);
	(void)pthread_mutex_lock(&collector->mutex);
	if (collector->endpoint != NULL)
		count += report_endpoint_collect_stats(collector->endpoint,
		                                       items + count);
	(void)pthread_mutex_unlock(&collector->mutex);
	return count;
}

/* How far the mailboxes are. */
static void daemon_write_positions(struct collector *collector,
                                   struct store *store)
{
	(void)pthread_mutex_lock(&collector->mutex);
	if (collector->poller != NULL)
		poller_write_checkpoints(collector->poller, store);
	(void)pthread_mutex_unlock(&collector->mutex);
}

/* What came for a domain before it was configured is accepted now. */
static bool daemon_readmit(struct collector *collector, struct store *store)
{
	struct readmit_totals totals;
	struct config *config;
	struct err err;
	int result;

	if (atomic_exchange(&collector->readmit_requested, false))
		collector->readmit_after = 0;
	if (collector->readmit_after < 0)
		return false;
	config = daemon_config(collector);
	result = readmit_step(config, store, &collector->readmit_after,
	                      READMIT_STEP, &totals, &err);
	config_unref(&config);
	if (totals.readmitted > 0)
		log_notice("%lld reports taken from the ledger, their domain "
		           "is configured now",
		           (long long)totals.readmitted);
	if (result < 0)
		log_warning("ledger: %s", err.text);
	if (result != 1)
		collector->readmit_after = -1;
	return result == 1;
}

static bool daemon_run_background_task(void *cls, struct store *store)
{
	struct collector *collector = cls;

	submit_write_counts(collector->submit, store);
	daemon_write_positions(cls, store);
	return daemon_readmit(cls, store);
}

/* --- start, wait, stop --------------------------------------------------- */

/* Takes the poller over, which is NULL then. */
static int daemon_start_poller(struct collector *collector,
                               struct poller **poller, struct err *err)
{
	struct poller *started = *poller;

	*poller = NULL;
	poller_set_writer(started, collector->writer);
	(void)pthread_mutex_lock(&collector->mutex);
	collector->poller = started;
	(void)pthread_mutex_unlock(&collector->mutex);
	return poller_start(started, err);
}

/* A mailbox that hangs, and messages that take long, are no fault of ours. */
static void daemon_reset_watchdog(void *cls)
{
	struct collector *collector = cls;
	int64_t now = timestamp_monotonic_ms();

	if (now - collector->watchdog_at < service_tick(WATCHDOG_MS))
		return;
	collector->watchdog_at = now;
	service_notify("WATCHDOG=1");
}

/* What it has done is stored and remembered before it goes. */
static void daemon_stop_poller(struct collector *collector)
{
	struct poller *poller = collector->poller;

	if (poller == NULL)
		return;
	poller_stop(poller, daemon_reset_watchdog, collector);
	poller_flush(poller);
	(void)pthread_mutex_lock(&collector->mutex);
	collector->poller = NULL;
	(void)pthread_mutex_unlock(&collector->mutex);
	poller_free(&poller);
}

/* Takes the socket for mail pipes out of those that were handed over. Returns
   its descriptor or -1. */
static int daemon_remove_submit_socket(struct service_socket *sockets,
                                       size_t *count)
{
	size_t i;
	int fd;

	for (i = 0; i < *count; i++) {
		if (strcmp(sockets[i].name, "submit") != 0)
			continue;
		fd = sockets[i].fd;
		sockets[i] = sockets[--*count];
		return fd;
	}
	return -1;
}

static int daemon_read_config(struct collector *collector, struct err *err)
{
	if (config_read(collector->config_path, true, &collector->config, err) <
	    0)
		return -1;
	collector->initial_config = config_ref(collector->config);
	log_set_level((enum log_level)(LOG_LEVEL_ERROR +
	                               collector->config->settings.log_level));
	collector->reload_worked = true;
	collector->reloaded_at = timestamp_now();
	return 0;
}

/* All that needs files, ports and rights which are given up then. The endpoint
   is not the collector's before it answers: the writer's thread asks it. */
static int daemon_open(struct collector *collector,
                       struct report_endpoint **endpoint, struct err *err)
{
	struct service_socket sockets[SERVICE_SOCKETS_MAX];
	size_t socket_count = service_sockets(sockets);
	int submit_fd = daemon_remove_submit_socket(sockets, &socket_count);

	if (daemon_read_config(collector, err) < 0 ||
	    (!collector->config->allow_root && service_refuse_root(err) < 0) ||
	    daemon_lock_store(collector, err) < 0 ||
	    upgrade_open_store(collector->config->settings.store,
	                       &collector->store, err) < 0 ||
	    report_endpoint_open(collector->config, sockets, socket_count,
	                         endpoint, err) < 0 ||
	    submit_open(collector->config, submit_fd, &collector->submit, err) <
	            0)
		return -1;
	return sandbox_enter(collector->config, err);
}

static int daemon_start_writer(struct collector *collector, struct err *err)
{
	const struct writer_options options = {
		.store = collector->store,
		.queue = (size_t)collector->config->queue,
		.collect_stats = daemon_collect_stats,
		.background_task = daemon_run_background_task,
		.config = daemon_config,
		.cls = collector,
	};
	struct writer *writer;

	if (writer_start(&options, &writer, err) < 0)
		return -1;
	/* Its thread asks for it. */
	(void)pthread_mutex_lock(&collector->mutex);
	collector->writer = writer;
	(void)pthread_mutex_unlock(&collector->mutex);
	return 0;
}

static int daemon_start(struct collector *collector, struct err *err)
{
	struct report_endpoint *endpoint = NULL;
	struct poller *poller;

	if (daemon_open(collector, &endpoint, err) < 0 ||
	    daemon_start_writer(collector, err) < 0 ||
	    report_endpoint_start(endpoint, collector->writer, err) < 0) {
		report_endpoint_stop(&endpoint);
		return -1;
	}
	(void)pthread_mutex_lock(&collector->mutex);
	collector->endpoint = endpoint;
	(void)pthread_mutex_unlock(&collector->mutex);
	if (submit_start(collector->submit, collector->writer, err) < 0 ||
	    poller_new(collector->config, &poller, err) < 0)
		return -1;
	return daemon_start_poller(collector, &poller, err);
}

/*
 * What is stopped may be used by what is stopped later, never the other way:
 *
 *   1 listeners   take no more connections; the requests that are there have
 *                 some seconds to end (report_endpoint_quiesce)
 *   2 mailboxes   end their rounds: children, the thread that parses, and the
 *     submit      marks and positions that the writer has to store for them
 *   3 writer      stores what waits, and ends its thread; it describes itself
 *                 by the HTTP server, which is hidden from it before. Whatever
 *                 still comes is refused with 503, as the memory is there yet
 *   4 requests    report_endpoint_stop() cuts the connections that are left and
 *                 ends the server's threads: nobody holds the writer now
 *   5 writer      is freed
 *   6 store       is closed, then the lock and the configuration go
 */
static void daemon_stop(struct collector *collector)
{
	struct report_endpoint *endpoint = collector->endpoint;

	if (endpoint != NULL)
		report_endpoint_quiesce(endpoint);
	daemon_stop_poller(collector);
	submit_stop(collector->submit);
	(void)pthread_mutex_lock(&collector->mutex);
	collector->endpoint = NULL;
	(void)pthread_mutex_unlock(&collector->mutex);
	writer_stop(collector->writer);
	report_endpoint_stop(&endpoint);
	submit_free(&collector->submit);
	writer_free(&collector->writer);
	store_close(&collector->store);
	if (collector->lock_fd >= 0)
		(void)close(collector->lock_fd);
	config_unref(&collector->config);
	config_unref(&collector->initial_config);
	(void)pthread_mutex_destroy(&collector->mutex);
}

static void daemon_warn_restart_key(const char *key)
{
	log_warning("reload: %s has changed; the new value is used after a "
	            "restart only",
	            key);
}

static void daemon_warn_restart(const struct config *initial,
                                const struct config *new)
{
	const struct mailbox_settings *lacks =
		sandbox_find_lacking(initial, new);

	if (lacks != NULL)
		log_warning("mailbox %s needs rights that were given up at the "
		            "start: it works after a restart only",
		            lacks->name);
	config_each_restart_key(initial, new, daemon_warn_restart_key);
}

/* From here on nothing can fail that would leave half of it in force. */
static void daemon_use_config(struct collector *collector,
                              struct config *config)
{
	struct config *old;

	(void)pthread_mutex_lock(&collector->mutex);
	old = collector->config;
	collector->config = config;
	(void)pthread_mutex_unlock(&collector->mutex);
	log_set_level(
		(enum log_level)(LOG_LEVEL_ERROR + config->settings.log_level));
	config_unref(&old);
	submit_reload(collector->submit, config);
}

/* Reads and makes all that can fail, the certificates last, and only then uses
   any of it. */
static int daemon_reload_config(struct collector *collector, struct err *err)
{
	struct poller *poller;
	struct config *config;
	struct err late;
	bool other_store;

	if (config_read(collector->config_path, true, &config, err) < 0)
		return -1;
	/* The writer has the one of the start: so have all others. */
	other_store = strcmp(collector->initial_config->settings.store,
	                     config->settings.store) != 0;
	config->settings.store = collector->initial_config->settings.store;
	if (poller_new(config, &poller, err) < 0) {
		config_unref(&config);
		return -1;
	}
	if (report_endpoint_reload(collector->endpoint, config, err) < 0) {
		poller_free(&poller);
		config_unref(&config);
		return -1;
	}
	if (other_store)
		daemon_warn_restart_key("store");
	daemon_warn_restart(collector->initial_config, config);
	daemon_use_config(collector, config);
	daemon_stop_poller(collector);
	if (daemon_start_poller(collector, &poller, &late) < 0)
		log_error("reload: mailboxes are not read until a restart: %s",
		          late.text);
	return 0;
}

static void daemon_reload(struct collector *collector)
{
	struct err err;
	bool worked;

	service_notify_reloading();
	worked = daemon_reload_config(collector, &err) == 0;
	(void)pthread_mutex_lock(&collector->mutex);
	collector->reload_worked = worked;
	if (worked)
		collector->reloaded_at = timestamp_now();
	(void)pthread_mutex_unlock(&collector->mutex);
	if (worked)
		atomic_store(&collector->readmit_requested, true);
	if (worked)
		log_notice("configuration and certificates read again");
	else
		log_error("reload: %s; what was in force stays", err.text);
	service_notify_reloaded(worked ? "taking reports" : err.text);
}

static void daemon_log_addresses(const struct collector *collector)
{
	struct buf addresses = BUF_INIT(ADDRESSES_MAX);

	report_endpoint_describe_listeners(collector->endpoint, &addresses);
	log_notice("tlsrpt-collector " TLSRPT_VERSION " takes reports at %s",
	           addresses.len > 0 ? buf_text(&addresses)
	                             : "no address, but from mail");
	buf_free(&addresses);
}

static void daemon_wait(struct collector *collector)
{
	enum service_event event;

	service_notify("READY=1\nSTATUS=taking reports");
	daemon_log_addresses(collector);
	while ((event = service_wait(service_tick(TICK_MS))) != SERVICE_STOP) {
		service_notify("WATCHDOG=1");
		report_endpoint_sum_up(collector->endpoint, false);
		if (event == SERVICE_RELOAD)
			daemon_reload(collector);
	}
	service_notify("STOPPING=1");
	log_notice("stopping after what was accepted is stored");
}

int daemon_serve(const struct command_line *line)
{
	struct collector collector = {.config_path = line->config,
	                              .lock_fd = -1};
	struct err err;
	int status = EX_OK;

	(void)pthread_mutex_init(&collector.mutex, NULL);
	atomic_init(&collector.readmit_requested, true);
	service_block_signals();
	if (daemon_start(&collector, &err) < 0) {
		log_error("%s", err.text);
		status = exit_status(&err);
	} else {
		daemon_wait(&collector);
	}
	daemon_stop(&collector);
	return status;
}
