#include "collector/http/report_endpoint.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/gzip.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/http/report_request.h"
#include "collector/http/request_log.h"
#include "collector/intake/large_queue.h"
#include "schema/limits.h"
#include "schema/series.h"

#define ANSWER_TIME 30U
#define DRAIN_MS    10000

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

static struct config *report_endpoint_config(struct report_endpoint *endpoint)
{
	struct config *config;

	(void)pthread_mutex_lock(&endpoint->mutex);
	config = config_ref(endpoint->config);
	(void)pthread_mutex_unlock(&endpoint->mutex);
	return config;
}

/* --- handlers ------------------------------------------------------------ */

/* As the limits of connections and requests have it: an IPv6 /64 is one. Never
   all zeros, which would be nobody's. */
static struct address report_endpoint_source(const struct address *client)
{
	struct address source = *client;

	if (!address_is_ipv4(client))
		memcpy(source.bytes + 8, "\0\0\0\0\0/64", 8);
	return source;
}

/* Large ones are prepared elsewhere, so that this thread goes on serving. Once
   it is in a queue, another thread may answer. */
static void report_endpoint_enqueue(struct report_endpoint *endpoint,
                                    struct intake *intake)
{
	bool large = intake->stage == INTAKE_RECEIVED;
	enum intake_queue_room room;

	report_request_enter(intake, large ? REPORT_REQUEST_LARGE
	                                   : REPORT_REQUEST_QUEUED);
	room = large ? large_queue_put(endpoint->large_queue, intake)
	             : writer_put(endpoint->writer, intake);
	if (room == INTAKE_QUEUE_SOURCE_FULL) {
		report_request_refuse(intake);
	} else if (room == INTAKE_QUEUE_FULL) {
		intake_defer(intake, DEFERRAL_BUSY, "the queue is full");
		intake->on_done(intake);
	}
}

static void report_endpoint_on_request(void *cls, struct httpd_request *request)
{
	struct report_endpoint *endpoint = cls;
	struct config *config = report_endpoint_config(endpoint);
	char address[ADDRESS_SIZE];
	const uint8_t *data;
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
	report_request_attach(intake, request, endpoint->log_limit);
	intake_prepare(intake, timestamp_now());
	httpd_request_defer(request);
	report_endpoint_enqueue(endpoint, intake);
}

static size_t report_endpoint_body_limit(void *cls, const uint8_t *head,
                                         size_t len)
{
	struct report_endpoint *endpoint = cls;
	struct config *config = report_endpoint_config(endpoint);
	size_t limit = (size_t)config->max_json;

	if (gzip_is(head, len))
		limit = (size_t)config->max_gzip_body;
	config_unref(&config);
	return limit;
}

