/*
 * IP addresses, networks, and "host:port" to listen on.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

/* One address in its IPv6 form; IPv4 as ::ffff:a.b.c.d, so that both compare
   alike. */
struct address {
	uint8_t bytes[16];
};

struct network {
	struct address address;
	unsigned int bits; /* of the IPv6 form */
};

#define ADDRESS_SIZE 48

/* An IPv4 or IPv6 address, without brackets, port or zone. */
bool address_parse(struct text text, struct address *out);

/* An element of X-Forwarded-For, in any form that proxies write: an address,
   IPv6 with or without brackets and zone, with or without a port (IPv6 then in
   brackets), all of it quoted or not. False for "unknown", names, and anything
   else. */
bool address_parse_forwarded(struct text text, struct address *out);

/* Of a peer's socket address; all zeros for other families. */
struct address address_of_socket(const struct sockaddr *socket);

/* The usual form: "192.0.2.1", "2001:db8::1". size at least ADDRESS_SIZE. */
void address_format(const struct address *address, char *out, size_t size);

bool address_is_ipv4(const struct address *address);
bool address_is_loopback(const struct address *address);

/* "192.0.2.0/24", "2001:db8::/32" or one address. */
bool address_network_parse(struct text text, struct network *out);
bool address_network_contains(const struct network *network,
                              const struct address *address);

/* The networks in which an address is counted, the widest first: an IPv6 /32,
   /48 and /64, the least that a customer has; an IPv4 /24 and the address. So
   nobody has more by having an allocation of IPv6. */
#define ADDRESS_SCOPES 3U

/* How many bytes of it name its network of that scope. Two addresses are in one
   when they have as many, and the same. */
size_t address_scope(const struct address *address, unsigned int scope);
bool address_shares_scope(const struct address *a, const struct address *b,
                          unsigned int scope);

/* "192.0.2.1:8443", "[::]:8443" or ":8443" (all addresses of both families)
   as a socket address. Fails with ERR_CONFIG and what would be right. */
int address_parse_listen(struct text text, struct sockaddr_storage *out,
                         socklen_t *len, struct err *err) ATTR_MUST_CHECK;

#endif
