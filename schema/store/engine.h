/*
 * The database below the store, as the files of this folder know it: a handle,
 * transactions, prepared statements, rows. What is SQLite's alone is in
 * engine_sqlite.h, for the few files that are about the file of the store.
 *
 * SQL is written so that SQLite and PostgreSQL both understand it, as far as
 * that costs nothing (schema/README.md lists where they differ). Parameters are
 * ?1, ?2, ..., each given before every run: what an earlier run left in one is
 * nothing to rely on. Texts and blobs that are bound have to stay where they
 * are until the statement has been run to its end or reset.
 *
 * What fails fills *err with ERR_BUSY (another writer has the store), ERR_FULL
 * (its disk is full) or ERR_SYSTEM, and resets the statement.
 */
#ifndef SCHEMA_STORE_ENGINE_H
#define SCHEMA_STORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/store/statement_id.h"

struct engine;
struct engine_statement;

enum engine_mode {
	ENGINE_READ,
	ENGINE_WRITE,
};

/* What a database has to provide, and what its statements have to. SQLite's are
   in engine_sqlite.c and engine_sqlite_statement.c. */
struct engine_driver {
	void (*close)(struct engine *engine);
	int (*begin)(struct engine *engine, enum engine_mode mode,
	             struct err *err);
	int (*commit)(struct engine *engine, struct err *err);
	void (*rollback)(struct engine *engine);
	int (*execute)(struct engine *engine, const char *sql, struct err *err);
	int (*data_version)(struct engine *engine, int64_t *version,
	                    struct err *err);
	struct engine_statement *(*prepare)(struct engine *engine,
	                                    const char *sql, bool keep,
	                                    struct err *err);
};

struct engine_statement_driver {
	void (*finalize)(struct engine_statement *s);
	void (*bind_int)(struct engine_statement *s, int at, int64_t value);
	void (*bind_real)(struct engine_statement *s, int at, double value);
	void (*bind_text)(struct engine_statement *s, int at, struct text text);
	void (*bind_blob)(struct engine_statement *s, int at, const void *data,
	                  size_t len);
	void (*bind_null)(struct engine_statement *s, int at);
	int (*queue)(struct engine_statement *s, struct err *err);
	int (*run)(struct engine_statement *s, int64_t *rows, struct err *err);
	int (*insert)(struct engine_statement *s, int64_t *id, struct err *err);
	int (*next)(struct engine_statement *s, struct err *err);
	void (*reset)(struct engine_statement *s);
	bool (*column_is_null)(struct engine_statement *s, int at);
	int64_t (*column_int)(struct engine_statement *s, int at);
	double (*column_real)(struct engine_statement *s, int at);
	struct text (*column_text)(struct engine_statement *s, int at);
	const void *(*column_blob)(struct engine_statement *s, int at,
	                           size_t *len);
};

/* With these a driver's own handles begin. */
struct engine {
	const struct engine_driver *driver;
	char *path; /* for what is said to people */
	struct engine_statement *kept[STATEMENTS];
};

struct engine_statement {
	const struct engine_statement_driver *driver;
};

/* --- the database -------------------------------------------------------- */

/* Opens the database at path; nothing is made or migrated. *engine is set also
   on failure, so that engine_sqlite_is_denied() can ask why, and is to be
   closed. */
int engine_open(const char *path, enum engine_mode mode, struct engine **engine,
                struct err *err) ATTR_MUST_CHECK;

/* Rolls back what is not committed. Accepts NULL, leaves NULL. */
void engine_close(struct engine **engine);

/* The library's version, for people. */
const char *engine_library_version(void);

/* ENGINE_WRITE waits for other writers, for at most LIMIT_BUSY_MS. ENGINE_READ
   sees one commit until its end, whatever is written meanwhile. */
static inline ATTR_MUST_CHECK int
engine_begin(struct engine *engine, enum engine_mode mode, struct err *err)
{
	return engine->driver->begin(engine, mode, err);
}

/* On failure nothing of the transaction was written; it may be over already. */
static inline ATTR_MUST_CHECK int engine_commit(struct engine *engine,
                                                struct err *err)
{
	return engine->driver->commit(engine, err);
}

/* Does nothing outside of a transaction: a database ends one by itself on some
   errors. Says nothing: it is the way out of a failure. */
