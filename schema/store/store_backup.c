/*
 * Copies of the store that are tried before they count.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/store/admin.h"
#include "schema/store/engine_sqlite.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"

/* The first fault is what the copy is refused for. */
static void store_backup_on_fault(void *cls, const char *sentence)
{
	struct err *err = cls;

	if (err->code == ERR_NONE)
		err_fill(err, ERR_SYSTEM, "the copy is damaged: %s", sentence);
}

static int store_backup_check_copy(const char *path, int64_t *reports,
                                   struct err *err)
{
	struct err damage = {ERR_NONE, ""};
	struct store *copy;
	int64_t faults;
	int result;

	if (store_open(path, STORE_READ, &copy, err) < 0)
		return -1;
	result =
		store_check(copy, store_backup_on_fault, &damage, &faults, err);
	if (result == 0 && faults > 0) {
		*err = damage;
		result = -1;
	}
	if (result == 0)
		result = statement_read_once(copy->engine,
		                             "SELECT count(*) FROM report",
		                             reports, err);
	store_close(&copy);
	return result;
}

static int store_backup_sync_path(const char *path, int flags, struct err *err)
{
	int fd = open(path, flags | O_CLOEXEC), result;

	if (fd < 0)
		return err_set_errno(err, errno, "%s", path);
	result = fsync(fd);
	if (result < 0)
		result = err_set_errno(err, errno, "%s", path);
	(void)close(fd);
	return result;
}

static int store_backup_sync_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];

	(void)snprintf(folder, sizeof(folder), "%.*s",
	               slash == NULL ? 1 : (int)(slash - path + 1),
	               slash == NULL ? "." : path);
	return store_backup_sync_path(folder, O_RDONLY | O_DIRECTORY, err);
}

/* What SQLite leaves beside a file that it opened. */
static void store_backup_remove(const char *path)
{
	static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
	char name[4096];
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(endings); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		(void)unlink(name);
	}
}

int store_backup(struct store *store, const char *path, int64_t *reports,
                 struct err *err)
{
	char draft[4096];
	mode_t mask;
	int result;

	if (snprintf(draft, sizeof(draft), "%s.new-%ld", path,
	             (long)getpid()) >= (int)sizeof(draft) - 16)
		return err_set(err, ERR_USAGE, "the path is too long");
	mask = umask(0027);
	result = engine_sqlite_copy(store->engine, draft, err);
	(void)umask(mask);
	if (result == 0)
		result = store_backup_check_copy(draft, reports, err);
	if (result == 0)
		result = store_backup_sync_path(draft, O_RDONLY, err);
	if (result == 0 && rename(draft, path) < 0)
		result = err_set_errno(err, errno, "%s", path);
	store_backup_remove(draft);
	return result == 0 ? store_backup_sync_folder(path, err) : -1;
}
