#include "collector/mailbox/secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/timestamp.h"

#define WORDS_MAX 64

/* How long token_command may take to print, to end after that, and to end when
   it is told to; and how often that is looked at. */
#define COMMAND_MS   30000
#define END_MS       5000
#define TERM_MS      2000
#define CHECK_MS     250
#define WAIT_STEP_MS 10

/* The words of a command line, separated by blanks; they lie in line. */
static void secret_command_split(char *line, char *words[WORDS_MAX + 1])
{
	int count = 0;
	char *rest = line, *word;

	while (count < WORDS_MAX && (word = strsep(&rest, " \t")) != NULL) {
		if (word[0] != '\0')
			words[count++] = word;
	}
	words[count] = NULL;
}

/* Between fork and exec. Its group is its own, so that all that it starts can
   be ended with it; when this process is killed, it goes too. */
static void secret_command_exec(char *const words[], int out, int trouble)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), number;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGINT, SIG_DFL);
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0 &&
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		(void)execvp(words[0], words);
	number = errno;
	(void)!write(trouble, &number, sizeof(number));
	_exit(EXIT_FAILURE);
}

/* Starts it; 0, or the errno of what failed. *out is where it prints. */
static int secret_command_start(char *const words[], int *out, pid_t *pid)
{
	int output[2], trouble[2], number = 0;

	if (pipe2(output, O_CLOEXEC) < 0)
		return errno;
	if (pipe2(trouble, O_CLOEXEC) < 0) {
		number = errno;
		(void)close(output[0]);
		(void)close(output[1]);
		return number;
	}
	*pid = fork();
	if (*pid == 0)
		secret_command_exec(words, output[1], trouble[1]);
	if (*pid < 0)
		number = errno;
	else
		(void)setpgid(*pid, *pid);
	(void)close(output[1]);
	(void)close(trouble[1]);
	/* Nothing comes when exec closes it. */
	if (number == 0 &&
	    read(trouble[0], &number, sizeof(number)) == sizeof(number))
		(void)waitpid(*pid, NULL, 0);
	(void)close(trouble[0]);
	*out = output[0];
	if (number != 0)
		(void)close(output[0]);
	return number;
}

/* Whether it has ended; it stays a zombie, so that its number, which is that of
   its group too, can be nobody else's yet. */
static bool secret_command_has_ended(pid_t pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) <
	               0 ||
	       info.si_pid == pid;
}

/* Waits until it has ended, at most so long. */
static bool secret_command_wait(pid_t pid, int64_t milliseconds)
{
	const struct timespec step = {0, WAIT_STEP_MS * 1000000L};
	int64_t until = timestamp_monotonic_ms() + milliseconds;

	while (!secret_command_has_ended(pid)) {
		if (timestamp_monotonic_ms() >= until)
			return false;
		(void)nanosleep(&step, NULL);
	}
	return true;
}

/* Ends it, if it has not ended by itself in that time, and all of its group
   that is left. Returns whether it ended by itself; *status is then how. */
static bool secret_command_end(pid_t pid, int64_t patience, int *status)
{
	bool by_itself = secret_command_wait(pid, patience);

	if (!by_itself) {
		(void)kill(-pid, SIGTERM);
		(void)secret_command_wait(pid, TERM_MS);
	}
	(void)kill(-pid, SIGKILL);
	/* What the kernel itself holds up is left to it. */
	if (secret_command_wait(pid, TERM_MS))
		(void)waitpid(pid, status, WNOHANG);
	return by_itself;
}

/* What has come: 1, 0 when that was the end. */
static int secret_command_read_piece(int fd, struct buf *out, struct err *err)
{
	char *place = buf_reserve(out, 4096);
	ssize_t count;

	if (place == NULL)
		return err_set(err, ERR_CONFIG,
		               "token_command prints too much");
	do
		count = read(fd, place, 4096);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return err_set_errno(err, errno, "token_command");
	buf_commit(out, (size_t)count);
	return count > 0;
}

/* All that it prints, until it closes its output, has ended (what it started
   may hold its output open), or the time is over. */
static int secret_command_read(int fd, int collector, pid_t pid,
                               struct buf *out, struct err *err)
{
	int64_t until = timestamp_monotonic_ms() + COMMAND_MS;
	struct pollfd entries[] = {{.fd = fd, .events = POLLIN},
	                           {.fd = collector, .events = POLLRDHUP}};
	int more = 1;
	bool ended;

	while (more == 1) {
		ended = secret_command_has_ended(pid);
		if (poll(entries, 2, ended ? 0 : CHECK_MS) == 0 && ended)
			return 0;
		if (timestamp_monotonic_ms() >= until)
			return err_set(err, ERR_BUSY,
			               "token_command takes over %d seconds",
			               COMMAND_MS / 1000);
		if (entries[1].revents != 0)
			return err_set(err, ERR_BUSY,
			               "token_command is not needed any more");
		if (entries[0].revents != 0)
			more = secret_command_read_piece(fd, out, err);
	}
	return more;
}

int secret_command_run(const char *command, int collector, struct buf *out,
                       struct err *err)
{
	char *line = memory_text(command), *words[WORDS_MAX + 1];
	int fd = -1, number, status = 0, result;
	bool ended;
	pid_t pid = 0;

	secret_command_split(line, words);
	if (words[0] == NULL) {
		free(line);
		return err_set(err, ERR_CONFIG, "token_command is empty");
	}
	number = secret_command_start(words, &fd, &pid);
	if (number != 0) {
		(void)err_set_errno(err, number, "token_command %s", words[0]);
		free(line);
		return -1;
	}
	result = secret_command_read(fd, collector, pid, out, err);
	(void)close(fd);
	ended = secret_command_end(pid, result == 0 ? END_MS : 0, &status);
	if (result == 0 && !ended)
		result = err_set(err, ERR_BUSY,
		                 "token_command %s closed its output and was "
		                 "still running %d seconds later; it was ended",
		                 words[0], END_MS / 1000);
	if (result == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		result = err_set(err, ERR_BUSY,
		                 "token_command %s failed (status %d)",
		                 words[0],
		                 WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	free(line);
	return result;
}
