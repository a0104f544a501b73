#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/command.h"
#include "tests/support/cmocka_all.h"

enum option_of_ours {
	OPTION_LOUD,
	OPTION_NAME,
};

/* What the last verb saw. */
static struct seen {
	const char *verb, *config, *first, *last, *name, *names[3];
	int count;
	bool loud;
} seen;

static int note(const struct command_line *line)
{
	size_t i;

	seen = (struct seen){.verb = line->verb,
	                     .config = line->config,
	                     .count = line->count,
	                     .loud = command_has(line, OPTION_LOUD),
	                     .name = command_value(line, OPTION_NAME)};
	if (line->count > 0) {
		seen.first = line->rest[0];
		seen.last = line->rest[line->count - 1];
	}
	for (i = 0; i < ARRAY_LENGTH(seen.names); i++)
		seen.names[i] = command_value_at(line, OPTION_NAME, i);
	return EX_OK;
}

static int miss(const struct command_line *line)
{
	struct err err;

	(void)err_set(&err, ERR_NOT_FOUND, "no such thing");
	return command_fail(line, &err);
}

static const struct command_verb verbs[] = {
	{"serve", "", 0, 0, 0, note, "go on until stopped (the default)"},
	{"show", "NAME...", 1, 2,
         COMMAND_BIT(OPTION_LOUD) | COMMAND_BIT(OPTION_NAME), note,
         "show some, with a text that is so long that it does not fit in the "
         "line where it begins, nor in the next one"},
	{"any", "", 0, COMMAND_ANY, COMMAND_ANY_OPTION, note, "take all"},
	{"fail", "", 0, 0, 0, miss, "fail"},
};

static const struct command_option options[] = {
	{"loud", no_argument, OPTION_LOUD, "", "with show: aloud"},
	{"name", required_argument, OPTION_NAME, "NAME=VALUE", "a name"},
};

static const struct command command = {
	.program = "program",
	.version = "program 1",
	.config = "/etc/program.conf",
	.summary = "Shows what a program can.",
	.epilogue = "The end.\n",
	.verbs = verbs,
	.verb_count = ARRAY_LENGTH(verbs),
	.options = options,
	.option_count = ARRAY_LENGTH(options),
	.column = 20,
};

static struct command_line line;

/* Runs the words after the program's name, separated by blanks. */
static int run(const char *words)
{
	static char copy[256];
	char *argv[32] = {NULL}, *rest = copy, *word;
	char program[] = "program";
	int argc = 0;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	argv[argc++] = program;
	while ((word = strtok_r(rest, " ", &rest)) != NULL)
		argv[argc++] = word;
	seen = (struct seen){.verb = NULL};
	optind = 0; /* getopt_long() begins again */
	return command_run(&command, argc, argv, &line);
}

static void options_may_stand_anywhere(void **state)
{
	(void)state;
	assert_int_equal(run("show --loud one two"), EX_OK);
	assert_true(seen.loud);
	assert_int_equal(run("--loud -c other show one"), EX_OK);
	assert_true(seen.loud);
	assert_int_equal(seen.count, 1);
	assert_int_equal(run("show one --loud"), EX_OK);
	assert_true(seen.loud);
	assert_true(command_has(&line, OPTION_LOUD));
	assert_int_equal(run("show one"), EX_OK);
	assert_false(seen.loud);
}

static void the_first_verb_is_the_default(void **state)
{
	(void)state;
	assert_int_equal(run(""), EX_OK);
	assert_string_equal(line.verb, "serve");
	assert_int_equal(seen.count, 0);
	assert_null(seen.name);
}

static void wrong_usage_is_told(void **state)
{
	static const char *const wrong[] = {
		"nothing",      "serve one",     "show",        "show a b c",
		"serve --loud", "--name x fail", "show --no x", "show x --name",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(wrong); i++) {
		assert_int_equal(run(wrong[i]), EX_USAGE);
		assert_null(seen.verb);
	}
	assert_int_equal(run("any a b c d --loud --name x"), EX_OK);
	assert_int_equal(seen.count, 4);
}

static void values_are_the_last_or_all(void **state)
{
	(void)state;
	assert_int_equal(run("any --name a --loud --name=b"), EX_OK);
	assert_null(seen.names[2]);
	assert_true(seen.loud);
	assert_string_equal(seen.name, "b");
	assert_string_equal(seen.names[0], "a");
	assert_string_equal(seen.names[1], "b");
}

static void an_error_has_its_exit_status(void **state)
{
	(void)state;
	assert_int_equal(run("fail"), EX_NOINPUT);
}

/* Standard output of a run, by way of a file. */
static void print(const char *words, char *out, size_t size)
{
	FILE *file = tmpfile();
	int before;
	size_t len;

	assert_non_null(file);
	(void)fflush(stdout);
	before = dup(STDOUT_FILENO);
	assert_true(before >= 0 &&
	            dup2(fileno(file), STDOUT_FILENO) == STDOUT_FILENO);
	assert_int_equal(run(words), EX_OK);
	(void)fflush(stdout);
	assert_true(dup2(before, STDOUT_FILENO) == STDOUT_FILENO);
	(void)close(before);
	rewind(file);
	len = fread(out, 1, size - 1, file);
	out[len] = '\0';
	(void)fclose(file);
}

static void help_is_made_from_the_tables(void **state)
{
	char out[4096];

	(void)state;
	print("--help", out, sizeof(out));
	assert_string_equal(
		out,
		"Usage: program [-c FILE] [VERB]\n"
		"\n"
		"Shows what a program can.\n"
		"\n"
		"  serve             go on until stopped (the default)\n"
		"  show NAME...      show some, with a text that is so long "
		"that it does not fit\n"
		"                    in the line where it begins, nor in the "
		"next one\n"
		"  any               take all\n"
		"  fail              fail\n"
		"\n"
		"  -c, --config FILE read FILE instead of "
		"/etc/program.conf\n"
		"      --loud        with show: aloud\n"
		"      --name NAME=VALUE a name\n"
		"  -h, --help        show this\n"
		"  -V, --version     show the version\n"
		"\n"
		"The end.\n");
	assert_null(line.verb);
	print("show -V --loud", out, sizeof(out));
	assert_string_equal(out, "program 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(the_first_verb_is_the_default),
		cmocka_unit_test(wrong_usage_is_told),
		cmocka_unit_test(values_are_the_last_or_all),
		cmocka_unit_test(an_error_has_its_exit_status),
		cmocka_unit_test(help_is_made_from_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
