#include "schema/store/statement.h"

#include "schema/store/handle.h"

void statement_fill_error(struct store *store, struct err *err)
{
	int code = sqlite3_errcode(store->db);
	const char *text = sqlite3_errmsg(store->db);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_fill(err, ERR_BUSY, "store %s: another writer has it (%s)",
		         store->path, text);
		break;
	case SQLITE_FULL:
		err_fill(err, ERR_FULL, "store %s: no space left on its disk",
		         store->path);
		break;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		err_fill(err, ERR_SYSTEM,
		         "store %s: damaged (%s); restore a backup",
		         store->path, text);
		break;
	default:
		err_fill(err, ERR_SYSTEM, "store %s: %s (%d)", store->path,
		         text, sqlite3_extended_errcode(store->db));
		break;
	}
}

sqlite3_stmt *statement_get(struct store *store, enum statement_id id,
                            const char *sql, struct err *err)
{
	sqlite3_stmt **statement = &store->statements[id];

	if (*statement == NULL) {
		if (sqlite3_prepare_v3(store->db, sql, -1,
		                       SQLITE_PREPARE_PERSISTENT, statement,
		                       NULL) != SQLITE_OK) {
			(void)statement_error(store, err);
			return NULL;
		}
	}
	return *statement;
}

int statement_step(struct store *store, sqlite3_stmt *statement,
                   struct err *err)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE) {
		(void)sqlite3_reset(statement);
		return 0;
	}
	(void)statement_error(store, err);
	(void)sqlite3_reset(statement);
	return -1;
}

int statement_run(struct store *store, sqlite3_stmt *statement, struct err *err)
{
	int result;

	do
		result = statement_step(store, statement, err);
	while (result == 1);
	return result;
}

int statement_exec(struct store *store, const char *sql, struct err *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return statement_error(store, err);
	return 0;
}

int statement_run_number(struct store *store, const char *sql, int64_t number,
                         int64_t *rows, struct err *err)
{
	sqlite3_stmt *s;
	int result;

	if (sqlite3_prepare_v2(store->db, sql, -1, &s, NULL) != SQLITE_OK)
		return statement_error(store, err);
	(void)sqlite3_bind_int64(s, 1, number);
	result = statement_run(store, s, err);
	*rows = sqlite3_changes(store->db);
	(void)sqlite3_finalize(s);
	return result;
}

void statement_undo(struct store *store, const char *sql)
{
	/* SQLite rolls the whole transaction back by itself on some errors. */
	if (sqlite3_get_autocommit(store->db) == 0)
		(void)sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

int statement_read_number(struct store *store, enum statement_id id,
                          const char *sql, int64_t *number, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, id, sql, err);
	int result;

	if (statement == NULL)
		return -1;
	result = statement_step(store, statement, err);
	if (result < 0)
		return -1;
	*number = result == 1 ? sqlite3_column_int64(statement, 0) : 0;
	(void)sqlite3_reset(statement);
	return 0;
}

void statement_bind_text(sqlite3_stmt *statement, int at, struct text text)
{
	(void)sqlite3_bind_text(statement, at, text.len > 0 ? text.data : "",
	                        (int)text.len, SQLITE_STATIC);
}

void statement_bind_text_or_null(sqlite3_stmt *statement, int at,
                                 struct text text)
{
	if (text.len == 0)
		(void)sqlite3_bind_null(statement, at);
	else
		statement_bind_text(statement, at, text);
}

void statement_bind_id(sqlite3_stmt *statement, int at, int64_t id)
{
	if (id == 0)
		(void)sqlite3_bind_null(statement, at);
	else
		(void)sqlite3_bind_int64(statement, at, id);
}

struct text statement_column_text(sqlite3_stmt *statement, int at)
{
	struct text text;

	text.data = (const char *)sqlite3_column_text(statement, at);
	text.len = (size_t)sqlite3_column_bytes(statement, at);
	if (text.data == NULL)
		text = TEXT("");
	return text;
}

unsigned int statement_column_enum(sqlite3_stmt *statement, int at,
                                   unsigned int count)
{
	int64_t value = sqlite3_column_int64(statement, at);

	return value < 0 || value >= count ? count - 1 : (unsigned int)value;
}

struct text statement_column_copy(sqlite3_stmt *statement, int at,
                                  struct arena *arena)
{
	struct text text = statement_column_text(statement, at);

	text.data = arena_copy(arena, text.data, text.len);
	return text;
}
