/*
 * What the library lets pass and must not.
 */
#ifndef BASE_HTTPD_HTTPD_FRAMING_H
#define BASE_HTTPD_HTTPD_FRAMING_H

#include <microhttpd.h>

#include "base/httpd/httpd.h"

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

#endif
