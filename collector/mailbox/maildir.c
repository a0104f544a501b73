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

#include "collector/mailbox/session.h"

static int maildir_open(struct session *session, struct err *err)
{
	const char *path = session->settings.path;
	struct stat st;
	char *where = arena_printf(session->arena, "%s/cur", path);

	session_stage(session, "opening %s", path);
	if (stat(where, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_NOT_FOUND,
		               "%s is no Maildir that can be read: it has no "
		               "folder cur",
		               path);
	where = arena_printf(session->arena, "maildir %s", path);
	session->validity = session_hash(where, strlen(where));
	return 0;
}

/* The name without what says who has seen it, which changes. */
static size_t unique_length(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? (size_t)(colon - name) : strlen(name);
}

static int list_folder(struct session *session, const char *sub,
                       struct err *err)
{
	const char *folder = arena_printf(session->arena, "%s/%s",
	                                  session->settings.path, sub);
	DIR *stream = opendir(folder);
	const struct dirent *item;
	struct stat st;

	if (stream == NULL)
		return err_set_errno(err, errno, "%s", folder);
	/* One thread, one stream. */
	while ((item = readdir(stream)) !=
	       NULL) { /* NOLINT(concurrency-mt-unsafe) */
		struct entry entry = {0};

		if (item->d_name[0] == '.' ||
		    fstatat(dirfd(stream), item->d_name, &st,
		            AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		entry.message =
			session_hash(item->d_name, unique_length(item->d_name));
		entry.size = st.st_size;
		entry.received = st.st_mtime;
		entry.name =
			memory_zero(1, strlen(item->d_name) + strlen(sub) + 2);
		(void)snprintf(entry.name,
		               strlen(item->d_name) + strlen(sub) + 2, "%s/%s",
		               sub, item->d_name);
		if (!session_add(session, &entry))
			break;
	}
	(void)closedir(stream);
	return 0;
}

/* New ones first: what is moved to cur meanwhile is met there, and what is met
   twice is one message. */
static int maildir_list(struct session *session, struct err *err)
{
	if (list_folder(session, "new", err) < 0)
		return -1;
	return list_folder(session, "cur", err);
}

/* Where it is now: somebody may have looked at it meanwhile. */
static int find_file(struct session *session, struct entry *entry,
                     struct buf *path, struct err *err)
{
	const char *name = strchr(entry->name, '/') + 1;
	const char *sub;
	struct stat st;

	buf_reset(path);
	buf_printf(path, "%s/%s", session->settings.path, entry->name);
	if (lstat(buf_text(path), &st) == 0)
		return S_ISREG(st.st_mode)
		               ? 0
		               : err_set(err, ERR_MALFORMED, "is no file");
	/* From new to cur a reader adds flags. */
	sub = "cur";
	buf_reset(path);
	buf_printf(path, "%s/%s/%.*s:2,S", session->settings.path, sub,
	           (int)unique_length(name), name);
	if (lstat(buf_text(path), &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "%s is gone", entry->name);
}

static int maildir_fetch(struct session *session, struct entry *entry,
                         struct err *err)
{
	struct buf path = BUF_INIT(8192);
	char chunk[65536];
	ssize_t count = 0;
	int fd = -1, result = find_file(session, entry, &path, err);

	if (result == 0) {
		fd = open(buf_text(&path),
		          O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			result = err_set_errno(err, errno, "%s", entry->name);
	}
	while (result == 0 && (count = read(fd, chunk, sizeof(chunk))) > 0)
		(void)session_data(session, chunk, (size_t)count);
	if (result == 0 && count < 0)
		result = err_set_errno(err, errno, "%s", entry->name);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&path);
	return result;
}

/* The folder's own three, as far as they are missing. */
static int make_folder(struct session *session, const char *folder,
                       struct buf *path, struct err *err)
{
	static const char *const subs[] = {"", "/cur", "/new", "/tmp"};
	size_t start, i, k;

	for (i = 0; i < ARRAY_LENGTH(subs); i++) {
		buf_reset(path);
		buf_printf(path, "%s/.", session->settings.path);
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

/* Where a message goes: the same Maildir, or a folder of it. */
static int target_of(struct session *session, const struct action *action,
                     const char *name, struct buf *path, struct err *err)
{
	const char *flags = strrchr(name, ':');

	if (action->kind == ACTION_MOVE) {
		if (make_folder(session, action->folder, path, err) < 0)
			return -1;
	} else {
		buf_reset(path);
		buf_add_text(path, session->settings.path);
	}
	buf_printf(path, "/cur/%.*s%s", (int)unique_length(name), name,
	           flags != NULL ? flags : ":2,");
	if (action->kind == ACTION_SEEN &&
	    (flags == NULL || strchr(flags + 1, 'S') == NULL))
		buf_add_char(path, 'S');
	return 0;
}

static int mark_one(struct session *session, const struct action *action,
                    struct entry *entry, struct err *err)
{
	const char *name = strchr(entry->name, '/') + 1;
	struct buf from = BUF_INIT(8192), to = BUF_INIT(8192);
	int result = find_file(session, entry, &from, err);

	/* What is gone needs no mark. */
	if (result < 0) {
		result = err->code == ERR_NOT_FOUND ? 0 : -1;
	} else if (action->kind == ACTION_DELETE) {
		result = unlink(buf_text(&from));
	} else {
		result = target_of(session, action, name, &to, err);
		if (result == 0)
			result = rename(buf_text(&from), buf_text(&to));
		else
			errno = 0;
	}
	if (result < 0 && errno != 0)
		(void)err_set_errno(err, errno, "%s", entry->name);
	buf_free(&from);
	buf_free(&to);
	return result;
}

static int maildir_mark(struct session *session, const struct action *action,
                        struct entry *const *entries, size_t count,
                        struct err *err)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (mark_one(session, action, entries[i], err) < 0) {
			err->code = ERR_USAGE;
			return -1;
		}
	}
	return 0;
}

static int maildir_close(struct session *session, struct err *err)
{
	(void)session;
	(void)err;
	return 0;
}

const struct mailbox_kind kind_maildir = {
	.word = "file",
	.open = maildir_open,
	.list = maildir_list,
	.fetch = maildir_fetch,
	.mark = maildir_mark,
	.close = maildir_close,
};
