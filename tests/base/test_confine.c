/* What a process cannot do any more. Each case is a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "tests/support/cmocka_all.h"

enum {
	READ_OUTSIDE = 1,
	READ_INSIDE = 2,
	WRITE_INSIDE = 4,
	OPEN_SOCKET = 8,
	START_PROCESS = 16,
	EMPTY_INSIDE = 32,
	MISSING = 64, /* the kernel lacks something */
	BROKEN = 128,
};

static char folder[] = "/tmp/tlsrpt-confine.XXXXXX";

static bool can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool can_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* Opened for reading only, which takes no right to write. */
static bool can_empty(const char *path)
{
	struct stat st = {.st_size = 1};
	int fd = open(path, O_RDONLY | O_TRUNC | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0 || truncate(path, 0) == 0 ||
	       (stat(path, &st) == 0 && st.st_size == 0);
}

static int try_all(const char *inside)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), can = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	can |= pid > 0 ? START_PROCESS : 0;
	can |= fd >= 0 ? OPEN_SOCKET : 0;
	can |= can_read("/etc/passwd") ? READ_OUTSIDE : 0;
	can |= can_read(inside) ? READ_INSIDE : 0;
	can |= can_empty(inside) ? EMPTY_INSIDE : 0;
	can |= can_write(inside) ? WRITE_INSIDE : 0;
	return can;
}

static void fill(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "kept", 4), 4);
	(void)close(fd);
}

/* What a process so confined can do. */
static int run(const struct confine_profile *wish)
{
	char inside[64], missing[CONFINE_MISSING_SIZE];
	int status = 0, can;
	struct err err;
	pid_t pid;

	(void)snprintf(inside, sizeof(inside), "%s/file", folder);
	fill(inside);
	pid = fork();
	if (pid == 0) {
		if (confine(wish, missing, sizeof(missing), &err) < 0)
			_exit(BROKEN);
		can = try_all(inside);
		_exit(can | (missing[0] != '\0' ? MISSING : 0));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) & MISSING)
		skip();
	return WEXITSTATUS(status);
}

static void nothing_at_all(void **state)
{
	const struct confine_profile wish = {.memory = 0};

	(void)state;
	assert_int_equal(run(&wish), 0);
}

static void only_what_is_named_is_read(void **state)
{
	const char *const paths[] = {folder, "/nowhere/at/all", NULL};
	const struct confine_profile wish = {.read_paths = paths};

	(void)state;
	assert_int_equal(run(&wish), READ_INSIDE);
}

static void only_what_is_named_is_changed(void **state)
{
	const char *const paths[] = {folder, NULL};
	const struct confine_profile wish = {.read_paths = paths,
	                                     .write_paths = paths};

	(void)state;
	assert_int_equal(run(&wish), READ_INSIDE | WRITE_INSIDE);
}

static void the_network_alone(void **state)
{
	const struct confine_profile wish = {.network = true};

	(void)state;
	assert_int_equal(run(&wish), OPEN_SOCKET);
}

/* The programs that a process so confined can start. */
static int start_in_it(const struct confine_profile *wish)
{
	static const char *const programs[] = {"/usr/bin/true", "/usr/bin/env"};
	char missing[CONFINE_MISSING_SIZE];
	struct err err;
	int can = 0, status = 0;
	size_t i;
	pid_t pid;

	if (confine(wish, missing, sizeof(missing), &err) < 0)
		return BROKEN;
	for (i = 0; i < 2; i++) {
		pid = fork();
		if (pid == 0) {
			(void)execl(programs[i], programs[i], NULL);
			_exit(EXIT_FAILURE);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
			can |= 1 << i;
	}
	return can | (missing[0] != '\0' ? MISSING : 0);
}

static void only_what_is_named_is_started(void **state)
{
	const char *const all[] = {"/", NULL};
	const char *const ours[] = {"/usr/bin/true", confine_loader(), NULL};
	const struct confine_profile wish = {.threads = true,
	                                     .starts = true,
	                                     .logs = true,
	                                     .read_paths = all,
	                                     .run_paths = ours};
	int status = 0;
	pid_t pid;

	(void)state;
	assert_string_not_equal(confine_loader(), "");
	pid = fork();
	if (pid == 0)
		_exit(start_in_it(&wish));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) & MISSING)
		skip();
	assert_int_equal(WEXITSTATUS(status), 1);
}

/* The kernel never answers the question for a version with EPERM. */
static void
what_a_filter_refuses_is_told_from_what_the_kernel_lacks(void **state)
{
	(void)state;
	assert_string_equal(confine_reason(ENOSYS, false),
	                    "the kernel has none");
	assert_non_null(strstr(confine_reason(ENOSYS, true), "hides it"));
	assert_non_null(strstr(confine_reason(EPERM, true), "a filter"));
	assert_null(strstr(confine_reason(EPERM, true), "the kernel"));
	assert_null(strstr(confine_reason(EPERM, false), "has none"));
	assert_non_null(
		strstr(confine_reason(EOPNOTSUPP, true), "switched off"));
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
	char inside[64];

	(void)state;
	(void)snprintf(inside, sizeof(inside), "%s/file", folder);
	(void)unlink(inside);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(only_what_is_named_is_read),
		cmocka_unit_test(only_what_is_named_is_changed),
		cmocka_unit_test(the_network_alone),
		cmocka_unit_test(only_what_is_named_is_started),
		cmocka_unit_test(
			what_a_filter_refuses_is_told_from_what_the_kernel_lacks),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
