/*
 * The files of a store: whether they are still those that are open, and how a
 * reader opens one whose log nobody has made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/store/store_private.h"

static int stat_beside(const struct store *store, const char *ending,
                       struct stat *st)
{
	struct buf path = BUF_INIT(4096);
	int result;

	buf_printf(&path, "%s%s", store->path, ending);
	result = path.full ? -1 : stat(buf_text(&path), st);
	buf_free(&path);
	return result;
}

static struct file_identity identity_of_file(const struct store *store,
                                             const char *ending)
{
	struct stat st;

	if (stat_beside(store, ending, &st) < 0)
		return (struct file_identity){0, 0};
	return (struct file_identity){(uint64_t)st.st_dev, (uint64_t)st.st_ino};
}

static bool is_same(struct file_identity a, struct file_identity b)
{
	return a.device == b.device && a.inode == b.inode;
}

static bool is_missing(struct file_identity file)
{
	return file.inode == 0;
}

/* --- a writer ------------------------------------------------------------ */

void store_files_note(struct store *store)
{
	store->wal = identity_of_file(store, "-wal");
	store->shm = identity_of_file(store, "-shm");
}

static bool main_has_moved(struct store *store)
{
	int moved = 0;

	return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED,
	                            &moved) == SQLITE_OK &&
	       moved != 0;
}

/* What is committed lies in a log that no name leads to any more. It is copied
   into the database, unless another process has made an index of its own, and
   our locks hold it up no longer. */
static bool rescue(struct store *store)
{
	struct file_identity shm = identity_of_file(store, "-shm");

	if (!is_missing(shm) && !is_same(shm, store->shm))
		return false;
	return sqlite3_wal_checkpoint_v2(store->db, "main",
	                                 SQLITE_CHECKPOINT_FULL, NULL,
	                                 NULL) == SQLITE_OK;
}

int store_files_check(struct store *store, struct err *err)
{
	bool moved = main_has_moved(store);

	if (!store->files_lost && !moved &&
	    is_same(identity_of_file(store, "-wal"), store->wal) &&
	    is_same(identity_of_file(store, "-shm"), store->shm))
		return 0;
	if (!store->files_lost && !moved)
		store->files_rescued = rescue(store);
	store->files_lost = true;
	return err_set(err, ERR_SYSTEM,
	               "store %s was deleted or replaced while it was open, or "
	               "its -wal or -shm was; nothing is taken in until "
	               "tlsrpt-collector is started again%s",
	               store->path,
	               store->files_rescued
	                       ? " (what it had taken in is in the store)"
	                       : "");
}

/* --- a reader ------------------------------------------------------------ */

/* A log without a row in it is as good as none. */
static bool has_log(const struct store *store)
{
	struct stat st;

	return stat_beside(store, "-wal", &st) == 0 && st.st_size > 0;
}

static bool is_closed_to_us(const struct store *store, const char *ending)
{
	struct buf path = BUF_INIT(4096);
	bool closed;

	buf_printf(&path, "%s%s", store->path, ending);
	closed = !path.full && access(buf_text(&path), R_OK) < 0 &&
	         errno == EACCES;
	buf_free(&path);
	return closed;
}

/* A URI: what means something in one is escaped. */
static void add_uri(struct buf *out, const char *path)
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

int store_open_unlogged(struct store *store, struct err *err)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	struct buf uri = BUF_INIT(16384);
	size_t i;
	int code;

	for (i = 0; i < ARRAY_LENGTH(endings); i++) {
		if (is_closed_to_us(store, endings[i]))
			return err_set(err, ERR_SYSTEM,
			               "store %s%s: %s; give it to the user of "
			               "tlsrpt-collector and the group of "
			               "tlsrpt-exporter, with mode 0640",
			               store->path, endings[i],
			               "Permission denied");
	}
	if (has_log(store)) {
		return err_set(err, ERR_SYSTEM,
		               "store %s: its log %s-wal cannot be read "
		               "without %s-shm, and this user may not make "
		               "it; start tlsrpt-collector once",
		               store->path, store->path, store->path);
	}
	if (stat(store->path, &store->unlogged) < 0)
		return err_set_errno(err, errno, "store %s", store->path);
	(void)sqlite3_close(store->db);
	store->db = NULL;
	add_uri(&uri, store->path);
	code = sqlite3_open_v2(buf_text(&uri), &store->db,
	                       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
	                               SQLITE_OPEN_URI,
	                       NULL);
	buf_free(&uri);
	store->is_unlogged = true;
	return code == SQLITE_OK ? 0 : store_error(store, err);
}

bool store_is_outdated(const struct store *store)
{
	struct stat now;

	if (!store->is_unlogged)
		return false;
	return has_log(store) || stat(store->path, &now) < 0 ||
	       now.st_ino != store->unlogged.st_ino ||
	       now.st_size != store->unlogged.st_size ||
	       now.st_mtim.tv_sec != store->unlogged.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != store->unlogged.st_mtim.tv_nsec;
}

int store_check_unlogged(const struct store *store, struct err *err)
{
	if (!store_is_outdated(store))
		return 0;
	return err_set(err, ERR_BUSY,
	               "store %s is written to again; it is opened anew",
	               store->path);
}