static inline void engine_rollback(struct engine *engine)
{
	engine->driver->rollback(engine);
}

/* Runs one or more statements without parameters whose rows nobody reads. */
static inline ATTR_MUST_CHECK int
engine_execute(struct engine *engine, const char *sql, struct err *err)
{
	return engine->driver->execute(engine, sql, err);
}

/* A number that is another one once somebody else has committed. */
static inline ATTR_MUST_CHECK int
engine_data_version(struct engine *engine, int64_t *version, struct err *err)
{
	return engine->driver->data_version(engine, version, err);
}

/* --- statements ---------------------------------------------------------- */

/* The statement of an id, prepared when it is first asked for and then kept;
   sql has to be the same each time. NULL and *err when it cannot be made. It is
   one object: whoever asks for it again while its rows are read disturbs that.
 */
struct engine_statement *engine_prepare(struct engine *engine,
                                        enum statement_id id, const char *sql,
                                        struct err *err);

/* A statement of its own, for engine_finalize(). */
static inline ATTR_MUST_CHECK struct engine_statement *
engine_prepare_once(struct engine *engine, const char *sql, struct err *err)
{
	return engine->driver->prepare(engine, sql, false, err);
}

/* Accepts NULL, leaves NULL. */
void engine_finalize(struct engine_statement **s);

/* Parameters count from 1. One that does not fit shows when the statement is
   run. */
static inline void engine_bind_int(struct engine_statement *s, int at,
                                   int64_t value)
{
	s->driver->bind_int(s, at, value);
}

static inline void engine_bind_real(struct engine_statement *s, int at,
                                    double value)
{
	s->driver->bind_real(s, at, value);
}

/* An empty text is a text, an empty blob a blob; neither is NULL. */
static inline void engine_bind_text(struct engine_statement *s, int at,
                                    struct text text)
{
	s->driver->bind_text(s, at, text);
}

static inline void engine_bind_blob(struct engine_statement *s, int at,
                                    const void *data, size_t len)
{
	s->driver->bind_blob(s, at, data, len);
}

static inline void engine_bind_null(struct engine_statement *s, int at)
{
	s->driver->bind_null(s, at);
}

/* Runs a statement whose rows and number of rows nobody asks for. SQLite runs
   it at once; a server may be sent it with what follows, and then its error
   shows at the next run, insert, next or commit. */
static inline ATTR_MUST_CHECK int engine_queue(struct engine_statement *s,
                                               struct err *err)
{
	return s->driver->queue(s, err);
}

/* Runs a statement to its end; *rows is how many rows it changed. */
static inline ATTR_MUST_CHECK int engine_run(struct engine_statement *s,
                                             int64_t *rows, struct err *err)
{
	return s->driver->run(s, rows, err);
}

/* Runs an INSERT of one row into a table with a column `id` that the row does
   not give; *id is the one that it got. RETURNING id would say the same and
   costs SQLite 2 us a row. */
static inline ATTR_MUST_CHECK int engine_insert(struct engine_statement *s,
                                                int64_t *id, struct err *err)
{
	return s->driver->insert(s, id, err);
}

/* The next row, the first after a reset: 1 a row, 0 the end (and reset), -1 the
   error (and reset). */
static inline ATTR_MUST_CHECK int engine_next(struct engine_statement *s,
                                              struct err *err)
{
	return s->driver->next(s, err);
}

/* Leaves the rows that are not read. What the statement changes is changed. */
static inline void engine_reset(struct engine_statement *s)
{
	s->driver->reset(s);
}

/* --- the columns of a row, from 0 ---------------------------------------- */

static inline bool engine_column_is_null(struct engine_statement *s, int at)
{
	return s->driver->column_is_null(s, at);
}

/* NULL is 0. */
static inline int64_t engine_column_int(struct engine_statement *s, int at)
{
	return s->driver->column_int(s, at);
}

static inline double engine_column_real(struct engine_statement *s, int at)
{
	return s->driver->column_real(s, at);
}

/* Both are valid until the next row or the reset. NULL is an empty text. */
static inline struct text engine_column_text(struct engine_statement *s, int at)
{
	return s->driver->column_text(s, at);
}

/* NULL where there is none or nothing in it. */
static inline const void *engine_column_blob(struct engine_statement *s, int at,
                                             size_t *len)
{
	return s->driver->column_blob(s, at, len);
}

#endif
