/*
 * The sums worked out again from the reports, key by key, by the same code; the
 * tests hold the sums to it, too.
 */
#include "schema/store/admin.h"
#include "schema/store/conflict.h"
#include "schema/store/contribution.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_load.h"

/* The next key after (day, key): 1 found, 0 the end. */
static int store_rebuild_next_key(struct store *store, int64_t *day,
                                  int64_t *key, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_NEXT_KEY,
		"SELECT day, key FROM report WHERE (day, key) > (?1, ?2) ORDER "
		"BY day, key LIMIT 1",
		err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, *day);
	engine_bind_int(s, 2, *key);
	result = engine_next(s, err);
	if (result == 1) {
		*day = engine_column_int(s, 0);
		*key = engine_column_int(s, 1);
		engine_reset(s);
	}
	return result;
}

static int store_rebuild_one_key(struct store *store, int64_t day, int64_t key,
                                 struct arena *arena, struct err *err)
{
	struct store_copies copies;
	struct store_loaded loaded;
	size_t i;

	if (store_copy_find(store, day, key, &copies, err) < 0)
		return -1;
	for (i = 0; i < copies.count; i++) {
		if (store_load_report(store, copies.items[i].id, arena, &loaded,
		                      err) < 0)
			return -1;
		contribution_list(&loaded, arena,
		                  &copies.items[i].contributions);
		copies.items[i].booked = false;
	}
	return store_copy_settle(store, arena, &copies, err);
}

int store_rebuild_sums(struct store *store, struct err *err)
{
	int64_t day = INT64_MIN, key = -1;
	struct arena *arena;
	int result;

	if (engine_execute(store->engine,
	                   "DELETE FROM day_sum; DELETE FROM day_result",
	                   err) < 0)
		return -1;
	arena = arena_new(0);
	while ((result = store_rebuild_next_key(store, &day, &key, err)) == 1) {
		arena_reset(arena, 0);
		if (store_rebuild_one_key(store, day, key, arena, err) < 0) {
			result = -1;
			break;
		}
	}
	arena_free(&arena);
	return result;
}
