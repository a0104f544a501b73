/*
 * A table of fixed size with one entry an address (an IPv6 /64 is one): its
 * open connections, and a token bucket for its requests; and one for each wider
 * network of it, whose connections are counted too. When the places that an
 * entry may have are all taken, the one that was quiet longest gives way,
 * unless it has connections; when all have, the newcomer is let in uncounted
 * rather than refused for what others do.
 */
#include "base/httpd/httpd_peers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/memory.h"
#include "base/timestamp.h"

/* A connection has an entry for each of its networks, and where most of the
   table had connections, a newcomer would often find no place. */
#define SLOTS  32768U
#define PROBES 8U

/* Of the connections that are free a network may have this part, and of what it
   may have an IPv6 /48 half. So one has a fifth of all at most. Where networks
   that are many have left less than this part of all, it may have that, because
   a connection of those who have more gives way to it (httpd_deadlines.c). */
#define NETWORK_PART 4U
#define LEAST_PART   64U
#define SITE_PART    2U
#define BODY_PART    2U
#define ADDRESS      (ADDRESS_SCOPES - 1U)

struct peer {
	uint64_t key[2];
	unsigned int scope;
	int64_t filled; /* monotonic milliseconds; 0: the place is free */
	double tokens;
	unsigned int connections;
	size_t bytes; /* of bodies, of a network */
};

struct httpd_peers {
	pthread_mutex_t mutex;
	unsigned int connections; /* of an address */
	unsigned int most;        /* of all */
	unsigned int open;
	double per_ms;
	double burst;
	uint64_t seed;
	struct peer slots[SLOTS];
};

struct httpd_peers *httpd_peers_new(unsigned int most, unsigned int connections,
                                    unsigned int per_minute, unsigned int burst)
{
	struct httpd_peers *peers = memory_zero(1, sizeof(*peers));

	(void)pthread_mutex_init(&peers->mutex, NULL);
	peers->most = most;
	peers->connections = connections;
	peers->per_ms = (double)per_minute / 60000.0;
	peers->burst = (double)burst;
	/* Enough to keep a stranger from choosing where he lands. */
	peers->seed = (uint64_t)timestamp_monotonic_ms() ^
	              (uint64_t)(uintptr_t)peers;
	return peers;
}

void httpd_peers_free(struct httpd_peers **peers)
{
	if (*peers == NULL)
		return;
	(void)pthread_mutex_destroy(&(*peers)->mutex);
	free(*peers);
	*peers = NULL;
}

static void httpd_peers_key(const struct address *address, unsigned int scope,
                            uint64_t key[2])
{
	size_t len = sizeof(address->bytes);

	if (!address_is_loopback(address))
		len = address_scope(address, scope);
	memset(key, 0, 2 * sizeof(key[0]));
	memcpy(key, address->bytes, len);
}

