/*
 * Ids of strings that come again and again.
 */
#ifndef SCHEMA_STORE_DICTIONARY_CACHE_H
#define SCHEMA_STORE_DICTIONARY_CACHE_H

#include "base/text.h"

enum dictionary_kind {
	DICTIONARY_DOMAIN,
	DICTIONARY_REPORTER,
	DICTIONARY_SENDER,
	DICTIONARY_POLICY,
	DICTIONARY_HOST,
	DICTIONARY_REASON,
	DICTIONARY_SERIES,
};

struct dictionary_entry {
	int64_t id;       /* of DICTIONARY_SERIES: bits of what is written */
	int64_t last_day; /* as far as it is written */
	int64_t first[2]; /* of a policy: first_day and first_proved; of a
	                     reporter: its first arrival, and that of the
	                     first report that proves it. INT64_MAX: none */
};

struct dictionary_cache *dictionary_cache_new(void);
void dictionary_cache_free(struct dictionary_cache **cache);
void dictionary_cache_clear(struct dictionary_cache *cache);
struct dictionary_entry *dictionary_cache_find(struct dictionary_cache *cache,
                                               enum dictionary_kind kind,
                                               int64_t owner, struct text text);
void dictionary_cache_put(struct dictionary_cache *cache,
                          enum dictionary_kind kind, int64_t owner,
                          struct text text, struct dictionary_entry value);

#endif
