/*
 * Iterators for those who show. No row of a stranger's text is interpreted
 * here; it is the caller who escapes.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "schema/series.h"
#include "schema/store/handle.h"
#include "schema/store/lines.h"
#include "schema/store/read.h"
#include "schema/store/statement.h"
#include "schema/store/store_known.h"
#include "schema/store/store_read_private.h"

int store_read_begin(struct store *store, struct err *err)
{
	return engine_begin(store->engine, ENGINE_READ, err);
}

void store_read_end(struct store *store)
{
	engine_rollback(store->engine);
}

struct store_cursor *store_read_new(struct store *store)
{
	struct store_cursor *rows = memory_zero(1, sizeof(*rows));

	rows->store = store;
	rows->last_day = INT64_MIN;
	return rows;
}

int store_read_open(struct store *store, const char *sql,
                    struct store_cursor **out, struct err *err)
{
	struct engine_statement *statement =
		engine_prepare_once(store->engine, sql, err);

	if (statement == NULL)
		return -1;
	*out = store_read_new(store);
	(*out)->statement = statement;
	return 0;
}

void store_read_close(struct store_cursor **rows)
{
	if (*rows == NULL)
		return;
	store_known_close(&(*rows)->known);
	engine_finalize(&(*rows)->statement);
	arena_free(&(*rows)->arena);
	free(*rows);
	*rows = NULL;
}

int store_read_step(struct store_cursor *rows, struct err *err)
{
	return engine_next(rows->statement, err);
}

int64_t store_read_number(const struct store_cursor *rows, int column)
{
	return engine_column_int(rows->statement, column);
}

static int64_t store_read_time_or_never(const struct store_cursor *rows,
                                        int column)
{
	return statement_column_or(rows->statement, column, INT64_MAX);
}

/* --- names --------------------------------------------------------------- */

int store_read_domains(struct store *store, struct store_cursor **rows,
                       struct err *err)
{
	return store_read_open(
		store,
		"SELECT id, name, admitted, last_end, last_received "
		"FROM domain",
		rows, err);
}

int store_read_domains_next(struct store_cursor *rows,
                            struct store_domain_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->name = engine_column_text(rows->statement, 1);
	row->admitted = store_read_number(rows, 2) != 0;
	row->last_end = store_read_number(rows, 3);
	row->last_received = store_read_number(rows, 4);
	return 1;
}

int store_read_domain(struct store *store, int64_t id, struct arena *arena,
                      struct store_domain_row *row, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_DOMAIN_READ,
		"SELECT id, name, admitted, last_end, last_received FROM "
		"domain WHERE id = ?1",
		err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, id);
	result = engine_next(s, err);
	if (result != 1)
		return result;
	row->id = engine_column_int(s, 0);
	row->name = statement_column_copy(s, 1, arena);
	row->admitted = engine_column_int(s, 2) != 0;
	row->last_end = engine_column_int(s, 3);
	row->last_received = engine_column_int(s, 4);
	engine_reset(s);
	return 1;
}

int store_read_reporter_changes(struct store *store, int64_t *number,
                                struct err *err)
{
	return statement_read_number(
		store->engine, STATEMENT_REPORTER_CHANGES,
		"SELECT value FROM timestamp WHERE name = '" SERIES_REPORTER_CHANGES
		"'",
		number, err);
}

int store_read_reporters(struct store *store, int64_t after,
                         struct store_cursor **rows, struct err *err)
{
	if (store_read_open(store,
	                    "SELECT id, name, first_received, first_proved FROM "
	                    "reporter WHERE id > ?1",
	                    rows, err) < 0)
		return -1;
	engine_bind_int((*rows)->statement, 1, after);
	return 0;
}

int store_read_reporters_next(struct store_cursor *rows,
                              struct store_reporter_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->name = engine_column_text(rows->statement, 1);
	row->first_received = store_read_number(rows, 2);
	row->first_proved = store_read_time_or_never(rows, 3);
	return 1;
}

/* --- series -------------------------------------------------------------- */

int store_read_series(struct store *store, int64_t domain_id,
                      struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    domain_id == 0
			    ? "SELECT domain_id, policy_type, result_type "
			      "FROM series"
			    : "SELECT domain_id, policy_type, result_type "
			      "FROM series WHERE domain_id = ?1",
		    rows, err) < 0)
		return -1;
	if (domain_id != 0)
		engine_bind_int((*rows)->statement, 1, domain_id);
	return 0;
}

int store_read_series_next(struct store_cursor *rows,
                           struct store_series_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->domain_id = store_read_number(rows, 0);
	row->type = statement_column_enum(rows->statement, 1, POLICY_TYPES);
	row->result = (int)store_read_number(rows, 2);
	return 1;
}

/* --- changes ------------------------------------------------------------- */

