#include "collector/http/report_endpoint.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/gzip.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/intake/large_queue.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"

#define AGENT_MAX        120U
#define ANSWER_TIME      30U
#define DRAIN_MS         10000
#define BUSY_RETRY_AFTER 60U

/* There is room for so many in the state. */
#define CERTIFICATES_MAX 16U

struct report_endpoint {
	struct httpd *httpd;
	struct writer *writer;
	struct large_queue *large_queue;
	pthread_mutex_t mutex;
	struct config *config;         /* for new requests */
	struct config *initial_config; /* that the server was started with */
	struct httpd_options options;
	struct httpd_route routes[1];
	struct httpd_listen *listeners;
	struct log_limit *log_limit;
};

static struct config *report_endpoint_config(struct report_endpoint *http)
{
	struct config *config;

	(void)pthread_mutex_lock(&http->mutex);
	config = config_ref(http->config);
	(void)pthread_mutex_unlock(&http->mutex);
	return config;
}

/* --- what is said -------------------------------------------------------- */

/* A load balancer asks every few seconds whether somebody answers, a browser
   once: neither posts a report. */
static bool request_log_is_probe(const struct httpd_request *request,
                                 unsigned int status)
{
	const char *method = httpd_request_method(request);

	return (status == 404 || status == 405) &&
	       (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
}

static enum log_level request_log_level(const struct httpd_request *request,
                                        unsigned int status)
{
	if (request_log_is_probe(request, status))
		return LOG_LEVEL_DEBUG;
	return status >= 500 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
}

static void request_log_write(const struct httpd_request *request,
                              unsigned int status, const char *text)
{
	const char *agent = httpd_request_header(request, "User-Agent");
	char address[ADDRESS_SIZE];
	struct buf shown = BUF_INIT(4U * AGENT_MAX + 8U);

	address_format(httpd_request_client(request), address, sizeof(address));
	if (agent != NULL)
		buf_add_printable(&shown, agent, strlen(agent), AGENT_MAX);
	log_write(request_log_level(request, status),
	          "%s: %s \"%s\" %s: %u %.*s", httpd_request_scheme(request),
	          address, shown.len > 0 ? buf_text(&shown) : "-",
	          httpd_request_method(request), status,
	          (int)strcspn(text, "\n"), text);
	buf_free(&shown);
}

/* Before the rate of an address is asked, where it is over, and where what
   waits has no room for more, a stranger may cause any number of these. */
static void request_log_on_refused(void *cls,
                                   const struct httpd_request *request,
                                   unsigned int status, const char *text)
{
	struct report_endpoint *http = cls;

	if (log_is_shown(request_log_level(request, status)) &&
	    log_limit_take(http->log_limit, httpd_request_client(request),
	                   status, timestamp_monotonic_ms()))
		request_log_write(request, status, text);
}

static void request_log_left_out(const struct address *address,
                                 unsigned int status, uint64_t count)
{
	char shown[ADDRESS_SIZE];

	if (address == NULL) {
		log_notice("http: %llu more refusals of other addresses were "
		           "not logged",
		           (unsigned long long)count);
		return;
	}
	address_format(address, shown, sizeof(shown));
	log_notice("http: %s: %llu more refusals with %u were not logged",
	           shown, (unsigned long long)count, status);
}

void report_endpoint_sum_up(struct report_endpoint *http, bool all)
{
	log_limit_sum_up(http->log_limit, all, timestamp_monotonic_ms(),
	                 request_log_left_out);
}

static void request_log_on_complaint(const char *text)
{
	log_notice("http: libmicrohttpd: %s", text);
}

/* Content that nobody can read, as against what we keep for a reason that is
   none of the sender's business. */
static bool report_endpoint_is_unreadable(const struct intake *intake)
{
	return intake->outcome == OUTCOME_REFUSED &&
	       intake->refusal != REFUSAL_UNKNOWN_DOMAIN &&
	       intake->refusal != REFUSAL_OVER_QUOTA;
}

static void report_endpoint_describe_outcome(const struct intake *intake,
                                             struct buf *out)
{
	uint64_t quirks = intake->report != NULL ? intake->report->quirks
	                                         : intake->quirks;

	buf_add_text(out, outcome_name(intake->outcome));
	if (intake->report_id != 0)
		buf_printf(out, " %lld", (long long)intake->report_id);
	if (intake->outcome == OUTCOME_REFUSED)
		buf_printf(out, " (%s)", outcome_refusal_name(intake->refusal));
	if (intake->report != NULL)
		buf_printf(out, ", from %.*s for %.*s",
		           (int)intake->identity.reporter.len,
		           intake->identity.reporter.data,
		           (int)intake->domain.len, intake->domain.data);
	if (intake->sentence[0] != '\0')
		buf_printf(out, ": %s", intake->sentence);
	if (quirks != 0) {
		buf_add_text(out, " [");
		quirk_print_names(quirks, out);
		buf_add_text(out, "]");
	}
}

static void report_endpoint_answer_committed(const struct intake *intake,
                                             struct httpd_request *request)
{
	struct httpd_reply reply = {.status = 201, .text = "accepted\n"};
	struct buf note = BUF_INIT(4096), text = BUF_INIT(4096);

	if (intake->outcome == OUTCOME_DUPLICATE)
		reply.text = "accepted, we have it already\n";
	if (report_endpoint_is_unreadable(intake)) {
		reply.status = intake->config->reject_unparsable ? 400 : 200;
		buf_add_text(&text, "received, but no report that we can "
		                    "read: ");
		buf_add_printable(&text, intake->sentence,
		                  strlen(intake->sentence),
		                  sizeof(intake->sentence));
		buf_add_char(&text, '\n');
		reply.text = buf_text(&text);
	}
	report_endpoint_describe_outcome(intake, &note);
	request_log_write(request, reply.status, buf_text(&note));
	httpd_request_answer(request, &reply);
	buf_free(&note);
	buf_free(&text);
}

/* Of the network's own share of the queue, as against the whole of it. */
static void report_endpoint_answer_too_many(struct report_endpoint *http,
                                            struct httpd_request *request)
{
	const struct httpd_reply reply = {
		.status = 429,
		.text = "too many reports at once; try again later\n",
		.retry_after = BUSY_RETRY_AFTER,
	};

	request_log_on_refused(http, request, reply.status,
	                       "its network has its share of the queue");
	httpd_request_answer(request, &reply);
}

static void report_endpoint_answer_deferred(struct report_endpoint *http,
                                            const char *why,
                                            struct httpd_request *request)
{
	const struct httpd_reply reply = {
		.status = 503,
		.text = "not stored, our own trouble; try again later\n",
		.retry_after = BUSY_RETRY_AFTER,
	};

	request_log_on_refused(http, request, reply.status, why);
	httpd_request_answer(request, &reply);
}

/* --- handlers ------------------------------------------------------------ */

/* What an input belongs to; in its arena. */
struct report_request {
	struct report_endpoint *endpoint;
	struct httpd_request *request;
};

static void report_endpoint_on_done(struct intake *intake)
{
	const struct report_request *origin = intake->cls;

	if (intake->stage == INTAKE_COMMITTED)
		report_endpoint_answer_committed(intake, origin->request);
	else
		report_endpoint_answer_deferred(
			origin->endpoint, intake->sentence, origin->request);
	intake_free(&intake);
}

/* As the limits of connections and requests have it: an IPv6 /64 is one. Never
   all zeros, which would be nobody's. */
static struct address report_endpoint_source(const struct address *client)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct address source = *client;

	if (memcmp(source.bytes, mapped, sizeof(mapped)) != 0)
		memcpy(source.bytes + 8, "\0\0\0\0\0/64", 8);
	return source;
}

