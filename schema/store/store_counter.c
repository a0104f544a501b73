/*
 * Counters and facts. They are gathered in memory and written with the next
 * commit, so that a batch of inputs costs a handful of rows, and so that what
 * could not be written when the disk was full is written when it is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/store_private.h"

/* All names and labels are our own words: there are some hundred of them. */
#define PENDING_MOST 512U

struct pending_item {
	char *name;
	char *first;
	char *other;     /* NULL: a fact, of which the largest value stays */
	int64_t value;   /* to be written, whatever comes */
	int64_t in_open; /* if the open transaction is committed */
	bool dirty;
};

struct pending {
	struct pending_item items[PENDING_MOST];
	size_t count;
};

struct pending *pending_new(void)
{
	return memory_zero(1, sizeof(struct pending));
}

void pending_free(struct pending **pending)
{
	size_t i;

	if (*pending == NULL)
		return;
	for (i = 0; i < (*pending)->count; i++) {
		free((*pending)->items[i].name);
		free((*pending)->items[i].first);
		free((*pending)->items[i].other);
	}
	free(*pending);
	*pending = NULL;
}

static bool same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static struct pending_item *item_of(struct pending *pending, const char *name,
                                    const char *first, const char *other)
{
	struct pending_item *item;
	size_t i;

	for (i = 0; i < pending->count; i++) {
		item = &pending->items[i];
		if (same(item->other, other) && same(item->name, name) &&
		    same(item->first, first))
			return item;
	}
	if (pending->count == PENDING_MOST)
		return NULL;
	item = &pending->items[pending->count++];
	item->name = memory_text(name);
	item->first = memory_text(first);
	item->other = other == NULL ? NULL : memory_text(other);
	return item;
}

void store_count(struct store *store, const char *name, const char *first,
                 const char *other, int64_t by)
{
	struct pending_item *item = item_of(store->pending, name, first, other);

	if (item == NULL)
		return;
	if (store->open)
		item->in_open += by;
	else
		item->value += by;
	item->dirty = true;
}

void store_note_time(struct store *store, const char *name, int64_t value)
{
	struct pending_item *item = item_of(store->pending, name, "", NULL);

	if (item == NULL)
		return;
	if (value > item->value)
		item->value = value;
	item->dirty = true;
}

static int write_counter(struct store *store, const struct pending_item *item,
                         struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_COUNTER,
		"INSERT INTO counter VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO "
		"UPDATE SET value = min(value, ?5 - excluded.value) + "
		"excluded.value",
		err);

	if (s == NULL)
		return -1;
	bind_text(s, 1, text_of(item->name));
	bind_text(s, 2, text_of(item->first));
	bind_text(s, 3, text_of(item->other));
	(void)sqlite3_bind_int64(s, 4, item->value + item->in_open);
	/* Full, it stays: what SQLite makes of an overflow fits no column. */
	(void)sqlite3_bind_int64(s, 5, INT64_MAX);
	return store_run(store, s, err);
}

static int write_fact(struct store *store, const struct pending_item *item,
                      struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_FACT,
		"INSERT INTO fact VALUES (?1, ?2) ON CONFLICT DO UPDATE SET "
		"value = max(value, excluded.value)",
		err);

	if (s == NULL)
		return -1;
	bind_text(s, 1, text_of(item->name));
	(void)sqlite3_bind_int64(s, 2, item->value);
	return store_run(store, s, err);
}

int pending_write(struct store *store, struct err *err)
{
	const struct pending_item *item;
	size_t i;

	for (i = 0; i < store->pending->count; i++) {
		item = &store->pending->items[i];
		if (item->dirty &&
		    (item->other == NULL ? write_fact(store, item, err)
		                         : write_counter(store, item, err)) < 0)
			return -1;
	}
	return 0;
}

void pending_written(struct store *store)
{
	struct pending_item *item;
	size_t i;

	for (i = 0; i < store->pending->count; i++) {
		item = &store->pending->items[i];
		item->dirty = false;
		item->in_open = 0;
		if (item->other != NULL)
			item->value = 0;
	}
}

void pending_dropped(struct store *store)
{
	size_t i;

	for (i = 0; i < store->pending->count; i++)
		store->pending->items[i].in_open = 0;
}

/* --- stock --------------------------------------------------------------- */

