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
	struct engine_statement *s;
	int result = 0;
	size_t i;

	s = engine_prepare_once(
		store->engine,
		"INSERT INTO collector_state VALUES (?1, ?2, ?3, ?4) ON "
		"CONFLICT (name, first, other) DO UPDATE SET value = "
		"excluded.value",
		err);
	if (s == NULL)
		return -1;
	for (i = 0; i < count && result == 0; i++) {
		engine_bind_text(s, 1, text_of(items[i].name));
		engine_bind_text(s, 2, text_of(items[i].first));
		engine_bind_text(s, 3, text_of(items[i].other));
		engine_bind_real(s, 4, items[i].value);
		result = engine_queue(s, err);
	}
	engine_finalize(&s);
	return result;
}

int store_state_write(struct store *store, const struct store_state_item *items,
                      size_t count, int64_t now, struct err *err)
{
	if (store_begin(store, now, err) < 0)
		return -1;
	if (engine_execute(store->engine, "DELETE FROM collector_state", err) <
	            0 ||
	    store_state_insert(store, items, count, err) < 0) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, err);
}
