/*
 * What one address may do.
 */
#ifndef BASE_HTTPD_HTTPD_PEERS_H
#define BASE_HTTPD_HTTPD_PEERS_H

#include <stddef.h>

#include "base/address.h"

struct httpd_peers;

/* most: connections in all; the others are of one address. */
struct httpd_peers *httpd_peers_new(unsigned int most, unsigned int connections,
                                    unsigned int per_minute,
                                    unsigned int burst);
void httpd_peers_free(struct httpd_peers **peers);

enum httpd_peers_room {
	HTTPD_PEERS_ROOM,
	HTTPD_PEERS_ADDRESS_FULL,
	HTTPD_PEERS_NETWORK_FULL /* its network has its part of those that are
	                      free, and a sixty-fourth of all */
};

/* One more connection from there. displacing: another one of its network gives
   way to it. */
enum httpd_peers_room httpd_peers_connect(struct httpd_peers *peers,
                                          const struct address *address,
                                          bool displacing);
void httpd_peers_disconnect(struct httpd_peers *peers,
                            const struct address *address);
/* More bytes of a body, of which so many are held already; false when its
   network holds other bodies too, and would have more than half of what is free
   for all. What was taken is given back. */
bool httpd_peers_take_bytes(struct httpd_peers *peers,
                            const struct address *address, size_t held,
                            size_t more, size_t free);
void httpd_peers_give_bytes(struct httpd_peers *peers,
                            const struct address *address, size_t held);
/* One more request; 0, or the seconds until one would be let in. */
unsigned int httpd_peers_request(struct httpd_peers *peers,
                                 const struct address *address);

#endif
