/*
 * Ids of strings that come again and again, so that the usual report costs no
 * look-up in the tables. When it is full it is emptied: what is in use is back
 * in it after a few reports.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "schema/limits.h"
#include "schema/store_parts.h"

#define BUCKETS (LIMIT_CACHED_IDS * 2U)

struct cached {
	uint64_t hash; /* 0: the place is free */
	struct text text;
	int64_t owner;
	struct cache_value value;
	enum cache_kind kind;
};

struct cache {
	struct arena *arena; /* the texts */
	uint64_t seed;       /* so that no stranger chooses collisions */
	size_t count;
	size_t bytes;
	struct cached *places; /* BUCKETS of them, open addressing */
};

struct cache *cache_new(void)
{
	struct cache *cache = memory_zero(1, sizeof(*cache));

	cache->arena = arena_new(0);
	if (getrandom(&cache->seed, sizeof(cache->seed), 0) < 0)
		abort();
	return cache;
}

void cache_free(struct cache **cache)
{
	if (*cache == NULL)
		return;
	arena_free(&(*cache)->arena);
	free((*cache)->places);
	free(*cache);
	*cache = NULL;
}

void cache_clear(struct cache *cache)
{
	if (cache->count == 0)
		return;
	free(cache->places);
	cache->places = NULL;
	arena_reset(cache->arena, 0);
	cache->count = 0;
	cache->bytes = 0;
}

static uint64_t hash_of(const struct cache *cache, enum cache_kind kind,
                        int64_t owner, struct text text)
{
	uint64_t hash = cache->seed ^ (uint64_t)kind;
	size_t i;

	hash = (hash ^ (uint64_t)owner) * UINT64_C(0x9e3779b97f4a7c15);
	for (i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.data[i]) *
		       UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	return hash == 0 ? 1 : hash;
}

static struct cached *place_of(struct cache *cache, enum cache_kind kind,
                               int64_t owner, struct text text)
{
	uint64_t hash = hash_of(cache, kind, owner, text);
	size_t i = hash % BUCKETS;
	struct cached *c;

	for (;; i = (i + 1) % BUCKETS) {
		c = &cache->places[i];
		if (c->hash == 0 ||
		    (c->hash == hash && c->kind == kind && c->owner == owner &&
		     text_equal(c->text, text)))
			return c;
	}
}

struct cache_value *cache_find(struct cache *cache, enum cache_kind kind,
                               int64_t owner, struct text text)
{
	struct cached *c;

	if (cache->count == 0)
		return NULL;
	c = place_of(cache, kind, owner, text);
	return c->hash == 0 ? NULL : &c->value;
}

void cache_put(struct cache *cache, enum cache_kind kind, int64_t owner,
               struct text text, struct cache_value value)
{
	struct cached *c;

	if (cache->count == LIMIT_CACHED_IDS ||
	    cache->bytes > LIMIT_CACHED_BYTES)
		cache_clear(cache);
	if (cache->places == NULL)
		cache->places = memory_zero(BUCKETS, sizeof(*cache->places));
	c = place_of(cache, kind, owner, text);
	if (c->hash == 0) {
		c->text.data = arena_copy(cache->arena, text.data, text.len);
		c->text.len = text.len;
		c->hash = hash_of(cache, kind, owner, text);
		c->kind = kind;
		c->owner = owner;
		cache->bytes += text.len;
		cache->count++;
	}
	c->value = value;
}
