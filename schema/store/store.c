#include "schema/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "schema/limits.h"
#include "schema/series.h"
#include "schema/store/admin.h"
#include "schema/store/dictionary_cache.h"
#include "schema/store/handle.h"
#include "schema/store/read.h"
#include "schema/store/statement.h"
#include "schema/store/store_counter.h"
#include "schema/store/store_file.h"
#include "schema/store/store_migrate.h"
#include "schema/store/store_usage.h"
#include "schema/store/write.h"

/* --- transactions ------------------------------------------------------------
 */

int store_data_version(struct store *store, int64_t *version, struct err *err)
{
	if (store_file_check_immutable(store, err) < 0)
		return -1;
	return engine_data_version(store->engine, version, err);
}

/* Ids in the cache are good as long as nobody else writes: another writer may
   have deleted what they stood for. */
static int store_check_cache(struct store *store, struct err *err)
{
	int64_t version;

	if (store_data_version(store, &version, err) < 0)
		return -1;
	if (version != store->cache_version)
		dictionary_cache_clear(store->cache);
	store->cache_version = version;
	return 0;
}

static int store_check_clock(struct store *store, int64_t now, struct err *err)
{
	int64_t newest;

	if (statement_read_number(
		    store->engine, STATEMENT_NEWEST_COMMIT,
		    "SELECT value FROM timestamp WHERE name = '" SERIES_NEWEST_COMMIT
		    "'",
		    &newest, err) < 0)
		return -1;
	store->clock_behind = newest - now > LIMIT_CLOCK_SECONDS;
	if (store->clock_behind)
		return err_set(err, ERR_BUSY,
		               "the clock is %lld s behind the newest entry of "
		               "the store; nothing is taken until it is right. "
		               "If it is right now, and was wrong before, run "
		               "check-store --repair",
		               (long long)(newest - now));
	return 0;
}

int store_begin(struct store *store, int64_t now, struct err *err)
{
	if (store_file_check(store, err) < 0 ||
	    engine_begin(store->engine, ENGINE_WRITE, err) < 0)
		return -1;
	store->open = true;
	store->now = now;
	store_usage_forget(store);
	memset(store->changes, 0, sizeof(store->changes));
	if (store_check_clock(store, now, err) < 0 ||
	    store_check_cache(store, err) < 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

int store_commit(struct store *store, struct err *err)
{
	store_counter_note_time(store, SERIES_NEWEST_COMMIT, store->now);
	if (store_usage_write(store, err) < 0 ||
	    store_counter_write(store, err) < 0 ||
	    engine_commit(store->engine, err) < 0) {
		store_rollback(store);
		return -1;
	}
	store->open = false;
	store_counter_written(store);
	return store_file_check(store, err);
}

void store_rollback(struct store *store)
{
	engine_rollback(store->engine);
	dictionary_cache_clear(store->cache);
	store_counter_dropped(store);
	store->open = false;
}

bool store_clock_is_behind(const struct store *store)
{
	return store->clock_behind;
}

/* --- open and close ------------------------------------------------------ */

/* Makes an empty file with the right mode: SQLite then gives the same mode to
   its write-ahead log. */
static int store_make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	int number = errno;

	if (fd >= 0) {
		(void)close(fd);
		return 0;
	}
	err_fill_errno(err, number, "store %s", path);
	err->code = number == ENOSPC ? ERR_FULL : ERR_SYSTEM;
	return -1;
}

static int store_prepare(struct store *store, struct err *err)
{
	if (store->mode == STORE_READ)
		return store_migrate_check_version(store, err);
	if (store_migrate(store, err) < 0)
		return -1;
	store_file_note(store);
	return 0;
}

/* Readers that may not write to the folder cannot make the log and its index
   where these are missing: after a store was copied or restored, and on a disk
   that is read-only. */
static int store_prepare_immutable(struct store *store, struct err *err)
{
	if (store->mode != STORE_READ || err->code == ERR_BUSY ||
	    !store_file_is_denied(store) ||
	    store_file_open_immutable(store, err) < 0)
		return -1;
	return store_prepare(store, err);
}

static int store_open_database(struct store *store, struct err *err)
{
	if (engine_open(store->path,
	                store->mode == STORE_READ ? ENGINE_READ : ENGINE_WRITE,
	                &store->engine, err) == 0 &&
	    store_prepare(store, err) == 0)
		return 0;
	return store_prepare_immutable(store, err);
}

static struct store *store_new(const char *path, enum store_mode mode)
{
	struct store *store = memory_zero(1, sizeof(*store));

	store->path = memory_text(path);
	store->mode = mode;
	store->cache = dictionary_cache_new();
	store->counters = store_counter_new();
	return store;
}

int store_open_to_write(const char *path, store_progress *on_progress,
                        void *cls, struct store **out, struct err *err)
{
	struct store *store;

	if (store_make_file(path, err) < 0)
		return -1;
	store = store_new(path, STORE_WRITE);
	store->on_progress = on_progress;
	store->progress_cls = cls;
	if (store_open_database(store, err) < 0) {
		store_close(&store);
		return -1;
	}
	*out = store;
	return 0;
}

static int store_open_to_read(const char *path, struct store **out,
                              struct err *err)
{
	struct store *store;

	if (access(path, F_OK) < 0)
		return err_set_errno(err, errno, "store %s", path);
	store = store_new(path, STORE_READ);
	if (store_open_database(store, err) < 0) {
		store_close(&store);
		return -1;
	}
	*out = store;
	return 0;
}

int store_open(const char *path, enum store_mode mode, struct store **out,
               struct err *err)
{
	return mode == STORE_READ
	               ? store_open_to_read(path, out, err)
	               : store_open_to_write(path, NULL, NULL, out, err);
}

void store_close(struct store **out)
{
	struct store *store = *out;

	if (store == NULL)
		return;
	engine_close(&store->engine);
	dictionary_cache_free(&store->cache);
	store_counter_free(&store->counters);
	free(store->path);
	free(store);
	*out = NULL;
}

static int64_t store_file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

void store_sizes(const struct store *store, int64_t *file, int64_t *wal)
{
	struct buf path = BUF_INIT(4096);

	*file = store_file_size(store->path);
	buf_printf(&path, "%s-wal", store->path);
	*wal = path.full ? 0 : store_file_size(buf_text(&path));
	buf_free(&path);
}

const char *store_library_version(void)
{
	return engine_library_version();
}
