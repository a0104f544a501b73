#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64U * 1024U)

/* read() that is not disturbed by signals. */
static ssize_t file_read_some(int fd, void *place, size_t len)
{
	ssize_t got;

	do
		got = read(fd, place, len);
	while (got < 0 && errno == EINTR);
	return got;
}

/* The ceiling is reached: whether there is more. */
static int file_check_end(int fd, const char *path, struct buf *out,
                          struct err *err)
{
	char probe;
	ssize_t got = file_read_some(fd, &probe, 1);

	out->full = false;
	if (got < 0)
		return err_set_errno(err, errno, "%s", path);
	if (got > 0)
		return err_set(err, ERR_TOO_LARGE, "%s: over %zu bytes", path,
		               out->max);
	return 0;
}

/* expected is about how many bytes there are: what is small takes no more
   memory than it has to. */
static int file_read_all(int fd, const char *path, size_t expected,
                         struct buf *out, struct err *err)
{
	size_t room, chunk;
	ssize_t got;
	char *place;

	while (out->len < out->max) {
		chunk = out->len <= expected ? expected + 1 - out->len : CHUNK;
		if (chunk > CHUNK)
			chunk = CHUNK;
		room = out->max - out->len < chunk ? out->max - out->len
		                                   : chunk;
		place = buf_reserve(out, room);
		if (place == NULL)
			break;
		got = file_read_some(fd, place, room);
		if (got < 0)
			return err_set_errno(err, errno, "%s", path);
		if (got == 0)
			return 0;
		buf_commit(out, (size_t)got);
	}
	return file_check_end(fd, path, out, err);
}

int file_open(const char *path, int *out, struct stat *opened, struct err *err)
{
	int fd, result = 0;

	/* O_NONBLOCK, so that a FIFO cannot hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set_errno(err, errno, "%s", path);
	if (fstat(fd, opened) < 0)
		result = err_set_errno(err, errno, "%s", path);
	else if (!S_ISREG(opened->st_mode))
		result = err_set(err, ERR_SYSTEM, "%s: not a regular file",
		                 path);
	if (result < 0)
		(void)close(fd);
	else
		*out = fd;
	return result;
}

static int file_say_changed(const char *path, struct err *err)
{
	return err_set(err, ERR_BUSY, "%s: it changed while it was read", path);
}

int file_check_unchanged(int fd, const char *path, const struct stat *opened,
                         struct err *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return err_set_errno(err, errno, "%s", path);
	if (now.st_size != opened->st_size ||
	    now.st_mtim.tv_sec != opened->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != opened->st_mtim.tv_nsec)
		return file_say_changed(path, err);
	return 0;
}

int file_read_open(int fd, const char *path, const struct stat *opened,
                   struct buf *out, struct err *err)
{
	const size_t size = (size_t)opened->st_size;
	char *place = NULL;
	size_t done = 0;
	ssize_t got;

	if (size > out->max - out->len)
		return err_set(err, ERR_TOO_LARGE, "%s: over %zu bytes", path,
		               out->max);
	if (size > 0)
		place = buf_reserve(out, size);
	while (done < size) {
		got = file_read_some(fd, place + done, size - done);
		if (got < 0)
			return err_set_errno(err, errno, "%s", path);
		if (got == 0)
			return file_say_changed(path, err);
		done += (size_t)got;
	}
	buf_commit(out, size);
	return file_check_unchanged(fd, path, opened, err);
}

int file_read(const char *path, struct buf *out, struct err *err)
{
	struct stat opened;
	int fd, result;

	if (strcmp(path, "-") == 0)
		return file_read_all(STDIN_FILENO, "standard input", CHUNK, out,
		                     err);
	if (file_open(path, &fd, &opened, err) < 0)
		return -1;
	result = file_read_all(fd, path, (size_t)opened.st_size, out, err);
	(void)close(fd);
	return result;
}

const char *file_folder(struct arena *arena, const char *file)
{
	char *path = arena_copy(arena, file, strlen(file)), *slash;

	for (;;) {
		slash = strrchr(path, '/');
		if (slash == NULL)
			return ".";
		if (slash == path)
			return "/";
		*slash = '\0';
		if (access(path, F_OK) == 0)
			return path;
	}
}
