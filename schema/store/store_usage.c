/*
 * What a transaction has read of the usage and done to it; written once at its
 * end.
 */
#include "schema/store/store_usage.h"

#include <stdio.h>
#include <string.h>

#include "schema/store/handle.h"
#include "schema/store/statement.h"

static int store_usage_load(struct store *store, struct store_usage *usage,
                            struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_USAGE_READ,
		"SELECT rows, bytes FROM usage WHERE name = ?1", err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(usage->name));
	result = engine_next(s, err);
	if (result < 0)
		return -1;
	usage->rows = result == 1 ? engine_column_int(s, 0) : 0;
	usage->bytes = result == 1 ? engine_column_int(s, 1) : 0;
	engine_reset(s);
	usage->loaded = true;
	return 0;
}

/* The usage of that name, NULL when there are more names than we have. */
static struct store_usage *store_usage_find(struct store *store,
                                            const char *name)
{
	struct store_usage *usage;
	size_t i;

	for (i = 0; i < STORE_USAGE_MAX; i++) {
		usage = &store->usage[i];
		if (usage->name[0] == '\0')
			(void)snprintf(usage->name, sizeof(usage->name), "%s",
			               name);
		if (strcmp(usage->name, name) == 0)
			return usage;
	}
	return NULL;
}

static struct store_usage *store_usage_get(struct store *store,
                                           const char *name, struct err *err)
{
	struct store_usage *usage = store_usage_find(store, name);

	if (usage == NULL) {
		(void)err_set(err, ERR_SYSTEM, "no room for the usage of %s",
		              name);
		return NULL;
	}
	if (!usage->loaded && store_usage_load(store, usage, err) < 0)
		return NULL;
	return usage;
}

int store_usage_add(struct store *store, const char *name, int64_t rows,
                    int64_t bytes, struct err *err)
{
	struct store_usage *usage = store_usage_get(store, name, err);

	if (usage == NULL)
		return -1;
	usage->rows += rows;
	usage->bytes += bytes;
	usage->dirty = true;
	return 0;
}

int store_usage_read(struct store *store, const char *name, int64_t *rows,
                     int64_t *bytes, struct err *err)
{
	const struct store_usage *usage = store_usage_get(store, name, err);

	if (usage == NULL)
		return -1;
	*rows = usage->rows;
	*bytes = usage->bytes;
	return 0;
}

static int store_usage_write_one(struct store *store,
                                 const struct store_usage *usage,
                                 struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_USAGE_WRITE,
		"INSERT INTO usage (name, rows, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (name) "
		"DO UPDATE SET rows = excluded.rows, bytes = excluded.bytes",
		err);

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(usage->name));
	engine_bind_int(s, 2, usage->rows);
	engine_bind_int(s, 3, usage->bytes);
	return engine_queue(s, err);
}

int store_usage_write(struct store *store, struct err *err)
{
	size_t i;

	for (i = 0; i < STORE_USAGE_MAX; i++) {
		if (store->usage[i].dirty &&
		    store_usage_write_one(store, &store->usage[i], err) < 0)
			return -1;
	}
	return 0;
}

void store_usage_forget(struct store *store)
{
	size_t i;

	for (i = 0; i < STORE_USAGE_MAX; i++) {
		store->usage[i].loaded = false;
		store->usage[i].dirty = false;
	}
}
