/*
 * SQLite as the engine of the store.
 */
#include "schema/store/engine_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/memory.h"
#include "schema/limits.h"
#include "schema/store/engine_sqlite_private.h"

/* 2 MiB of pages: keys that lead with the day need no more. Nothing is spilled
   into files of a folder for everybody: what strangers sent stays here, and a
   confined process could not. */
#define PRAGMAS                        \
	"PRAGMA foreign_keys = OFF;"   \
	"PRAGMA trusted_schema = OFF;" \
	"PRAGMA cache_size = -2048;"   \
	"PRAGMA temp_store = MEMORY;"

/* A longer interval between checkpoints than SQLite's own writes fewer pages
   twice; the log then stays at some 16 MiB. */
#define WRITER_PRAGMAS                      \
	"PRAGMA journal_mode = WAL;"        \
	"PRAGMA synchronous = FULL;"        \
	"PRAGMA wal_autocheckpoint = 4000;" \
	"PRAGMA journal_size_limit = 33554432;"

#define VALUE_SIZE_MAX (64 * 1024 * 1024)

static const char *const own_sql[ENGINE_SQLITE_OWN] = {
	[ENGINE_SQLITE_BEGIN_READ] = "BEGIN",
	[ENGINE_SQLITE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[ENGINE_SQLITE_COMMIT] = "COMMIT",
	[ENGINE_SQLITE_DATA_VERSION] = "PRAGMA data_version",
};

/* --- errors -------------------------------------------------------------- */

void engine_sqlite_fill_error(struct engine_sqlite *engine, int code,
                              struct err *err)
{
	const char *text = sqlite3_errmsg(engine->db);
	const char *path = engine->base.path;

	engine->failure = code & 0xff;
	switch (engine->failure) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_fill(err, ERR_BUSY, "store %s: another writer has it (%s)",
		         path, text);
		break;
	case SQLITE_FULL:
		err_fill(err, ERR_FULL, "store %s: no space left on its disk",
		         path);
		break;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		err_fill(err, ERR_SYSTEM,
		         "store %s: damaged (%s); restore a backup", path,
		         text);
		break;
	default:
		err_fill(err, ERR_SYSTEM, "store %s: %s (%d)", path, text,
		         code);
		break;
	}
}

/* What SQLite last said, as an error of ours; is -1. */
int engine_sqlite_error(struct engine_sqlite *engine, struct err *err)
{
	engine_sqlite_fill_error(engine, sqlite3_extended_errcode(engine->db),
	                         err);
	return -1;
}

/* --- transactions -------------------------------------------------------- */

/* One of our own statements, kept; NULL and *err when it cannot be made. */
static struct engine_statement *engine_sqlite_own(struct engine *base,
                                                  enum engine_sqlite_own which,
                                                  struct err *err)
{
	struct engine_sqlite *engine = (struct engine_sqlite *)base;

	if (engine->own[which] == NULL)
		engine->own[which] = engine_sqlite_statement_prepare(
			base, own_sql[which], true, err);
	return engine->own[which];
}

static int engine_sqlite_run_own(struct engine *base,
                                 enum engine_sqlite_own which, struct err *err)
{
	struct engine_statement *s = engine_sqlite_own(base, which, err);

	return s == NULL ? -1 : engine_queue(s, err);
}

/* A writer that began as a reader could find, when it writes, that its snapshot
   is old, and would fail at once instead of waiting: so IMMEDIATE. */
static int engine_sqlite_begin(struct engine *base, enum engine_mode mode,
                               struct err *err)
{
	return engine_sqlite_run_own(base,
	                             mode == ENGINE_WRITE
	                                     ? ENGINE_SQLITE_BEGIN_WRITE
	                                     : ENGINE_SQLITE_BEGIN_READ,
	                             err);
}

static int engine_sqlite_commit(struct engine *base, struct err *err)
{
	return engine_sqlite_run_own(base, ENGINE_SQLITE_COMMIT, err);
}

