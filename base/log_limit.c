#include "base/log_limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define ENTRIES   512U
#define WINDOW_MS 60000

struct log_limit_entry {
	struct address address; /* of an IPv6 /64 its beginning */
	unsigned int reason;
	int64_t begin; /* 0: free */
	unsigned int lines;
	uint64_t more; /* not logged */
};

struct log_limit {
	pthread_mutex_t mutex;
	struct log_limit_entry entries[ENTRIES];
	struct log_limit_entry
		rest; /* of all that found no place, or no line at all */
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

static struct address log_limit_network(const struct address *address)
{
	struct address network = *address;

	if (!address_is_ipv4(address) && !address_is_loopback(address))
		memset(network.bytes + 8, 0, 8);
	return network;
}

/* The place of an address and reason, or a free one, or one whose minute is
   over with nothing to tell; NULL when there is none. */
static struct log_limit_entry *log_limit_find(struct log_limit *limit,
                                              const struct address *network,
                                              unsigned int reason, int64_t now)
{
	struct log_limit_entry *place, *usable = NULL;
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		place = &limit->entries[i];
		if (place->begin != 0 && place->reason == reason &&
		    memcmp(&place->address, network, sizeof(*network)) == 0)
			return place;
		if (usable == NULL &&
		    (place->begin == 0 ||
		     (place->more == 0 && now - place->begin > WINDOW_MS)))
			usable = place;
	}
	if (usable != NULL)
		*usable = (struct log_limit_entry){
			.address = *network, .reason = reason, .begin = now};
	return usable;
}

static bool log_limit_take_line(struct log_limit *limit,
                                struct log_limit_entry *place, int64_t now)
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

bool log_limit_take(struct log_limit *limit, const struct address *address,
                    unsigned int reason, int64_t now)
{
	struct address network = log_limit_network(address);
	struct log_limit_entry *place;
	bool admitted;

	(void)pthread_mutex_lock(&limit->mutex);
	place = log_limit_find(limit, &network, reason, now);
	if (place == NULL) {
		place = &limit->rest;
		if (place->begin == 0)
			place->begin = now;
	}
	admitted = log_limit_take_line(limit, place, now);
	place->more += !admitted;
	(void)pthread_mutex_unlock(&limit->mutex);
	return admitted;
}

static bool log_limit_is_over(const struct log_limit_entry *place, bool all,
                              int64_t now)
{
	return place->begin != 0 && (all || now - place->begin > WINDOW_MS);
}

void log_limit_sum_up(struct log_limit *limit, bool all, int64_t now,
                      void (*tell)(const struct address *address,
                                   unsigned int reason, uint64_t count))
{
	struct log_limit_entry *place;
	size_t i;

	(void)pthread_mutex_lock(&limit->mutex);
	for (i = 0; i < ENTRIES; i++) {
		place = &limit->entries[i];
		if (!log_limit_is_over(place, all, now))
			continue;
		if (place->more > 0)
			tell(&place->address, place->reason, place->more);
		*place = (struct log_limit_entry){.begin = 0};
	}
	if (log_limit_is_over(&limit->rest, all, now)) {
		if (limit->rest.more > 0)
			tell(NULL, 0, limit->rest.more);
		limit->rest = (struct log_limit_entry){.begin = 0};
	}
	(void)pthread_mutex_unlock(&limit->mutex);
}
