#include "base/httpd/httpd.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/httpd/httpd_deadlines.h"
#include "base/httpd/httpd_framing.h"
#include "base/httpd/httpd_peers.h"
#include "base/httpd/httpd_private.h"
#include "base/httpd/httpd_request.h"
#include "base/httpd/httpd_tls.h"
#include "base/memory.h"
#include "base/timestamp.h"

#define HEADER_MEMORY     (16U * 1024U)
#define LOG_LINES_PER_10S 10
#define POLL_IDLE_MS      10
#define TIMEOUT_SLACK     5 /* seconds */

/* Seconds for the TLS handshake and the header: some round trips, and time for
   a packet that is lost three times. Nobody needs it who means to send. */
#define HEADER_TIME 10U

/* What the library may accept beyond the connections that we let stay: those
   that give way are there until their thread comes to them. */
#define LEAVING_SHARE 8U
#define LEAVING_LEAST 16U

/* Descriptors that connections leave to the store, files and children, half of
   all where there are few. */
#define DESCRIPTORS_KEPT 256U

/* How the library begins to say that accept() found no descriptor. */
#define STARVED "Hit process or system resource limit"

/* --- connections --------------------------------------------------------- */

static struct address httpd_peer_address(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return address_of_socket(info->client_addr);
}

static void httpd_on_connection(void *cls, struct MHD_Connection *connection,
                                void **context,
                                enum MHD_ConnectionNotificationCode what)
{
	struct httpd_listener *listener = cls;
	struct httpd *httpd = listener->httpd;
	const union MHD_ConnectionInfo *info;
	struct httpd_deadline *deadline = *context;
	struct address peer = httpd_peer_address(connection);
	unsigned int seconds = httpd->options->request_time;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(
			connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = httpd_deadlines_add(
			httpd->deadlines, &listener->room, info->connect_fd,
			&peer, seconds < HEADER_TIME ? seconds : HEADER_TIME);
		return;
	}
	if (!httpd_framing_is_proxy(httpd->options, &peer))
		httpd_peers_disconnect(httpd->peers, &peer);
	httpd_deadlines_remove(httpd->deadlines, &deadline);
	*context = NULL;
}

static bool httpd_find_room(struct httpd *httpd, const struct address *peer)
{
	enum httpd_peers_room room =
		httpd_peers_connect(httpd->peers, peer, false);

	if (room == HTTPD_PEERS_NETWORK_FULL &&
	    httpd_deadlines_displace_neighbour(httpd->deadlines, peer))
		room = httpd_peers_connect(httpd->peers, peer, true);
	return room == HTTPD_PEERS_ROOM;
}

static enum MHD_Result httpd_on_accept(void *cls, const struct sockaddr *socket,
                                       socklen_t len)
{
	struct httpd_listener *listener = cls;
	const struct httpd_options *options = listener->httpd->options;
	struct address peer = address_of_socket(socket);

	(void)len;
	/* Many clients come through a proxy, which bounds them itself. */
	if (httpd_framing_is_proxy(options, &peer))
		return MHD_YES;
	if (listener->only_proxies)
		return MHD_NO;
	if (httpd_find_room(listener->httpd, &peer))
		return MHD_YES;
	(void)atomic_fetch_add(
		&listener->httpd->limited[HTTPD_LIMIT_CONNECTIONS], 1);
	return MHD_NO;
}

/* --- starting and stopping ----------------------------------------------- */

static void httpd_on_log(void *cls, const char *format, va_list args)
	ATTR_PRINTF(2, 0);

static void httpd_on_log(void *cls, const char *format, va_list args)
{
	struct httpd *httpd = cls;
	int64_t now = timestamp_monotonic_ms();
	char text[256];

	if (strncmp(format, STARVED, strlen(STARVED)) == 0)
		httpd_deadlines_starve(httpd->deadlines);
	if (httpd->options->on_log == NULL)
		return;
	if (now - atomic_load(&httpd->log_since) > 10000) {
		atomic_store(&httpd->log_since, now);
		atomic_store(&httpd->log_lines, 0);
	}
	if (atomic_fetch_add(&httpd->log_lines, 1) >= LOG_LINES_PER_10S)
		return;
	(void)vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	httpd->options->on_log(text);
}

