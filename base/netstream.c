#include "base/netstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/memory.h"
#include "base/timestamp.h"

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"

struct netstream_trust {
	gnutls_certificate_credentials_t credentials;
};

struct netstream {
	int fd;
	bool tls;
	gnutls_session_t session;
	int64_t deadline;
	uint64_t budget;
	struct err err;
	bool late; /* it is that the server did not answer in time */
};

int netstream_trust_open(const char *ca_file, struct netstream_trust **out,
                         struct err *err)
{
	struct netstream_trust *trust = memory_zero(1, sizeof(*trust));
	int count =
		gnutls_certificate_allocate_credentials(&trust->credentials);

	if (count >= 0 && ca_file == NULL)
		count = gnutls_certificate_set_x509_system_trust(
			trust->credentials);
	else if (count >= 0)
		count = gnutls_certificate_set_x509_trust_file(
			trust->credentials, ca_file, GNUTLS_X509_FMT_PEM);
	if (count > 0) {
		*out = trust;
		return 0;
	}
	netstream_trust_close(&trust);
	if (count < 0)
		return err_set(err, ERR_CONFIG, "certificates %s: %s",
		               ca_file != NULL ? ca_file : "of the system",
		               gnutls_strerror(count));
	return err_set(err, ERR_CONFIG,
	               "%s holds no certificate to verify servers with; "
	               "install ca-certificates or set ca_file",
	               ca_file != NULL ? ca_file : "the system");
}

void netstream_trust_close(struct netstream_trust **trust)
{
	if (*trust == NULL)
		return;
	if ((*trust)->credentials != NULL)
		gnutls_certificate_free_credentials((*trust)->credentials);
	free(*trust);
	*trust = NULL;
}

/* The first thing that goes wrong is what went wrong. */
static int netstream_fail(struct netstream *stream, enum err_code code,
                          const char *text)
{
	if (stream->err.text[0] == '\0')
		(void)err_set(&stream->err, code, "%s", text);
	return -1;
}

static int netstream_fail_late(struct netstream *stream)
{
	if (stream->err.text[0] == '\0')
		stream->late = true;
	return netstream_fail(stream, ERR_BUSY,
	                      "the server did not answer in time");
}

static int netstream_fail_errno(struct netstream *stream, int number,
                                const char *what)
{
	if (stream->err.text[0] == '\0')
		(void)err_set_errno(&stream->err, number, "%s", what);
	return -1;
}

/* Until the socket is ready; 0 or -1. */
static int netstream_wait_ready(struct netstream *stream, short events)
{
	struct pollfd entry = {.fd = stream->fd, .events = events};
	int64_t left;
	int count;

	for (;;) {
		left = stream->deadline - timestamp_monotonic_ms();
		if (left <= 0)
			return netstream_fail_late(stream);
		count = poll(&entry, 1, left > 60000 ? 60000 : (int)left);
		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return netstream_fail_errno(stream, errno, "poll");
	}
}

/* What became of a connection that was under way: 0 or an errno; -1 when the
   stream says already what is wrong. */
static int netstream_await_connect(struct netstream *stream)
{
	socklen_t len = sizeof(int);
	int number = 0;

	if (errno != EINPROGRESS)
		return errno;
	if (netstream_wait_ready(stream, POLLOUT) < 0)
		return -1;
	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &number, &len) < 0)
		return errno;
	return number;
}

