/*
 * Reports by HTTPS POST (RFC 8460 sections 3 and 5.4). There is no
 * authentication on this channel. What a sender hears:
 *
 *   201  the report is in the store, or was, or is kept for later
 *   200  we have the bytes, but cannot read them (400 by reject_unparsable)
 *   400, 404, 405, 411, 413, 414, 429, 431  as HTTP has it
 *   503  a local error: nothing is stored, try again
 */
#ifndef COLLECTOR_HTTP_REPORT_ENDPOINT_H
#define COLLECTOR_HTTP_REPORT_ENDPOINT_H

#include "base/attr.h"
#include "base/err.h"
#include "base/httpd/httpd.h"
#include "base/service.h"
#include "collector/config/config.h"
#include "collector/intake/writer.h"

struct report_endpoint;

/* Opens the sockets. Those that the service manager handed over take the place
   of the configured addresses: "https", and those without a name, of `listen`,
   "http" of `listen_plain`. Fails with ERR_CONFIG for any other name. */
int report_endpoint_open(struct config *config,
                         const struct service_socket *sockets,
                         size_t socket_count, struct report_endpoint **endpoint,
                         struct err *err) ATTR_MUST_CHECK;

/* Answers on them. writer must outlive it. */
int report_endpoint_start(struct report_endpoint *endpoint,
                          struct writer *writer, struct err *err)
	ATTR_MUST_CHECK;

/* Reads the certificates of another configuration and uses both for what is to
   come; on failure nothing has changed. */
int report_endpoint_reload(struct report_endpoint *endpoint,
                           struct config *config, struct err *err)
	ATTR_MUST_CHECK;

/* Logs what the limit of log lines left out in the minutes that are over; with
   all also of the running one. Call it once a minute. */
void report_endpoint_sum_up(struct report_endpoint *endpoint, bool all);

/* Where it listens, for people, separated by commas. */
void report_endpoint_describe_listeners(const struct report_endpoint *endpoint,
                                        struct buf *out);

/* Takes no more connections; answers what is under way. */
void report_endpoint_quiesce(struct report_endpoint *endpoint);
void report_endpoint_stop(struct report_endpoint **endpoint);

/* Its figures, for the collector's state; returns how many. */
size_t report_endpoint_collect_stats(const struct report_endpoint *endpoint,
                                     struct store_state_item *items);

#endif
