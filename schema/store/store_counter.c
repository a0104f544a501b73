/*
 * Counters and facts. They are gathered in memory and written with the next
 * commit, so that a batch of inputs costs a handful of rows, and so that what
 * could not be written when the disk was full is written when it is not.
 */
#include "schema/store/store_counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/write.h"

/* All names and labels are our own words: there are some hundred of them. */
#define COUNTERS_MAX 512U

struct store_counter {
	char *name;
	char *first;
	char *other;     /* NULL: a fact, of which the largest value stays */
	int64_t value;   /* to be written, whatever comes */
	int64_t in_open; /* if the open transaction is committed */
	bool dirty;
};

struct store_counters {
	struct store_counter items[COUNTERS_MAX];
	size_t count;
};

struct store_counters *store_counter_new(void)
{
	return memory_zero(1, sizeof(struct store_counters));
}

void store_counter_free(struct store_counters **counters)
{
	size_t i;

	if (*counters == NULL)
		return;
	for (i = 0; i < (*counters)->count; i++) {
		free((*counters)->items[i].name);
		free((*counters)->items[i].first);
		free((*counters)->items[i].other);
	}
	free(*counters);
	*counters = NULL;
}

static bool store_counter_is_same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static struct store_counter *store_counter_item(struct store_counters *counters,
                                                const char *name,
                                                const char *first,
                                                const char *other)
{
	struct store_counter *item;
	size_t i;

	for (i = 0; i < counters->count; i++) {
		item = &counters->items[i];
		if (store_counter_is_same(item->other, other) &&
		    store_counter_is_same(item->name, name) &&
		    store_counter_is_same(item->first, first))
			return item;
	}
	if (counters->count == COUNTERS_MAX)
		return NULL;
	item = &counters->items[counters->count++];
	item->name = memory_text(name);
	item->first = memory_text(first);
	item->other = other == NULL ? NULL : memory_text(other);
	return item;
}

void store_counter_add(struct store *store, const char *name, const char *first,
                       const char *other, int64_t by)
{
	struct store_counter *item =
		store_counter_item(store->counters, name, first, other);

	if (item == NULL)
		return;
	if (store->open)
		item->in_open += by;
	else
		item->value += by;
	item->dirty = true;
}

void store_counter_note_time(struct store *store, const char *name,
                             int64_t value)
{
	struct store_counter *item =
		store_counter_item(store->counters, name, "", NULL);

	if (item == NULL)
		return;
	if (value > item->value)
		item->value = value;
	item->dirty = true;
}

static int store_counter_write_sum(struct store *store,
                                   const struct store_counter *item,
                                   struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_COUNTER,
		"INSERT INTO counter VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name, "
		"first, other) DO UPDATE SET value = CASE WHEN counter.value "
		"> ?5 - excluded.value THEN ?5 ELSE counter.value + "
		"excluded.value END",
		err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(item->name));
	engine_bind_text(s, 2, text_of(item->first));
	engine_bind_text(s, 3, text_of(item->other));
	engine_bind_int(s, 4, item->value + item->in_open);
	/* Full, it stays: what SQLite makes of an overflow fits no column. */
	engine_bind_int(s, 5, INT64_MAX);
	return engine_queue(s, err);
}

static int store_counter_write_time(struct store *store,
                                    const struct store_counter *item,
                                    struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_TIMESTAMP,
		"INSERT INTO timestamp (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO "
		"UPDATE SET value = excluded.value WHERE excluded.value > "
		"timestamp.value",
		err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(item->name));
	engine_bind_int(s, 2, item->value);
	return engine_queue(s, err);
}

int store_counter_write(struct store *store, struct err *err)
{
	const struct store_counter *item;
	size_t i;

	for (i = 0; i < store->counters->count; i++) {
		item = &store->counters->items[i];
		if (item->dirty &&
		    (item->other == NULL
		             ? store_counter_write_time(store, item, err)
		             : store_counter_write_sum(store, item, err)) < 0)
			return -1;
	}
	return 0;
}

void store_counter_written(struct store *store)
{
	struct store_counter *item;
	size_t i;

	for (i = 0; i < store->counters->count; i++) {
		item = &store->counters->items[i];
		item->dirty = false;
		item->in_open = 0;
		if (item->other != NULL)
			item->value = 0;
	}
}

void store_counter_dropped(struct store *store)
{
	size_t i;

	for (i = 0; i < store->counters->count; i++)
		store->counters->items[i].in_open = 0;
}