/* Large ones are prepared elsewhere, so that this thread goes on serving. */
static void report_endpoint_enqueue(struct report_endpoint *http,
                                    struct intake *intake)
{
	const struct report_request *origin = intake->cls;
	struct httpd_request *request = origin->request;
	enum intake_queue_room room =
		intake->stage == INTAKE_RECEIVED
			? large_queue_put(http->large_queue, intake)
			: writer_put(http->writer, intake);

	if (room == INTAKE_QUEUE_SOURCE_FULL) {
		intake_free(&intake);
		report_endpoint_answer_too_many(http, request);
	} else if (room == INTAKE_QUEUE_FULL) {
		intake_defer(intake, DEFERRAL_BUSY, "the queue is full");
		report_endpoint_on_done(intake);
	}
}

static void report_endpoint_on_request(void *cls, struct httpd_request *request)
{
	struct report_endpoint *http = cls;
	struct config *config = report_endpoint_config(http);
	char address[ADDRESS_SIZE];
	const uint8_t *data;
	struct report_request *origin;
	struct intake *intake;
	size_t len;

	data = httpd_request_body(request, &len);
	intake = intake_new(config, CHANNEL_HTTPS, data, len);
	config_unref(&config);
	intake->content_type = httpd_request_header(request, "Content-Type");
	intake->encoding = httpd_request_header(request, "Content-Encoding");
	intake->source = report_endpoint_source(httpd_request_client(request));
	intake->small_json = LIMIT_SMALL_JSON;
	address_format(httpd_request_client(request), address, sizeof(address));
	intake->peer = arena_copy(intake->arena, address, strlen(address));
	intake_prepare(intake, timestamp_now());
	intake->on_done = report_endpoint_on_done;
	origin = arena_alloc(intake->arena, sizeof(*origin));
	*origin = (struct report_request){http, request};
	intake->cls = origin;
	/* From here on another thread may answer. */
	httpd_request_defer(request);
	report_endpoint_enqueue(http, intake);
}

