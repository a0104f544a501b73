/*
 * Ids of strings that come again and again, so that the usual report costs no
 * look-up in the tables. Two generations: when the young one is full it
 * becomes the old one, and what was not asked for meanwhile is forgotten with
 * the one before.
 */
#include "schema/store/dictionary_cache.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/memory.h"
#include "schema/limits.h"

#define BUCKETS (LIMIT_CACHED_IDS * 2U)

struct dictionary_slot {
	uint64_t hash; /* 0: the place is free */
	struct text text;
	int64_t owner;
	struct dictionary_entry value;
	enum dictionary_kind kind;
};

struct generation {
	struct arena *arena; /* the texts */
	size_t count;
	size_t bytes;
	struct dictionary_slot
		*slots; /* BUCKETS of them, open addressing; or NULL */
};

struct dictionary_cache {
	uint64_t seed; /* so that no stranger chooses collisions */
	struct generation young, old;
};

struct dictionary_cache *dictionary_cache_new(void)
{
	struct dictionary_cache *cache = memory_zero(1, sizeof(*cache));

	cache->young.arena = arena_new(0);
	cache->old.arena = arena_new(0);
	if (getrandom(&cache->seed, sizeof(cache->seed), 0) < 0)
		abort();
	return cache;
}

static void dictionary_cache_clear_half(struct generation *generation)
{
	free(generation->slots);
	generation->slots = NULL;
	arena_reset(generation->arena, 0);
	generation->count = 0;
	generation->bytes = 0;
}

void dictionary_cache_free(struct dictionary_cache **cache)
{
	if (*cache == NULL)
		return;
	dictionary_cache_clear(*cache);
	arena_free(&(*cache)->young.arena);
	arena_free(&(*cache)->old.arena);
	free(*cache);
	*cache = NULL;
}

void dictionary_cache_clear(struct dictionary_cache *cache)
{
	dictionary_cache_clear_half(&cache->young);
	dictionary_cache_clear_half(&cache->old);
}

static ATTR_WRAPS uint64_t dictionary_cache_hash(
	const struct dictionary_cache *cache, enum dictionary_kind kind,
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

static bool dictionary_cache_is(const struct dictionary_slot *c,
                                enum dictionary_kind kind, int64_t owner,
                                struct text text)
{
	return c->kind == kind && c->owner == owner &&
	       text_equal(c->text, text);
}

/* The entry, or the free place where it belongs. */
static struct dictionary_slot *
dictionary_cache_slot(struct generation *generation, uint64_t hash,
                      enum dictionary_kind kind, int64_t owner,
                      struct text text)
{
	size_t i = hash % BUCKETS;
	struct dictionary_slot *c;

	for (;; i = (i + 1) % BUCKETS) {
		c = &generation->slots[i];
		if (c->hash == 0 || (c->hash == hash &&
		                     dictionary_cache_is(c, kind, owner, text)))
			return c;
	}
}

static void dictionary_cache_age(struct dictionary_cache *cache)
{
	struct generation oldest = cache->old;

	dictionary_cache_clear_half(&oldest);
	cache->old = cache->young;
	cache->young = oldest;
}

static struct dictionary_slot *
dictionary_cache_insert(struct dictionary_cache *cache, uint64_t hash,
                        enum dictionary_kind kind, int64_t owner,
                        struct text text)
{
	struct generation *young = &cache->young;
	struct dictionary_slot *c;

	if (young->count == LIMIT_CACHED_IDS ||
	    young->bytes > LIMIT_CACHED_BYTES)
		dictionary_cache_age(cache);
	if (young->slots == NULL)
		young->slots = memory_zero(BUCKETS, sizeof(*young->slots));
	c = dictionary_cache_slot(young, hash, kind, owner, text);
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

struct dictionary_entry *dictionary_cache_find(struct dictionary_cache *cache,
                                               enum dictionary_kind kind,
                                               int64_t owner, struct text text)
{
	uint64_t hash = dictionary_cache_hash(cache, kind, owner, text);
	struct dictionary_slot *c;
	struct dictionary_entry value;

	if (cache->young.slots != NULL) {
		c = dictionary_cache_slot(&cache->young, hash, kind, owner,
		                          text);
		if (c->hash != 0)
			return &c->value;
	}
	if (cache->old.slots == NULL)
		return NULL;
	c = dictionary_cache_slot(&cache->old, hash, kind, owner, text);
	if (c->hash == 0)
		return NULL;
	/* Asked for, it lives on. */
	value = c->value;
	c = dictionary_cache_insert(cache, hash, kind, owner, text);
	c->value = value;
	return &c->value;
}

void dictionary_cache_put(struct dictionary_cache *cache,
                          enum dictionary_kind kind, int64_t owner,
                          struct text text, struct dictionary_entry value)
{
	dictionary_cache_insert(cache,
	                        dictionary_cache_hash(cache, kind, owner, text),
	                        kind, owner, text)
		->value = value;
}
