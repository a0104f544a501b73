#include "collector/mailbox/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/file.h"
#include "base/timestamp.h"

#define SECRET_MOST 65536U
#define COMMAND_MS  30000
#define WORDS_MOST  64

/* Without the line end that editors leave; refused with any other control
   character, which would be a command of its own in a protocol. */
static int take(struct buf *text, const char *from, char **secret,
                struct err *err)
{
	struct text value = text_trim((struct text){text->data, text->len});
	size_t i;

	if (value.len == 0)
		return err_set(err, ERR_USAGE, "%s is empty", from);
	for (i = 0; i < value.len; i++) {
		if ((unsigned char)value.data[i] < ' ' || value.data[i] == 0x7f)
			return err_set(err, ERR_USAGE,
			               "%s holds more than one line", from);
	}
	*secret = memory_zero(1, value.len + 1);
	memcpy(*secret, value.data, value.len);
	return 0;
}

static int from_file(const char *path, char **secret, struct err *err)
{
	struct buf text = BUF_INIT(SECRET_MOST);
	int result = file_read(path, &text, err);

	if (result == 0)
		result = take(&text, path, secret, err);
	if (text.data != NULL)
		explicit_bzero(text.data, text.size);
	buf_free(&text);
	return result;
}

static int from_credential(const char *name, char **secret, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf path = BUF_INIT(4096);
	int result;

	if (folder == NULL)
		return err_set(
			err, ERR_USAGE,
			"no credential \"%s\": CREDENTIALS_DIRECTORY is "
			"not set; add LoadCredential=%s:PATH to the unit",
			name, name);
	buf_printf(&path, "%s/%s", folder, name);
	result = from_file(buf_text(&path), secret, err);
	buf_free(&path);
	return result;
}

int secret_password(const struct mailbox_settings *settings, char **secret,
                    struct err *err)
{
	const char *value;

	if (settings->password_file != NULL)
		return from_file(settings->password_file, secret, err);
	if (settings->password_credential != NULL)
		return from_credential(settings->password_credential, secret,
		                       err);
	value = settings->password_env != NULL ? getenv(settings->password_env)
	                                       : NULL;
	if (value == NULL)
		return err_set(err, ERR_USAGE,
		               "the environment has no variable %s",
		               settings->password_env != NULL
		                       ? settings->password_env
		                       : "");
	*secret = memory_text(value);
	return 0;
}

/* --- tokens -------------------------------------------------------------- */

/* The words of a command line, parted by blanks; they lie in line. */
static void split(char *line, char *words[WORDS_MOST + 1])
{
	int count = 0;
	char *rest = line, *word;

	while (count < WORDS_MOST && (word = strsep(&rest, " \t")) != NULL) {
		if (word[0] != '\0')
			words[count++] = word;
	}
	words[count] = NULL;
}

static int start(char *const words[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int number;

	(void)posix_spawn_file_actions_init(&files);
	number = posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
	                                          "/dev/null", O_RDONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_adddup2(&files, out,
		                                          STDOUT_FILENO);
	if (number == 0)
		number = posix_spawn_file_actions_addclosefrom_np(&files, 3);
	if (number == 0)
		number = posix_spawnp(pid, words[0], &files, NULL, words,
		                      environ);
	(void)posix_spawn_file_actions_destroy(&files);
	return number;
}

/* All that it prints, until it ends or the time is over. */
static int read_output(int fd, struct buf *out, struct err *err)
{
	int64_t until = timestamp_monotonic_ms() + COMMAND_MS, left;
	struct pollfd entry = {.fd = fd, .events = POLLIN};
	ssize_t count;
	char *place;

	for (;;) {
		left = until - timestamp_monotonic_ms();
		if (left <= 0 || poll(&entry, 1, (int)left) == 0)
			return err_set(err, ERR_BUSY,
			               "token_command takes over %d seconds",
			               COMMAND_MS / 1000);
		place = buf_reserve(out, 4096);
		if (place == NULL)
			return err_set(err, ERR_USAGE,
			               "token_command prints too much");
		count = read(fd, place, 4096);
		if (count < 0 && errno != EINTR)
			return err_set_errno(err, errno, "token_command");
		if (count == 0)
			return 0;
		buf_commit(out, count > 0 ? (size_t)count : 0);
	}
}

static int run(const char *command, struct buf *out, struct err *err)
{
	char *line = memory_text(command), *words[WORDS_MOST + 1];
	int ends[2], number, status = 0, result;
	pid_t pid = 0;

	split(line, words);
	if (words[0] == NULL || pipe2(ends, O_CLOEXEC) < 0) {
		free(line);
		return err_set(err, ERR_USAGE, "token_command is empty");
	}
	number = start(words, ends[1], &pid);
	(void)close(ends[1]);
	result = number == 0 ? read_output(ends[0], out, err)
	                     : err_set_errno(err, number, "token_command %s",
	                                     words[0]);
	(void)close(ends[0]);
	if (number == 0) {
		if (result < 0)
			(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	if (result == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		result = err_set(err, ERR_BUSY,
		                 "token_command %s failed (status %d)",
		                 words[0],
		                 WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	free(line);
	return result;
}

/* What an OAuth token endpoint answers (RFC 6749 section 5.1). */
static int take_json(struct buf *text, char **secret, int64_t *seconds,
                     struct err *err)
{
	json_t *root = json_loadb(text->data, text->len, 0, NULL);
	const char *token =
		json_string_value(json_object_get(root, "access_token"));
	json_int_t lives =
		json_integer_value(json_object_get(root, "expires_in"));
	struct buf copy = BUF_INIT(SECRET_MOST);
	int result;

	if (token == NULL) {
		json_decref(root);
		return err_set(err, ERR_USAGE,
		               "token_command prints JSON without an "
		               "access_token");
	}
	*seconds = lives > 0 ? lives : 0;
	buf_add_text(&copy, token);
	result = take(&copy, "the token", secret, err);
	buf_free(&copy);
	json_decref(root);
	return result;
}

int secret_token(const struct mailbox_settings *settings, char **secret,
                 int64_t *seconds, struct err *err)
{
	struct buf text = BUF_INIT(SECRET_MOST);
	int result = run(settings->token_command, &text, err);

	*seconds = 0;
	if (result == 0 &&
	    text_starts(text_trim((struct text){text.data, text.len}), "{"))
		result = take_json(&text, secret, seconds, err);
	else if (result == 0)
		result = take(&text, "what token_command prints", secret, err);
	buf_free(&text);
	return result;
}