static void engine_sqlite_rollback(struct engine *base)
{
	sqlite3 *db = ((struct engine_sqlite *)base)->db;

	/* SQLite rolls the whole transaction back by itself on some errors. */
	if (sqlite3_get_autocommit(db) == 0)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

static int engine_sqlite_execute(struct engine *base, const char *sql,
                                 struct err *err)
{
	struct engine_sqlite *engine = (struct engine_sqlite *)base;

	if (sqlite3_exec(engine->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return engine_sqlite_error(engine, err);
	return 0;
}

/* The number that a statement returns, 0 where it returns none. */
static int engine_sqlite_read_number(struct engine_statement *s,
                                     int64_t *number, struct err *err)
{
	int result = engine_next(s, err);

	if (result < 0)
		return -1;
	*number = result == 1 ? engine_column_int(s, 0) : 0;
	engine_reset(s);
	return 0;
}

static int engine_sqlite_data_version(struct engine *base, int64_t *version,
                                      struct err *err)
{
	struct engine_statement *s =
		engine_sqlite_own(base, ENGINE_SQLITE_DATA_VERSION, err);

	return s == NULL ? -1 : engine_sqlite_read_number(s, version, err);
}

/* --- open and close ------------------------------------------------------ */

static void engine_sqlite_close(struct engine *base)
{
	struct engine_sqlite *engine = (struct engine_sqlite *)base;
	size_t i;

	for (i = 0; i < ENGINE_SQLITE_OWN; i++)
		engine_finalize(&engine->own[i]);
	(void)sqlite3_close(engine->db);
	free(engine->base.path);
	free(engine);
}

static const struct engine_driver engine_sqlite_driver = {
	.close = engine_sqlite_close,
	.begin = engine_sqlite_begin,
	.commit = engine_sqlite_commit,
	.rollback = engine_sqlite_rollback,
	.execute = engine_sqlite_execute,
	.data_version = engine_sqlite_data_version,
	.prepare = engine_sqlite_statement_prepare,
};

/* Readers of other users need the log and its index also while no writer has
   the store open: they may not make them in a folder that they cannot write. */
static int engine_sqlite_persist_wal(struct engine_sqlite *engine,
                                     struct err *err)
{
	int yes = 1;

	if (sqlite3_file_control(engine->db, "main", SQLITE_FCNTL_PERSIST_WAL,
	                         &yes) != SQLITE_OK)
		return engine_sqlite_error(engine, err);
	return 0;
}

static int engine_sqlite_configure(struct engine_sqlite *engine,
                                   enum engine_mode mode, struct err *err)
{
	sqlite3 *db = engine->db;

	(void)sqlite3_extended_result_codes(db, 1);
	(void)sqlite3_busy_timeout(db, LIMIT_BUSY_MS);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_SIZE_MAX);
	if (engine_sqlite_execute(&engine->base, PRAGMAS, err) < 0)
		return -1;
	if (mode == ENGINE_READ)
		return 0;
	if (engine_sqlite_persist_wal(engine, err) < 0)
		return -1;
	return engine_sqlite_execute(&engine->base, WRITER_PRAGMAS, err);
}

/* file is a path or, with SQLITE_OPEN_URI, a URI of it. One thread at a time
   uses the handle. */
static int engine_sqlite_connect(const char *file, int flags,
                                 struct engine_sqlite *engine, struct err *err)
{
	if (sqlite3_open_v2(file, &engine->db, flags | SQLITE_OPEN_NOMUTEX,
	                    NULL) != SQLITE_OK)
		return engine_sqlite_error(engine, err);
	return engine_sqlite_configure(engine,
	                               (flags & SQLITE_OPEN_READONLY) != 0
	                                       ? ENGINE_READ
	                                       : ENGINE_WRITE,
	                               err);
}

static struct engine_sqlite *engine_sqlite_new(const char *path,
                                               struct engine **out)
{
	struct engine_sqlite *engine = memory_zero(1, sizeof(*engine));

	engine->base.driver = &engine_sqlite_driver;
	engine->base.path = memory_text(path);
	*out = &engine->base;
	return engine;
}

int engine_sqlite_open(const char *path, enum engine_mode mode,
                       struct engine **engine, struct err *err)
{
	return engine_sqlite_connect(path,
	                             mode == ENGINE_READ
	                                     ? SQLITE_OPEN_READONLY
	                                     : SQLITE_OPEN_READWRITE,
	                             engine_sqlite_new(path, engine), err);
}

const char *engine_sqlite_library_version(void)
{
	return sqlite3_libversion();
}

/* --- the file ------------------------------------------------------------ */

/* A URI: what means something in one is escaped. */
static void engine_sqlite_add_uri(struct buf *out, const char *path)
{
	size_t i;

	buf_add_text(out, "file:");
	for (i = 0; path[i] != '\0'; i++) {
		if (strchr("%?#", path[i]) != NULL)
			buf_printf(out, "%%%02x",
			           (unsigned int)(unsigned char)path[i]);
		else
			buf_add_char(out, path[i]);
	}
	buf_add_text(out, "?immutable=1");
}

int engine_sqlite_open_immutable(const char *path, struct engine **engine,
                                 struct err *err)
{
	struct buf uri = BUF_INIT(16384);
	int result;

	engine_sqlite_add_uri(&uri, path);
	result = engine_sqlite_connect(buf_text(&uri),
	                               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
	                               engine_sqlite_new(path, engine), err);
	buf_free(&uri);
	return result;
}

bool engine_sqlite_is_denied(const struct engine *base)
{
	int failure = ((const struct engine_sqlite *)base)->failure;

	return failure == SQLITE_READONLY || failure == SQLITE_CANTOPEN;
}

bool engine_sqlite_has_moved(struct engine *base)
{
	int moved = 0;

	return sqlite3_file_control(((struct engine_sqlite *)base)->db, "main",
	                            SQLITE_FCNTL_HAS_MOVED,
	                            &moved) == SQLITE_OK &&
	       moved != 0;
}

bool engine_sqlite_checkpoint(struct engine *base)
{
	return sqlite3_wal_checkpoint_v2(((struct engine_sqlite *)base)->db,
	                                 "main", SQLITE_CHECKPOINT_FULL, NULL,
	                                 NULL) == SQLITE_OK;
}

int engine_sqlite_sort_in_memory(struct engine *base, bool in_memory,
                                 struct err *err)
{
	return engine_sqlite_execute(base,
	                             in_memory ? "PRAGMA temp_store = MEMORY"
	                                       : "PRAGMA temp_store = DEFAULT",
	                             err);
}

static int engine_sqlite_query_number(struct engine *base, const char *sql,
                                      int64_t *number, struct err *err)
{
	struct engine_statement *s =
		engine_sqlite_statement_prepare(base, sql, false, err);
	int result;

	if (s == NULL)
		return -1;
	result = engine_sqlite_read_number(s, number, err);
	engine_finalize(&s);
	return result;
}

int engine_sqlite_read_head(struct engine *base,
                            struct engine_sqlite_head *head, struct err *err)
{
	if (engine_sqlite_query_number(base, "PRAGMA user_version",
	                               &head->version, err) < 0 ||
	    engine_sqlite_query_number(base, "PRAGMA application_id",
	                               &head->application, err) < 0)
		return -1;
	return engine_sqlite_query_number(
		base, "SELECT count(*) FROM sqlite_schema", &head->tables, err);
}

int engine_sqlite_write_head(struct engine *base,
                             const struct engine_sqlite_head *head,
                             struct err *err)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql),
	               "PRAGMA application_id = %lld; PRAGMA user_version = "
	               "%lld;",
	               (long long)head->application, (long long)head->version);
	return engine_sqlite_execute(base, sql, err);
}

