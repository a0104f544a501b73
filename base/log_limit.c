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
	struct log_limit_entry *entry, *usable = NULL;
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		entry = &limit->entries[i];
		if (entry->begin != 0 && entry->reason == reason &&
		    memcmp(&entry->address, network, sizeof(*network)) == 0)
			return entry;
		if (usable == NULL &&
		    (entry->begin == 0 ||
		     (entry->more == 0 && now - entry->begin > WINDOW_MS)))
			usable = entry;
	}
	if (usable != NULL)
		*usable = (struct log_limit_entry){
			.address = *network, .reason = reason, .begin = now};
	return usable;
}

static bool log_limit_take_line(struct log_limit *limit,
                                struct log_limit_entry *entry, int64_t now)
{
	if (now - limit->begin > WINDOW_MS) {
		limit->begin = now;
		limit->lines = 0;
	}
	/* What was not logged is told by log_limit_sum_up() alone. */
	if (entry->more == 0 && now - entry->begin > WINDOW_MS) {
		entry->begin = now;
		entry->lines = 0;
	}
	if (entry->lines >= LOG_LIMIT_EACH || limit->lines >= LOG_LIMIT_ALL)
		return false;
	entry->lines++;
	limit->lines++;
	return true;
}

bool log_limit_take(struct log_limit *limit, const struct address *address,
                    unsigned int reason, int64_t now)
{
	struct address network = log_limit_network(address);
	struct log_limit_entry *entry;
	bool admitted;

	(void)pthread_mutex_lock(&limit->mutex);
	entry = log_limit_find(limit, &network, reason, now);
	if (entry == NULL) {
		entry = &limit->rest;
		if (entry->begin == 0)
			entry->begin = now;
	}
	admitted = log_limit_take_line(limit, entry, now);
	entry->more += !admitted;
	(void)pthread_mutex_unlock(&limit->mutex);
	return admitted;
}

static bool log_limit_is_over(const struct log_limit_entry *entry, bool all,
                              int64_t now)
{
	return entry->begin != 0 && (all || now - entry->begin > WINDOW_MS);
}

void log_limit_sum_up(struct log_limit *limit, bool all, int64_t now,
                      void (*send)(const struct address *address,
                                   unsigned int reason, uint64_t count))
{
	struct log_limit_entry *entry;
	size_t i;

	(void)pthread_mutex_lock(&limit->mutex);
	for (i = 0; i < ENTRIES; i++) {
		entry = &limit->entries[i];
		if (!log_limit_is_over(entry, all, now))
			continue;
		if (entry->more > 0)
			send(&entry->address, entry->reason, entry->more);
		*entry = (struct log_limit_entry){.begin = 0};
	}
	if (log_limit_is_over(&limit->rest, all, now)) {
		if (limit->rest.more > 0)
			send(NULL, 0, limit->rest.more);
		limit->rest = (struct log_limit_entry){.begin = 0};
	}
	(void)pthread_mutex_unlock(&limit->mutex);
}
