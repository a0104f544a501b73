#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "collector/verbs/import_private.h"

/* A path. */
#define IMPORT_FOLDER_PATH_MAX 65536U

struct import_folder_entry {
	char *name;
	bool is_folder;
};

/* What lies in a folder, by name. */
struct import_folder_list {
	struct import_folder_entry *entries;
	size_t count, size;
};

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

/* --- what lies in a folder ------------------------------------------------ */

/* The type of an entry; symbolic links are not followed. */
static unsigned char import_folder_type(int fd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return (unsigned char)IFTODT(st.st_mode);
}

/* Whether it is to be imported; in a Maildir whatever it is called. */
static bool import_folder_wants(const char *name, unsigned char type,
                                bool is_maildir)
{
	if (type == DT_DIR)
		return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
	return type == DT_REG && (import_folder_is_report_name(name) ||
	                          (is_maildir && name[0] != '.'));
}

static void import_folder_list_add(struct import_folder_list *list,
                                   const char *name, bool is_folder)
{
	if (list->count == list->size) {
		list->size = list->size == 0 ? 64 : 2 * list->size;
		list->entries = memory_resize(
			list->entries, list->size * sizeof(*list->entries));
	}
	list->entries[list->count++] =
		(struct import_folder_entry){memory_text(name), is_folder};
}

static void import_folder_list_free(struct import_folder_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->entries[i].name);
	free(list->entries);
}

/* errno says at the end whether it is one. */
static struct dirent *import_folder_next(DIR *folder)
{
	errno = 0;
	return readdir(folder);
}

static int import_folder_compare(const void *a, const void *b)
{
	const struct import_folder_entry *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* 0, or the errno of what failed. */
static int import_folder_list_read(struct import_folder_list *list,
                                   const char *path, bool is_maildir)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	unsigned char type;
	int number;

	if (folder == NULL)
		return errno;
	while ((entry = import_folder_next(folder)) != NULL) {
		type = import_folder_type(dirfd(folder), entry);
		if (import_folder_wants(entry->d_name, type, is_maildir))
			import_folder_list_add(list, entry->d_name,
			                       type == DT_DIR);
	}
	number = errno;
	(void)closedir(folder);
	if (list->count > 0)
		qsort(list->entries, list->count, sizeof(*list->entries),
		      import_folder_compare);
	return number;
}

/* --- the walk ------------------------------------------------------------- */

/* The folders of a Maildir whose files are messages. */
static bool import_folder_is_of_maildir(struct text name)
{
	return text_is(name, "cur") || text_is(name, "new");
}

static void import_folder_walk(struct import *import, struct buf *path,
                               bool is_maildir);

/* Takes an entry of the folder whose path it is.
   NOLINTNEXTLINE(misc-no-recursion): it is as deep as paths are long. */
static void import_folder_take_entry(struct import *import, struct buf *path,
                                     const struct import_folder_entry *entry)
{
	size_t len = path->len;

	if (path->data[len - 1] != '/')
		buf_add_char(path, '/');
	buf_add_text(path, entry->name);
	if (entry->is_folder)
		import_folder_walk(
			import, path,
			import_folder_is_of_maildir(text_of(entry->name)));
	else
		import_add(import, buf_text(path), false, NULL);
	path->len = len;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static void import_folder_walk(struct import *import, struct buf *path,
                               bool is_maildir)
{
	struct import_folder_list list = {.count = 0};
	int number = import_folder_list_read(&list, buf_text(path), is_maildir);
	struct err err;
	size_t i;

	if (number != 0) {
		(void)err_set_errno(&err, number, "%s", buf_text(path));
		import_add(import, buf_text(path), false, err.text);
	}
	for (i = 0; i < list.count && !import->is_stopped(); i++)
		import_folder_take_entry(import, path, &list.entries[i]);
	import_folder_list_free(&list);
}

/* The last name of a path, which may end with slashes. */
static struct text import_folder_name(const char *path)
{
	struct text name = text_of(path);
	size_t start;

	while (name.len > 1 && name.data[name.len - 1] == '/')
		name.len--;
	for (start = name.len; start > 0 && name.data[start - 1] != '/';)
		start--;
	return (struct text){name.data + start, name.len - start};
}

void import_folder_take(struct import *import, const char *folder)
{
	struct buf path = BUF_INIT(IMPORT_FOLDER_PATH_MAX);

	buf_add_text(&path, folder);
	import_folder_walk(
		import, &path,
		import_folder_is_of_maildir(import_folder_name(folder)));
	buf_free(&path);
}
