/*
 * The exporter at work: a thread that keeps the model up to the store, pages
 * rendered from it, and the HTTP routes.
 *
 * The full page is rendered when the store has changed, and otherwise once a
 * minute, whoever asks how often; filtered pages are rendered on request. None
 * of it runs SQL while a scraper waits.
 */
#ifndef EXPORTER_HTTP_SERVER_H
#define EXPORTER_HTTP_SERVER_H

#include "base/attr.h"
#include "base/err.h"
#include "base/service.h"
#include "exporter/config/config.h"

struct server;

/* Opens the sockets. Those that the service manager handed over take the place
   of the configured addresses, whatever their names. */
int server_open(struct config *config, const struct service_socket *sockets,
                size_t socket_count, struct server **scrape, struct err *err)
	ATTR_MUST_CHECK;

/* Opens the store, reads it, and answers. Without a store it waits for one. */
int server_start(struct server *scrape, struct err *err) ATTR_MUST_CHECK;

/* Where it listens, for people, separated by commas. */
void server_describe_listeners(const struct server *scrape, struct buf *out);

/* Goes on with another configuration; NULL notes that reading one failed. */
void refresh_reload(struct server *scrape, struct config *config);

void server_stop(struct server **scrape);

#endif
