/*
 * Reports by HTTPS POST (RFC 8460 sections 3 and 5.4). There is no
 * authentication on this channel. What a sender hears:
 *
 *   201  the report is in the store, or was, or is kept for later
 *   200  we have the bytes, but cannot read them (400 by reject_unparsable)
 *   400, 404, 405, 411, 413, 414, 429, 431  as HTTP has it
 *   503  our own trouble: nothing is stored, try again
 */
#ifndef COLLECTOR_HTTP_REPORT_ENDPOINT_H
#define COLLECTOR_HTTP_REPORT_ENDPOINT_H

#include "base/attr.h"
#include "base/err.h"
#include "base/httpd/httpd.h"
#include "base/service.h"
#include "collector/config/config.h"
#include "collector/intake/writer.h"

struct from_http;

/* Opens the sockets. Those that the service manager handed over take the place
   of the configured addresses: "https", and those without a name, of `listen`,
   "http" of `listen_plain`. Fails with ERR_USAGE for any other name. */
int from_http_open(struct config *config, const struct service_socket *sockets,
                   size_t socket_count, struct from_http **http,
                   struct err *err) ATTR_MUST_CHECK;

/* Answers on them. writer must outlive it. */
int from_http_start(struct from_http *http, struct writer *writer,
                    struct err *err) ATTR_MUST_CHECK;

/* Reads the certificates of another configuration and uses both for what is to
   come; on failure nothing has changed. */
int from_http_reload(struct from_http *http, struct config *config,
                     struct err *err) ATTR_MUST_CHECK;

/* Logs what the limit of log lines left out in the minutes that are over; with
   all also of the running one. Call it once a minute. */
void from_http_sum_up(struct from_http *http, bool all);

/* Where it listens, for people, separated by commas. */
void from_http_describe_listeners(const struct from_http *http,
                                  struct buf *out);

/* Takes no more connections; answers what is under way. */
void from_http_quiesce(struct from_http *http);
void from_http_stop(struct from_http **http);

/* Its figures, for the collector's state; returns how many. */
size_t from_http_describe(const struct from_http *http,
                          struct store_state_item *items);

#endif
