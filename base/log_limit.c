#include "base/log_limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define PLACES    512U
#define WINDOW_MS 60000

struct place {
	struct address address; /* of an IPv6 /64 its beginning */
	unsigned int reason;
	int64_t begin; /* 0: free */
	unsigned int lines;
	uint64_t more; /* not logged */
};

struct log_limit {
	pthread_mutex_t mutex;
	struct place places[PLACES];
	struct place rest; /* of all that found no place, or no line at all */
	int64_t begin;
	unsigned int lines; /* of all together */
};

struct log_limit *log_limit_new(void)
{
	struct log_limit *limit = memory_zero(1, sizeof(*limit));

	(void)pthread_mutex_init(&limit->mutex, NULL);
	return limit;
}

void log_limit_free(struct log_limit **limit)
{
	if (*limit == NULL)
		return;
	(void)pthread_mutex_destroy(&(*limit)->mutex);
	free(*limit);
	*limit = NULL;
}

static struct address network_of(const struct address *address)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0,    0,
	                                   0, 0, 0, 0, 0xff, 0xff};
	struct address network = *address;

	if (memcmp(address->bytes, mapped, sizeof(mapped)) != 0 &&
	    !address_is_loopback(address))
		memset(network.bytes + 8, 0, 8);
	return network;
}

/* The place of an address and reason, or a free one, or one whose minute is
   over with nothing to tell; NULL when there is none. */
static struct place *place_of(struct log_limit *limit,
                              const struct address *network,
                              unsigned int reason, int64_t now)
{
	struct place *place, *usable = NULL;
	size_t i;

	for (i = 0; i < PLACES; i++) {
		place = &limit->places[i];
		if (place->begin != 0 && place->reason == reason &&
		    memcmp(&place->address, network, sizeof(*network)) == 0)
			return place;
		if (usable == NULL &&
		    (place->begin == 0 ||
		     (place->more == 0 && now - place->begin > WINDOW_MS)))
			usable = place;
	}
	if (usable != NULL)
		*usable = (struct place){
			.address = *network, .reason = reason, .begin = now};
	return usable;
}

static bool take_line(struct log_limit *limit, struct place *place, int64_t now)
{
	if (now - limit->begin > WINDOW_MS) {
		limit->begin = now;
		limit->lines = 0;
	}
	/* What was not logged is told by log_limit_sum_up() alone. */
	if (place->more == 0 && now - place->begin > WINDOW_MS) {
		place->begin = now;
		place->lines = 0;
	}
	if (place->lines >= LOG_LIMIT_EACH || limit->lines >= LOG_LIMIT_ALL)
		return false;
	place->lines++;
	limit->lines++;
	return true;
}

bool log_limit_admits(struct log_limit *limit, const struct address *address,
                      unsigned int reason, int64_t now)
{
	struct address network = network_of(address);
	struct place *place;
	bool admitted;

	(void)pthread_mutex_lock(&limit->mutex);
	place = place_of(limit, &network, reason, now);
	if (place == NULL) {
		place = &limit->rest;
		if (place->begin == 0)
			place->begin = now;
	}
	admitted = take_line(limit, place, now);
	place->more += !admitted;
	(void)pthread_mutex_unlock(&limit->mutex);
	return admitted;
}

static bool is_over(const struct place *place, bool all, int64_t now)
{
	return place->begin != 0 && (all || now - place->begin > WINDOW_MS);
}

void log_limit_sum_up(struct log_limit *limit, bool all, int64_t now,
                      void (*tell)(const struct address *address,
                                   unsigned int reason, uint64_t count))
{
	struct place *place;
	size_t i;

	(void)pthread_mutex_lock(&limit->mutex);
	for (i = 0; i < PLACES; i++) {
		place = &limit->places[i];
		if (!is_over(place, all, now))
			continue;
		if (place->more > 0)
			tell(&place->address, place->reason, place->more);
		*place = (struct place){.begin = 0};
	}
	if (is_over(&limit->rest, all, now)) {
		if (limit->rest.more > 0)
			tell(NULL, 0, limit->rest.more);
		limit->rest = (struct place){.begin = 0};
	}
	(void)pthread_mutex_unlock(&limit->mutex);
}
