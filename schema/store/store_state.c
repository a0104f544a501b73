/*
 * The numbers that a running collector says of itself.
 */
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/write.h"

static int store_state_insert(struct store *store,
                              const struct store_state_item *items,
                              size_t count, struct err *err)
{
	sqlite3_stmt *s;
	int result = 0;
	size_t i;

	if (sqlite3_prepare_v2(store->db,
	                       "INSERT OR REPLACE INTO collector_state VALUES "
	                       "(?1, ?2, ?3, ?4)",
	                       -1, &s, NULL) != SQLITE_OK)
		return statement_error(store, err);
	for (i = 0; i < count && result == 0; i++) {
		statement_bind_text(s, 1, text_of(items[i].name));
		statement_bind_text(s, 2, text_of(items[i].first));
		statement_bind_text(s, 3, text_of(items[i].other));
		(void)sqlite3_bind_double(s, 4, items[i].value);
		result = statement_run(store, s, err);
	}
	(void)sqlite3_finalize(s);
	return result;
}

int store_state_write(struct store *store, const struct store_state_item *items,
                      size_t count, int64_t now, struct err *err)
{
	if (store_begin(store, now, err) < 0)
		return -1;
	if (statement_exec(store, "DELETE FROM collector_state", err) < 0 ||
	    store_state_insert(store, items, count, err) < 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}
