#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/attr.h"

#ifdef TLSRPT_COVERAGE
void __gcov_dump(void);
#endif

/* How long a child that was told to end may take. */
#define END_STEPS   20
#define END_STEP_US 5000

/* And how long one that was killed. */
#define KILL_STEPS 1000

/* What libraries under the program want to know: sanitizers, a fake clock, what
   counts which lines are reached. */
static const char *const passed_on[] = {
	"GCOV_PREFIX=",  "LD_PRELOAD=",
	"FAKETIME=",     "FAKETIME_DONT_FAKE_MONOTONIC=",
	"ASAN_OPTIONS=", "TSAN_OPTIONS=",
	"UBSAN_OPTIONS="};

#define PASSED_ON ARRAY_LENGTH(passed_on)

static void child_fill_environment(char *out[PASSED_ON + 1])
{
	size_t count = 0, i;
	char **entry;

	for (entry = environ; *entry != NULL; entry++) {
		for (i = 0; i < PASSED_ON && count < PASSED_ON; i++) {
			if (strncmp(*entry, passed_on[i],
			            strlen(passed_on[i])) == 0)
				out[count++] = *entry;
		}
	}
	out[count] = NULL;
}

static int child_prepare_spawn(posix_spawn_file_actions_t *files,
                               posix_spawnattr_t *attributes, int fd)
{
	sigset_t none, ignored;
	int number;

	(void)sigemptyset(&none);
	(void)sigemptyset(&ignored);
	(void)sigaddset(&ignored, SIGPIPE);
	number = posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (number == 0)
		number = posix_spawnattr_setsigmask(attributes, &none);
	if (number == 0)
		number = posix_spawnattr_setsigdefault(attributes, &ignored);
	if (number == 0)
		number = posix_spawn_file_actions_adddup2(files, fd, CHILD_FD);
	if (number == 0)
		number = posix_spawn_file_actions_addopen(
			files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_addopen(
			files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_addclosefrom_np(files,
		                                                  CHILD_FD + 1);
	return number;
}

static int child_spawn(const char *verb, bool environment, int fd, pid_t *pid)
{
	/* execve() takes what it does not change. */
	char word[32];
	char *arguments[] = {program_invocation_short_name, word, NULL};
	char *few[PASSED_ON + 1];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int number;

	(void)snprintf(word, sizeof(word), "%s", verb);
	child_fill_environment(few);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	number = child_prepare_spawn(&files, &attributes, fd);
	if (number == 0)
		number = posix_spawn(pid, "/proc/self/exe", &files, &attributes,
		                     arguments, environment ? environ : few);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	return number;
}

int child_start(const char *verb, bool environment, struct child *child,
                struct err *err)
{
	int ends[2], number;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set_errno(err, errno, "no socket for a child");
	number = child_spawn(verb, environment, ends[1], &pid);
	(void)close(ends[1]);
	if (number != 0) {
		(void)close(ends[0]);
		return err_set_errno(err, number, "cannot start a child");
	}
	child->pid = pid;
	wire_open(&child->wire, ends[0]);
	return 0;
}

/* It closed its side, or was told to end by ours being closed; then it is
   killed. */
static int child_reap(pid_t pid)
{
	int status = 0, i;

	for (i = 0; i < END_STEPS; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		(void)usleep(END_STEP_US);
	}
	(void)kill(pid, SIGKILL);
	/* A file system that hangs may hold even this up; it is not waited for
	   longer, and what is left is init's. */
	for (i = 0; i < KILL_STEPS && waitpid(pid, &status, WNOHANG) != pid;
	     i++)
		(void)usleep(END_STEP_US);
	return i < KILL_STEPS ? status : SIGKILL;
}

bool child_end(struct child *child, char *out, size_t size)
{
	int status;

	if (size > 0)
		out[0] = '\0';
	if (child->pid == 0)
		return false;
	wire_close(&child->wire);
	status = child_reap(child->pid);
	child->pid = 0;
	if (WIFSIGNALED(status))
		(void)snprintf(out, size, "signal %d", WTERMSIG(status));
	else
		(void)snprintf(out, size, "exit status %d",
		               WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		return WTERMSIG(status) != SIGKILL;
	/* That its socket was closed is no fault of it. */
	return WEXITSTATUS(status) != EX_OK && WEXITSTATUS(status) != EX_IOERR;
}

void child_enter(struct wire *wire)
{
	const struct rlimit none = {0, 0};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	wire_open(wire, CHILD_FD);
	(void)fcntl(CHILD_FD, F_SETFD, FD_CLOEXEC);
}

void child_exit(int status)
{
#ifdef TLSRPT_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}
