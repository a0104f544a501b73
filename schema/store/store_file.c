/*
 * The files of a store: whether they are still those that are open, and how a
 * reader opens one whose log nobody has made.
 */
#include "schema/store/store_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "schema/store/admin.h"
#include "schema/store/engine_sqlite.h"
#include "schema/store/handle.h"

static int store_file_stat(const struct store *store, const char *ending,
                           struct stat *st)
{
	struct buf path = BUF_INIT(4096);
	int result;

	buf_printf(&path, "%s%s", store->path, ending);
	result = path.full ? -1 : stat(buf_text(&path), st);
	buf_free(&path);
	return result;
}

static struct store_file_identity store_file_identify(const struct store *store,
                                                      const char *ending)
{
	struct stat st;

	if (store_file_stat(store, ending, &st) < 0)
		return (struct store_file_identity){0, 0};
	return (struct store_file_identity){(uint64_t)st.st_dev,
	                                    (uint64_t)st.st_ino};
}

static bool store_file_is_same(struct store_file_identity a,
                               struct store_file_identity b)
{
	return a.device == b.device && a.inode == b.inode;
}

static bool store_file_is_missing(struct store_file_identity file)
{
	return file.inode == 0;
}

/* --- a writer ------------------------------------------------------------ */

void store_file_note(struct store *store)
{
	store->wal = store_file_identify(store, "-wal");
	store->shm = store_file_identify(store, "-shm");
}

/* What is committed lies in a log that no name leads to any more. It is copied
   into the database, unless another process has made an index of its own, and
   our locks hold it up no longer. */
static bool store_file_checkpoint_lost(struct store *store)
{
	struct store_file_identity shm = store_file_identify(store, "-shm");

	if (!store_file_is_missing(shm) && !store_file_is_same(shm, store->shm))
		return false;
	return engine_sqlite_checkpoint(store->engine);
}

int store_file_check(struct store *store, struct err *err)
{
	bool moved = engine_sqlite_has_moved(store->engine);

	if (!store->files_lost && !moved &&
	    store_file_is_same(store_file_identify(store, "-wal"),
	                       store->wal) &&
	    store_file_is_same(store_file_identify(store, "-shm"), store->shm))
		return 0;
	if (!store->files_lost && !moved)
		store->files_rescued = store_file_checkpoint_lost(store);
	store->files_lost = true;
	return err_set(
		err, ERR_SYSTEM,
		"store %s, its -wal or its -shm was deleted or replaced while "
		"it was open; nothing is accepted until tlsrpt-collector is "
		"restarted%s",
		store->path,
		store->files_rescued ? " (what it had accepted is in the store)"
				     : "");
}

/* --- a reader ------------------------------------------------------------ */

/* A log without a row in it is as good as none. */
static bool store_file_has_log(const struct store *store)
{
	struct stat st;

	return store_file_stat(store, "-wal", &st) == 0 && st.st_size > 0;
}

static bool store_file_is_unreadable(const struct store *store,
                                     const char *ending)
{
	struct buf path = BUF_INIT(4096);
	bool closed;

	buf_printf(&path, "%s%s", store->path, ending);
	closed = !path.full && access(buf_text(&path), R_OK) < 0 &&
	         errno == EACCES;
	buf_free(&path);
	return closed;
}

bool store_file_is_denied(const struct store *store)
{
	return engine_sqlite_is_denied(store->engine);
}

int store_file_open_immutable(struct store *store, struct err *err)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(endings); i++) {
		if (store_file_is_unreadable(store, endings[i]))
			return err_set(err, ERR_SYSTEM,
			               "store %s%s: %s; give it to the user of "
			               "tlsrpt-collector and the group of "
			               "tlsrpt-exporter, with mode 0640",
			               store->path, endings[i],
			               "Permission denied");
	}
	if (store_file_has_log(store)) {
		return err_set(err, ERR_SYSTEM,
		               "store %s: its log %s-wal cannot be read "
		               "without %s-shm, and this user may not make "
		               "it; start tlsrpt-collector once",
		               store->path, store->path, store->path);
	}
	if (stat(store->path, &store->immutable_stat) < 0)
		return err_set_errno(err, errno, "store %s", store->path);
	engine_close(&store->engine);
	store->is_immutable = true;
	return engine_sqlite_open_immutable(store->path, &store->engine, err);
}

bool store_file_is_outdated(const struct store *store)
{
	struct stat now;

	if (!store->is_immutable)
		return false;
	return store_file_has_log(store) || stat(store->path, &now) < 0 ||
	       now.st_ino != store->immutable_stat.st_ino ||
	       now.st_size != store->immutable_stat.st_size ||
	       now.st_mtim.tv_sec != store->immutable_stat.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != store->immutable_stat.st_mtim.tv_nsec;
}

int store_file_check_immutable(const struct store *store, struct err *err)
{
	if (!store_file_is_outdated(store))
		return 0;
	return err_set(err, ERR_BUSY,
	               "a collector writes to store %s again; reopening it",
	               store->path);
}

/* --- for tests ----------------------------------------------------------- */

int store_limit_pages(struct store *store, int pages)
{
	return engine_sqlite_limit_pages(store->engine, pages);
}

void store_limit_wait(struct store *store, int milliseconds)
{
	engine_sqlite_limit_wait(store->engine, milliseconds);
}