static size_t report_endpoint_body_limit(void *cls, const uint8_t *head,
                                         size_t len)
{
	struct report_endpoint *http = cls;
	struct config *config = report_endpoint_config(http);
	size_t limit = (size_t)config->max_json;

	if (gzip_is(head, len))
		limit = (size_t)config->max_gzip_body;
	config_unref(&config);
	return limit;
}

static unsigned int report_endpoint_admit(void *cls,
                                          const struct address *client)
{
	struct report_endpoint *http = cls;
	struct address source = report_endpoint_source(client);

	return writer_admits(http->writer, &source) ? 0 : 503;
}

/* --- starting and stopping ----------------------------------------------- */

/* Whether a handed socket speaks TLS, by its name. */
static int report_endpoint_socket_protocol(const struct service_socket *socket,
                                           bool *tls, struct err *err)
{
	*tls = strcmp(socket->name, "http") != 0;
	if (*tls && socket->name[0] != '\0' &&
	    strcmp(socket->name, "https") != 0)
		return err_set(err, ERR_CONFIG,
		               "the socket unit's FileDescriptorName is "
		               "\"%s\"; write https, http or submit",
		               socket->name);
	return 0;
}

/* Sockets that were handed over stand for the configured addresses of their
   protocol. */
static int report_endpoint_fill_listeners(struct report_endpoint *http,
                                          const struct config *config,
                                          const struct service_socket *sockets,
                                          size_t socket_count, struct err *err)
{
	bool handed[2] = {false, false};
	size_t count = 0, i;
	bool tls;

	http->listeners = memory_zero(config->listener_count + socket_count,
	                              sizeof(*http->listeners));
	for (i = 0; i < socket_count; i++) {
		if (report_endpoint_socket_protocol(&sockets[i], &tls, err) < 0)
			return -1;
		handed[tls] = true;
		http->listeners[count++] = (struct httpd_listen){
			.fd = sockets[i].fd, .handed = true, .tls = tls};
	}
	for (i = 0; i < config->listener_count; i++) {
		if (!handed[config->listeners[i].tls])
			http->listeners[count++] = config->listeners[i];
	}
	http->options.listen = http->listeners;
	http->options.listen_count = count;
	return 0;
}

static void report_endpoint_fill_options(struct report_endpoint *http,
                                         const struct config *config)
{
	http->routes[0] = (struct httpd_route){
		.path = config->path,
		.method = "POST",
		.name = "reports",
		.body_limit = report_endpoint_body_limit,
		.admit = report_endpoint_admit,
		.handle = report_endpoint_on_request,
		.cls = http,
	};
	http->options.routes = http->routes;
	http->options.route_count = 1;
	http->options.proxies = config->proxies;
	http->options.proxy_count = config->proxy_count;
	http->options.certificates = config->certificate.items;
	http->options.keys = config->key.items;
	http->options.certificate_count = config->certificate.count;
	http->options.threads = (unsigned int)config->threads;
	http->options.connections = (unsigned int)config->connections;
	http->options.connections_per_address =
		(unsigned int)config->connections_per_address;
	http->options.rate_per_minute = (unsigned int)config->rate_per_minute;
	http->options.rate_burst = (unsigned int)config->rate_burst;
	http->options.body_memory = (size_t)config->body_memory;
	http->options.request_time = (unsigned int)config->request_time;
	http->options.answer_time = ANSWER_TIME;
	http->options.on_refused = request_log_on_refused;
	http->options.on_log = request_log_on_complaint;
	http->options.cls = http;
}