static bool httpd_is_private(const struct httpd_listen *listen_on)
{
	struct address address =
		address_of_socket((const struct sockaddr *)&listen_on->address);

	return listen_on->tls ||
	       (!listen_on->handed && address_is_loopback(&address));
}

/* The TLS options go last, so that plain listeners leave them out. In this
   array a certificate callback belongs into the pointer, other callbacks into
   the number. */
static size_t httpd_fill_items(struct httpd_listener *listener, int fd,
                               bool tls, struct MHD_OptionItem *items)
{
	const struct httpd_options *options = listener->httpd->options;
	unsigned int most = options->connections +
	                    options->connections / LEAVING_SHARE +
	                    LEAVING_LEAST;
	size_t n = 0;

	items[n++] =
		(struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, fd, NULL};
	items[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT,
	                                     (intptr_t)most, NULL};
	/* Only where the deadlines should fail, which come first and count. */
	items[n++] = (struct MHD_OptionItem){
		MHD_OPTION_CONNECTION_TIMEOUT,
		(intptr_t)options->request_time + TIMEOUT_SLACK, NULL};
	items[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	                                     HEADER_MEMORY, NULL};
	items[n++] = (struct MHD_OptionItem){
		MHD_OPTION_NOTIFY_COMPLETED,
		(intptr_t)httpd_request_on_completed, listener};
	items[n++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_CONNECTION,
	                                     (intptr_t)httpd_on_connection,
	                                     listener};
	/* One thread is what it takes without being asked for a pool. */
	if (options->threads > 1)
		items[n++] = (struct MHD_OptionItem){
			MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads,
			NULL};
	if (tls) {
		static char priorities[] =
			"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

		items[n++] = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
		items[n++] =
			(struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK,
		                                0, httpd_tls_callback()};
	}
	items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	return n;
}

static int httpd_start_listener(struct httpd_listener *listener,
                                const struct httpd_listen *listen_on,
                                struct err *err)
{
	struct MHD_OptionItem items[16];
	/* Not epoll: with exactly 128 ready connections 0.9.75 stalls in it. */
	unsigned int flags = MHD_USE_POLL_INTERNAL_THREAD |
	                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	int fd = listen_on->fd;

	listener->port = httpd_listen_port(fd);
	listener->tls = listen_on->tls;
	listener->room.most = listener->httpd->options->connections;
	listener->only_proxies = !httpd_is_private(listen_on);
	if (listen_on->tls)
		flags |= MHD_USE_TLS;
	(void)httpd_fill_items(listener, fd, listen_on->tls, items);
	/* The logger comes first, so that it hears of all that follows. */
	listener->daemon = MHD_start_daemon(
		flags, 0, httpd_on_accept, listener, httpd_request_on_step,
		listener, MHD_OPTION_EXTERNAL_LOGGER, httpd_on_log,
		listener->httpd, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
	if (listener->daemon != NULL)
		return 0;
	(void)close(fd);
	return err_set(err, ERR_SYSTEM, "the HTTP server did not start");
}

static int httpd_start_all(struct httpd *httpd, struct err *err)
{
	const struct httpd_options *options = httpd->options;
	size_t i;

	if (options->certificate_count > 0 &&
	    httpd_tls_new(options, &httpd->tls, err) < 0)
		return -1;
	for (i = 0; i < options->listen_count; i++) {
		httpd->listeners[i].httpd = httpd;
		if (httpd_start_listener(&httpd->listeners[i],
		                         &options->listen[i], err) < 0)
			return -1;
	}
	return 0;
}

/* The most connections that descriptors are there for. */
static unsigned int httpd_most_connections(void)
{
	struct rlimit limit;
	rlim_t kept = DESCRIPTORS_KEPT;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX)
		return INT_MAX;
	if (kept > limit.rlim_cur / 2)
		kept = limit.rlim_cur / 2;
	return (unsigned int)(limit.rlim_cur - kept);
}

