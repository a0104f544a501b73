/*
 * The copies of a key: found, changed, deleted.
 */
#include "schema/store/store_copy.h"

#include <string.h>

#include "base/timestamp.h"
#include "schema/series.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_load.h"
#include "schema/store/store_usage.h"

static void store_copy_read(struct engine_statement *s, int64_t midnight,
                            struct store_copy *copy)
{
	*copy = (struct store_copy){0};
	copy->id = engine_column_int(s, 0);
	copy->number = engine_column_int(s, 1);
	statement_column_bytes(s, 2, copy->digest, sizeof(copy->digest));
	copy->reporter_id = engine_column_int(s, 3);
	copy->begin = midnight + engine_column_int(s, 4);
	copy->end = midnight + engine_column_int(s, 5);
	copy->received = midnight + engine_column_int(s, 6);
	copy->trust = statement_column_enum(s, 7, TRUSTS);
	copy->rank = statement_column_enum(s, 8, RANKS);
	copy->count_as = statement_column_enum(s, 9, COUNT_AS_KINDS);
	copy->stored_as = copy->count_as;
	copy->bytes = engine_column_int(s, 10);
	copy->proved = engine_column_is_null(s, 11)
	                       ? copy->received
	                       : midnight + engine_column_int(s, 11);
}

int store_copy_find(struct store *store, int64_t day, int64_t key,
                    struct store_copies *copies, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_COPIES,
		"SELECT id, copy, digest, reporter_id, begin_at, end_at, "
		"received_at, trust, rank, count_as, bytes, proved_at FROM "
		"report WHERE day = ?1 AND key = ?2 ORDER BY copy LIMIT ?3",
		err);
	int result;

	copies->day = day;
	copies->count = 0;
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, day);
	engine_bind_int(s, 2, key);
	engine_bind_int(s, 3, STORE_COPIES_MAX - 1);
	while ((result = engine_next(s, err)) == 1)
		store_copy_read(s, day * SECONDS_PER_DAY,
		                &copies->items[copies->count++]);
	return result;
}

int store_copy_next_key(struct store *store, int64_t *day, int64_t *key,
                        struct err *err)
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

int store_copy_load(struct store *store, struct arena *arena,
                    struct store_copies *copies, struct err *err)
{
	struct store_loaded loaded;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		if (store_load_numbers(store, copies->items[i].id, arena,
		                       &loaded, err) < 0)
			return -1;
		contribution_list(&loaded, arena,
		                  &copies->items[i].contributions);
	}
	return 0;
}

static int store_copy_write_one(struct store *store, int64_t midnight,
                                const struct store_copy *copy, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_REPORT_COUNT_AS,
		"UPDATE report SET count_as = ?2, trust = ?3, rank = ?4, "
		"reporter_id = ?5, proved_at = ?6 WHERE id = ?1",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, copy->id);
	engine_bind_int(s, 2, (int)copy->count_as);
	engine_bind_int(s, 3, (int)copy->trust);
	engine_bind_int(s, 4, (int)copy->rank);
	engine_bind_int(s, 5, copy->reporter_id);
	if (trust_is_proof(copy->trust))
		engine_bind_int(s, 6, copy->proved - midnight);
	else
		engine_bind_null(s, 6);
	return engine_queue(s, err);
}

int store_copy_write(struct store *store, const struct store_copies *copies,
                     struct err *err)
{
	const struct store_copy *copy;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		copy = &copies->items[i];
		if (copy->id != 0 &&
		    (copy->raised || copy->count_as != copy->stored_as) &&
		    store_copy_write_one(store, copies->day * SECONDS_PER_DAY,
		                         copy, err) < 0)
			return -1;
	}
	return 0;
}

/* The rows of other tables that are about a report. */
static int store_copy_delete_rows(struct store *store,
                                  const struct store_copies *copies,
                                  const struct store_copy *copy,
                                  struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_RAW_DELETE,
	                       "DELETE FROM raw WHERE report_id = ?1", err);
	size_t i;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, copy->id);
	if (engine_queue(s, err) < 0)
		return -1;
	for (i = 0; i < copy->contributions.count; i++) {
		s = engine_prepare(store->engine, STATEMENT_FAILED_DELETE,
		                   "DELETE FROM failed WHERE day = ?1 AND "
		                   "domain_id = ?2 AND report_id = ?3",
		                   err);
		if (s == NULL)
			return -1;
		engine_bind_int(s, 1, copies->day);
		engine_bind_int(s, 2, copy->contributions.items[i].domain_id);
		engine_bind_int(s, 3, copy->id);
		if (engine_queue(s, err) < 0)
			return -1;
	}
	return 0;
}

int store_copy_remove(struct store *store, struct store_copies *copies,
                      struct store_copy *copy, struct err *err)
{
	size_t behind = copies->count - 1 - (size_t)(copy - copies->items);
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_REPORT_DELETE,
	                       "DELETE FROM report WHERE id = ?1", err);

	if (s == NULL || store_copy_delete_rows(store, copies, copy, err) < 0)
		return -1;
	engine_bind_int(s, 1, copy->id);
	if (engine_queue(s, err) < 0 ||
	    store_usage_add(store, SERIES_USAGE_REPORTS, -1, -copy->bytes,
	                    err) < 0 ||
	    (!trust_is_proof(copy->trust) &&
	     store_usage_add(store, SERIES_USAGE_ANONYMOUS, -1, -copy->bytes,
	                     err) < 0))
		return -1;
	memmove(copy, copy + 1, behind * sizeof(*copy));
	copies->count--;
	return 0;
}

struct store_copy *store_copy_move_last(struct store *store,
                                        struct store_copies *copies,
                                        struct store_copy *copy,
                                        struct err *err)
{
	struct store_copy *last = &copies->items[copies->count - 1],
			  moved = *copy;
	struct engine_statement *s;

	if (copy == last)
		return copy;
	s = engine_prepare(store->engine, STATEMENT_REPORT_RENUMBER,
	                   "UPDATE report SET copy = ?2 WHERE id = ?1", err);
	if (s == NULL)
		return NULL;
	moved.number = last->number + 1;
	engine_bind_int(s, 1, moved.id);
	engine_bind_int(s, 2, moved.number);
	if (engine_queue(s, err) < 0)
		return NULL;
	memmove(copy, copy + 1, (size_t)(last - copy) * sizeof(*copy));
	*last = moved;
	return last;
}
