/*
 * The server and its requests, as the files of httpd share them.
 */
#ifndef BASE_HTTPD_HTTPD_PRIVATE_H
#define BASE_HTTPD_HTTPD_PRIVATE_H

#include <stdatomic.h>

#include <microhttpd.h>

#include "base/httpd/httpd.h"
#include "base/httpd/httpd_deadlines.h"

#define HTTPD_CLASSES    4U /* 2xx to 5xx */
#define HTTPD_ROUTES_MAX 8U

struct httpd_listener {
	struct MHD_Daemon *daemon;
	struct httpd *httpd;
	struct room room;
	bool tls;
	bool only_proxies; /* plain HTTP on an address that others reach */
	unsigned int port;
};

struct httpd {
	const struct httpd_options *options;
	struct httpd_listener *listeners;
	struct httpd_deadlines *deadlines;
	struct httpd_peers *peers;
	struct httpd_tls *tls;
	atomic_bool quiet;
	atomic_bool closed;   /* no handler is called any more */
	atomic_uint handling; /* threads in a handler */
	atomic_uint deferred; /* requests that wait for their answer */
	atomic_uint in_flight;
	atomic_size_t body_bytes;
	atomic_uint_fast64_t answers[HTTPD_ROUTES_MAX + 1][HTTPD_CLASSES];
	atomic_uint_fast64_t limited[HTTPD_LIMITS];
	atomic_int log_lines;
	atomic_int_fast64_t log_since;
};

enum httpd_request_state {
	HTTPD_REQUEST_RECEIVING,
	HTTPD_REQUEST_DEFERRED,
	HTTPD_REQUEST_ANSWERED
};

struct httpd_request {
	struct httpd *httpd;
	const struct httpd_listener *listener;
	struct MHD_Connection *connection;
	struct httpd_deadline *deadline; /* the connection's */
	const struct httpd_route *route;
	const char *method;
	const char *path;
	struct buf body;
	size_t received;
	size_t limit;
	unsigned int refusal; /* found while the body was arriving */
	enum httpd_request_state state;
	bool passed_on; /* by a proxy of ours */
	struct address client;
	struct httpd_reply reply; /* of a deferred request */
};

#endif
