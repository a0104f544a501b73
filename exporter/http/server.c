#include "exporter/http/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/gzip.h"
#include "base/httpd/httpd.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "exporter/http/negotiate.h"
#include "exporter/metrics/families.h"
#include "exporter/model/model.h"
#include "schema/store/read.h"

#define TICK_MS      1000
#define PAGE_AGE_MS  60000
#define PAGE_MAX     ((size_t)2 * 1024 * 1024 * 1024)
#define DRAIN_MS     5000
#define REQUEST_TIME 30U
#define ANSWER_TIME  60U
#define CONNECTIONS  200U
#define THREADS      2U

/* A refresh that took long is not done again at once: the store may change
   many times a second. */
#define REST_FACTOR 10
#define REST_MAX_MS 10000

enum route {
	ROUTE_METRICS,
	ROUTE_HEALTH,
	ROUTE_ROOT,
	ROUTES
};

static const char *const handler_names[] = {"metrics", "health", "root",
                                            "other"};

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define VARY "Accept, Accept-Encoding"

/* A selection of groups in its four forms, [openmetrics][gzip], made when asked
   for. */
struct cache {
	unsigned int groups;
	struct httpd_body *bodies[2][2];
	uint64_t version; /* of the model */
	int64_t made;     /* monotonic milliseconds */
};

/* Selections that are kept: those of a few Prometheis. */
#define CACHES 4U

struct server {
	struct model *model;
	struct httpd *httpd;
	struct httpd_options options;
	struct httpd_route routes[ROUTES];
	struct httpd_listen *listeners;

	pthread_t thread;
	bool started;
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t wake;
	bool stopping;
	struct config *config;
	bool store_failed;
	bool loaded;
	char trouble[ERR_TEXT_SIZE];
	double refresh_seconds;
	int64_t read_errors;
	bool reload_worked;
	int64_t reloaded;

	pthread_mutex_t page_mutex;
	struct cache caches[CACHES];

	/* the refreshing thread's own */
	struct store *store;
	struct stat file; /* of the store that is open */
	int64_t seen_version;
	int64_t next_refresh; /* monotonic milliseconds */
	int64_t settled_day;
	int64_t today;
	struct config *refreshed_with;
};

/* --- refreshing ---------------------------------------------------------- */

static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The file may have been exchanged under us: a restored backup. */
static bool refresh_is_same_file(const struct server *scrape, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == scrape->file.st_ino &&
	       st.st_dev == scrape->file.st_dev;
}

static int refresh_store_open(struct server *scrape, const char *path,
                              struct err *err)
{
	if (scrape->store != NULL && (!refresh_is_same_file(scrape, path) ||
	                              store_file_is_outdated(scrape->store))) {
		store_close(&scrape->store);
		model_reset(scrape->model);
	}
	if (scrape->store != NULL)
		return 0;
	if (store_open(path, STORE_READ, &scrape->store, err) < 0)
		return -1;
	(void)stat(path, &scrape->file);
	scrape->seen_version = -1;
	return 0;
}

/* Whether there is anything to do: somebody committed, a day settled, or the
   configuration is another one. */
static int refresh_check_due(struct server *scrape, const struct config *config,
                             int64_t now, bool *due, struct err *err)
{
	int64_t version = 0;

	if (store_data_version(scrape->store, &version, err) < 0)
		return -1;
	*due = version != scrape->seen_version ||
	       scrape->refreshed_with != config ||
	       model_settled_day(now, config->settle_hours) !=
	               scrape->settled_day ||
	       timestamp_day(now) != scrape->today;
	scrape->seen_version = version;
	return 0;
}

static int refresh_model(struct server *scrape, struct config *config,
                         struct err *err)
{
	int64_t now = timestamp_now();
	bool due;

