#include "base/httpd/httpd_request.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/httpd/httpd.h"
#include "base/httpd/httpd_body.h"
#include "base/httpd/httpd_deadlines.h"
#include "base/httpd/httpd_framing.h"
#include "base/httpd/httpd_peers.h"
#include "base/httpd/httpd_private.h"
#include "base/httpd/httpd_reply.h"
#include "base/memory.h"

/* A body that goes on after it was found too large is read to here before the
   connection is cut, so that most clients see the answer. */
#define DRAIN_FACTOR 4U

/* --- answering ----------------------------------------------------------- */

void httpd_request_answer(struct httpd_request *request,
                          const struct httpd_reply *reply)
{
	struct httpd *httpd = request->httpd;

	if (request->state != HTTPD_REQUEST_DEFERRED) {
		(void)httpd_reply_send(request, reply);
		return;
	}
	/* libmicrohttpd takes responses only in its own thread. */
	request->reply = *reply;
	request->reply.text = reply->text != NULL ? memory_text(reply->text)
	                                          : NULL;
	request->reply.body = reply->body != NULL ? httpd_body_ref(reply->body)
	                                          : NULL;
	MHD_resume_connection(request->connection);
	/* The request may be gone by now, the server waits for this. */
	(void)atomic_fetch_sub(&httpd->deferred, 1);
}

void httpd_request_defer(struct httpd_request *request)
{
	request->state = HTTPD_REQUEST_DEFERRED;
	(void)atomic_fetch_add(&request->httpd->deferred, 1);
	MHD_suspend_connection(request->connection);
}

static void httpd_request_free_reply(struct httpd_request *request)
{
	union {
		const char *constant;
		char *own;
	} text = {.constant = request->reply.text};

	free(text.own);
	httpd_body_unref(&request->reply.body);
	request->reply = (struct httpd_reply){0};
}

static enum MHD_Result
httpd_request_send_deferred(struct httpd_request *request)
{
	enum MHD_Result result;

	if (request->reply.status == 0)
		return MHD_YES; /* a call for no reason: go on waiting */
	result = httpd_reply_send(request, &request->reply);
	httpd_request_free_reply(request);
	return result;
}

/* --- receiving ----------------------------------------------------------- */

static const struct httpd_route *
httpd_request_find_route(const struct httpd *httpd, const char *path)
{
	const struct httpd_options *options = httpd->options;
	const struct httpd_route *other = NULL;
	size_t i;

	for (i = 0; i < options->route_count; i++) {
		if (options->routes[i].path == NULL)
			other = &options->routes[i];
		else if (strcmp(options->routes[i].path, path) == 0)
			return &options->routes[i];
	}
	return other;
}

static bool httpd_request_is_method_of(const struct httpd_route *route,
                                       const char *method)
{
	if (strcmp(route->method, method) == 0)
		return true;
	return strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0;
}

/* A body that is declared too large: one that is not far over the limit is read
   and thrown away, because many clients see no answer that comes while they
   are still sending. Who waits for 100 Continue is told at once. */
static unsigned int httpd_request_check_length(struct httpd_request *request)
{
	uint64_t length = httpd_framing_length(request->connection);

	if (length <= request->limit)
		return 0;
	if (length > DRAIN_FACTOR * request->limit ||
	    httpd_request_header(request, "Expect") != NULL)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	request->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
	return 0;
}

static void httpd_request_count_limited(struct httpd *httpd,
                                        enum httpd_limit limit)
{
	(void)atomic_fetch_add(&httpd->limited[limit], 1);
}

/* What can be refused by the headers alone; 0 when the request may go on. */
static unsigned int httpd_request_check_headers(struct httpd_request *request,
                                                const char *version,
                                                unsigned int *retry_after)
{
	struct httpd *httpd = request->httpd;
	bool post = strcmp(request->method, "POST") == 0;
	unsigned int status;

	status = httpd_framing_check(request->connection, version, post);
	if (status != 0)
		return status;
	if (request->route == NULL)
		return MHD_HTTP_NOT_FOUND;
	if (!httpd_request_is_method_of(request->route, request->method))
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	*retry_after = httpd_peers_request(httpd->peers, &request->client);
	if (*retry_after > 0) {
		httpd_request_count_limited(httpd, HTTPD_LIMIT_RATE);
		return MHD_HTTP_TOO_MANY_REQUESTS;
	}
	if (atomic_load(&httpd->quiet))
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	if (request->route->body_limit != NULL)
		request->limit = request->route->body_limit(request->route->cls,
		                                            NULL, 0);
	status = httpd_request_check_length(request);
	if (status == 0 && request->route->admit != NULL)
		status = request->route->admit(request->route->cls,
		                               &request->client);
	return status;
}

