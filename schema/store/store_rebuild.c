/*
 * The sums worked out again from the reports, key by key, by the same code; the
 * tests hold the sums to it, too.
 */
#include "schema/store/admin.h"
#include "schema/store/conflict.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_copy.h"
#include "schema/store/store_sum.h"

#define LINES_A_WRITE 4096U

static int store_rebuild_one_key(struct store *store, int64_t day, int64_t key,
                                 struct arena *arena, struct sums *sums,
                                 struct err *err)
{
	struct store_copies copies;

	if (store_copy_find(store, day, key, &copies, err) < 0 ||
	    store_copy_load(store, arena, &copies, err) < 0)
		return -1;
	conflict_resolve(&copies);
	if (store_copy_write(store, &copies, err) < 0)
		return -1;
	sums_add_copies(sums, &copies, arena, 1);
	return 0;
}

static int store_rebuild_write(struct store *store, struct sums *sums,
                               struct err *err)
{
	int result;

	sums_merge(sums);
	result = store_sum_write(store, sums, err);
	sums_clear(sums);
	return result;
}

static int store_rebuild_keys(struct store *store, struct arena *arena,
                              struct sums *sums, struct err *err)
{
	int64_t day = INT64_MIN, key = -1;
	int result;

	while ((result = store_copy_next_key(store, &day, &key, err)) == 1) {
		arena_reset(arena, 0);
		if (store_rebuild_one_key(store, day, key, arena, sums, err) <
		            0 ||
		    (sums->count >= LINES_A_WRITE &&
		     store_rebuild_write(store, sums, err) < 0))
			return -1;
	}
	return result < 0 ? -1 : store_rebuild_write(store, sums, err);
}

int store_rebuild_sums(struct store *store, struct err *err)
{
	struct sums sums = {0};
	struct arena *arena;
	int result;

	if (engine_execute(store->engine,
	                   "DELETE FROM day_sum; DELETE FROM day_result",
	                   err) < 0)
		return -1;
	arena = arena_new(0);
	result = store_rebuild_keys(store, arena, &sums, err);
	sums_free(&sums);
	arena_free(&arena);
	return result;
}