	/* The configured domains are shown whatever becomes of the store, and a
	   page can be rendered before it was ever read. */
	if (scrape->refreshed_with == NULL &&
	    model_refresh(scrape->model, NULL, config, now, err) < 0)
		return -1;
	if (refresh_store_open(scrape, config->settings.store, err) < 0)
		return -1;
	if (refresh_check_due(scrape, config, now, &due, err) < 0)
		return -1;
	if (!due)
		return 0;
	if (model_refresh(scrape->model, scrape->store, config, now, err) < 0) {
		scrape->seen_version = -1;
		return -1;
	}
	scrape->settled_day = model_settled_day(now, config->settle_hours);
	scrape->today = timestamp_day(now);
	if (scrape->refreshed_with != NULL)
		config_unref(&scrape->refreshed_with);
	scrape->refreshed_with = config_ref(config);
	return 0;
}

/* What the exporter says of itself has changed. */
static void metrics_page_outdate(struct server *scrape)
{
	size_t i;

	(void)pthread_mutex_lock(&scrape->page_mutex);
	for (i = 0; i < CACHES; i++)
		scrape->caches[i].version = UINT64_MAX;
	(void)pthread_mutex_unlock(&scrape->page_mutex);
}

static void refresh_note_result(struct server *scrape, int result,
                                const struct err *err, double seconds)
{
	bool was_failed, first;

	(void)pthread_mutex_lock(&scrape->mutex);
	was_failed = scrape->store_failed;
	first = !scrape->loaded;
	scrape->store_failed = result < 0;
	if (result == 0) {
		scrape->loaded = true;
		scrape->trouble[0] = '\0';
		scrape->refresh_seconds = seconds;
	} else {
		scrape->read_errors += err->code != ERR_NOT_FOUND;
		(void)snprintf(scrape->trouble, sizeof(scrape->trouble), "%s",
		               err->text);
	}
	(void)pthread_mutex_unlock(&scrape->mutex);
	if (was_failed != (result < 0) || first)
		metrics_page_outdate(scrape);
	if (result < 0 && !was_failed)
		log_warning("%s; %s", err->text,
		            first ? "waiting for it"
		                  : "the last known figures are served");
	else if (result == 0 && (was_failed || first))
		log_notice("the store is read");
}

static void refresh_once(struct server *scrape)
{
	int64_t now = timestamp_monotonic_ms();
	struct config *config;
	double start, took;
	struct err err;
	int64_t rest;
	int result;

	if (now < scrape->next_refresh)
		return;
	(void)pthread_mutex_lock(&scrape->mutex);
	config = config_ref(scrape->config);
	(void)pthread_mutex_unlock(&scrape->mutex);
	start = seconds_now();
	result = refresh_model(scrape, config, &err);
	took = seconds_now() - start;
	rest = (int64_t)(took * 1000 * REST_FACTOR);
	scrape->next_refresh = timestamp_monotonic_ms() +
	                       (rest < REST_MAX_MS ? rest : REST_MAX_MS);
	refresh_note_result(scrape, result, &err, took);
	config_unref(&config);
}

static void *refresh_thread(void *cls)
{
	struct server *scrape = cls;
	struct timespec until;

	(void)pthread_mutex_lock(&scrape->mutex);
	while (!scrape->stopping) {
		(void)pthread_mutex_unlock(&scrape->mutex);
		refresh_once(scrape);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += TICK_MS / 1000;
		(void)pthread_mutex_lock(&scrape->mutex);
		if (!scrape->stopping)
			(void)pthread_cond_timedwait(&scrape->wake,
			                             &scrape->mutex, &until);
	}
	(void)pthread_mutex_unlock(&scrape->mutex);
	return NULL;
}

/* --- pages --------------------------------------------------------------- */

static void metrics_page_fill_self(struct server *scrape,
                                   struct self_figures *self,
                                   uint64_t answers[])
{
	size_t route;
	unsigned int class;

	(void)pthread_mutex_lock(&scrape->mutex);
	*self = (struct self_figures){
		.store_failed = scrape->store_failed,
		.loaded = scrape->loaded,
		.refresh_seconds = scrape->refresh_seconds,
		.read_errors = scrape->read_errors,
		.reload_worked = scrape->reload_worked,
		.reloaded = scrape->reloaded,
	};
	(void)pthread_mutex_unlock(&scrape->mutex);
	for (route = 0; route <= ROUTES; route++) {
		for (class = 0; class < 4; class ++)
			answers[route * 4 + class] =
				httpd_answers(scrape->httpd, route, 2 + class);
	}
	self->handlers = handler_names;
	self->handler_count = ARRAY_LENGTH(handler_names);
	self->answers = answers;
}

