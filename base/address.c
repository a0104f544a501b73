#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define PORT_MAX 65535

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool address_is_ipv4(const struct address *address)
{
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

bool address_parse(struct text text, struct address *out)
{
	char copy[ADDRESS_SIZE];

	if (text.len == 0 || text.len >= sizeof(copy) ||
	    memchr(text.data, '\0', text.len) != NULL)
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (strchr(copy, ':') != NULL)
		return inet_pton(AF_INET6, copy, out->bytes) == 1;
	memcpy(out->bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, out->bytes + sizeof(mapped)) == 1;
}

static bool address_is_port(struct text text)
{
	int64_t number;

	return text_integer(text, &number) && number >= 0 && number <= PORT_MAX;
}

/* Parts "[HOST]", "[HOST]:PORT" and "IPv4:PORT" into host and port; what has
   more than one colon outside of brackets is IPv6 without a port. False when
   the brackets or the port are not sound. */
static bool address_split_port(struct text text, struct text *host)
{
	const char *colon, *close;
	struct text rest;

	*host = text;
	if (text_starts(text, "[")) {
		close = memchr(text.data, ']', text.len);
		if (close == NULL)
			return false;
		*host = (struct text){text.data + 1,
		                      (size_t)(close - text.data - 1)};
		rest = (struct text){close + 1, text.len - host->len - 2};
		if (memchr(host->data, ':', host->len) == NULL)
			return false;
		return rest.len == 0 || (text_starts(rest, ":") &&
		                         address_is_port((struct text){
						 rest.data + 1, rest.len - 1}));
	}
	colon = memchr(text.data, ':', text.len);
	if (colon == NULL)
		return true;
	rest = (struct text){colon + 1,
	                     text.len - (size_t)(colon + 1 - text.data)};
	if (memchr(rest.data, ':', rest.len) != NULL)
		return true;
	host->len = (size_t)(colon - text.data);
	return address_is_port(rest);
}

bool address_parse_forwarded(struct text text, struct address *out)
{
	const char *zone;
	struct text host;

	text = text_trim(text);
	if (text.len >= 2 && text_starts(text, "\"") && text_ends(text, "\""))
		text = text_trim((struct text){text.data + 1, text.len - 2});
	if (text.len == 0 || !address_split_port(text, &host) || host.len == 0)
		return false;
	zone = memchr(host.data, '%', host.len);
	/* Only IPv6 has zones. */
	if (zone != NULL) {
		if (memchr(host.data, ':', host.len) == NULL)
			return false;
		host.len = (size_t)(zone - host.data);
	}
	return address_parse(host, out);
}

struct address address_of_socket(const struct sockaddr *socket)
{
	struct address address = {{0}};
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;

	if (socket->sa_family == AF_INET6) {
		memcpy(&in6, socket, sizeof(in6));
		memcpy(address.bytes, &in6.sin6_addr, sizeof(address.bytes));
	} else if (socket->sa_family == AF_INET) {
		memcpy(&in4, socket, sizeof(in4));
		memcpy(address.bytes, mapped, sizeof(mapped));
		memcpy(address.bytes + sizeof(mapped), &in4.sin_addr, 4);
	}
	return address;
}

void address_format(const struct address *address, char *out, size_t size)
{
	const char *done;

	if (address_is_ipv4(address))
		done = inet_ntop(AF_INET, address->bytes + sizeof(mapped), out,
		                 (socklen_t)size);
	else
		done = inet_ntop(AF_INET6, address->bytes, out,
		                 (socklen_t)size);
	if (done == NULL)
		(void)snprintf(out, size, "?");
}

bool address_is_loopback(const struct address *address)
{
	static const uint8_t one[16] = {0, 0, 0, 0, 0, 0, 0, 0,
	                                0, 0, 0, 0, 0, 0, 0, 1};

	if (address_is_ipv4(address))
		return address->bytes[sizeof(mapped)] == 127;
	return memcmp(address->bytes, one, sizeof(one)) == 0;
}

bool address_network_parse(struct text text, struct network *out)
{
	struct text rest = text, address, length;
	int64_t bits, max;

	if (!text_next(&rest, '/', &address) ||
	    !address_parse(address, &out->address))
		return false;
	max = address_is_ipv4(&out->address) ? 32 : 128;
	bits = max;
	if (rest.data != NULL) {
		length = rest;
		if (!text_integer(length, &bits) || bits < 0 || bits > max)
			return false;
	}
	out->bits = (unsigned int)(128 - max + bits);
	return true;
}

bool address_network_contains(const struct network *network,
                              const struct address *address)
{
	unsigned int whole = network->bits / 8, rest = network->bits % 8;
	unsigned int difference;

	if (memcmp(network->address.bytes, address->bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	difference = (unsigned int)network->address.bytes[whole] ^
	             (unsigned int)address->bytes[whole];
	return difference >> (8 - rest) == 0;
}

static void address_fill_socket(const struct address *address, bool any,
                                uint16_t port, struct sockaddr_storage *out,
                                socklen_t *len)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
	                           .sin6_port = htons(port)};
	struct sockaddr_in in4 = {.sin_family = AF_INET,
	                          .sin_port = htons(port)};

	memset(out, 0, sizeof(*out));
	if (!any && address_is_ipv4(address)) {
		memcpy(&in4.sin_addr, address->bytes + sizeof(mapped), 4);
		memcpy(out, &in4, sizeof(in4));
		*len = sizeof(in4);
		return;
	}
	if (!any)
		memcpy(&in6.sin6_addr, address->bytes, 16);
	memcpy(out, &in6, sizeof(in6));
	*len = sizeof(in6);
}

size_t address_scope(const struct address *address, unsigned int scope)
{
	static const size_t ipv4[ADDRESS_SCOPES] = {15, 16, 16};
	static const size_t ipv6[ADDRESS_SCOPES] = {4, 6, 8};

	return address_is_ipv4(address) ? ipv4[scope] : ipv6[scope];
}

bool address_shares_scope(const struct address *a, const struct address *b,
                          unsigned int scope)
{
	size_t len = address_scope(a, scope);

	return len == address_scope(b, scope) &&
	       memcmp(a->bytes, b->bytes, len) == 0;
}

int address_parse_listen(struct text text, struct sockaddr_storage *out,
                         socklen_t *len, struct err *err)
{
	struct address address = {{0}};
	struct text host, port;
	int64_t number;
	size_t colon = text.len;

	while (colon > 0 && text.data[colon - 1] != ':')
		colon--;
	host = (struct text){text.data, colon > 0 ? colon - 1 : 0};
	port = (struct text){text.data + colon, text.len - colon};
	if (host.len >= 2 && host.data[0] == '[' &&
	    host.data[host.len - 1] == ']')
		host = (struct text){host.data + 1, host.len - 2};
	else if (host.len > 0 && memchr(host.data, ':', host.len) != NULL)
		colon = 0;
	if (colon == 0 || !text_integer(port, &number) || number < 0 ||
	    number > PORT_MAX ||
	    (host.len > 0 && !address_parse(host, &address)))
		return err_set(
			err, ERR_CONFIG,
			"\"%.*s\" is no address to listen on; write "
			"[::]:8443, 192.0.2.1:8443 or [2001:db8::1]:8443",
			(int)text.len, text.data);
	address_fill_socket(&address, host.len == 0, (uint16_t)number, out,
	                    len);
	return 0;
}