static unsigned int report_endpoint_admit(void *cls,
                                          const struct address *client)
{
	struct report_endpoint *endpoint = cls;
	struct address source = report_endpoint_source(client);

	return writer_admits(endpoint->writer, &source) ? 0 : 503;
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
static int report_endpoint_fill_listeners(struct report_endpoint *endpoint,
                                          const struct config *config,
                                          const struct service_socket *sockets,
                                          size_t socket_count, struct err *err)
{
	bool handed[2] = {false, false};
	size_t count = 0, i;
	bool tls;

	endpoint->listeners = memory_zero(config->listener_count + socket_count,
	                                  sizeof(*endpoint->listeners));
	for (i = 0; i < socket_count; i++) {
		if (report_endpoint_socket_protocol(&sockets[i], &tls, err) < 0)
			return -1;
		handed[tls] = true;
		endpoint->listeners[count++] = (struct httpd_listen){
			.fd = sockets[i].fd, .handed = true, .tls = tls};
	}
	for (i = 0; i < config->listener_count; i++) {
		if (!handed[config->listeners[i].tls])
			endpoint->listeners[count++] = config->listeners[i];
	}
	endpoint->options.listen = endpoint->listeners;
	endpoint->options.listen_count = count;
	return 0;
}

static void report_endpoint_fill_options(struct report_endpoint *endpoint,
                                         const struct config *config)
{
	endpoint->routes[0] = (struct httpd_route){
		.path = config->path,
		.method = "POST",
		.name = "reports",
		.body_limit = report_endpoint_body_limit,
		.admit = report_endpoint_admit,
		.handle = report_endpoint_on_request,
		.cls = endpoint,
	};
	endpoint->options.routes = endpoint->routes;
	endpoint->options.route_count = 1;
	endpoint->options.proxies = config->proxies;
	endpoint->options.proxy_count = config->proxy_count;
	endpoint->options.certificates = config->certificate.items;
	endpoint->options.keys = config->key.items;
	endpoint->options.certificate_count = config->certificate.count;
	endpoint->options.threads = (unsigned int)config->threads;
	endpoint->options.connections = (unsigned int)config->connections;
	endpoint->options.connections_per_address =
		(unsigned int)config->connections_per_address;
	endpoint->options.rate_per_minute =
		(unsigned int)config->rate_per_minute;
	endpoint->options.rate_burst = (unsigned int)config->rate_burst;
	endpoint->options.body_memory = (size_t)config->body_memory;
	endpoint->options.request_time = (unsigned int)config->request_time;
	endpoint->options.answer_time = ANSWER_TIME;
	endpoint->options.on_refused = request_log_on_refused;
	endpoint->options.on_log = request_log_on_complaint;
	endpoint->options.cls = endpoint->log_limit;
}

int report_endpoint_open(struct config *config,
                         const struct service_socket *sockets,
                         size_t socket_count, struct report_endpoint **out,
                         struct err *err)
{
	struct report_endpoint *endpoint = memory_zero(1, sizeof(*endpoint));

	(void)pthread_mutex_init(&endpoint->mutex, NULL);
	endpoint->log_limit = log_limit_new();
	endpoint->config = config_ref(config);
	endpoint->initial_config = config_ref(config);
	report_endpoint_fill_options(endpoint, config);
	if (report_endpoint_fill_listeners(endpoint, config, sockets,
	                                   socket_count, err) < 0 ||
	    httpd_listen_open(endpoint->listeners,
	                      endpoint->options.listen_count, err) < 0) {
		report_endpoint_stop(&endpoint);
		return -1;
	}
	*out = endpoint;
	return 0;
}

int report_endpoint_start(struct report_endpoint *endpoint,
                          struct writer *writer, struct err *err)
{
	endpoint->writer = writer;
	if (large_queue_start(writer, &endpoint->large_queue, err) < 0)
		return -1;
	return httpd_start(&endpoint->options, &endpoint->httpd, err);
}

int report_endpoint_reload(struct report_endpoint *endpoint,
                           struct config *config, struct err *err)
{
	struct config *old;

	if (httpd_reload(endpoint->httpd, config->certificate.items,
	                 config->key.items, config->certificate.count, err) < 0)
		return -1;
	(void)pthread_mutex_lock(&endpoint->mutex);
	old = endpoint->config;
	endpoint->config = config_ref(config);
	(void)pthread_mutex_unlock(&endpoint->mutex);
	config_unref(&old);
	return 0;
}

void report_endpoint_sum_up(struct report_endpoint *endpoint, bool all)
{
	request_log_sum_up(endpoint->log_limit, all);
}

void report_endpoint_describe_listeners(const struct report_endpoint *endpoint,
                                        struct buf *out)
{
	httpd_listen_describe(endpoint->listeners,
	                      endpoint->options.listen_count,
	                      endpoint->initial_config->path, out);
}

void report_endpoint_quiesce(struct report_endpoint *endpoint)
{
	httpd_quiesce(endpoint->httpd);
	if (!httpd_wait_idle(endpoint->httpd, DRAIN_MS))
		log_warning("http: some requests were still coming in after "
		            "10 s, they are cut");
	large_queue_stop(endpoint->large_queue);
}

void report_endpoint_stop(struct report_endpoint **out)
{
	struct report_endpoint *endpoint = *out;

	if (endpoint == NULL)
		return;
	large_queue_stop(endpoint->large_queue);
	httpd_free(&endpoint->httpd);
	report_endpoint_sum_up(endpoint, true);
	log_limit_free(&endpoint->log_limit);
	large_queue_free(&endpoint->large_queue);
	config_unref(&endpoint->config);
	config_unref(&endpoint->initial_config);
	(void)pthread_mutex_destroy(&endpoint->mutex);
	free(endpoint->listeners);
	free(endpoint);
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

size_t report_endpoint_collect_stats(const struct report_endpoint *endpoint,
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
				SERIES_STATE_HTTP_REQUESTS_TOTAL,
				handlers[route], classes[i],
				httpd_answers(endpoint->httpd, route,
			                      2 + (unsigned int)i));
	}
	items[count++] =
		report_endpoint_stat(SERIES_STATE_HTTP_CONNECTIONS, "", "",
	                             httpd_connections(endpoint->httpd));
	items[count++] = report_endpoint_stat(SERIES_STATE_HTTP_TIMEOUTS_TOTAL,
	                                      "", "",
	                                      httpd_timeouts(endpoint->httpd));
	for (i = 0; i < HTTPD_LIMITS; i++)
		items[count++] = report_endpoint_stat(
			SERIES_STATE_HTTP_LIMITED_TOTAL, limits[i], "",
			httpd_limited(endpoint->httpd, (enum httpd_limit)i));
	for (i = 0; i < CERTIFICATES_MAX &&
	            httpd_certificate(endpoint->httpd, i, &file, &not_after);
	     i++)
		items[count++] =
			report_endpoint_stat(SERIES_STATE_CERTIFICATE_NOT_AFTER,
		                             file, "", (uint64_t)not_after);
	return count;
}