static struct httpd_deadline *
httpd_request_deadline(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

static struct httpd_request *
httpd_request_new(const struct httpd_listener *listener,
                  struct MHD_Connection *connection)
{
	struct httpd *httpd = listener->httpd;
	struct httpd_request *request = memory_zero(1, sizeof(*request));

	request->httpd = httpd;
	request->listener = listener;
	request->connection = connection;
	request->deadline = httpd_request_deadline(connection);
	request->client = httpd_framing_client(connection, httpd->options,
	                                       &request->passed_on);
	(void)atomic_fetch_add(&httpd->in_flight, 1);
	return request;
}

static void httpd_request_free_body(struct httpd_request *request)
{
	(void)atomic_fetch_sub(&request->httpd->body_bytes, request->body.len);
	httpd_peers_give_bytes(request->httpd->peers, &request->client,
	                       request->body.len);
	buf_free(&request->body);
}

static void httpd_request_drop_body(struct httpd_request *request,
                                    unsigned int status)
{
	request->refusal = status;
	httpd_request_free_body(request);
}

/* Of all bodies, and of those of its network. */
static bool httpd_request_take_bytes(struct httpd_request *request, size_t len)
{
	struct httpd *httpd = request->httpd;
	size_t all = atomic_fetch_add(&httpd->body_bytes, len);
	size_t most = httpd->options->body_memory;

	if (all + len <= most &&
	    httpd_peers_take_bytes(httpd->peers, &request->client,
	                           request->body.len, len, most - all))
		return true;
	(void)atomic_fetch_sub(&httpd->body_bytes, len);
	return false;
}

/* Takes a piece of the body. The library takes no answer while the body is
   arriving: what is refused is read on, thrown away, and answered at its end,
   or cut when it goes on for too long. */
static enum MHD_Result httpd_request_receive(struct httpd_request *request,
                                             const char *data, size_t len)
{
	struct httpd *httpd = request->httpd;
	const struct httpd_route *route = request->route;

	request->received += len;
	httpd_deadlines_progress(request->deadline);
	if (request->refusal != 0)
		return request->received > DRAIN_FACTOR * request->limit + len
		               ? MHD_NO
		               : MHD_YES;
	if (!httpd_request_take_bytes(request, len)) {
		httpd_request_count_limited(httpd, HTTPD_LIMIT_BODIES);
		httpd_request_drop_body(request, MHD_HTTP_SERVICE_UNAVAILABLE);
		return MHD_YES;
	}
	request->body.max = request->limit + len;
	buf_add(&request->body, data, len);
	if (route->body_limit != NULL)
		request->limit = route->body_limit(
			route->cls, (const uint8_t *)request->body.data,
			request->body.len);
	if (request->received > request->limit)
		httpd_request_drop_body(request, MHD_HTTP_CONTENT_TOO_LARGE);
	return MHD_YES;
}

static enum MHD_Result
httpd_request_begin(const struct httpd_listener *listener,
                    struct MHD_Connection *connection,
                    const char *const line[3], void **context)
{
	struct httpd_request *request = httpd_request_new(listener, connection);
	struct httpd *httpd = listener->httpd;
	unsigned int status, retry_after = 0;

	*context = request;
	request->path = line[0];
	request->method = line[1];
	request->route = httpd_request_find_route(httpd, request->path);
	status = httpd_request_check_headers(request, line[2], &retry_after);
	if (status != 0)
		return httpd_reply_refuse(request, status, retry_after);
	/* However long the connection rested before. */
	httpd_deadlines_set(httpd->deadlines, request->deadline,
	                    httpd->options->request_time, false);
	return MHD_YES;
}

/* Counted before it is looked whether the server is closed: httpd_free() sets
   that first and counts then. */
static enum MHD_Result httpd_request_handle(struct httpd *httpd,
                                            struct httpd_request *request)
{
	const struct httpd_route *route = request->route;
	enum MHD_Result result = MHD_YES;

	(void)atomic_fetch_add(&httpd->handling, 1);
	/* The client is waiting for us now, not we for him. */
	httpd_deadlines_set(httpd->deadlines, request->deadline, 0, false);
	if (atomic_load(&httpd->closed))
		result = httpd_reply_refuse(request,
		                            MHD_HTTP_SERVICE_UNAVAILABLE, 0);
	else
		route->handle(route->cls, request);
	(void)atomic_fetch_sub(&httpd->handling, 1);
	return result;
}

/* NOLINTBEGIN(readability-function-size): the signature is libmicrohttpd's. */
enum MHD_Result httpd_request_on_step(void *cls,
                                      struct MHD_Connection *connection,
                                      const char *path, const char *method,
                                      const char *version, const char *data,
                                      size_t *len, void **context)
{
	const char *const line[3] = {path, method, version};
	struct httpd_request *request = *context;
	struct httpd_listener *listener = cls;
	enum MHD_Result result;

	if (request == NULL)
		return httpd_request_begin(listener, connection, line, context);
	if (*len > 0) {
		result = httpd_request_receive(request, data, *len);
		*len = 0;
		return result;
	}
	if (request->state == HTTPD_REQUEST_DEFERRED)
		return httpd_request_send_deferred(request);
	if (request->state == HTTPD_REQUEST_ANSWERED)
		return MHD_YES;
	if (request->refusal != 0)
		return httpd_reply_refuse(request, request->refusal, 0);
	return httpd_request_handle(listener->httpd, request);
}
/* NOLINTEND(readability-function-size) */

void httpd_request_on_completed(void *cls, struct MHD_Connection *connection,
                                void **context,
                                enum MHD_RequestTerminationCode why)
{
	struct httpd_listener *listener = cls;
	struct httpd_request *request = *context;
	struct httpd *httpd = listener->httpd;

	(void)connection;
	(void)why;
	if (request == NULL)
		return;
	httpd_deadlines_set(httpd->deadlines, request->deadline,
	                    httpd->options->request_time, true);
	httpd_request_free_body(request);
	/* Of a client that had gone by the time there was an answer. */
	httpd_request_free_reply(request);
	free(request);
	*context = NULL;
	(void)atomic_fetch_sub(&httpd->in_flight, 1);
}

/* --- for handlers -------------------------------------------------------- */

const uint8_t *httpd_request_body(const struct httpd_request *request,
                                  size_t *len)
{
	*len = request->body.len;
	return (const uint8_t *)request->body.data;
}

const char *httpd_request_header(const struct httpd_request *request,
                                 const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
	                                   name);
}

struct argument_walk {
	void (*fn)(void *cls, const char *key, const char *value);
	void *cls;
};

static enum MHD_Result httpd_request_on_argument(void *cls,
                                                 enum MHD_ValueKind kind,
                                                 const char *key,
                                                 const char *value)
{
	struct argument_walk *walk = cls;

	(void)kind;
	walk->fn(walk->cls, key, value);
	return MHD_YES;
}

void httpd_request_arguments(const struct httpd_request *request,
                             void (*fn)(void *cls, const char *key,
                                        const char *value),
                             void *cls)
{
	struct argument_walk walk = {fn, cls};

	(void)MHD_get_connection_values(request->connection,
	                                MHD_GET_ARGUMENT_KIND,
	                                httpd_request_on_argument, &walk);
}

const struct address *httpd_request_client(const struct httpd_request *request)
{
	return &request->client;
}

const char *httpd_request_method(const struct httpd_request *request)
{
	return request->method;
}

const char *httpd_request_scheme(const struct httpd_request *request)
{
	return request->listener->tls ? "https" : "http";
}

const char *httpd_request_path(const struct httpd_request *request)
{
	return request->path;
}
