#include "exporter/http/metrics_page.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/gzip.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "exporter/http/metrics_query.h"
#include "exporter/http/negotiate.h"

#define PAGE_AGE_MS 60000
#define PAGE_MAX    ((size_t)2 * 1024 * 1024 * 1024)

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define VARY "Accept, Accept-Encoding"

/* A selection of groups in its four forms, [openmetrics][gzip], made when asked
   for. */
struct metrics_page_cache {
	unsigned int groups;
	struct httpd_body *bodies[2][2];
	uint64_t generation; /* of the model */
	int64_t made;        /* monotonic milliseconds */
};

/* Selections that are kept: those of a few Prometheis. */
#define CACHES 4U

struct metrics_page {
	struct model *model;
	struct httpd *const *httpd;
	const char *const *handlers;
	size_t handler_count;
	pthread_mutex_t mutex; /* of the caches */
	struct metrics_page_cache caches[CACHES];
};

struct metrics_page *metrics_page_new(struct model *model,
                                      struct httpd *const *httpd,
                                      const char *const *handlers,
                                      size_t handler_count)
{
	struct metrics_page *page = memory_zero(1, sizeof(*page));
	size_t i;

	page->model = model;
	page->httpd = httpd;
	page->handlers = handlers;
	page->handler_count = handler_count;
	for (i = 0; i < CACHES; i++)
		page->caches[i].generation = UINT64_MAX;
	(void)pthread_mutex_init(&page->mutex, NULL);
	return page;
}

static void metrics_page_cache_clear(struct metrics_page_cache *cache)
{
	int i;

	for (i = 0; i < 4; i++)
		httpd_body_unref(&cache->bodies[i / 2][i % 2]);
}

void metrics_page_free(struct metrics_page **out)
{
	struct metrics_page *page = *out;
	size_t i;

	if (page == NULL)
		return;
	for (i = 0; i < CACHES; i++)
		metrics_page_cache_clear(&page->caches[i]);
	(void)pthread_mutex_destroy(&page->mutex);
	free(page);
	*out = NULL;
}

/* --- rendering ----------------------------------------------------------- */

static void metrics_page_count_answers(const struct metrics_page *page,
                                       uint64_t answers[])
{
	size_t route, i;

	for (route = 0; route < page->handler_count; route++) {
		for (i = 0; i < FAMILIES_STATUS_CLASSES; i++)
			answers[route * FAMILIES_STATUS_CLASSES + i] =
				httpd_answers(*page->httpd, route,
			                      2 + (unsigned int)i);
	}
}

static void metrics_page_render(struct metrics_page *page,
                                const struct families_request *what,
                                struct buf *out)
{
	uint64_t *answers =
		memory_zero(page->handler_count * FAMILIES_STATUS_CLASSES,
	                    sizeof(*answers));
	struct model_status status;
	struct self_figures self;
	struct snapshot *snapshot;

	model_status_get(page->model, &status);
	self = (struct self_figures){
		.store_failed = status.failed,
		.loaded = status.loaded,
		.refresh_seconds = status.refresh_seconds,
		.read_errors = status.read_errors,
		.reload_worked = status.reload_worked,
		.reloaded = status.reloaded,
		.handlers = page->handlers,
		.handler_count = page->handler_count,
		.answers = answers,
	};
	if (*page->httpd != NULL)
		metrics_page_count_answers(page, answers);
	snapshot = model_get(page->model);
	families_render(snapshot, what, &self, out);
	snapshot_unref(&snapshot);
	free(answers);
}

/* The page as a body, compressed when that is wanted and works. */
static struct httpd_body *metrics_page_make_body(struct buf *text, bool *gzip)
{
	struct buf small = BUF_INIT(PAGE_MAX);
	struct err err;

	if (*gzip && gzip_compress(text->data, text->len, &small, &err) == 0) {
		buf_free(text);
		return httpd_body_new(&small);
	}
	*gzip = false;
	buf_free(&small);
	return httpd_body_new(text);
}

/* --- the cache ----------------------------------------------------------- */

