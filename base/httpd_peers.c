/*
 * A table of fixed size with one entry an address (an IPv6 /64 is one): its
 * open connections, and a token bucket for its requests. When the places that
 * an address may have are all taken, the one that was quiet longest gives
 * way, unless it has connections; when all have, the newcomer is let in
 * uncounted rather than refused for what others do.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/httpd_parts.h"
#include "base/timestamp.h"

#define PLACES 8192U
#define PROBES 8U

struct peer {
	uint64_t key[2];
	int64_t filled; /* monotonic milliseconds; 0: the place is free */
	double tokens;
	unsigned int connections;
};

struct peers {
	pthread_mutex_t mutex;
	unsigned int connections;
	double per_ms;
	double burst;
	uint64_t seed;
	struct peer places[PLACES];
};

struct peers *peers_new(unsigned int connections, unsigned int per_minute,
                        unsigned int burst)
{
	struct peers *peers = memory_zero(1, sizeof(*peers));

	(void)pthread_mutex_init(&peers->mutex, NULL);
	peers->connections = connections;
	peers->per_ms = (double)per_minute / 60000.0;
	peers->burst = (double)burst;
	/* Enough to keep a stranger from choosing where he lands. */
	peers->seed = (uint64_t)timestamp_monotonic_ms() ^
	              (uint64_t)(uintptr_t)peers;
	return peers;
}

void peers_free(struct peers **peers)
{
	if (*peers == NULL)
		return;
	(void)pthread_mutex_destroy(&(*peers)->mutex);
	free(*peers);
	*peers = NULL;
}

static void key_of(const struct address *address, uint64_t key[2])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0,    0,
	                                   0, 0, 0, 0, 0xff, 0xff};

	memcpy(key, address->bytes, 16);
	if (memcmp(address->bytes, mapped, sizeof(mapped)) != 0 &&
	    !address_is_loopback(address))
		key[1] = 0;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static void fill(const struct peers *peers, struct peer *peer, int64_t now)
{
	peer->tokens += (double)(now - peer->filled) * peers->per_ms;
	if (peer->tokens > peers->burst)
		peer->tokens = peers->burst;
	peer->filled = now;
}

/* The entry of an address, made when make is set, or NULL. */
static struct peer *find(struct peers *peers, const struct address *address,
                         bool make)
{
	struct peer *peer, *quietest = NULL;
	uint64_t key[2], start;
	int64_t now = timestamp_monotonic_ms();
	size_t i;

	key_of(address, key);
	start = mix(key[0] ^ mix(key[1] ^ peers->seed));
	for (i = 0; i < PROBES; i++) {
		peer = &peers->places[(start + i) % PLACES];
		if (peer->filled != 0 &&
		    memcmp(peer->key, key, sizeof(key)) == 0) {
			fill(peers, peer, now);
			return peer;
		}
		if (peer->connections == 0 &&
		    (quietest == NULL || peer->filled < quietest->filled))
			quietest = peer;
	}
	if (!make || quietest == NULL)
		return NULL;
	memcpy(quietest->key, key, sizeof(key));
	quietest->filled = now > 0 ? now : 1;
	quietest->tokens = peers->burst;
	return quietest;
}

bool peers_connect(struct peers *peers, const struct address *address)
{
	struct peer *peer;
	bool welcome = true;

	if (peers->connections == 0)
		return true;
	(void)pthread_mutex_lock(&peers->mutex);
	peer = find(peers, address, true);
	if (peer != NULL && peer->connections >= peers->connections)
		welcome = false;
	else if (peer != NULL)
		peer->connections++;
	(void)pthread_mutex_unlock(&peers->mutex);
	return welcome;
}

void peers_disconnect(struct peers *peers, const struct address *address)
{
	struct peer *peer;

	if (peers->connections == 0)
		return;
	(void)pthread_mutex_lock(&peers->mutex);
	peer = find(peers, address, false);
	if (peer != NULL && peer->connections > 0)
		peer->connections--;
	(void)pthread_mutex_unlock(&peers->mutex);
}

unsigned int peers_request(struct peers *peers, const struct address *address)
{
	struct peer *peer;
	unsigned int wait = 0;

	if (peers->per_ms <= 0.0)
		return 0;
	(void)pthread_mutex_lock(&peers->mutex);
	peer = find(peers, address, true);
	if (peer != NULL && peer->tokens >= 1.0)
		peer->tokens -= 1.0;
	else if (peer != NULL)
		wait = 1 + (unsigned int)((1.0 - peer->tokens) /
		                          (peers->per_ms * 1000.0));
	(void)pthread_mutex_unlock(&peers->mutex);
	return wait;
}