/* What a transaction has read of the stocks and done to them; written once at
   its end. */
static int load_stock(struct store *store, struct stock *stock, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_STOCK_READ,
		"SELECT rows, bytes FROM stock WHERE name = ?", err);
	int result;

	if (s == NULL)
		return -1;
	bind_text(s, 1, text_of(stock->name));
	result = store_step(store, s, err);
	if (result < 0)
		return -1;
	stock->rows = result == 1 ? sqlite3_column_int64(s, 0) : 0;
	stock->bytes = result == 1 ? sqlite3_column_int64(s, 1) : 0;
	(void)sqlite3_reset(s);
	stock->loaded = true;
	return 0;
}

/* The place of a stock, NULL when there are more names than we have. */
static struct stock *stock_place(struct store *store, const char *name)
{
	struct stock *stock;
	size_t i;

	for (i = 0; i < STOCKS_MOST; i++) {
		stock = &store->stocks[i];
		if (stock->name[0] == '\0')
			(void)snprintf(stock->name, sizeof(stock->name), "%s",
			               name);
		if (strcmp(stock->name, name) == 0)
			return stock;
	}
	return NULL;
}

static struct stock *stock_of(struct store *store, const char *name,
                              struct err *err)
{
	struct stock *stock = stock_place(store, name);

	if (stock == NULL) {
		(void)err_set(err, ERR_SYSTEM, "no room for the stock %s",
		              name);
		return NULL;
	}
	if (!stock->loaded && load_stock(store, stock, err) < 0)
		return NULL;
	return stock;
}

int store_stock(struct store *store, const char *name, int64_t rows,
                int64_t bytes, struct err *err)
{
	struct stock *stock = stock_of(store, name, err);

	if (stock == NULL)
		return -1;
	stock->rows += rows;
	stock->bytes += bytes;
	stock->dirty = true;
	return 0;
}

int store_stock_read(struct store *store, const char *name, int64_t *rows,
                     int64_t *bytes, struct err *err)
{
	const struct stock *stock = stock_of(store, name, err);

	if (stock == NULL)
		return -1;
	*rows = stock->rows;
	*bytes = stock->bytes;
	return 0;
}

static int write_stock(struct store *store, const struct stock *stock,
                       struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_STOCK,
		"INSERT OR REPLACE INTO stock VALUES (?1, ?2, ?3)", err);

	if (s == NULL)
		return -1;
	bind_text(s, 1, text_of(stock->name));
	(void)sqlite3_bind_int64(s, 2, stock->rows);
	(void)sqlite3_bind_int64(s, 3, stock->bytes);
	return store_run(store, s, err);
}

int stocks_write(struct store *store, struct err *err)
{
	size_t i;

	for (i = 0; i < STOCKS_MOST; i++) {
		if (store->stocks[i].dirty &&
		    write_stock(store, &store->stocks[i], err) < 0)
			return -1;
	}
	return 0;
}

void stocks_forget(struct store *store)
{
	size_t i;

	for (i = 0; i < STOCKS_MOST; i++) {
		store->stocks[i].loaded = false;
		store->stocks[i].dirty = false;
	}
}

/* --- the collector's state ----------------------------------------------- */

static int insert_state(struct store *store, const struct state_item *items,
                        size_t count, struct err *err)
{
	sqlite3_stmt *s;
	int result = 0;
	size_t i;

	if (sqlite3_prepare_v2(store->db,
	                       "INSERT OR REPLACE INTO collector_state VALUES "
	                       "(?1, ?2, ?3, ?4)",
	                       -1, &s, NULL) != SQLITE_OK)
		return store_error(store, err);
	for (i = 0; i < count && result == 0; i++) {
		bind_text(s, 1, text_of(items[i].name));
		bind_text(s, 2, text_of(items[i].first));
		bind_text(s, 3, text_of(items[i].other));
		(void)sqlite3_bind_double(s, 4, items[i].value);
		result = store_run(store, s, err);
	}
	(void)sqlite3_finalize(s);
	return result;
}

int store_write_state(struct store *store, const struct state_item *items,
                      size_t count, int64_t now, struct err *err)
{
	if (store_begin(store, now, err) < 0)
		return -1;
	if (store_exec(store, "DELETE FROM collector_state", err) < 0 ||
	    insert_state(store, items, count, err) < 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}
