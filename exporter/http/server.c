#include "exporter/http/server.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/httpd/httpd.h"
#include "base/log.h"
#include "base/memory.h"
#include "exporter/http/health.h"
#include "exporter/http/index_page.h"
#include "exporter/http/metrics_page.h"

#define DRAIN_MS     5000
#define REQUEST_TIME 30U
#define ANSWER_TIME  60U
#define CONNECTIONS  200U
#define THREADS      2U
#define BODY_MEMORY  65536

enum route {
	ROUTE_METRICS,
	ROUTE_HEALTH,
	ROUTE_ROOT,
	ROUTES
};

static const char *const handler_names[] = {"metrics", "health", "root",
                                            "other"};

/* The network of everybody: nobody's X-Forwarded-For matters here, and plain
   HTTP is what Prometheus speaks. */
static const struct network all_networks[] = {{{{0}}, 0}};

struct server {
	struct httpd *httpd;
	struct httpd_options options;
	struct httpd_route routes[ROUTES];
	struct httpd_listen *listeners;
	struct metrics_page *page;
};

static void server_on_complaint(const char *text)
{
	log_notice("http: libmicrohttpd: %s", text);
}

static void server_fill_routes(struct server *server, struct model *model)
{
	server->routes[ROUTE_METRICS] = (struct httpd_route){
		.path = "/metrics",
		.handle = metrics_page_handle,
		.cls = server->page,
	};
	server->routes[ROUTE_HEALTH] = (struct httpd_route){
		.path = "/healthz",
		.handle = health_handle,
		.cls = model,
	};
	server->routes[ROUTE_ROOT] = (struct httpd_route){
		.path = "/",
		.handle = index_page_handle,
	};
}

static void server_fill_listeners(struct server *server,
                                  const struct config *config,
                                  const struct service_socket *sockets,
                                  size_t socket_count)
{
	size_t i;

	server->options.listen_count = config->listener_count;
	if (socket_count > 0)
		server->options.listen_count = socket_count;
	server->listeners = memory_zero(server->options.listen_count,
	                                sizeof(*server->listeners));
	for (i = 0; i < server->options.listen_count; i++) {
		if (socket_count > 0)
			server->listeners[i] = (struct httpd_listen){
				.fd = sockets[i].fd, .handed = true};
		else
			server->listeners[i] = config->listeners[i];
	}
	server->options.listen = server->listeners;
}

static void server_fill_options(struct server *server)
{
	size_t i;

	for (i = 0; i < ROUTES; i++) {
		server->routes[i].method = "GET";
		server->routes[i].name = handler_names[i];
	}
	server->options.routes = server->routes;
	server->options.route_count = ROUTES;
	server->options.proxies = all_networks;
	server->options.proxy_count = 1;
	server->options.threads = THREADS;
	server->options.connections = CONNECTIONS;
	server->options.body_memory = BODY_MEMORY;
	server->options.request_time = REQUEST_TIME;
	server->options.answer_time = ANSWER_TIME;
	server->options.on_log = server_on_complaint;
}

int server_open(const struct config *config,
                const struct service_socket *sockets, size_t socket_count,
                struct model *model, struct server **out, struct err *err)
{
	struct server *server = memory_zero(1, sizeof(*server));

	server->page = metrics_page_new(model, &server->httpd, handler_names,
	                                ARRAY_LENGTH(handler_names));
	server_fill_routes(server, model);
	server_fill_listeners(server, config, sockets, socket_count);
	server_fill_options(server);
	if (httpd_listen_open(server->listeners, server->options.listen_count,
	                      err) < 0) {
		server_stop(&server);
		return -1;
	}
	*out = server;
	return 0;
}

int server_start(struct server *server, struct err *err)
{
	return httpd_start(&server->options, &server->httpd, err);
}

void server_describe_listeners(const struct server *server, struct buf *out)
{
	httpd_listen_describe(server->listeners, server->options.listen_count,
	                      "/metrics", out);
}

void server_stop(struct server **out)
{
	struct server *server = *out;

	if (server == NULL)
		return;
	if (server->httpd != NULL) {
		httpd_quiesce(server->httpd);
		(void)httpd_wait_idle(server->httpd, DRAIN_MS);
		httpd_free(&server->httpd);
	}
	metrics_page_free(&server->page);
	free(server->listeners);
	free(server);
	*out = NULL;
}
