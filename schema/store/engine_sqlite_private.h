/*
 * An open database of SQLite, as the files of its driver share it.
 */
#ifndef SCHEMA_STORE_ENGINE_SQLITE_PRIVATE_H
#define SCHEMA_STORE_ENGINE_SQLITE_PRIVATE_H

#include "schema/store/engine.h"

struct sqlite3;

/* Statements that the driver itself runs for each transaction. */
enum engine_sqlite_own {
	ENGINE_SQLITE_BEGIN_READ,
	ENGINE_SQLITE_BEGIN_WRITE,
	ENGINE_SQLITE_COMMIT,
	ENGINE_SQLITE_DATA_VERSION,
	ENGINE_SQLITE_OWN,
};

/* Begins with what engine.h knows of it. */
struct engine_sqlite {
	struct engine base;
	struct sqlite3 *db;
	struct engine_statement *own[ENGINE_SQLITE_OWN];
	int failure; /* SQLite's code of the last error, without its details */
};

/* An error of ours for SQLite's code, or for what it last said; the second is
   -1. */
void engine_sqlite_fill_error(struct engine_sqlite *engine, int code,
                              struct err *err);
int engine_sqlite_error(struct engine_sqlite *engine, struct err *err);

/* The driver's prepare(). */
struct engine_statement *engine_sqlite_statement_prepare(struct engine *base,
                                                         const char *sql,
                                                         bool keep,
                                                         struct err *err);

#endif
