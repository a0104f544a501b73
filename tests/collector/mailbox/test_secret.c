#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "collector/mailbox/secret.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* A script of this content, as a command with its folder as the argument. */
static const char *script(struct fixture *f, const char *content)
{
	const char *path = fixture_file(f, "token", content);

	assert_int_equal(chmod(path, 0700), 0);
	return arena_printf(f->arena, "%s %s", path, f->folder);
}

static int token_of(const char *command, char **token, struct err *err)
{
	const struct mailbox_settings settings = {.token_command = command};
	int64_t seconds;

	*token = NULL;
	return secret_token(&settings, -1, token, &seconds, err);
}

/* Whether a process has this word in its command line. */
static bool runs(const char *word)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	struct buf line = BUF_INIT(65536);
	char path[300];
	bool found = false;
	struct err err;

	assert_non_null(processes);
	while (!found && (entry = readdir(processes)) != NULL) {
		(void)snprintf(path, sizeof(path), "/proc/%s/cmdline",
		               entry->d_name);
		buf_reset(&line);
		if (file_read(path, &line, &err) < 0)
			continue;
		found = memmem(line.data, line.len, word, strlen(word)) != NULL;
	}
	(void)closedir(processes);
	buf_free(&line);
	return found;
}

/* A signal takes a moment to arrive. */
static bool still_runs(const char *word)
{
	int i;

	for (i = 0; i < 100 && runs(word); i++)
		(void)usleep(50000);
	return i == 100;
}

/* Commands that do not end when they have printed, as scripts of "sleep N",
   where N is in no other process. */
static void no_command_outlives_its_token(void **state)
{
	static const struct {
		const char *content, *sleep;
		bool has_token;
	} commands[] = {
		{"#!/bin/sh\necho abc\nexec >&-\nsleep 86011\n", "86011",
	         false},
		{"#!/bin/sh\ntrap '' TERM\necho abc\nexec >&-\nsleep 86012\n"
	         "sleep 86012\n",
	         "86012", false},
		{"#!/bin/sh\nsleep 86013 >&- &\necho abc\n", "86013", true},
		{"#!/bin/sh\nsleep 86014 &\necho abc\n", "86014", true},
		{"#!/bin/sh\n(trap '' TERM; sleep 86015) &\necho abc\n",
	         "86015", true},
		{"#!/bin/sh\nsleep 86016 &\nexit 3\n", "86016", false},
	};
	struct err err;
	char *token;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *command = script(*state, commands[i].content);
		int result = token_of(command, &token, &err);

		if (result == 0)
			assert_string_equal(token, "abc");
		else if (commands[i].has_token)
			fail_msg("%s: %s", commands[i].content, err.text);
		assert_int_equal(result == 0, commands[i].has_token);
		if (still_runs(commands[i].sleep))
			fail_msg("%s: still runs", commands[i].content);
		free(token);
	}
}

static void what_is_wrong_with_a_command_is_said(void **state)
{
	static const struct {
		const char *command, *why;
	} commands[] = {
		{"/nowhere/at/all x", "No such file or directory"},
		{"/etc/passwd", "Permission denied"},
		{"false", "failed (status 1)"},
		{"true", "is empty"},
		{" ", "token_command is empty"},
	};
	struct err err;
	char *token;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(token_of(commands[i].command, &token, &err),
		                 -1);
		if (strstr(err.text, commands[i].why) == NULL)
			fail_msg("%s: %s", commands[i].command, err.text);
	}
}

/* A collector that is gone ends the command that ran for it. */
static void a_command_goes_with_its_collector(void **state)
{
	const struct mailbox_settings settings = {
		.token_command =
			script(*state, "#!/bin/sh\nsleep 86017\necho abc\n")};
	struct err err;
	int64_t seconds;
	char *token = NULL;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)close(ends[1]);
	assert_int_equal(
		secret_token(&settings, ends[0], &token, &seconds, &err), -1);
	assert_non_null(strstr(err.text, "not needed any more"));
	assert_false(still_runs("86017"));
	(void)close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_command_outlives_its_token),
		cmocka_unit_test(what_is_wrong_with_a_command_is_said),
		cmocka_unit_test(a_command_goes_with_its_collector),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
