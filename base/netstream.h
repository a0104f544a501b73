/*
 * A client's connection: TCP, then TLS with the peer's certificate verified in
 * the handshake, under a deadline and a ceiling for what may arrive. The end of
 * the stream is always an error. With httpd_tls.c and digest.c the door of
 * GnuTLS.
 */
#ifndef BASE_NETSTREAM_H
#define BASE_NETSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

struct netstream;

/* The certificates that peers are verified against. */
struct netstream_trust;

/* The system's, or those of a file. Fails with ERR_CONFIG when there is none. */
int netstream_trust_open(const char *ca_file, struct netstream_trust **trust,
                         struct err *err) ATTR_MUST_CHECK;
void netstream_trust_close(struct netstream_trust **trust);

/* Connects to the first address that answers. deadline is in
   timestamp_monotonic_ms(). */
int netstream_connect(const char *host, int64_t port, int64_t deadline,
                      struct netstream **stream, struct err *err)
	ATTR_MUST_CHECK;

/* The same over a socket that is connected already. */
struct netstream *netstream_adopt(int fd, int64_t deadline);
void netstream_close(struct netstream **stream);

/* TLS 1.2 or newer; chain, dates and the name of the host are verified. */
int netstream_start_tls(struct netstream *stream,
                        const struct netstream_trust *trust, const char *host,
                        struct err *err) ATTR_MUST_CHECK;
bool netstream_is_tls(const struct netstream *stream);

/* For all that follows: until when, and how many bytes may still come. */
void netstream_expect(struct netstream *stream, int64_t deadline,
                      uint64_t bytes);

/* At least one byte, or -1; netstream_error() then says why. */
ssize_t netstream_read(struct netstream *stream, void *data, size_t len);
ssize_t netstream_write(struct netstream *stream, const void *data, size_t len);

/* Waits for data: 1 there is some, 0 the time is over, 2 wake_fd can be read,
   -1 the error. */
int netstream_wait(struct netstream *stream, int wake_fd, int64_t milliseconds);

int netstream_fd(const struct netstream *stream);

/* Whether that is that its time was over. */
bool netstream_is_late(const struct netstream *stream);

/* What went wrong first; its text is empty when nothing did. */
const struct err *netstream_error(const struct netstream *stream);

#endif