static void metrics_page_render(struct server *scrape,
                                const struct families_request *what,
                                struct buf *out)
{
	uint64_t answers[(ROUTES + 1) * 4];
	struct self_figures self;

	metrics_page_fill_self(scrape, &self, answers);
	model_lock(scrape->model);
	families_render(scrape->model, what, &self, out);
	model_unlock(scrape->model);
}

/* The page as a body, compressed when that is wanted and works. */
static struct httpd_body *metrics_page_make_body(struct buf *page, bool *gzip)
{
	struct buf small = BUF_INIT(PAGE_MAX);
	struct err err;

	if (*gzip && gzip_compress(page->data, page->len, &small, &err) == 0) {
		buf_free(page);
		return httpd_body_new(&small);
	}
	*gzip = false;
	buf_free(&small);
	return httpd_body_new(page);
}

static void metrics_page_cache_clear(struct cache *cache)
{
	int i;

	for (i = 0; i < 4; i++)
		httpd_body_unref(&cache->bodies[i / 2][i % 2]);
}

static uint64_t metrics_page_model_version(struct server *scrape)
{
	uint64_t version;

	model_lock(scrape->model);
	version = snapshot_version(scrape->model);
	model_unlock(scrape->model);
	return version;
}

/* The cache of a selection, or the oldest, which is emptied for it. */
static struct cache *metrics_page_cache_find(struct server *scrape,
                                             unsigned int groups)
{
	struct cache *oldest = &scrape->caches[0];
	size_t i;

	for (i = 0; i < CACHES; i++) {
		if (scrape->caches[i].groups == groups)
			return &scrape->caches[i];
		if (scrape->caches[i].made < oldest->made)
			oldest = &scrape->caches[i];
	}
	metrics_page_cache_clear(oldest);
	oldest->groups = groups;
	oldest->version = UINT64_MAX;
	return oldest;
}

/* A page of all domains, from the cache or rendered for it; a reference. */
static struct httpd_body *metrics_page_get(struct server *scrape,
                                           const struct families_request *what,
                                           bool *gzip)
{
	uint64_t version = metrics_page_model_version(scrape);
	int64_t now = timestamp_monotonic_ms();
	struct buf page = BUF_INIT(PAGE_MAX);
	struct httpd_body **body, *held;
	struct cache *cache;
	bool compressed = *gzip;

	(void)pthread_mutex_lock(&scrape->page_mutex);
	cache = metrics_page_cache_find(scrape, what->groups);
	if (cache->version != version || now - cache->made > PAGE_AGE_MS) {
		metrics_page_cache_clear(cache);
		cache->version = version;
		cache->made = now;
	}
	body = &cache->bodies[what->openmetrics ? 1 : 0][*gzip ? 1 : 0];
	if (*body == NULL) {
		metrics_page_render(scrape, what, &page);
		*body = metrics_page_make_body(&page, &compressed);
		/* What could not be compressed is kept as it is. */
		if (compressed != *gzip) {
			struct httpd_body *plain = *body;

			*body = NULL;
			*gzip = false;
			body = &cache->bodies[what->openmetrics ? 1 : 0][0];
			httpd_body_unref(body);
			*body = plain;
		}
	}
	/* Another thread may empty this place as soon as it is unlocked. */
	held = httpd_body_ref(*body);
	(void)pthread_mutex_unlock(&scrape->page_mutex);
	return held;
}

/* --- handlers ------------------------------------------------------------ */

static void metrics_page_on_argument(void *cls, const char *key,
                                     const char *value)
{
	metrics_query_add(cls, key, value);
}

static void metrics_page_answer_text(struct httpd_request *request,
                                     unsigned int status, const char *text)
{
	const struct httpd_reply reply = {.status = status, .text = text};

	httpd_request_answer(request, &reply);
}

