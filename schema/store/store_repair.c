/*
 * Times that are missing, or that a clock which was ahead has left.
 */
#include "schema/store/admin.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/write.h"

int store_repair_proofs(struct store *store, struct err *err)
{
	return engine_execute(
		store->engine,
		"UPDATE report SET proved_at = CASE WHEN trust IN (2, 3) "
		"THEN received_at END WHERE (trust IN (2, 3)) <> (proved_at IS "
		"NOT NULL);"
		"UPDATE reporter SET first_proved = r.first FROM (SELECT "
		"reporter_id, min(day * 86400 + proved_at) AS first FROM "
		"report WHERE proved_at IS NOT NULL GROUP BY reporter_id) AS r "
		"WHERE r.reporter_id = reporter.id AND (first_proved IS NULL "
		"OR first_proved > r.first)",
		err);
}

int store_repair_times(struct store *store, int64_t now, int64_t *count,
                       struct err *err)
{
	static const char *const sql[] = {
		"UPDATE timestamp SET value = ?1 WHERE value > ?1",
		"UPDATE domain SET last_received = ?1 WHERE last_received > ?1",
		"UPDATE reporter SET first_received = ?1 WHERE first_received "
		"> ?1",
		"UPDATE reporter SET first_proved = ?1 WHERE first_proved > ?1",
		"UPDATE report SET received_at = ?1 - day * 86400 WHERE "
		"received_at > ?1 - day * 86400",
		"UPDATE report SET proved_at = ?1 - day * 86400 WHERE "
		"proved_at > ?1 - day * 86400",
		"UPDATE raw SET received = ?1 WHERE received > ?1",
		"UPDATE ledger SET received = CASE WHEN received < ?1 THEN "
		"received ELSE ?1 END, newest = ?1 WHERE newest > ?1",
		"UPDATE mailbox SET last_poll = ?1, last_success = CASE WHEN "
		"last_success < ?1 THEN last_success ELSE ?1 END WHERE last_poll "
		"> ?1",
		"UPDATE mailbox_message SET since = ?1 WHERE since > ?1",
	};
	int64_t rows;
	size_t i;

	*count = 0;
	/* Not store_begin(), which looks at the clock. */
	if (engine_begin(store->engine, ENGINE_WRITE, err) < 0)
		return -1;
	for (i = 0; i < ARRAY_LENGTH(sql); i++) {
		if (statement_run_number(store->engine, sql[i], now, &rows,
		                         err) < 0) {
			store_rollback(store);
			return -1;
		}
		*count += rows;
	}
	return engine_commit(store->engine, err);
}
