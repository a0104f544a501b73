/*
 * Ids of strings that come again and again, so that the usual report costs no
 * look-up in the tables. Two generations: when the young one is full it
 * becomes the old one, and what was not asked for meanwhile is forgotten with
 * the one before.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "base/attr.h"
#include "schema/limits.h"
#include "schema/store/store_private.h"

#define BUCKETS (LIMIT_CACHED_IDS * 2U)

struct cached {
	uint64_t hash; /* 0: the place is free */
	struct text text;
	int64_t owner;
	struct cache_value value;
	enum cache_kind kind;
};

struct generation {
	struct arena *arena; /* the texts */
	size_t count;
	size_t bytes;
	struct cached *places; /* BUCKETS of them, open addressing; or NULL */
};

struct cache {
	uint64_t seed; /* so that no stranger chooses collisions */
	struct generation young, old;
};

struct cache *cache_new(void)
{
	struct cache *cache = memory_zero(1, sizeof(*cache));

	cache->young.arena = arena_new(0);
	cache->old.arena = arena_new(0);
	if (getrandom(&cache->seed, sizeof(cache->seed), 0) < 0)
		abort();
	return cache;
}

static void generation_clear(struct generation *generation)
{
	free(generation->places);
	generation->places = NULL;
	arena_reset(generation->arena, 0);
	generation->count = 0;
	generation->bytes = 0;
}

void cache_free(struct cache **cache)
{
	if (*cache == NULL)
		return;
	cache_clear(*cache);
	arena_free(&(*cache)->young.arena);
	arena_free(&(*cache)->old.arena);
	free(*cache);
	*cache = NULL;
}

void cache_clear(struct cache *cache)
{
	generation_clear(&cache->young);
	generation_clear(&cache->old);
}

static ATTR_WRAPS uint64_t hash_of(const struct cache *cache,
                                   enum cache_kind kind, int64_t owner,
                                   struct text text)
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

static bool is_it(const struct cached *c, enum cache_kind kind, int64_t owner,
                  struct text text)
{
	return c->kind == kind && c->owner == owner &&
	       text_equal(c->text, text);
}

/* The entry, or the free place where it belongs. */
static struct cached *place_of(struct generation *generation, uint64_t hash,
                               enum cache_kind kind, int64_t owner,
                               struct text text)
{
	size_t i = hash % BUCKETS;
	struct cached *c;

	for (;; i = (i + 1) % BUCKETS) {
		c = &generation->places[i];
		if (c->hash == 0 ||
		    (c->hash == hash && is_it(c, kind, owner, text)))
			return c;
	}
}

static void grow_old(struct cache *cache)
{
	struct generation oldest = cache->old;

	generation_clear(&oldest);
	cache->old = cache->young;
	cache->young = oldest;
}

static struct cached *put(struct cache *cache, uint64_t hash,
                          enum cache_kind kind, int64_t owner, struct text text)
{
	struct generation *young = &cache->young;
	struct cached *c;

	if (young->count == LIMIT_CACHED_IDS ||
	    young->bytes > LIMIT_CACHED_BYTES)
		grow_old(cache);
	if (young->places == NULL)
		young->places = memory_zero(BUCKETS, sizeof(*young->places));
	c = place_of(young, hash, kind, owner, text);
	if (c->hash != 0)
		return c;
	c->text.data = arena_copy(young->arena, text.data, text.len);
	c->text.len = text.len;
	c->hash = hash;
	c->kind = kind;
	c->owner = owner;
	young->bytes += text.len;
	young->count++;
	return c;
}

struct cache_value *cache_find(struct cache *cache, enum cache_kind kind,
                               int64_t owner, struct text text)
{
	uint64_t hash = hash_of(cache, kind, owner, text);
	struct cached *c;
	struct cache_value value;

	if (cache->young.places != NULL) {
		c = place_of(&cache->young, hash, kind, owner, text);
		if (c->hash != 0)
			return &c->value;
	}
	if (cache->old.places == NULL)
		return NULL;
	c = place_of(&cache->old, hash, kind, owner, text);
	if (c->hash == 0)
		return NULL;
	/* Asked for, it lives on. */
	value = c->value;
	c = put(cache, hash, kind, owner, text);
	c->value = value;
	return &c->value;
}

void cache_put(struct cache *cache, enum cache_kind kind, int64_t owner,
               struct text text, struct cache_value value)
{
	put(cache, hash_of(cache, kind, owner, text), kind, owner, text)->value =
		value;
}