int httpd_start(const struct httpd_options *options, struct httpd **out,
                struct err *err)
{
	struct httpd *httpd = memory_zero(1, sizeof(*httpd));

	httpd->options = options;
	httpd->listeners =
		memory_zero(options->listen_count, sizeof(*httpd->listeners));
	httpd->deadlines = httpd_deadlines_new(httpd_most_connections());
	httpd->peers = httpd_peers_new(options->connections,
	                               options->connections_per_address,
	                               options->rate_per_minute,
	                               options->rate_burst);
	/* A handler may run, and ask for it, before this returns. */
	*out = httpd;
	if (options->route_count > HTTPD_ROUTES_MAX ||
	    httpd_start_all(httpd, err) < 0) {
		httpd_free(out);
		return -1;
	}
	return 0;
}

int httpd_reload(struct httpd *httpd, const char *const *files,
                 const char *const *keys, size_t count, struct err *err)
{
	if (httpd->tls == NULL)
		return 0;
	return httpd_tls_reload(httpd->tls, files, keys, count, err);
}

unsigned int httpd_port(const struct httpd *httpd, size_t i)
{
	return httpd->listeners[i].port;
}

void httpd_quiesce(struct httpd *httpd)
{
	MHD_socket fd;
	size_t i;

	if (atomic_exchange(&httpd->quiet, true))
		return;
	for (i = 0; i < httpd->options->listen_count; i++) {
		if (httpd->listeners[i].daemon == NULL)
			continue;
		fd = MHD_quiesce_daemon(httpd->listeners[i].daemon);
		if (fd != MHD_INVALID_SOCKET)
			(void)close(fd);
	}
}

bool httpd_wait_idle(struct httpd *httpd, int64_t milliseconds)
{
	int64_t until = timestamp_monotonic_ms() + milliseconds;

	while (atomic_load(&httpd->in_flight) > 0) {
		if (timestamp_monotonic_ms() > until)
			return false;
		(void)usleep(POLL_IDLE_MS * 1000);
	}
	return true;
}

/* libmicrohttpd ends the process when it is stopped with a connection that is
   suspended. A handler that began before may defer one yet, so the handlers
   are waited for first. */
static void httpd_wait_handlers(struct httpd *httpd)
{
	atomic_store(&httpd->closed, true);
	while (atomic_load(&httpd->handling) > 0 ||
	       atomic_load(&httpd->deferred) > 0)
		(void)usleep(POLL_IDLE_MS * 1000);
}

void httpd_free(struct httpd **out)
{
	struct httpd *httpd = *out;
	size_t i;

	if (httpd == NULL)
		return;
	httpd_quiesce(httpd);
	httpd_wait_handlers(httpd);
	for (i = 0; i < httpd->options->listen_count; i++) {
		if (httpd->listeners[i].daemon != NULL)
			MHD_stop_daemon(httpd->listeners[i].daemon);
	}
	httpd_tls_free(&httpd->tls);
	httpd_peers_free(&httpd->peers);
	httpd_deadlines_free(&httpd->deadlines);
	free(httpd->listeners);
	free(httpd);
	*out = NULL;
}

/* --- statistics ---------------------------------------------------------- */

uint64_t httpd_answers(const struct httpd *httpd, size_t route,
                       unsigned int status_class)
{
	return atomic_load(&httpd->answers[route][status_class - 2]);
}

unsigned int httpd_connections(const struct httpd *httpd)
{
	return httpd_deadlines_count(httpd->deadlines);
}

uint64_t httpd_limited(const struct httpd *httpd, enum httpd_limit limit)
{
	if (limit == HTTPD_LIMIT_PLACES)
		return httpd_deadlines_displaced(httpd->deadlines);
	return atomic_load(&httpd->limited[limit]);
}

uint64_t httpd_timeouts(const struct httpd *httpd)
{
	return httpd_deadlines_missed(httpd->deadlines);
}

bool httpd_certificate(const struct httpd *httpd, size_t i, const char **file,
                       int64_t *not_after)
{
	return httpd->tls != NULL &&
	       httpd_tls_certificate(httpd->tls, i, file, not_after);
}
