#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "collector/verbs/import_private.h"

/* Files that are opened before they are read. */
#define IMPORT_FOLDER_AHEAD_MAX 64U

/* Files of a folder that are open and are read by the kernel meanwhile. */
struct import_folder_file {
	int fd;
	char *path;
};

struct import_folder_ahead {
	struct import_folder_file files[IMPORT_FOLDER_AHEAD_MAX];
	size_t first, count;
};

static void import_folder_take_oldest(struct import *import,
                                      struct import_folder_ahead *ahead)
{
	struct import_folder_file *oldest = &ahead->files[ahead->first];

	import_file_take_open(import, oldest->fd, oldest->path, false);
	(void)close(oldest->fd);
	free(oldest->path);
	ahead->first = (ahead->first + 1) % IMPORT_FOLDER_AHEAD_MAX;
	ahead->count--;
}

/* Opens a file of a folder, so that the kernel reads it while those before it
   are imported. */
static void import_folder_open_ahead(struct import *import,
                                     struct import_folder_ahead *ahead,
                                     const char *path)
{
	struct import_folder_file *file;
	struct err err;
	int fd;

	if (file_open(path, &fd, &err) < 0) {
		import_print_unreadable(import, err.text);
		return;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
	if (ahead->count == IMPORT_FOLDER_AHEAD_MAX)
		import_folder_take_oldest(import, ahead);
	file = &ahead->files[(ahead->first + ahead->count++) %
	                     IMPORT_FOLDER_AHEAD_MAX];
	file->fd = fd;
	file->path = memory_text(path);
}

static bool import_folder_is_report_name(const char *name)
{
	static const char *const packed[] = {".zst", ".bz2", ".xz", ".lz4"};
	struct text text = text_of(name);
	size_t i;

	if (text_ends(text, ".gz"))
		return true;
	for (i = 0; i < ARRAY_LENGTH(packed); i++) {
		if (text_ends(text, packed[i])) {
			text.len -= strlen(packed[i]);
			break;
		}
	}
	return text_ends(text, ".json") || text_ends(text, ".eml");
}

/* A message of a Maildir: any name, in a folder "cur" or "new". */
static bool import_folder_is_in_maildir(const FTSENT *entry)
{
	return entry->fts_level > 0 && entry->fts_name[0] != '.' &&
	       (strcmp(entry->fts_parent->fts_name, "cur") == 0 ||
	        strcmp(entry->fts_parent->fts_name, "new") == 0);
}

static int import_folder_compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Walks a folder; symbolic links in it are not followed. */
void import_folder_take(struct import *import, char *path)
{
	char *const roots[] = {path, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR,
	                     import_folder_compare_names);
	struct import_folder_ahead ahead = {.count = 0};
	struct err err;
	FTSENT *entry;

	while (walk != NULL && (entry = fts_read(walk)) != NULL) {
		if (entry->fts_info == FTS_F &&
		    (import_folder_is_report_name(entry->fts_name) ||
		     import_folder_is_in_maildir(entry)))
			import_folder_open_ahead(import, &ahead,
			                         entry->fts_path);
		else if (entry->fts_info == FTS_DNR ||
		         entry->fts_info == FTS_ERR ||
		         entry->fts_info == FTS_NS) {
			(void)err_set_errno(&err, entry->fts_errno, "%s",
			                    entry->fts_path);
			import_print_unreadable(import, err.text);
		}
	}
	while (ahead.count > 0)
		import_folder_take_oldest(import, &ahead);
	if (walk == NULL) {
		(void)err_set_errno(&err, errno, "%s", path);
		import_print_unreadable(import, err.text);
		return;
	}
	(void)fts_close(walk);
}
