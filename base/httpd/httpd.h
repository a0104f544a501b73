/*
 * An HTTP/1.1 server for programs with a handful of routes. The door of
 * libmicrohttpd.
 *
 *   socket -> framing -> route -> method -> rate -> length -> body -> handler
 *                |         |        |        |        |        |
 *               400       404      405      429      413      413
 *
 * Every refusal before the body is sent at once, without reading the body,
 * and closes the connection. The handler sees a whole body, once. It answers
 * with httpd_request_answer(), at once or, after httpd_request_defer(), later
 * and from any thread.
 *
 * Bounded: connections in all, per address (an IPv6 /64 counts as one, and a
 * proxy of ours is not counted) and per network (an IPv4 /24, an IPv6 /32 and a
 * /48 in it), requests per address and time, header size, body size, body bytes
 * of all requests together and per network, the time a client has to send
 * its request and to take the answer.
 *
 * A connection that comes when all places are taken, or descriptors are short,
 * is let in: an idle one gives way to it.
 */
#ifndef BASE_HTTPD_HTTPD_H
#define BASE_HTTPD_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/httpd/httpd_body.h"
#include "base/httpd/httpd_listen.h"

struct httpd;
struct httpd_request;

struct httpd_route {
	const char *path;   /* NULL: every path that no other route has */
	const char *method; /* "POST", or "GET", which allows HEAD too */
	const char *name;   /* for the statistics */
	/* The most bytes that a body with this beginning may have; called with
	   nothing for the largest of all. NULL where no body is expected. */
	size_t (*body_limit)(void *cls, const uint8_t *head, size_t len);
	/* Called before the body is read; a status other than 0 refuses. */
	unsigned int (*admit)(void *cls, const struct address *client);
	void (*handle)(void *cls, struct httpd_request *request);
	void *cls;
};

struct httpd_reply {
	unsigned int status;
	const char *content_type; /* NULL: text/plain */
	const char *text;         /* copied; NULL where body is set */
	struct httpd_body *body;  /* a reference of the caller's, kept by him */
	const char *encoding;     /* Content-Encoding, or NULL */
	const char *vary;         /* Vary, or NULL */
	unsigned int retry_after; /* seconds, 0: no such header */
};

struct httpd_options {
	const struct httpd_listen *listen;
	size_t listen_count;
	const struct httpd_route *routes;
	size_t route_count;
	const struct network *proxies; /* whose X-Forwarded-For is believed */
	size_t proxy_count;
	const char *const
		*certificates; /* PEM files, the first is the default */
	const char *const *keys;
	size_t certificate_count;
	unsigned int threads;
	unsigned int connections;             /* in all, a listener; > 1 */
	unsigned int connections_per_address; /* 0: no limit */
	unsigned int rate_per_minute;         /* per address; 0: no limit */
	unsigned int rate_burst;
	size_t body_memory;        /* of all bodies in flight together */
	unsigned int request_time; /* seconds for the body; for headers 10 at
	                              most */
	unsigned int answer_time;  /* seconds to take the answer */
	/* Tells of a request that was refused before a handler saw it. */
	void (*on_refused)(void *cls, const struct httpd_request *request,
	                   unsigned int status, const char *text);
	/* What the library has to say, at most ten lines in ten seconds. */
	void (*on_log)(const char *text);
	void *cls;
};

/* Reads the certificates and starts on open sockets, which are the server's
   then. options and all it points to must outlive it. *httpd is set before the
   first handler runs, and NULL after a failure. */
int httpd_start(const struct httpd_options *options, struct httpd **httpd,
                struct err *err) ATTR_MUST_CHECK;

/* Whether the certificates can be read, and are those of their keys. */
int httpd_tls_check_certificates(const char *const *files,
                                 const char *const *keys, size_t count,
                                 struct err *err) ATTR_MUST_CHECK;

/* Reads these certificates and uses them from now on; on failure the old ones
   stay in use. Without TLS it does nothing. The paths are copied. */
int httpd_reload(struct httpd *httpd, const char *const *files,
                 const char *const *keys, size_t count, struct err *err)
	ATTR_MUST_CHECK;

/* The port of listener i, for those that asked for port 0. */
unsigned int httpd_port(const struct httpd *httpd, size_t i);

/* Takes no more connections and answers 503 on those that are there. */
void httpd_quiesce(struct httpd *httpd);

/* Waits until no request is in flight, at most so long; whether it is so. */
bool httpd_wait_idle(struct httpd *httpd, int64_t milliseconds);

/* Calls no handler any more, waits until what was deferred is answered, cuts
   the connections and ends the threads. Whoever answers must still be able to.
   Accepts NULL, leaves NULL. */
void httpd_free(struct httpd **httpd);

/* --- for handlers -------------------------------------------------------- */

/* The answer will come later. After this call, and before anyone else can
   know of the request, the handler hands it on and returns. */
void httpd_request_defer(struct httpd_request *request);
void httpd_request_answer(struct httpd_request *request,
                          const struct httpd_reply *reply);

const uint8_t *httpd_request_body(const struct httpd_request *request,
                                  size_t *len);
/* The first header of that name, or NULL; valid until the answer. */
const char *httpd_request_header(const struct httpd_request *request,
                                 const char *name);
/* Calls fn for each argument of the query, decoded; value may be NULL. */
void httpd_request_arguments(const struct httpd_request *request,
                             void (*fn)(void *cls, const char *key,
                                        const char *value),
                             void *cls);
const struct address *httpd_request_client(const struct httpd_request *request);
const char *httpd_request_method(const struct httpd_request *request);
/* "https" or "http", as the listener speaks. */
const char *httpd_request_scheme(const struct httpd_request *request);
const char *httpd_request_path(const struct httpd_request *request);

/* --- statistics ---------------------------------------------------------- */

/* Answers so far of a route (route_count stands for "none of them") with a
   status of that class, 2 to 5. */
uint64_t httpd_answers(const struct httpd *httpd, size_t route,
                       unsigned int status_class);
unsigned int httpd_connections(const struct httpd *httpd);
/* Connections closed because a request or an answer took too long. */
uint64_t httpd_timeouts(const struct httpd *httpd);

enum httpd_limit {
	HTTPD_LIMIT_CONNECTIONS, /* of one address */
	HTTPD_LIMIT_RATE,        /* of one address */
	HTTPD_LIMIT_BODIES,      /* memory of all bodies */
	HTTPD_LIMIT_PLACES,      /* connections: who gave way to another */
	HTTPD_LIMITS
};

/* What was turned away for that limit: connections, requests, bodies. */
uint64_t httpd_limited(const struct httpd *httpd, enum httpd_limit limit);

/* The file of certificate i and the end of its validity in Unix seconds; false
   if there is no such certificate. The file's name can be read for a minute
   after a reload replaced it. */
bool httpd_certificate(const struct httpd *httpd, size_t i, const char **file,
                       int64_t *not_after);

#endif