static void metrics_page_answer(struct server *scrape,
                                struct httpd_request *request,
                                const struct metrics_query *query)
{
	const char *accept = httpd_request_header(request, "Accept");
	bool openmetrics = negotiate_openmetrics(accept);
	bool gzip = negotiate_gzip(
		httpd_request_header(request, "Accept-Encoding"));
	struct families_request what = {.openmetrics = openmetrics};
	struct buf page = BUF_INIT(PAGE_MAX);
	struct httpd_reply reply = {.status = 200, .vary = VARY};
	struct err err;

	if (metrics_query_groups(query, &what.groups, &err) < 0) {
		buf_printf(&page, "%s\n", err.text);
		metrics_page_answer_text(request, 400, buf_text(&page));
		buf_free(&page);
		return;
	}
	if (query->filtered) {
		what.domains = query->domains;
		what.domain_count = query->domain_count;
	}
	if (!query->filtered) {
		reply.body = metrics_page_get(scrape, &what, &gzip);
	} else {
		metrics_page_render(scrape, &what, &page);
		reply.body = metrics_page_make_body(&page, &gzip);
	}
	reply.content_type = openmetrics ? OPENMETRICS_TYPE : TEXT_TYPE;
	reply.encoding = gzip ? "gzip" : NULL;
	httpd_request_answer(request, &reply);
	httpd_body_unref(&reply.body);
}

static void metrics_page_handle(void *cls, struct httpd_request *request)
{
	struct metrics_query query = {.arena = arena_new(0)};

	httpd_request_arguments(request, metrics_page_on_argument, &query);
	metrics_page_answer(cls, request, &query);
	arena_free(&query.arena);
}

static void health_handle(void *cls, struct httpd_request *request)
{
	struct server *scrape = cls;
	char text[ERR_TEXT_SIZE + 2];
	bool failed;

	(void)pthread_mutex_lock(&scrape->mutex);
	failed = scrape->store_failed && scrape->loaded;
	(void)snprintf(text, sizeof(text), "%s\n",
	               scrape->trouble[0] == '\0' ? "ok" : scrape->trouble);
	(void)pthread_mutex_unlock(&scrape->mutex);
	metrics_page_answer_text(request, failed ? 503 : 200, text);
}

static void index_page_handle(void *cls, struct httpd_request *request)
{
	const struct httpd_reply reply = {
		.status = 200,
		.content_type = "text/html; charset=utf-8",
		.text = "<!DOCTYPE html><title>tlsrpt-exporter</title>"
			"<p>tlsrpt-exporter " TLSRPT_VERSION
			": <a href=\"metrics\">metrics</a>\n",
	};

	(void)cls;
	httpd_request_answer(request, &reply);
}

static void server_on_complaint(const char *text)
{
	log_notice("http: libmicrohttpd: %s", text);
}

/* --- starting and stopping ----------------------------------------------- */

static void server_fill_routes(struct server *scrape)
{
	scrape->routes[ROUTE_METRICS] = (struct httpd_route){
		.path = "/metrics",
		.method = "GET",
		.name = handler_names[ROUTE_METRICS],
		.handle = metrics_page_handle,
		.cls = scrape,
	};
	scrape->routes[ROUTE_HEALTH] = (struct httpd_route){
		.path = "/healthz",
		.method = "GET",
		.name = handler_names[ROUTE_HEALTH],
		.handle = health_handle,
		.cls = scrape,
	};
	scrape->routes[ROUTE_ROOT] = (struct httpd_route){
		.path = "/",
		.method = "GET",
		.name = handler_names[ROUTE_ROOT],
		.handle = index_page_handle,
		.cls = scrape,
	};
}

/* The network of everybody: nobody's X-Forwarded-For matters here, and plain
   HTTP is what Prometheus speaks. */
static const struct network all_networks[] = {{{{0}}, 0}};

