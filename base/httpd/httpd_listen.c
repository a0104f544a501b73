#include "base/httpd/httpd_listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"

#define BACKLOG 511

/* The port lies at the same place for both families. */
static unsigned int
httpd_listen_address_port(const struct sockaddr_storage *address)
{
	struct sockaddr_in in4;

	memcpy(&in4, address, sizeof(in4));
	return ntohs(in4.sin_port);
}

static void httpd_listen_format(const struct sockaddr_storage *address,
                                char *out, size_t size)
{
	struct address shown =
		address_of_socket((const struct sockaddr *)address);
	char text[ADDRESS_SIZE];
	bool six = address->ss_family == AF_INET6;

	address_format(&shown, text, sizeof(text));
	(void)snprintf(out, size, "%s%s%s:%u", six ? "[" : "", text,
	               six ? "]" : "", httpd_listen_address_port(address));
}

/* What helps against the usual reasons. */
static const char *httpd_listen_hint(int number, unsigned int port)
{
	if (number == EACCES && port < 1024)
		return "; ports below 1024 are not for a service's user: "
		       "enable the shipped socket unit, or take a higher port";
	if (number == EADDRINUSE)
		return "; another program has this port: ss -ltnp names it";
	if (number == EADDRNOTAVAIL)
		return "; no interface of this machine has this address";
	return "";
}

static int httpd_listen_open_socket(const struct sockaddr_storage *address,
                                    socklen_t len)
{
	int fd = socket(address->ss_family,
	                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1, no = 0, number;

	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    (address->ss_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) == 0) &&
	    bind(fd, (const struct sockaddr *)address, len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	number = errno;
	if (fd >= 0)
		(void)close(fd);
	errno = number;
	return -1;
}

static bool httpd_listen_is_any_ipv6(const struct sockaddr_storage *address)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, address, sizeof(in6));
	return address->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
}

/* [::] means every address there is. */
static void httpd_listen_use_ipv4(struct httpd_listen *listener)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)httpd_listen_address_port(
			&listener->address)),
		.sin_addr.s_addr = htonl(INADDR_ANY)};

	memset(&listener->address, 0, sizeof(listener->address));
	memcpy(&listener->address, &any, sizeof(any));
	listener->len = sizeof(any);
	listener->no_ipv6 = true;
}

static int httpd_listen_open_one(struct httpd_listen *listener, struct err *err)
{
	char text[ADDRESS_SIZE + 16];
	size_t used;
	int number;

	listener->fd =
		httpd_listen_open_socket(&listener->address, listener->len);
	if (listener->fd < 0 && httpd_listen_is_any_ipv6(&listener->address) &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		httpd_listen_use_ipv4(listener);
		listener->fd = httpd_listen_open_socket(&listener->address,
		                                        listener->len);
	}
	if (listener->fd >= 0)
		return 0;
	number = errno;
	httpd_listen_format(&listener->address, text, sizeof(text));
	(void)err_set_errno(err, number, "cannot listen on %s", text);
	used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof(err->text) - used, "%s",
	               httpd_listen_hint(number, httpd_listen_address_port(
							 &listener->address)));
	return -1;
}

int httpd_listen_open(struct httpd_listen *listen, size_t count,
                      struct err *err)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (listen[i].fd < 0 &&
		    httpd_listen_open_one(&listen[i], err) < 0)
			return -1;
	}
	return 0;
}

unsigned int httpd_listen_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	memset(&address, 0, sizeof(address));
	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 0;
	return httpd_listen_address_port(&address);
}

static void httpd_listen_describe_one(const struct httpd_listen *listener,
                                      const char *path, struct buf *out)
{
	struct sockaddr_storage address;
	char text[ADDRESS_SIZE + 16] = "unknown";
	socklen_t len = sizeof(address);

	memset(&address, 0, sizeof(address));
	if (getsockname(listener->fd, (struct sockaddr *)&address, &len) == 0 &&
	    (address.ss_family == AF_INET || address.ss_family == AF_INET6))
		httpd_listen_format(&address, text, sizeof(text));
	buf_printf(out, "%s://%s%s", listener->tls ? "https" : "http", text,
	           path);
	if (listener->handed)
		buf_add_text(out, " (a socket that was handed over; the "
		                  "configured address is not used)");
	if (listener->no_ipv6)
		buf_add_text(out, " (this kernel has no IPv6)");
}

void httpd_listen_describe(const struct httpd_listen *listeners, size_t count,
                           const char *path, struct buf *out)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_add_text(out, ", ");
		httpd_listen_describe_one(&listeners[i], path, out);
	}
}