int report_endpoint_open(struct config *config,
                         const struct service_socket *sockets,
                         size_t socket_count, struct report_endpoint **out,
                         struct err *err)
{
	struct report_endpoint *http = memory_zero(1, sizeof(*http));

	(void)pthread_mutex_init(&http->mutex, NULL);
	http->log_limit = log_limit_new();
	http->config = config_ref(config);
	http->initial_config = config_ref(config);
	report_endpoint_fill_options(http, config);
	if (report_endpoint_fill_listeners(http, config, sockets, socket_count,
	                                   err) < 0 ||
	    httpd_listen_open(http->listeners, http->options.listen_count,
	                      err) < 0) {
		report_endpoint_stop(&http);
		return -1;
	}
	*out = http;
	return 0;
}

int report_endpoint_start(struct report_endpoint *http, struct writer *writer,
                          struct err *err)
{
	http->writer = writer;
	if (large_queue_start(writer, &http->large_queue, err) < 0)
		return -1;
	return httpd_start(&http->options, &http->httpd, err);
}

int report_endpoint_reload(struct report_endpoint *http, struct config *config,
                           struct err *err)
{
	struct config *old;

	if (httpd_reload(http->httpd, config->certificate.items,
	                 config->key.items, config->certificate.count, err) < 0)
		return -1;
	(void)pthread_mutex_lock(&http->mutex);
	old = http->config;
	http->config = config_ref(config);
	(void)pthread_mutex_unlock(&http->mutex);
	config_unref(&old);
	return 0;
}

void report_endpoint_describe_listeners(const struct report_endpoint *http,
                                        struct buf *out)
{
	httpd_listen_describe(http->listeners, http->options.listen_count,
	                      http->initial_config->path, out);
}

void report_endpoint_quiesce(struct report_endpoint *http)
{
	httpd_quiesce(http->httpd);
	if (!httpd_wait_idle(http->httpd, DRAIN_MS))
		log_warning("http: some requests were still coming in after "
		            "10 s, they are cut");
	large_queue_stop(http->large_queue);
}

void report_endpoint_stop(struct report_endpoint **out)
{
	struct report_endpoint *http = *out;

	if (http == NULL)
		return;
	large_queue_stop(http->large_queue);
	httpd_free(&http->httpd);
	report_endpoint_sum_up(http, true);
	log_limit_free(&http->log_limit);
	large_queue_free(&http->large_queue);
	config_unref(&http->config);
	config_unref(&http->initial_config);
	(void)pthread_mutex_destroy(&http->mutex);
	free(http->listeners);
	free(http);
	*out = NULL;
}

/* Counts are exact in a double up to 2^53. */
static struct store_state_item report_endpoint_stat(const char *name,
                                                    const char *first,
                                                    const char *other,
                                                    uint64_t value)
{
	return (struct store_state_item){name, first, other, (double)value};
}

size_t report_endpoint_collect_stats(const struct report_endpoint *http,
                                     struct store_state_item *items)
{
	static const char *const handlers[] = {"reports", "other"};
	static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};
	static const char *const limits[HTTPD_LIMITS] = {
		"connections_per_address", "rate_per_minute", "body_memory",
		"connections"};
	size_t count = 0, route, i;
	const char *file;
	int64_t not_after;

	for (route = 0; route < ARRAY_LENGTH(handlers); route++) {
		for (i = 0; i < ARRAY_LENGTH(classes); i++)
			items[count++] = report_endpoint_stat(
				"http_requests_total", handlers[route],
				classes[i],
				httpd_answers(http->httpd, route,
			                      2 + (unsigned int)i));
	}
	items[count++] = report_endpoint_stat("http_connections", "", "",
	                                      httpd_connections(http->httpd));
	items[count++] = report_endpoint_stat("http_timeouts_total", "", "",
	                                      httpd_timeouts(http->httpd));
	for (i = 0; i < HTTPD_LIMITS; i++)
		items[count++] = report_endpoint_stat(
			"http_limited_total", limits[i], "",
			httpd_limited(http->httpd, (enum httpd_limit)i));
	for (i = 0; i < CERTIFICATES_MAX &&
	            httpd_certificate(http->httpd, i, &file, &not_after);
	     i++)
		items[count++] = report_endpoint_stat(
			"certificate_not_after", file, "", (uint64_t)not_after);
	return count;
}
