#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
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

int file_open(const char *path, int *out, struct err *err)
{
	struct stat st;
	int fd, result = 0;

	/* O_NONBLOCK, so that a FIFO cannot hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set_errno(err, errno, "%s", path);
	if (fstat(fd, &st) < 0)
		result = err_set_errno(err, errno, "%s", path);
	else if (!S_ISREG(st.st_mode))
		result = err_set(err, ERR_SYSTEM, "%s: not a regular file",
		                 path);
	if (result < 0)
		(void)close(fd);
	else
		*out = fd;
	return result;
}

int file_read_open(int fd, const char *path, struct buf *out, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set_errno(err, errno, "%s", path);
	return file_read_all(fd, path, (size_t)st.st_size, out, err);
}

int file_read(const char *path, struct buf *out, struct err *err)
{
	int fd, result;

	if (strcmp(path, "-") == 0)
		return file_read_all(STDIN_FILENO, "standard input", CHUNK, out,
		                     err);
	if (file_open(path, &fd, err) < 0)
		return -1;
	result = file_read_open(fd, path, out, err);
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