int store_read_change_range(struct store *store, int64_t *before_first,
                            int64_t *last, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_CHANGE_RANGE,
		"SELECT coalesce((SELECT min(seq) FROM change) - 1, 0), "
		"coalesce((SELECT max(seq) FROM change), 0)",
		err);

	if (s == NULL || engine_next(s, err) < 0)
		return -1;
	*before_first = engine_column_int(s, 0);
	*last = engine_column_int(s, 1);
	engine_reset(s);
	return 0;
}

int store_read_changes(struct store *store, int64_t after,
                       struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    "SELECT DISTINCT domain_id FROM change WHERE seq > ?1",
		    rows, err) < 0)
		return -1;
	engine_bind_int((*rows)->statement, 1, after);
	return 0;
}

int store_read_changes_next(struct store_cursor *rows, int64_t *domain_id,
                            struct err *err)
{
	int result = store_read_step(rows, err);

	if (result == 1)
		*domain_id = store_read_number(rows, 0);
	return result;
}

/* --- policies ------------------------------------------------------------ */

int store_read_policies(struct store *store,
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    "SELECT id, domain_id, policy_string, first_day, "
		    "first_proved FROM policy_text WHERE domain_id BETWEEN "
		    "?1 AND ?2 AND last_day >= ?3 ORDER BY domain_id",
		    rows, err) < 0)
		return -1;
	engine_bind_int((*rows)->statement, 1, range->first_domain);
	engine_bind_int((*rows)->statement, 2, range->last_domain);
	engine_bind_int((*rows)->statement, 3, range->first_day);
	(*rows)->until = range->until;
	return 0;
}

/* The first day on which something showed the policy; never, where that is
   after the moment that the cursor is of. */
static int64_t store_read_first_day(const struct store_cursor *rows, int column)
{
	int64_t day = store_read_time_or_never(rows, column);

	return rows->until != 0 && day > timestamp_day(rows->until) ? INT64_MAX
	                                                            : day;
}

int store_read_policies_next(struct store_cursor *rows, struct arena *arena,
                             struct store_policy_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->domain_id = store_read_number(rows, 1);
	lines_decode(statement_column_copy(rows->statement, 2, arena), arena,
	             &row->lines);
	row->first_day = store_read_first_day(rows, 3);
	row->first_proved = store_read_first_day(rows, 4);
	return 1;
}

/* --- named numbers ------------------------------------------------------- */

int store_read_samples(struct store *store, enum store_sample_kind kind,
                       struct store_cursor **rows, struct err *err)
{
	static const char *const sql[] = {
		[STORE_SAMPLE_COUNTER] =
			"SELECT name, first, other, value, 0 FROM counter",
		[STORE_SAMPLE_TIMESTAMP] =
			"SELECT name, '', '', value, 0 FROM timestamp",
		[STORE_SAMPLE_USAGE] =
			"SELECT name, '', '', rows, bytes FROM usage",
		[STORE_SAMPLE_STATE] =
			("SELECT name, first, other, value, 0 FROM "
	                 "collector_state"),
		[STORE_SAMPLE_MAILBOX] =
			("SELECT '" SERIES_MAILBOX_POLLS
	                 "', name, '', polls, 0 FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_POLL_FAILURES
	                 "', name, '', "
	                 "poll_failures, 0 FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_LAST_POLL
	                 "', name, '', last_poll, 0 "
	                 "FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_LAST_SUCCESS
	                 "', name, '', "
	                 "last_success, 0 FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_PENDING
	                 "', name, '', pending, 0 "
	                 "FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_DURATION
	                 "', name, '', "
	                 "duration_ms / 1000.0, 0 FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_UNMARKED
	                 "', name, '', (SELECT "
	                 "count(*) FROM mailbox_message WHERE mailbox_id = id "
	                 "AND state > 1 AND state < 4), 0 FROM mailbox "
	                 "UNION ALL SELECT '" SERIES_MAILBOX_GIVEN_UP
	                 "', name, '', (SELECT "
	                 "count(*) FROM mailbox_message WHERE mailbox_id = id "
	                 "AND state > 1 AND state = 4), 0 FROM mailbox"),
	};

	return store_read_open(store, sql[kind], rows, err);
}

int store_read_samples_next(struct store_cursor *rows,
                            struct store_sample_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->name = engine_column_text(rows->statement, 0);
	row->first = engine_column_text(rows->statement, 1);
	row->other = engine_column_text(rows->statement, 2);
	row->value = engine_column_real(rows->statement, 3);
	row->bytes = store_read_number(rows, 4);
	return 1;
}

int store_read_expired_before(struct store *store, int64_t *day,
                              struct err *err)
{
	return statement_read_number(
		store->engine, STATEMENT_EXPIRED_BEFORE,
		"SELECT value FROM timestamp WHERE name = '" SERIES_EXPIRED_BEFORE
		"'",
		day, err);
}

int store_read_oldest_day(struct store *store, int64_t *day, struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_OLDEST_DAY,
	                       "SELECT min(day) FROM report", err);

	if (s == NULL || engine_next(s, err) < 0)
		return -1;
	*day = statement_column_or(s, 0, INT64_MAX);
	engine_reset(s);
	return 0;
}
