#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64U * 1024U)

static int read_all(int fd, const char *path, struct buf *out, struct err *err)
{
	size_t room;
	ssize_t got;
	char *place;

	for (;;) {
		/* Up to the ceiling, and then one byte to see whether there is
		   more. */
		room = out->max - out->len < CHUNK ? out->max - out->len
		                                   : CHUNK;
		place = buf_reserve(out, room == 0 ? 1 : room);
		if (place == NULL) {
			char probe;

			got = read(fd, &probe, 1);
			if (got > 0)
				return err_set(err, ERR_TOO_LARGE,
				               "%s: over %zu bytes", path,
				               out->max);
			out->full = false;
		} else {
			got = read(fd, place, room);
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set_errno(err, errno, "%s", path);
		if (got == 0)
			return 0;
		buf_commit(out, (size_t)got);
	}
}

int file_read(const char *path, struct buf *out, struct err *err)
{
	struct stat st;
	int fd, result;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", out, err);
	/* O_NONBLOCK, so that a FIFO cannot hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set_errno(err, errno, "%s", path);
	if (fstat(fd, &st) < 0)
		result = err_set_errno(err, errno, "%s", path);
	else if (!S_ISREG(st.st_mode))
		result = err_set(err, ERR_SYSTEM, "%s: not a regular file",
		                 path);
	else
		result = read_all(fd, path, out, err);
	(void)close(fd);
	return result;
}
