#include "base/httpd/httpd_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define BUSY_RETRY_AFTER 30U

static void httpd_reply_on_body_free(void *cls)
{
	struct httpd_body *body = cls;

	httpd_body_unref(&body);
}

static struct MHD_Response *httpd_reply_make(const struct httpd_reply *reply)
{
	if (reply->body != NULL)
		return MHD_create_response_from_buffer_with_free_callback_cls(
			reply->body->buf.len, reply->body->buf.data,
			httpd_reply_on_body_free, httpd_body_ref(reply->body));
	return MHD_create_response_from_buffer(strlen(reply->text),
	                                       memory_text(reply->text),
	                                       MHD_RESPMEM_MUST_FREE);
}

static void httpd_reply_add_headers(struct MHD_Response *response,
                                    const struct httpd_request *request,
                                    const struct httpd_reply *reply)
{
	char seconds[16];

	(void)MHD_add_response_header(response, "Content-Type",
	                              reply->content_type != NULL
	                                      ? reply->content_type
	                                      : "text/plain; charset=utf-8");
	if (reply->encoding != NULL)
		(void)MHD_add_response_header(response, "Content-Encoding",
		                              reply->encoding);
	if (reply->vary != NULL)
		(void)MHD_add_response_header(response, "Vary", reply->vary);
	if (reply->retry_after > 0) {
		(void)snprintf(seconds, sizeof(seconds), "%u",
		               reply->retry_after);
		(void)MHD_add_response_header(response, "Retry-After", seconds);
	}
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, "Allow",
		                              strcmp(request->route->method,
		                                     "GET") == 0
		                                      ? "GET, HEAD"
		                                      : request->route->method);
}

static void httpd_reply_count(struct httpd_request *request,
                              unsigned int status)
{
	struct httpd *httpd = request->httpd;
	size_t route = httpd->options->route_count;
	unsigned int status_class = status / 100;

	if (request->route != NULL)
		route = (size_t)(request->route - httpd->options->routes);
	if (status_class >= 2 && status_class < 2 + HTTPD_CLASSES)
		(void)atomic_fetch_add(&httpd->answers[route][status_class - 2],
		                       1);
}

enum MHD_Result httpd_reply_send(struct httpd_request *request,
                                 const struct httpd_reply *reply)
{
	const struct httpd_options *options = request->httpd->options;
	struct MHD_Response *response = httpd_reply_make(reply);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	httpd_reply_add_headers(response, request, reply);
	/* The library ends a header at a line that begins with a colon or a
	   NUL, and adds a line that goes on to the name of the one before: we
	   cannot see it. What is one request for a proxy could be two for us,
	   and the second's answer would go to another of its clients. */
	if (request->passed_on || atomic_load(&request->httpd->quiet))
		(void)MHD_add_response_header(response, "Connection", "close");
	httpd_deadlines_set(request->httpd->deadlines, request->deadline,
	                    options->answer_time, false);
	result = MHD_queue_response(request->connection, reply->status,
	                            response);
	MHD_destroy_response(response);
	if (result == MHD_YES) {
		request->state = HTTPD_REQUEST_ANSWERED;
		httpd_reply_count(request, reply->status);
	}
	return result;
}

static const char *httpd_reply_refusal_text(unsigned int status)
{
	switch (status) {
	case MHD_HTTP_BAD_REQUEST:
		return "the request's framing is not sound\n";
	case MHD_HTTP_NOT_FOUND:
		return "there is nothing at this path\n";
	case MHD_HTTP_METHOD_NOT_ALLOWED:
		return "not with this method\n";
	case MHD_HTTP_LENGTH_REQUIRED:
		return "a body needs its length\n";
	case MHD_HTTP_CONTENT_TOO_LARGE:
		return "the body is too large\n";
	case MHD_HTTP_TOO_MANY_REQUESTS:
		return "too many requests from this address, later please\n";
	default:
		return "not now, later please\n";
	}
}

enum MHD_Result httpd_reply_refuse(struct httpd_request *request,
                                   unsigned int status,
                                   unsigned int retry_after)
{
	const struct httpd_options *options = request->httpd->options;
	struct httpd_reply reply = {.status = status,
	                            .text = httpd_reply_refusal_text(status),
	                            .retry_after = retry_after};

	if (status == MHD_HTTP_SERVICE_UNAVAILABLE && retry_after == 0)
		reply.retry_after = BUSY_RETRY_AFTER;
	if (options->on_refused != NULL)
		options->on_refused(options->cls, request, status, reply.text);
	return httpd_reply_send(request, &reply);
}