ATTR_WRAPS static uint64_t httpd_peers_hash(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static void httpd_peers_refill(const struct httpd_peers *peers,
                               struct peer *peer, int64_t now)
{
	peer->tokens += (double)(now - peer->filled) * peers->per_ms;
	if (peer->tokens > peers->burst)
		peer->tokens = peers->burst;
	peer->filled = now;
}

/* The entry of an address or of a network of it, made when make is set, or
   NULL. */
static struct peer *httpd_peers_find(struct httpd_peers *peers,
                                     const struct address *address,
                                     unsigned int scope, bool make)
{
	struct peer *peer, *quietest = NULL;
	uint64_t key[2], start;
	int64_t now = timestamp_monotonic_ms();
	size_t i;

	httpd_peers_key(address, scope, key);
	start = httpd_peers_hash(
		key[0] ^
		httpd_peers_hash(key[1] ^
	                         httpd_peers_hash(scope ^ peers->seed)));
	for (i = 0; i < PROBES; i++) {
		peer = &peers->slots[(start + i) % SLOTS];
		if (peer->filled != 0 && peer->scope == scope &&
		    memcmp(peer->key, key, sizeof(key)) == 0) {
			httpd_peers_refill(peers, peer, now);
			return peer;
		}
		if (peer->connections == 0 && peer->bytes == 0 &&
		    (quietest == NULL || peer->filled < quietest->filled))
			quietest = peer;
	}
	if (!make || quietest == NULL)
		return NULL;
	memcpy(quietest->key, key, sizeof(key));
	quietest->scope = scope;
	quietest->filled = now > 0 ? now : 1;
	quietest->tokens = peers->burst;
	return quietest;
}

static unsigned int httpd_peers_count_in(struct httpd_peers *peers,
                                         const struct address *address,
                                         unsigned int scope)
{
	const struct peer *peer =
		httpd_peers_find(peers, address, scope, false);

	return peer != NULL ? peer->connections : 0;
}

/* Whether the networks of an address have less than they may. */
static bool httpd_peers_has_part(struct httpd_peers *peers,
                                 const struct address *address)
{
	unsigned int free, may, least;

	free = peers->most > peers->open ? peers->most - peers->open : 0;
	may = (free + NETWORK_PART - 1) / NETWORK_PART;
	least = (peers->most + LEAST_PART - 1) / LEAST_PART;
	if (may < least)
		may = least;
	if (httpd_peers_count_in(peers, address, 0) >= may)
		return false;
	may = (may + SITE_PART - 1) / SITE_PART;
	return address_scope(address, 1) == address_scope(address, ADDRESS) ||
	       httpd_peers_count_in(peers, address, 1) < may;
}

/* Who connects to itself is in no network. */
static enum httpd_peers_room httpd_peers_room_for(struct httpd_peers *peers,
                                                  const struct address *address,
                                                  bool displacing)
{
	if (httpd_peers_count_in(peers, address, ADDRESS) >= peers->connections)
		return HTTPD_PEERS_ADDRESS_FULL;
	if (displacing || address_is_loopback(address) ||
	    httpd_peers_has_part(peers, address))
		return HTTPD_PEERS_ROOM;
	return HTTPD_PEERS_NETWORK_FULL;
}

static void httpd_peers_count(struct httpd_peers *peers,
                              const struct address *address, bool connected)
{
	unsigned int scope;
	struct peer *peer;

	for (scope = 0; scope < ADDRESS_SCOPES; scope++) {
		peer = httpd_peers_find(peers, address, scope, connected);
		if (peer != NULL && connected)
			peer->connections++;
		else if (peer != NULL && peer->connections > 0)
			peer->connections--;
	}
	if (connected)
		peers->open++;
	else if (peers->open > 0)
		peers->open--;
}

enum httpd_peers_room httpd_peers_connect(struct httpd_peers *peers,
                                          const struct address *address,
                                          bool displacing)
{
	enum httpd_peers_room room;

	if (peers->connections == 0)
		return HTTPD_PEERS_ROOM;
	(void)pthread_mutex_lock(&peers->mutex);
	room = httpd_peers_room_for(peers, address, displacing);
	if (room == HTTPD_PEERS_ROOM)
		httpd_peers_count(peers, address, true);
	(void)pthread_mutex_unlock(&peers->mutex);
	return room;
}

void httpd_peers_disconnect(struct httpd_peers *peers,
                            const struct address *address)
{
	if (peers->connections == 0)
		return;
	(void)pthread_mutex_lock(&peers->mutex);
	httpd_peers_count(peers, address, false);
	(void)pthread_mutex_unlock(&peers->mutex);
}

bool httpd_peers_take_bytes(struct httpd_peers *peers,
                            const struct address *address, size_t held,
                            size_t more, size_t free)
{
	struct peer *peer;
	bool welcome = true;

	if (address_is_loopback(address))
		return true;
	(void)pthread_mutex_lock(&peers->mutex);
	peer = httpd_peers_find(peers, address, 0, true);
	if (peer != NULL) {
		welcome = peer->bytes <= held ||
		          peer->bytes + more <= free / BODY_PART;
		if (welcome)
			peer->bytes += more;
	}
	(void)pthread_mutex_unlock(&peers->mutex);
	return welcome;
}

void httpd_peers_give_bytes(struct httpd_peers *peers,
                            const struct address *address, size_t held)
{
	struct peer *peer;

	if (held == 0 || address_is_loopback(address))
		return;
	(void)pthread_mutex_lock(&peers->mutex);
	peer = httpd_peers_find(peers, address, 0, false);
	if (peer != NULL)
		peer->bytes -= held < peer->bytes ? held : peer->bytes;
	(void)pthread_mutex_unlock(&peers->mutex);
}

unsigned int httpd_peers_request(struct httpd_peers *peers,
                                 const struct address *address)
{
	struct peer *peer;
	unsigned int wait = 0;

	if (peers->per_ms <= 0.0)
		return 0;
	(void)pthread_mutex_lock(&peers->mutex);
	peer = httpd_peers_find(peers, address, ADDRESS, true);
	if (peer != NULL && peer->tokens >= 1.0)
		peer->tokens -= 1.0;
	else if (peer != NULL)
		wait = 1 + (unsigned int)((1.0 - peer->tokens) /
		                          (peers->per_ms * 1000.0));
	(void)pthread_mutex_unlock(&peers->mutex);
	return wait;
}
