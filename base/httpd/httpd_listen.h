/*
 * Sockets that a server listens on.
 */
#ifndef BASE_HTTPD_HTTPD_LISTEN_H
#define BASE_HTTPD_HTTPD_LISTEN_H

#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"

struct httpd_listen {
	struct sockaddr_storage address;
	socklen_t len;
	int fd;      /* -1 until httpd_listen_open() */
	bool handed; /* fd was handed over, address says nothing */
	bool tls;
	bool no_ipv6; /* httpd_listen_open() took 0.0.0.0 for [::] */
};

/* Opens the sockets that were not handed over. Apart from the start, so that
   what it needs (a capability for a port below 1024) can be given up before
   there are threads. A kernel without IPv6 gets 0.0.0.0 where [::] is asked
   for, and no_ipv6 is set. A failure names the address, the reason and, where
   one is known, the cure. */
int httpd_listen_open(struct httpd_listen *listen, size_t count,
                      struct err *err) ATTR_MUST_CHECK;

/* Open listeners for people, with path behind each: "https://[::]:8443/tlsrpt,
   http://127.0.0.1:8080/tlsrpt". Says where a socket was handed over, in place
   of the configured address, and where the kernel has no IPv6. */
void httpd_listen_describe(const struct httpd_listen *listeners, size_t count,
                           const char *path, struct buf *out);

/* The port of a socket, 0 where it has none. */
unsigned int httpd_listen_port(int fd);

#endif