static int netstream_connect_one(struct netstream *stream,
                                 const struct addrinfo *info)
{
	int number = 0, on = 1;

	stream->err.text[0] = '\0';
	stream->late = false;
	stream->fd = socket(info->ai_family,
	                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stream->fd < 0)
		return netstream_fail_errno(stream, errno, "no socket");
	(void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (connect(stream->fd, info->ai_addr, info->ai_addrlen) < 0)
		number = netstream_await_connect(stream);
	if (number == 0)
		return 0;
	if (number > 0)
		(void)netstream_fail_errno(stream, number, "cannot connect");
	(void)close(stream->fd);
	stream->fd = -1;
	return -1;
}

struct netstream *netstream_adopt(int fd, int64_t deadline)
{
	struct netstream *stream = memory_zero(1, sizeof(*stream));

	stream->fd = fd;
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	netstream_expect(stream, deadline, UINT64_MAX);
	return stream;
}

int netstream_connect(const char *host, int64_t port, int64_t deadline,
                      struct netstream **out, struct err *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct netstream *stream;
	struct addrinfo *list = NULL, *info;
	char service[16];
	int status;

	(void)snprintf(service, sizeof(service), "%lld", (long long)port);
	status = getaddrinfo(host, service, &hints, &list);
	if (status != 0)
		return err_set(err, ERR_BUSY, "%s: %s", host,
		               gai_strerror(status));
	stream = memory_zero(1, sizeof(*stream));
	stream->fd = -1;
	netstream_expect(stream, deadline, UINT64_MAX);
	for (info = list; info != NULL && stream->fd < 0; info = info->ai_next)
		(void)netstream_connect_one(stream, info);
	freeaddrinfo(list);
	if (stream->fd >= 0) {
		*out = stream;
		return 0;
	}
	*err = stream->err;
	if (err->text[0] == '\0')
		(void)err_set(err, ERR_BUSY, "%s has no address", host);
	netstream_close(&stream);
	return -1;
}

void netstream_close(struct netstream **out)
{
	struct netstream *stream = *out;

	if (stream == NULL)
		return;
	if (stream->session != NULL) {
		if (stream->tls && stream->err.text[0] == '\0')
			(void)gnutls_bye(stream->session, GNUTLS_SHUT_WR);
		gnutls_deinit(stream->session);
	}
	if (stream->fd >= 0)
		(void)close(stream->fd);
	free(stream);
	*out = NULL;
}

/* --- TLS ----------------------------------------------------------------- */

static bool netstream_is_address(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

static int netstream_prepare_session(struct netstream *stream,
                                     const struct netstream_trust *trust,
                                     const char *host)
{
	int status =
		gnutls_init(&stream->session,
	                    GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (status < 0)
		return status;
	status = gnutls_priority_set_direct(stream->session, PRIORITIES, NULL);
	if (status < 0)
		return status;
	status = gnutls_credentials_set(stream->session, GNUTLS_CRD_CERTIFICATE,
	                                trust->credentials);
	if (status < 0)
		return status;
	if (!netstream_is_address(host)) {
		status = gnutls_server_name_set(
			stream->session, GNUTLS_NAME_DNS, host, strlen(host));
		if (status < 0)
			return status;
	}
	gnutls_session_set_verify_cert(stream->session, host, 0);
	gnutls_transport_set_int(stream->session, stream->fd);
	gnutls_handshake_set_timeout(stream->session,
	                             GNUTLS_INDEFINITE_TIMEOUT);
	return 0;
}

static int netstream_fail_verify(struct netstream *stream, const char *host)
{
	unsigned int status =
		gnutls_session_get_verify_cert_status(stream->session);
	gnutls_datum_t text = {NULL, 0};

	if (gnutls_certificate_verification_status_print(
		    status, GNUTLS_CRT_X509, &text, 0) < 0)
		return netstream_fail(
			stream, ERR_SYSTEM,
			"the server's certificate cannot be verified");
	(void)err_set(&stream->err, ERR_SYSTEM,
	              "the certificate of %s is not valid: %s", host,
	              (const char *)text.data);
	gnutls_free(text.data);
	return -1;
}

static int netstream_handshake(struct netstream *stream, const char *host)
{
	int status;

	for (;;) {
		status = gnutls_handshake(stream->session);
		if (status == GNUTLS_E_SUCCESS)
			return 0;
		if (status == GNUTLS_E_AGAIN ||
		    status == GNUTLS_E_INTERRUPTED) {
			if (netstream_wait_ready(
				    stream,
				    gnutls_record_get_direction(stream->session)
					    ? POLLOUT
					    : POLLIN) < 0)
				return -1;
		} else if (status == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
			return netstream_fail_verify(stream, host);
		} else if (gnutls_error_is_fatal(status)) {
			(void)err_set(&stream->err, ERR_SYSTEM, "TLS: %s",
			              gnutls_strerror(status));
			return -1;
		}
	}
}

int netstream_start_tls(struct netstream *stream,
                        const struct netstream_trust *trust, const char *host,
                        struct err *err)
{
	int status = netstream_prepare_session(stream, trust, host);

	if (status < 0)
		(void)err_set(&stream->err, ERR_SYSTEM, "TLS: %s",
		              gnutls_strerror(status));
	else if (netstream_handshake(stream, host) == 0)
		stream->tls = true;
	if (!stream->tls)
		*err = stream->err;
	return stream->tls ? 0 : -1;
}

bool netstream_is_late(const struct netstream *stream)
{
	return stream->late;
}

bool netstream_is_tls(const struct netstream *stream)
{
	return stream->tls;
}

/* --- bytes --------------------------------------------------------------- */

void netstream_expect(struct netstream *stream, int64_t deadline,
                      uint64_t bytes)
{
	stream->deadline = deadline;
	stream->budget = bytes;
}

/* One try: the bytes, 0 to wait and try again, or -1. */
static ssize_t netstream_read_tls(struct netstream *stream, void *data,
                                  size_t len)
{
	ssize_t count = gnutls_record_recv(stream->session, data, len);

	if (count > 0)
		return count;
	if (count == 0 || count == GNUTLS_E_PREMATURE_TERMINATION)
		return netstream_fail(stream, ERR_BUSY,
		                      "the server closed the connection");
	if (!gnutls_error_is_fatal((int)count))
		return 0;
	return netstream_fail(stream, ERR_BUSY, gnutls_strerror((int)count));
}

static ssize_t netstream_read_plain(struct netstream *stream, void *data,
                                    size_t len)
{
	ssize_t count = recv(stream->fd, data, len, 0);

	if (count > 0)
		return count;
	if (count == 0)
		return netstream_fail(stream, ERR_BUSY,
		                      "the server closed the connection");
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return netstream_fail_errno(stream, errno, "connection");
}

ssize_t netstream_read(struct netstream *stream, void *data, size_t len)
{
	ssize_t count;

	if (stream->err.text[0] != '\0')
		return -1;
	if (stream->budget == 0)
		return netstream_fail(stream, ERR_TOO_LARGE,
		                      "the server sends more than it may");
	if (len > stream->budget)
		len = (size_t)stream->budget;
	for (;;) {
		count = stream->tls ? netstream_read_tls(stream, data, len)
		                    : netstream_read_plain(stream, data, len);
		if (count < 0)
			return -1;
		/* One byte a second is no answer in time either. */
		if (timestamp_monotonic_ms() > stream->deadline)
			return netstream_fail_late(stream);
		if (count > 0)
			break;
		if (netstream_wait_ready(stream, POLLIN) < 0)
			return -1;
	}
	stream->budget -= (uint64_t)count;
	return count;
}

ssize_t netstream_write(struct netstream *stream, const void *data, size_t len)
{
	ssize_t count;

	if (stream->err.text[0] != '\0')
		return -1;
	for (;;) {
		count = stream->tls
		                ? gnutls_record_send(stream->session, data, len)
		                : send(stream->fd, data, len, MSG_NOSIGNAL);
		if (count > 0)
			return count;
		if (stream->tls && count < 0 &&
		    gnutls_error_is_fatal((int)count))
			return netstream_fail(stream, ERR_BUSY,
			                      gnutls_strerror((int)count));
		if (!stream->tls && errno != EAGAIN && errno != EINTR)
			return netstream_fail_errno(stream, errno,
			                            "connection");
		if (netstream_wait_ready(stream, POLLOUT) < 0)
			return -1;
	}
}

int netstream_wait(struct netstream *stream, int wake_fd, int64_t milliseconds)
{
	struct pollfd entries[2] = {{.fd = stream->fd, .events = POLLIN},
	                            {.fd = wake_fd, .events = POLLIN}};
	int count;

	if (stream->tls && gnutls_record_check_pending(stream->session) > 0)
		return 1;
	do {
		count = poll(entries, 2, (int)milliseconds);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return netstream_fail_errno(stream, errno, "poll");
	if (count == 0)
		return 0;
	return entries[1].revents != 0 ? 2 : 1;
}

int netstream_fd(const struct netstream *stream)
{
	return stream->fd;
}

const struct err *netstream_error(const struct netstream *stream)
{
	return &stream->err;
}
