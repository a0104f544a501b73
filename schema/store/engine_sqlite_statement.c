/*
 * Prepared statements of SQLite.
 */
#include <stdlib.h>

#include <sqlite3.h>

#include "base/memory.h"
#include "schema/store/engine_sqlite_private.h"

/* Begins with what engine.h knows of it. */
struct engine_sqlite_statement {
	struct engine_statement base;
	struct engine_sqlite *engine;
	sqlite3_stmt *handle;
	int bound; /* the first error of the parameters, until the next run */
};

static struct engine_sqlite_statement *
engine_sqlite_statement_of(struct engine_statement *base)
{
	return (struct engine_sqlite_statement *)base;
}

static void engine_sqlite_statement_finalize(struct engine_statement *base)
{
	(void)sqlite3_finalize(engine_sqlite_statement_of(base)->handle);
	free(base);
}

static void
engine_sqlite_statement_note_bound(struct engine_sqlite_statement *s, int code)
{
	if (code != SQLITE_OK && s->bound == SQLITE_OK)
		s->bound = code;
}

static void engine_sqlite_statement_bind_int(struct engine_statement *base,
                                             int at, int64_t value)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);

	engine_sqlite_statement_note_bound(s, sqlite3_bind_int64(s->handle, at,
	                                                         value));
}

static void engine_sqlite_statement_bind_real(struct engine_statement *base,
                                              int at, double value)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);

	engine_sqlite_statement_note_bound(s, sqlite3_bind_double(s->handle, at,
	                                                          value));
}

static void engine_sqlite_statement_bind_text(struct engine_statement *base,
                                              int at, struct text text)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);

	engine_sqlite_statement_note_bound(
		s, sqlite3_bind_text64(s->handle, at,
	                               text.len > 0 ? text.data : "", text.len,
	                               SQLITE_STATIC, SQLITE_UTF8));
}

static void engine_sqlite_statement_bind_blob(struct engine_statement *base,
                                              int at, const void *data,
                                              size_t len)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);

	engine_sqlite_statement_note_bound(
		s, sqlite3_bind_blob64(s->handle, at, len > 0 ? data : "", len,
	                               SQLITE_STATIC));
}

static void engine_sqlite_statement_bind_null(struct engine_statement *base,
                                              int at)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);

	engine_sqlite_statement_note_bound(s, sqlite3_bind_null(s->handle, at));
}

static void engine_sqlite_statement_reset(struct engine_statement *base)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);

	s->bound = SQLITE_OK;
	(void)sqlite3_reset(s->handle);
}

static int engine_sqlite_statement_next(struct engine_statement *base,
                                        struct err *err)
{
	struct engine_sqlite_statement *s = engine_sqlite_statement_of(base);
	int code = s->bound != SQLITE_OK ? s->bound : sqlite3_step(s->handle);

	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE) {
		(void)sqlite3_reset(s->handle);
		return 0;
	}
	if (s->bound != SQLITE_OK)
		engine_sqlite_fill_error(s->engine, s->bound, err);
	else
		(void)engine_sqlite_error(s->engine, err);
	engine_sqlite_statement_reset(base);
	return -1;
}

static int engine_sqlite_statement_queue(struct engine_statement *base,
                                         struct err *err)
{
	int result;

	do
		result = engine_sqlite_statement_next(base, err);
	while (result == 1);
	return result;
}

static int engine_sqlite_statement_run(struct engine_statement *base,
                                       int64_t *rows, struct err *err)
{
	if (engine_sqlite_statement_queue(base, err) < 0)
		return -1;
	*rows = sqlite3_changes(engine_sqlite_statement_of(base)->engine->db);
	return 0;
}

static int engine_sqlite_statement_insert(struct engine_statement *base,
                                          int64_t *id, struct err *err)
{
	if (engine_sqlite_statement_queue(base, err) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(
		engine_sqlite_statement_of(base)->engine->db);
	return 0;
}

static bool
engine_sqlite_statement_column_is_null(struct engine_statement *base, int at)
{
	return sqlite3_column_type(engine_sqlite_statement_of(base)->handle,
	                           at) == SQLITE_NULL;
}

static int64_t engine_sqlite_statement_column_int(struct engine_statement *base,
                                                  int at)
{
	return sqlite3_column_int64(engine_sqlite_statement_of(base)->handle,
	                            at);
}

static double engine_sqlite_statement_column_real(struct engine_statement *base,
                                                  int at)
{
	return sqlite3_column_double(engine_sqlite_statement_of(base)->handle,
	                             at);
}

static struct text
engine_sqlite_statement_column_text(struct engine_statement *base, int at)
{
	sqlite3_stmt *handle = engine_sqlite_statement_of(base)->handle;
	struct text text;

	text.data = (const char *)sqlite3_column_text(handle, at);
	text.len = (size_t)sqlite3_column_bytes(handle, at);
	return text.data == NULL ? TEXT("") : text;
}

static const void *
engine_sqlite_statement_column_blob(struct engine_statement *base, int at,
                                    size_t *len)
{
	sqlite3_stmt *handle = engine_sqlite_statement_of(base)->handle;
	const void *blob = sqlite3_column_blob(handle, at);

	*len = (size_t)sqlite3_column_bytes(handle, at);
	return blob;
}

static const struct engine_statement_driver engine_sqlite_statement_driver = {
	.finalize = engine_sqlite_statement_finalize,
	.bind_int = engine_sqlite_statement_bind_int,
	.bind_real = engine_sqlite_statement_bind_real,
	.bind_text = engine_sqlite_statement_bind_text,
	.bind_blob = engine_sqlite_statement_bind_blob,
	.bind_null = engine_sqlite_statement_bind_null,
	.queue = engine_sqlite_statement_queue,
	.run = engine_sqlite_statement_run,
	.insert = engine_sqlite_statement_insert,
	.next = engine_sqlite_statement_next,
	.reset = engine_sqlite_statement_reset,
	.column_is_null = engine_sqlite_statement_column_is_null,
	.column_int = engine_sqlite_statement_column_int,
	.column_real = engine_sqlite_statement_column_real,
	.column_text = engine_sqlite_statement_column_text,
	.column_blob = engine_sqlite_statement_column_blob,
};

struct engine_statement *engine_sqlite_statement_prepare(struct engine *base,
                                                         const char *sql,
                                                         bool keep,
                                                         struct err *err)
{
	struct engine_sqlite *engine = (struct engine_sqlite *)base;
	struct engine_sqlite_statement *s;
	sqlite3_stmt *handle;

	if (sqlite3_prepare_v3(engine->db, sql, -1,
	                       keep ? SQLITE_PREPARE_PERSISTENT : 0, &handle,
	                       NULL) != SQLITE_OK) {
		(void)engine_sqlite_error(engine, err);
		return NULL;
	}
	s = memory_zero(1, sizeof(*s));
	s->base.driver = &engine_sqlite_statement_driver;
	s->engine = engine;
	s->handle = handle;
	return &s->base;
}
