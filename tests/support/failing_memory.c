/*
 * Preloaded into a program, makes memory run out: a file failing_memory beside
 * the library holds a word and a number, and in a process with an argument that
 * ends with this word every allocation fails from that one on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* Allocations that are left; LONG_MAX and no word: all. */
static atomic_long left;
static atomic_bool limited;

/* What a file holds, ended by two NULs. */
static size_t read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, out, size - 2);

	if (fd >= 0)
		(void)close(fd);
	got = got < 0 ? 0 : got;
	out[got] = out[got + 1] = '\0';
	return (size_t)got;
}

static int ends_with(const char *text, const char *word)
{
	size_t len = strlen(text), end = strlen(word);

	return len >= end && strcmp(text + len - end, word) == 0;
}

__attribute__((constructor)) static void set_up(void)
{
	char path[512], wish[128], command[4096], word[64];
	const char *argument;
	Dl_info own;
	char *slash;
	long number;

	if (dladdr((void *)&limited, &own) == 0)
		return;
	(void)snprintf(path, sizeof(path) - 16, "%s", own.dli_fname);
	slash = strrchr(path, '/');
	if (slash == NULL)
		return;
	strcpy(slash + 1, "failing_memory");
	(void)read_file(path, wish, sizeof(wish));
	if (sscanf(wish, "%63s %ld", word, &number) != 2)
		return;
	(void)read_file("/proc/self/cmdline", command, sizeof(command));
	for (argument = command; *argument != '\0';
	     argument += strlen(argument) + 1) {
		if (!ends_with(argument, word))
			continue;
		atomic_store(&left, number);
		atomic_store(&limited, 1);
	}
}

static int is_over(void)
{
	if (!atomic_load(&limited) || atomic_fetch_sub(&left, 1) > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return is_over() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_over() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_over() ? NULL : __libc_realloc(old, size);
}
