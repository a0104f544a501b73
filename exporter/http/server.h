/*
 * The exporter's HTTP server: its listeners and routes.
 *
 *   server -> {metrics_page, health, index_page} -> {metrics_query, negotiate}
 */
#ifndef EXPORTER_HTTP_SERVER_H
#define EXPORTER_HTTP_SERVER_H

#include "base/attr.h"
#include "base/err.h"
#include "base/service.h"
#include "exporter/config/config.h"
#include "exporter/model/model.h"

struct server;

/* Opens the sockets. Those that the service manager handed over take the place
   of the configured addresses, whatever their names. The model must outlive
   it. */
int server_open(const struct config *config,
                const struct service_socket *sockets, size_t socket_count,
                struct model *model, struct server **server, struct err *err)
	ATTR_MUST_CHECK;

/* Answers from now on. */
int server_start(struct server *server, struct err *err) ATTR_MUST_CHECK;

/* Where it listens, for people, separated by commas. */
void server_describe_listeners(const struct server *server, struct buf *out);

/* Waits some seconds for requests that are being answered. Accepts NULL, leaves
   NULL. */
void server_stop(struct server **server);

#endif
