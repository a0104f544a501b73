/*
 * What the files of httpd share among themselves; nobody else includes it.
 */
#ifndef BASE_HTTPD_HTTPD_PRIVATE_H
#define BASE_HTTPD_HTTPD_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <microhttpd.h>

#include "base/httpd/httpd.h"

#define HTTPD_CLASSES    4U /* 2xx to 5xx */
#define HTTPD_ROUTES_MAX 8U

/* --- httpd.c: listening --------------------------------------------------- */

/* The places of a listener, under the lock of the deadlines. */
struct room {
	unsigned int most;
	unsigned int taken;
	unsigned int leaving; /* of those, cut and not gone yet */
};

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

/* --- httpd_request.c: one request, from its first line to its answer ------ */

/* The MHD_AccessHandlerCallback of a listener, which is cls. */
enum MHD_Result httpd_request_on_step(void *cls,
                                      struct MHD_Connection *connection,
                                      const char *path, const char *method,
                                      const char *version, const char *data,
                                      size_t *len, void **context);
/* The MHD_RequestCompletedCallback of it. */
void httpd_request_on_completed(void *cls, struct MHD_Connection *connection,
                                void **context,
                                enum MHD_RequestTerminationCode why);

/* --- httpd_framing.c: what libmicrohttpd lets pass and must not ---------- */

/* The status that the request's framing deserves, 0 when it is sound: 400 for
   both or several lengths, an unknown transfer coding, not exactly one Host, a
   field that others may read as two, Expect without a body; 411 for a POST
   without a length (RFC 9112 sections 2.2, 3.2, 5.1, 6.1 and 6.3, RFC 9110
   section 10.1.1). */
unsigned int httpd_framing_check(struct MHD_Connection *connection,
                                 const char *version, bool wants_body);

/* The declared length of the body, 0 when there is none or it is chunked. */
uint64_t httpd_framing_length(struct MHD_Connection *connection);

/* Whether an address is that of a proxy of ours. */
bool httpd_framing_is_proxy(const struct httpd_options *options,
                            const struct address *address);

/* The client's address: the peer's, or behind one of the proxies the
   right-most X-Forwarded-For address that is none of them. *passed_on says
   whether it came through one. */
struct address httpd_framing_client(struct MHD_Connection *connection,
                                    const struct httpd_options *options,
                                    bool *passed_on);

/* --- httpd_deadline.c: the time and the place a connection has ----------- */

struct httpd_deadlines;
struct httpd_deadline;

/* most: connections of all listeners together. */
struct httpd_deadlines *httpd_deadlines_new(unsigned int most);
void httpd_deadlines_free(struct httpd_deadlines **deadlines);
/* A connection that has so long to send a header. Where there are too many, one
   gives way: one that is idle (for a second after an answer,
   for five where it has sent no header yet) before one in the middle of a
   request, and none that we are working for; among equals one of the widest
   network that has most (address_scope()), in it of the narrower one, and of
   those the one that has rested longest. */
struct httpd_deadline *httpd_deadlines_add(struct httpd_deadlines *deadlines,
                                           struct room *room, int fd,
                                           const struct address *address,
                                           unsigned int seconds);
/* Has a connection of the same widest network give way to one that is about to
   come from there: one of a narrower network that has more than that of the
   newcomer will have. So nobody is kept out by his neighbours. */
bool deadlines_displace_neighbour(struct httpd_deadlines *deadlines,
                                  const struct address *newcomer);
/* seconds from now; 0: no deadline, we are the ones who are working. */
void httpd_deadlines_set(struct httpd_deadlines *deadlines,
                         struct httpd_deadline *deadline, unsigned int seconds);
/* The same between two requests, when nobody is late. */
void httpd_deadlines_set_idle(struct httpd_deadlines *deadlines,
                              struct httpd_deadline *deadline,
                              unsigned int seconds);
/* A piece of the body has come. */
void deadline_progress(struct httpd_deadline *deadline);
void httpd_deadlines_remove(struct httpd_deadlines *deadlines,
                            struct httpd_deadline **deadline);
/* Descriptors have run out: those who have been idle for a second go. */
void deadlines_starve(struct httpd_deadlines *deadlines);
uint64_t httpd_deadlines_missed(struct httpd_deadlines *deadlines);
/* Connections that gave way. */
uint64_t deadlines_displaced(struct httpd_deadlines *deadlines);
unsigned int httpd_deadlines_count(struct httpd_deadlines *deadlines);

/* --- httpd_peers.c: what one address may do ------------------------------ */

struct httpd_peers;

/* most: connections in all; the others are of one address. */
struct httpd_peers *httpd_peers_new(unsigned int most, unsigned int connections,
                                    unsigned int per_minute,
                                    unsigned int burst);
void httpd_peers_free(struct httpd_peers **peers);

enum peers_room {
	PEERS_ROOM,
	PEERS_ADDRESS_FULL,
	PEERS_NETWORK_FULL /* its network has its part of those that are free,
	                      and a sixty-fourth of all */
};

/* One more connection from there. displacing: another one of its network gives
   way to it. */
enum peers_room httpd_peers_connect(struct httpd_peers *peers,
                                    const struct address *address,
                                    bool displacing);
void httpd_peers_disconnect(struct httpd_peers *peers,
                            const struct address *address);
/* More bytes of a body, of which so many are held already; false when its
   network holds other bodies too, and would have more than half of what is free
   for all. What was taken is given back. */
bool peers_take_bytes(struct httpd_peers *peers, const struct address *address,
                      size_t held, size_t more, size_t free);
void peers_give_bytes(struct httpd_peers *peers, const struct address *address,
                      size_t held);
/* One more request; 0, or the seconds until one would be let in. */
unsigned int httpd_peers_request(struct httpd_peers *peers,
                                 const struct address *address);

/* --- httpd_tls.c: certificates by name ----------------------------------- */

struct httpd_tls;

int httpd_tls_new(const struct httpd_options *options, struct httpd_tls **tls,
                  struct err *err) ATTR_MUST_CHECK;
int httpd_tls_reload(struct httpd_tls *tls, const char *const *files,
                     const char *const *keys, size_t count, struct err *err)
	ATTR_MUST_CHECK;
void httpd_tls_free(struct httpd_tls **tls);
bool httpd_tls_certificate(struct httpd_tls *tls, size_t i, const char **file,
                           int64_t *not_after);
/* The MHD_OPTION_HTTPS_CERT_CALLBACK of this process's server. */
void *httpd_tls_callback(void);

#endif
