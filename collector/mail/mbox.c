#include "collector/mail/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

#define CHUNK_SIZE 65536U

/* Enough to see a separator behind signs of quoting. */
#define LOOK_AHEAD 40U

struct mbox {
	int fd;
	char *path;
	char chunk[CHUNK_SIZE];
	size_t len, at;  /* of chunk */
	int64_t offset;  /* of the file at chunk + at */
	bool line_start; /* the next byte begins a line */
	bool end;
};

/* The three ways in which programs lock an mbox; all are respected. */
static int mbox_check_lock(const struct mbox *mbox, struct err *err)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	struct buf dot = BUF_INIT(4096);
	bool locked;

	buf_printf(&dot, "%s.lock", mbox->path);
	locked = access(buf_text(&dot), F_OK) == 0;
	buf_free(&dot);
	if (locked || flock(mbox->fd, LOCK_SH | LOCK_NB) < 0 ||
	    fcntl(mbox->fd, F_SETLK, &lock) < 0)
		return err_set(err, ERR_BUSY, "%s is locked", mbox->path);
	return 0;
}

static struct mbox *mbox_new(int fd, const char *path, int64_t offset)
{
	struct mbox *mbox = memory_zero(1, sizeof(*mbox));

	mbox->fd = fd;
	mbox->path = memory_text(path);
	mbox->offset = offset;
	mbox->line_start = true;
	return mbox;
}

/* Goes to where it begins, unless somebody has it. */
static int mbox_begin(struct mbox *mbox, struct err *err)
{
	if (mbox_check_lock(mbox, err) < 0)
		return -1;
	if (lseek(mbox->fd, mbox->offset, SEEK_SET) != mbox->offset)
		return err_set_errno(err, errno, "%s", mbox->path);
	return 0;
}

int mbox_open(const char *path, int64_t offset, struct mbox **out,
              struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct mbox *mbox = mbox_new(fd, path, offset);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)err_set_errno(err, errno, "%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		(void)err_set(err, ERR_CONFIG, "%s is no file", path);
	} else if (mbox_begin(mbox, err) == 0) {
		*out = mbox;
		return 0;
	}
	mbox_close(&mbox);
	return -1;
}

int mbox_open_fd(int fd, const char *path, struct mbox **out, struct err *err)
{
	struct mbox *mbox = mbox_new(fd, path, 0);

	if (mbox_begin(mbox, err) < 0) {
		mbox_close(&mbox);
		return -1;
	}
	*out = mbox;
	return 0;
}

void mbox_close(struct mbox **mbox)
{
	if (*mbox == NULL)
		return;
	if ((*mbox)->fd >= 0)
		(void)close((*mbox)->fd);
	free((*mbox)->path);
	free(*mbox);
	*mbox = NULL;
}

int64_t mbox_offset(const struct mbox *mbox)
{
	return mbox->offset;
}

bool mbox_is(const uint8_t *data, size_t len)
{
	return len > 5 && memcmp(data, "From ", 5) == 0;
}

/* Makes sure that at least want bytes lie in the chunk, if there are any. */
static int mbox_fill(struct mbox *mbox, size_t want, struct err *err)
{
	ssize_t count;

	while (mbox->len - mbox->at < want && !mbox->end) {
		memmove(mbox->chunk, mbox->chunk + mbox->at,
		        mbox->len - mbox->at);
		mbox->len -= mbox->at;
		mbox->at = 0;
		count = read(mbox->fd, mbox->chunk + mbox->len,
		             CHUNK_SIZE - mbox->len);
		if (count < 0 && errno != EINTR)
			return err_set_errno(err, errno, "%s", mbox->path);
		mbox->end = count == 0;
		mbox->len += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

static void mbox_advance(struct mbox *mbox, size_t len)
{
	mbox->at += len;
	mbox->offset += (int64_t)len;
}

/* Leaves out the ">" of "From ", ">From ", ">>From " that was put before it. */
static void mbox_skip_quote(struct mbox *mbox)
{
	const char *line = mbox->chunk + mbox->at;
	size_t available = mbox->len - mbox->at, signs = 0;

	while (signs < available && signs < 32 && line[signs] == '>')
		signs++;
	if (signs > 0 && available - signs >= 5 &&
	    memcmp(line + signs, "From ", 5) == 0)
		mbox_advance(mbox, 1);
}

/* Whether the next line is that between two messages. */
static bool mbox_is_at_separator(const struct mbox *mbox)
{
	return mbox->line_start && mbox->len - mbox->at >= 5 &&
	       memcmp(mbox->chunk + mbox->at, "From ", 5) == 0;
}

/* Takes what is left of a line, or of the chunk. */
static struct text mbox_take_line(struct mbox *mbox)
{
	const char *start = mbox->chunk + mbox->at;
	const char *end = memchr(start, '\n', mbox->len - mbox->at);
	size_t len = end != NULL ? (size_t)(end - start) + 1
	                         : mbox->len - mbox->at;

	mbox->line_start = end != NULL;
	mbox_advance(mbox, len);
	return (struct text){start, len};
}

/* The line "From ..." itself. */
static int mbox_skip_separator(struct mbox *mbox, struct err *err)
{
	do {
		if (mbox_fill(mbox, 1, err) < 0)
			return -1;
		if (mbox->len == mbox->at)
			return 0;
		(void)mbox_take_line(mbox);
	} while (!mbox->line_start);
	return 0;
}

/* A line of the message, or a piece of a long one. *blank says whether it is an
   empty one. */
static void mbox_add_line(struct mbox *mbox, struct buf *message, bool *blank)
{
	bool whole = mbox->line_start;
	struct text line;

	if (whole)
		mbox_skip_quote(mbox);
	line = mbox_take_line(mbox);
	*blank = whole &&
	         (line.len == 1 || (line.len == 2 && line.data[0] == '\r'));
	buf_add(message, line.data, line.len);
}

int mbox_next(struct mbox *mbox, struct buf *message, struct err *err)
{
	bool blank = false;

	if (mbox_fill(mbox, LOOK_AHEAD, err) < 0)
		return -1;
	if (mbox->len == mbox->at)
		return 0;
	if (mbox_is_at_separator(mbox) && mbox_skip_separator(mbox, err) < 0)
		return -1;
	for (;;) {
		if (mbox_fill(mbox, LOOK_AHEAD, err) < 0)
			return -1;
		if (mbox->len == mbox->at ||
		    (blank && mbox_is_at_separator(mbox)))
			return 1;
		mbox_add_line(mbox, message, &blank);
	}
}

void mbox_drop_from_line(struct buf *message)
{
	char *end = memchr(message->data, '\n', message->len);

	if (message->len < 5 || memcmp(message->data, "From ", 5) != 0 ||
	    end == NULL)
		return;
	message->len -= (size_t)(end + 1 - message->data);
	memmove(message->data, end + 1, message->len);
}
