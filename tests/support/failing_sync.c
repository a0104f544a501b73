/*
 * Preloaded into a program, makes a disk that does not keep what it is given:
 * fsync() and fdatasync() fail as long as the file named by FAIL_SYNC is there.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_by(const char *name, int fd)
{
	const char *flag = getenv("FAIL_SYNC");
	void *real = dlsym(RTLD_NEXT, name);
	int (*call)(int);

	if (flag != NULL && access(flag, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	*(void **)&call = real;
	return call(fd);
}

int fsync(int fd)
{
	return sync_by("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_by("fdatasync", fd);
}
