/*
 * A Maildir: a file a message, new ones in new/, those that somebody has seen
 * in cur/, folders as .NAME beside them (Maildir++).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "collector/mailbox/driver.h"
#include "collector/mailbox/worker_list.h"
#include "collector/mailbox/worker_wire.h"

/* A file as it was met when both folders were read again. */
struct maildir_location {
	int64_t message;
	char *name; /* "cur/UNIQUE:2,FLAGS"; owned */
};

/* Where the files are now, for those that are not where they were listed. */
struct maildir_locations {
	struct maildir_location *items; /* sorted by message */
	size_t count, room;
	int64_t read_ms; /* when, and how long that took */
	int64_t took_ms;
};

/* While messages are fetched, reading both folders again takes at most one part
   in so many of the time: one that is missed is met in the next round. */
#define REREAD_SHARE 10

/* How often a file that is moved again and again is looked for. */
#define FIND_TRIES 3

static int maildir_open(struct worker *worker, struct err *err)
{
	const char *path = worker->settings.path;
	struct stat st;
	char *where = arena_printf(worker->arena, "%s/cur", path);

	driver_set_stage(worker, "opening %s", path);
	if (stat(where, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_NOT_FOUND,
		               "%s is no Maildir that can be read: it has no "
		               "folder cur",
		               path);
	worker->driver_state =
		arena_alloc(worker->arena, sizeof(struct maildir_locations));
	where = arena_printf(worker->arena, "maildir %s", path);
	worker->validity = driver_hash(where, strlen(where));
	return 0;
}

/* The name without what says who has seen it, which changes. */
static size_t maildir_unique_length(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? (size_t)(colon - name) : strlen(name);
}

static int maildir_list_folder(struct worker *worker, const char *sub,
                               struct err *err)
{
	const char *folder = arena_printf(worker->arena, "%s/%s",
	                                  worker->settings.path, sub);
	DIR *stream = opendir(folder);
	const struct dirent *item;
	struct stat st;

	if (stream == NULL)
		return err_set_errno(err, errno, "%s", folder);
	/* One thread, one stream. */
	while ((item = readdir(stream)) !=
	       NULL) { /* NOLINT(concurrency-mt-unsafe) */
		struct driver_entry entry = {0};

		if (item->d_name[0] == '.' ||
		    fstatat(dirfd(stream), item->d_name, &st,
		            AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		entry.message = driver_hash(
			item->d_name, maildir_unique_length(item->d_name));
		entry.size = st.st_size;
		entry.received = st.st_mtime;
		entry.name =
			memory_zero(1, strlen(item->d_name) + strlen(sub) + 2);
		(void)snprintf(entry.name,
		               strlen(item->d_name) + strlen(sub) + 2, "%s/%s",
		               sub, item->d_name);
		if (!worker_list_add(worker, &entry))
			break;
	}
	(void)closedir(stream);
	return 0;
}

/* New ones first: what is moved to cur meanwhile is met there, and what is met
   twice is one message. */
static int maildir_list(struct worker *worker, struct err *err)
{
	if (maildir_list_folder(worker, "new", err) < 0)
		return -1;
	return maildir_list_folder(worker, "cur", err);
}

/* --- where a file is now ------------------------------------------------- */

static int maildir_order_locations(const void *a, const void *b)
{
	const struct maildir_location *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

static void maildir_clear_locations(struct maildir_locations *locations)
{
	while (locations->count > 0)
		free(locations->items[--locations->count].name);
}

static void maildir_add_location(struct maildir_locations *locations,
                                 const char *sub, const char *name)
{
	size_t size = strlen(sub) + strlen(name) + 2;
	struct maildir_location *location;

	if (locations->count == locations->room) {
		locations->room = locations->room * 2 + 64;
		locations->items = memory_resize(
			locations->items, locations->room * sizeof(*location));
	}
	location = &locations->items[locations->count++];
	location->message = driver_hash(name, maildir_unique_length(name));
	location->name = memory_zero(1, size);
	(void)snprintf(location->name, size, "%s/%s", sub, name);
}

static void maildir_read_folder(struct worker *worker, const char *sub)
{
	struct maildir_locations *locations = worker->driver_state;
	struct buf path = BUF_INIT(8192);
	const struct dirent *item;
	DIR *stream;

	buf_printf(&path, "%s/%s", worker->settings.path, sub);
	stream = opendir(buf_text(&path));
	buf_free(&path);
	while (stream != NULL && locations->count < 2 * DRIVER_ENTRIES_MAX &&
	       /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread. */
	       (item = readdir(stream)) != NULL) {
		if (item->d_name[0] != '.')
			maildir_add_location(locations, sub, item->d_name);
	}
	if (stream != NULL)
		(void)closedir(stream);
}

static void maildir_read_locations(struct worker *worker)
{
	struct maildir_locations *locations = worker->driver_state;
	int64_t start = timestamp_monotonic_ms();

	maildir_clear_locations(locations);
	maildir_read_folder(worker, "new");
	maildir_read_folder(worker, "cur");
	if (locations->count > 0)
		qsort(locations->items, locations->count,
		      sizeof(*locations->items), maildir_order_locations);
	locations->read_ms = start;
	locations->took_ms = timestamp_monotonic_ms() - start;
}

static bool maildir_is_file(const struct worker *worker, const char *name,
                            struct buf *path)
{
	struct stat st;

	buf_reset(path);
	buf_printf(path, "%s/%s", worker->settings.path, name);
	return lstat(buf_text(path), &st) == 0 && S_ISREG(st.st_mode);
}

/* By what was read last; a file that is in both folders has two places. */
static const char *maildir_find_location(struct worker *worker, int64_t message,
                                         struct buf *path)
{
	const struct maildir_locations *locations = worker->driver_state;
	const struct maildir_location wanted = {.message = message};
	const struct maildir_location *found = NULL, *end = locations->items +
	                                                    locations->count;

	if (locations->count > 0)
		found = bsearch(&wanted, locations->items, locations->count,
		                sizeof(wanted), maildir_order_locations);
	while (found != NULL && found > locations->items &&
	       found[-1].message == message)
		found--;
	for (; found != NULL && found < end && found->message == message;
	     found++) {
		if (maildir_is_file(worker, found->name, path))
			return found->name;
	}
	return NULL;
}

/* Where it is now, as a path, and its name there. Whoever looks at a message
   moves it from new to cur and changes its flags; it stays the same by its
   unique name. The folders are read again unless that was done since. */
static int maildir_find_file(struct worker *worker,
                             const struct driver_entry *entry, int64_t since,
                             struct buf *path, const char **name,
                             struct err *err)
{
	const struct maildir_locations *locations = worker->driver_state;

	*name = entry->name;
	if (maildir_is_file(worker, entry->name, path))
		return 0;
	*name = maildir_find_location(worker, entry->message, path);
	if (*name == NULL && locations->read_ms < since) {
		maildir_read_locations(worker);
		*name = maildir_find_location(worker, entry->message, path);
	}
	return *name != NULL
	               ? 0
	               : err_set(err, ERR_NOT_FOUND, "%s is gone", entry->name);
}

/* --- one message --------------------------------------------------------- */

static int maildir_open_file(struct worker *worker,
                             const struct driver_entry *entry, struct err *err)
{
	const struct maildir_locations *locations = worker->driver_state;
	struct buf path = BUF_INIT(8192);
	int64_t now = timestamp_monotonic_ms();
	const char *name;
	int fd = -1, tries = 0;

	do {
		if (maildir_find_file(worker, entry,
		                      now - locations->took_ms * REREAD_SHARE,
		                      &path, &name, err) < 0)
			break;
		fd = open(buf_text(&path),
		          O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			(void)err_set_errno(err, errno, "%s", name);
	} while (fd < 0 && err->code == ERR_NOT_FOUND && ++tries < FIND_TRIES);
	buf_free(&path);
	return fd;
}

static int maildir_fetch(struct worker *worker, struct driver_entry *entry,
                         struct err *err)
{
	char chunk[65536];
	ssize_t count;
	int fd = maildir_open_file(worker, entry, err), result = 0;

	if (fd < 0)
		return -1;
	while ((count = read(fd, chunk, sizeof(chunk))) > 0)
		worker_wire_send_data(worker, chunk, (size_t)count);
	if (count < 0)
		result = err_set_errno(err, errno, "%s", entry->name);
	(void)close(fd);
	return result;
}

/* The folder's own three, as far as they are missing. */
static int maildir_make_folder(struct worker *worker, const char *folder,
                               struct buf *path, struct err *err)
{
	static const char *const subs[] = {"", "/cur", "/new", "/tmp"};
	size_t start, i, k;

	for (i = 0; i < ARRAY_LENGTH(subs); i++) {
		buf_reset(path);
		buf_printf(path, "%s/.", worker->settings.path);
		start = path->len;
		buf_add_text(path, folder);
		for (k = start; k < path->len; k++) {
			if (path->data[k] == '/')
				path->data[k] = '.';
		}
		buf_add_text(path, subs[i]);
		if (mkdir(buf_text(path), 0700) < 0 && errno != EEXIST)
			return err_set_errno(err, errno, "%s", buf_text(path));
	}
	path->len -= strlen("/tmp");
	return 0;
}

/* A name's flags with another among them, in the order of their characters. */
static void maildir_add_flags(const char *flags, bool seen, struct buf *path)
{
	bool has = !seen || strchr(flags, 'S') != NULL;

	buf_add_text(path, ":2,");
	for (; *flags != '\0'; flags++) {
		if (!has && *flags > 'S') {
			buf_add_char(path, 'S');
			has = true;
		}
		buf_add_char(path, *flags);
	}
	if (!has)
		buf_add_char(path, 'S');
}

/* Where a message goes: the same Maildir, or a folder of it. The name is that
   which it has now. */
static int maildir_target_path(struct worker *worker,
                               const struct mailbox_action *action,
                               const char *name, struct buf *path,
                               struct err *err)
{
	const char *flags;

	name = strchr(name, '/') + 1;
	flags = strstr(name + maildir_unique_length(name), ":2,");
	if (action->kind == MAILBOX_ACTION_MOVE) {
		if (maildir_make_folder(worker, action->folder, path, err) < 0)
			return -1;
	} else {
		buf_reset(path);
		buf_add_text(path, worker->settings.path);
	}
	buf_printf(path, "/cur/%.*s", (int)maildir_unique_length(name), name);
	maildir_add_flags(flags != NULL ? flags + strlen(":2,") : "",
	                  action->kind == MAILBOX_ACTION_SEEN, path);
	return 0;
}

/* ERR_NOT_FOUND when it is not where it was a moment ago. */
static int maildir_mark_file(struct worker *worker,
                             const struct mailbox_action *action,
                             const char *from, const char *name,
                             struct err *err)
{
	struct buf to = BUF_INIT(8192);
	int result;

	if (action->kind == MAILBOX_ACTION_DELETE)
		return unlink(from) < 0 ? err_set_errno(err, errno, "%s", name)
		                        : 0;
	result = maildir_target_path(worker, action, name, &to, err);
	if (result == 0 && rename(from, buf_text(&to)) < 0)
		result = err_set_errno(err, errno, "%s", name);
	buf_free(&to);
	return result;
}

static int maildir_mark_entry(struct worker *worker,
                              const struct mailbox_action *action,
                              const struct driver_entry *entry, int64_t since,
                              struct err *err)
{
	struct buf from = BUF_INIT(8192);
	const char *name;
	int result, tries = 0;

	do {
		result = maildir_find_file(worker, entry, since, &from, &name,
		                           err);
		since = timestamp_monotonic_ms() + 1;
		/* What is gone needs no mark. */
		if (result < 0 && err->code == ERR_NOT_FOUND) {
			result = 0;
			break;
		}
		if (result == 0)
			result = maildir_mark_file(worker, action,
			                           buf_text(&from), name, err);
	} while (result < 0 && err->code == ERR_NOT_FOUND &&
	         ++tries < FIND_TRIES);
	buf_free(&from);
	return result;
}

static int maildir_mark(struct worker *worker,
                        const struct mailbox_action *action,
                        struct driver_entry *const *entries, size_t count,
                        struct err *err)
{
	int64_t since = timestamp_monotonic_ms();
	size_t i;

	for (i = 0; i < count; i++) {
		if (maildir_mark_entry(worker, action, entries[i], since, err) <
		    0) {
			err->code = ERR_CONFIG;
			return -1;
		}
	}
	return 0;
}

static int maildir_close(struct worker *worker, struct err *err)
{
	struct maildir_locations *locations = worker->driver_state;

	(void)err;
	maildir_clear_locations(locations);
	free(locations->items);
	*locations = (struct maildir_locations){0};
	return 0;
}

const struct mailbox_driver maildir_driver = {
	.id_word = "file",
	.open = maildir_open,
	.list = maildir_list,
	.fetch = maildir_fetch,
	.mark = maildir_mark,
	.close = maildir_close,
};
