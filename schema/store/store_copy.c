/*
 * The copies of a key: found, added to, moved from one place in the sums to
 * another.
 */
#include "schema/store/store_copy.h"

#include <string.h>

#include "schema/series.h"
#include "schema/store/booking.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_load.h"
#include "schema/store/store_sum.h"
#include "schema/store/store_usage.h"

static void store_copy_read(struct engine_statement *s, struct store_copy *copy)
{
	*copy = (struct store_copy){0};
	copy->id = engine_column_int(s, 0);
	copy->number = engine_column_int(s, 1);
	statement_column_bytes(s, 2, copy->digest, DIGEST_SIZE);
	copy->reporter_id = engine_column_int(s, 3);
	copy->begin = engine_column_int(s, 4);
	copy->end = engine_column_int(s, 5);
	copy->received = engine_column_int(s, 6);
	copy->trust = statement_column_enum(s, 7, TRUSTS);
	copy->rank = statement_column_enum(s, 8, RANKS);
	copy->count_as = statement_column_enum(s, 9, COUNT_AS_KINDS);
	copy->bytes = engine_column_int(s, 10);
	copy->proved = statement_column_or(s, 11, copy->received);
	copy->booked = true;
	copy->booked_reporter = copy->reporter_id;
	copy->booked_as = copy->count_as;
	copy->booked_arrived = booking_arrived(copy);
}

int store_copy_find(struct store *store, int64_t day, int64_t key,
                    struct store_copies *copies, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_COPIES,
		"SELECT id, copy, digest, reporter_id, begin, end, received, "
		"trust, rank, standing, bytes, proved FROM report WHERE day = "
		"?1 AND key = ?2 ORDER BY copy LIMIT ?3",
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
		store_copy_read(s, &copies->items[copies->count++]);
	return result;
}

/* Where the counts of a copy stand in the sums. */
static struct sum_key store_copy_booked_key(const struct store_copies *copies,
                                            const struct store_copy *copy)
{
	return (struct sum_key){copies->day, copy->booked_reporter,
	                        copy->booked_as, copy->booked_arrived};
}

/* Where they belong. */
static struct sum_key store_copy_sum_key(const struct store_copies *copies,
                                         const struct store_copy *copy)
{
	return (struct sum_key){copies->day, copy->reporter_id, copy->count_as,
	                        booking_arrived(copy)};
}

int store_copy_open(struct store *store, struct arena *arena,
                    struct store_copies *copies, struct err *err)
{
	struct store_loaded loaded;
	const struct store_copy *counted;
	struct contributions evidence;
	struct sum_key key;
	size_t i;

	for (i = 0; i < copies->count; i++) {
		if (store_load_report(store, copies->items[i].id, arena,
		                      &loaded, err) < 0)
			return -1;
		contribution_list(&loaded, arena,
		                  &copies->items[i].contributions);
	}
	counted = conflict_evidence(copies, arena, &evidence);
	if (counted == NULL)
		return 0;
	key = store_copy_sum_key(copies, counted);
	if (store_sum_apply(store, &key, &evidence,
	                    &(struct sum_scope){-1, false, true}, err) < 0)
		return -1;
	return store_sum_drop_empty(store, &key, &evidence, err);
}

/* What is read says where it was booked. */
static bool store_copy_has_changed(const struct store_copy *copy)
{
	return copy->raised || copy->count_as != copy->booked_as ||
	       copy->reporter_id != copy->booked_reporter;
}

static int store_copy_write(struct store *store, const struct store_copy *copy,
                            struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_REPORT_COUNT_AS,
		"UPDATE report SET standing = ?2, trust = ?3, rank = ?4, "
		"reporter_id = ?5, proved = ?6 WHERE id = ?1",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, copy->id);
	engine_bind_int(s, 2, copy->count_as);
	engine_bind_int(s, 3, copy->trust);
	engine_bind_int(s, 4, copy->rank);
	engine_bind_int(s, 5, copy->reporter_id);
	if (trust_is_proof(copy->trust))
		engine_bind_int(s, 6, copy->proved);
	else
		engine_bind_null(s, 6);
	return engine_queue(s, err);
}

int store_copy_unbook(struct store *store, const struct store_copies *copies,
                      struct store_copy *copy, struct err *err)
{
	struct sum_key from = store_copy_booked_key(copies, copy);

	if (!copy->booked)
		return 0;
	copy->booked = false;
	if (store_sum_apply(store, &from, &copy->contributions,
	                    &(struct sum_scope){-1, true, false}, err) < 0)
		return -1;
	return store_sum_drop_empty(store, &from, &copy->contributions, err);
}

int store_copy_remove(struct store *store, struct store_copies *copies,
                      struct store_copy *copy, struct err *err)
{
	size_t behind = copies->count - 1 - (size_t)(copy - copies->items);
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_REPORT_DELETE,
	                       "DELETE FROM report WHERE id = ?1", err);

	if (s == NULL || store_copy_unbook(store, copies, copy, err) < 0)
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

static int store_copy_move_counts(struct store *store,
                                  const struct store_copies *copies,
                                  const struct store_copy *copy,
                                  struct err *err)
{
	struct sum_key from = store_copy_booked_key(copies, copy);
	struct sum_key to = store_copy_sum_key(copies, copy);

	if (copy->booked && from.reporter_id == to.reporter_id &&
	    from.count_as == to.count_as && from.arrived == to.arrived)
		return 0;
	if (copy->booked &&
	    store_sum_apply(store, &from, &copy->contributions,
	                    &(struct sum_scope){-1, true, false}, err) < 0)
		return -1;
	if (store_sum_apply(store, &to, &copy->contributions,
	                    &(struct sum_scope){1, true, false}, err) < 0)
		return -1;
	return copy->booked ? store_sum_drop_empty(store, &from,
	                                           &copy->contributions, err)
	                    : 0;
}

int store_copy_settle(struct store *store, struct arena *arena,
                      struct store_copies *copies, struct err *err)
{
	const struct store_copy *counted;
	struct contributions evidence;
	struct sum_key key;
	size_t i;

	conflict_resolve(copies);
	for (i = 0; i < copies->count; i++) {
		if ((store_copy_has_changed(&copies->items[i]) &&
		     store_copy_write(store, &copies->items[i], err) < 0) ||
		    store_copy_move_counts(store, copies, &copies->items[i],
		                           err) < 0)
			return -1;
	}
	counted = conflict_evidence(copies, arena, &evidence);
	if (counted == NULL)
		return 0;
	key = store_copy_sum_key(copies, counted);
	return store_sum_apply(store, &key, &evidence,
	                       &(struct sum_scope){1, false, true}, err);
}
