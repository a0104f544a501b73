/*
 * Prepared statements: running them, and what goes in and comes out. The only
 * header with SQLite's.
 */
#ifndef SCHEMA_STORE_STATEMENT_H
#define SCHEMA_STORE_STATEMENT_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/text.h"
#include "schema/store/statement_id.h"
#include "schema/store/store.h"

/* The prepared statement of an id, reset and without bindings; NULL and *err
   when it cannot be made. */
sqlite3_stmt *statement_get(struct store *store, enum statement_id id,
                            const char *sql, struct err *err);

/* Runs a statement to its end and resets it. */
int statement_run(struct store *store, sqlite3_stmt *statement, struct err *err)
	ATTR_MUST_CHECK;

/* One step: 1 a row, 0 the end (and reset), -1 the error (and reset). */
int statement_step(struct store *store, sqlite3_stmt *statement,
                   struct err *err) ATTR_MUST_CHECK;

/* Runs SQL without parameters. */
int statement_exec(struct store *store, const char *sql, struct err *err)
	ATTR_MUST_CHECK;

/* The same on the way out of a failure, where a second one says nothing new;
   does nothing outside of a transaction. */
void statement_undo(struct store *store, const char *sql);

/* Runs a statement that has one number in it; *rows is how many it changed. */
int statement_run_number(struct store *store, const char *sql, int64_t number,
                         int64_t *rows, struct err *err) ATTR_MUST_CHECK;

/* The number that a statement without parameters returns, 0 where it returns
   none. */
int statement_read_number(struct store *store, enum statement_id id,
                          const char *sql, int64_t *number, struct err *err)
	ATTR_MUST_CHECK;

/* What SQLite last said, as an error of ours. */
void statement_fill_error(struct store *store, struct err *err);
static inline int statement_error(struct store *store, struct err *err)
{
	statement_fill_error(store, err);
	return -1;
}

void statement_bind_text(sqlite3_stmt *statement, int at, struct text text);
/* NULL where the text is empty. */
void statement_bind_text_or_null(sqlite3_stmt *statement, int at,
                                 struct text text);
/* NULL where the id is 0. */
void statement_bind_id(sqlite3_stmt *statement, int at, int64_t id);
struct text statement_column_text(sqlite3_stmt *statement, int at);
/* A number of an enum with count values; the last of them for what a damaged
   store may hold. */
unsigned int statement_column_enum(sqlite3_stmt *statement, int at,
                                   unsigned int count);
struct text statement_column_copy(sqlite3_stmt *statement, int at,
                                  struct arena *arena);

#endif
