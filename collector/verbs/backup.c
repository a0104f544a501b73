#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "collector/verbs/verbs.h"
#include "collector/verbs/verbs_private.h"
#include "schema/store/admin.h"

/* The copy is written by the store's owner, into a folder that is his. */
static int backup_check_folder(const char *path, struct err *err)
{
	struct arena *arena = arena_new(0);
	const char *slash = strrchr(path, '/');
	const char *folder =
		slash == NULL
			? "."
			: arena_copy(arena, path, (size_t)(slash - path + 1));
	int result = access(folder, W_OK | X_OK);
	char name[64];

	if (result < 0)
		(void)err_set_errno(
			err, errno,
			"%s: %s, the owner of the store, has to be able to "
			"write into it (install -d -o %s -m 750 %s)",
			folder, verbs_user_name(name, sizeof(name)), name,
			folder);
	arena_free(&arena);
	return result;
}

int backup_run(const struct command_line *line)
{
	struct config *config;
	struct store *store;
	int64_t reports = 0;
	struct err err;
	int result;

	if (verbs_open_to_read(line, &config, &store, &err) < 0)
		return command_fail(line, &err);
	result = backup_check_folder(line->rest[0], &err);
	if (result == 0)
		result = store_backup(store, line->rest[0], &reports, &err);
	store_close(&store);
	config_unref(&config);
	if (result < 0)
		return command_fail(line, &err);
	(void)printf("%s: %lld reports, checked\n", line->rest[0],
	             (long long)reports);
	return EX_OK;
}