/* Each row that a pragma returns is a fault, but for "ok". */
static int engine_sqlite_list_faults(struct engine *base, const char *sql,
                                     engine_sqlite_fault *on_fault, void *cls,
                                     struct err *err)
{
	struct engine_statement *s =
		engine_sqlite_statement_prepare(base, sql, false, err);
	struct text text;
	int result;

	if (s == NULL)
		return -1;
	while ((result = engine_next(s, err)) == 1) {
		text = engine_column_text(s, 0);
		if (!text_is(text, "ok"))
			on_fault(cls, text);
	}
	engine_finalize(&s);
	return result;
}

int engine_sqlite_check_pages(struct engine *base,
                              engine_sqlite_fault *on_fault, void *cls,
                              struct err *err)
{
	return engine_sqlite_list_faults(base, "PRAGMA quick_check(20)",
	                                 on_fault, cls, err);
}

int engine_sqlite_check_references(struct engine *base,
                                   engine_sqlite_fault *on_fault, void *cls,
                                   struct err *err)
{
	return engine_sqlite_list_faults(base, "PRAGMA foreign_key_check",
	                                 on_fault, cls, err);
}

int engine_sqlite_copy(struct engine *base, const char *path, struct err *err)
{
	struct engine_statement *s = engine_sqlite_statement_prepare(
		base, "VACUUM INTO ?1", false, err);
	int result;

	if (s == NULL)
		return -1;
	engine_bind_text(s, 1, text_of(path));
	result = engine_queue(s, err);
	engine_finalize(&s);
	return result;
}

int engine_sqlite_limit_pages(struct engine *base, int pages)
{
	char sql[64];
	struct err err;

	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d", pages);
	return engine_sqlite_execute(base, sql, &err);
}

void engine_sqlite_limit_wait(struct engine *base, int milliseconds)
{
	(void)sqlite3_busy_timeout(((struct engine_sqlite *)base)->db,
	                           milliseconds);
}