static void server_fill_options(struct server *scrape,
                                const struct config *config,
                                const struct service_socket *sockets,
                                size_t socket_count)
{
	size_t i;

	scrape->options.listen_count = config->listener_count;
	if (socket_count > 0)
		scrape->options.listen_count = socket_count;
	scrape->listeners = memory_zero(scrape->options.listen_count,
	                                sizeof(*scrape->listeners));
	for (i = 0; i < scrape->options.listen_count; i++) {
		if (socket_count > 0)
			scrape->listeners[i] = (struct httpd_listen){
				.fd = sockets[i].fd, .handed = true};
		else
			scrape->listeners[i] = config->listeners[i];
	}
	scrape->options.listen = scrape->listeners;
	scrape->options.routes = scrape->routes;
	scrape->options.route_count = ROUTES;
	scrape->options.proxies = all_networks;
	scrape->options.proxy_count = 1;
	scrape->options.threads = THREADS;
	scrape->options.connections = CONNECTIONS;
	scrape->options.body_memory = 65536;
	scrape->options.request_time = REQUEST_TIME;
	scrape->options.answer_time = ANSWER_TIME;
	scrape->options.on_log = server_on_complaint;
	scrape->options.cls = scrape;
}

int server_open(struct config *config, const struct service_socket *sockets,
                size_t socket_count, struct server **out, struct err *err)
{
	struct server *scrape = memory_zero(1, sizeof(*scrape));
	pthread_condattr_t monotonic;

	(void)pthread_mutex_init(&scrape->mutex, NULL);
	(void)pthread_mutex_init(&scrape->page_mutex, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&scrape->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	scrape->model = model_new();
	scrape->config = config_ref(config);
	scrape->reload_worked = true;
	scrape->reloaded = timestamp_now();
	server_fill_routes(scrape);
	server_fill_options(scrape, config, sockets, socket_count);
	if (httpd_listen_open(scrape->listeners, scrape->options.listen_count,
	                      err) < 0) {
		server_stop(&scrape);
		return -1;
	}
	*out = scrape;
	return 0;
}

int server_start(struct server *scrape, struct err *err)
{
	int number;

	/* The first page is as full as the store. */
	refresh_once(scrape);
	number = pthread_create(&scrape->thread, NULL, refresh_thread, scrape);
	if (number != 0)
		return err_set_errno(err, number,
		                     "no thread to read the store");
	scrape->started = true;
	return httpd_start(&scrape->options, &scrape->httpd, err);
}

void server_describe_listeners(const struct server *scrape, struct buf *out)
{
	httpd_listen_describe(scrape->listeners, scrape->options.listen_count,
	                      "/metrics", out);
}

void refresh_reload(struct server *scrape, struct config *config)
{
	struct config *old = NULL;

	(void)pthread_mutex_lock(&scrape->mutex);
	scrape->reload_worked = config != NULL;
	if (config != NULL) {
		old = scrape->config;
		scrape->config = config_ref(config);
		scrape->reloaded = timestamp_now();
		(void)pthread_cond_signal(&scrape->wake);
	}
	(void)pthread_mutex_unlock(&scrape->mutex);
	metrics_page_outdate(scrape);
	if (old != NULL)
		config_unref(&old);
}

void server_stop(struct server **out)
{
	struct server *scrape = *out;
	size_t i;

	if (scrape == NULL)
		return;
	if (scrape->httpd != NULL) {
		httpd_quiesce(scrape->httpd);
		(void)httpd_wait_idle(scrape->httpd, DRAIN_MS);
		httpd_free(&scrape->httpd);
	}
	(void)pthread_mutex_lock(&scrape->mutex);
	scrape->stopping = true;
	(void)pthread_cond_signal(&scrape->wake);
	(void)pthread_mutex_unlock(&scrape->mutex);
	if (scrape->started)
		(void)pthread_join(scrape->thread, NULL);
	for (i = 0; i < CACHES; i++)
		metrics_page_cache_clear(&scrape->caches[i]);
	store_close(&scrape->store);
	model_free(&scrape->model);
	if (scrape->refreshed_with != NULL)
		config_unref(&scrape->refreshed_with);
	config_unref(&scrape->config);
	(void)pthread_cond_destroy(&scrape->wake);
	(void)pthread_mutex_destroy(&scrape->mutex);
	(void)pthread_mutex_destroy(&scrape->page_mutex);
	free(scrape->listeners);
	free(scrape);
	*out = NULL;
}