/* The cache of a selection, or the oldest, which is emptied for it. */
static struct metrics_page_cache *
metrics_page_cache_find(struct metrics_page *page, unsigned int groups)
{
	struct metrics_page_cache *oldest = &page->caches[0];
	size_t i;

	for (i = 0; i < CACHES; i++) {
		if (page->caches[i].groups == groups)
			return &page->caches[i];
		if (page->caches[i].made < oldest->made)
			oldest = &page->caches[i];
	}
	metrics_page_cache_clear(oldest);
	oldest->groups = groups;
	oldest->generation = UINT64_MAX;
	return oldest;
}

/* Renders into the cache; what cannot be compressed is kept as it is. */
static struct httpd_body *metrics_page_fill(struct metrics_page *page,
                                            struct metrics_page_cache *cache,
                                            const struct families_request *what,
                                            bool *gzip)
{
	struct buf text = BUF_INIT(PAGE_MAX);
	struct httpd_body **place, *body;

	metrics_page_render(page, what, &text);
	body = metrics_page_make_body(&text, gzip);
	place = &cache->bodies[what->openmetrics][*gzip];
	httpd_body_unref(place);
	*place = body;
	return body;
}

struct httpd_body *metrics_page_get(struct metrics_page *page,
                                    const struct families_request *what,
                                    bool *gzip)
{
	uint64_t generation = model_generation(page->model);
	int64_t now = timestamp_monotonic_ms();
	struct metrics_page_cache *cache;
	struct httpd_body *body;

	(void)pthread_mutex_lock(&page->mutex);
	cache = metrics_page_cache_find(page, what->groups);
	if (cache->generation != generation ||
	    now - cache->made > PAGE_AGE_MS) {
		metrics_page_cache_clear(cache);
		cache->generation = generation;
		cache->made = now;
	}
	body = cache->bodies[what->openmetrics][*gzip];
	if (body == NULL)
		body = metrics_page_fill(page, cache, what, gzip);
	/* Another thread may empty this place as soon as it is unlocked. */
	body = httpd_body_ref(body);
	(void)pthread_mutex_unlock(&page->mutex);
	return body;
}

/* --- answering ----------------------------------------------------------- */

static void metrics_page_on_argument(void *cls, const char *key,
                                     const char *value)
{
	metrics_query_add(cls, key, value);
}

static void metrics_page_refuse(struct httpd_request *request,
                                const struct err *err)
{
	struct buf text = BUF_INIT(2 * ERR_TEXT_SIZE);
	struct httpd_reply reply = {.status = 400};

	buf_printf(&text, "%s\n", err->text);
	reply.text = buf_text(&text);
	httpd_request_answer(request, &reply);
	buf_free(&text);
}

static void metrics_page_answer(struct metrics_page *page,
                                struct httpd_request *request,
                                const struct metrics_query *query)
{
	const char *accept = httpd_request_header(request, "Accept");
	bool openmetrics = negotiate_openmetrics(accept);
	bool gzip = negotiate_gzip(
		httpd_request_header(request, "Accept-Encoding"));
	struct families_request what = {.openmetrics = openmetrics};
	struct buf text = BUF_INIT(PAGE_MAX);
	struct httpd_reply reply = {.status = 200, .vary = VARY};
	struct err err;

	if (metrics_query_groups(query, &what.groups, &err) < 0) {
		metrics_page_refuse(request, &err);
		return;
	}
	if (query->filtered) {
		what.domains = query->domains;
		what.domain_count = query->domain_count;
		metrics_page_render(page, &what, &text);
		reply.body = metrics_page_make_body(&text, &gzip);
	} else {
		reply.body = metrics_page_get(page, &what, &gzip);
	}
	reply.content_type = openmetrics ? OPENMETRICS_TYPE : TEXT_TYPE;
	reply.encoding = gzip ? "gzip" : NULL;
	httpd_request_answer(request, &reply);
	httpd_body_unref(&reply.body);
}

void metrics_page_handle(void *cls, struct httpd_request *request)
{
	struct metrics_query query = {.arena = arena_new(0)};

	httpd_request_arguments(request, metrics_page_on_argument, &query);
	metrics_page_answer(cls, request, &query);
	arena_free(&query.arena);
}
