#include "base/command.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/attr.h"
#include "base/exit.h"
#include "base/memory.h"

#define COMMAND_WIDTH 79

/* What getopt_long() returns for an option of the program: above letters. */
#define COMMAND_CODES 256

static const struct option command_common[] = {
	{"config", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
};

/* --- help ---------------------------------------------------------------- */

/* A text beside what was printed up to column at, broken between words. */
static void command_print_text(const struct command *command, int at,
                               const char *text)
{
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, " ");
		if (at + 1 + (int)len > COMMAND_WIDTH) {
			(void)putchar('\n');
			at = 0;
		}
		at += printf("%*s%.*s",
		             at < command->column ? command->column - at : 1,
		             "", (int)len, text);
		text += len + (text[len] == ' ');
	}
	(void)putchar('\n');
}

static void command_print_help(const struct command *command)
{
	const struct command_option *option = command->options;
	const struct command_verb *verb = command->verbs;
	size_t i;

	(void)printf("Usage: %s [-c FILE] [VERB]\n\n%s\n\n", command->program,
	             command->summary);
	for (i = 0; i < command->verb_count; i++, verb++)
		command_print_text(command,
		                   printf("  %s %s", verb->name, verb->values),
		                   verb->help);
	(void)printf("\n%-*sread FILE instead of %s\n", command->column,
	             "  -c, --config FILE", command->config);
	for (i = 0; i < command->option_count; i++, option++)
		command_print_text(command,
		                   printf("      --%s %s", option->name,
		                          option->value),
		                   option->help);
	(void)printf("%-*sshow this\n%-*sshow the version\n\n%s",
	             command->column, "  -h, --help", command->column,
	             "  -V, --version", command->epilogue);
}

/* --- parsing ------------------------------------------------------------- */

static struct option *command_long_options(const struct command *command)
{
	const size_t common = ARRAY_LENGTH(command_common);
	struct option *all =
		memory_zero(common + command->option_count + 1, sizeof(*all));
	const struct command_option *option = command->options;
	size_t i;

	memcpy(all, command_common, sizeof(command_common));
	for (i = 0; i < command->option_count; i++, option++) {
		assert(option->option < COMMAND_OPTIONS_MAX);
		all[common + i] =
			(struct option){option->name, option->has_arg, NULL,
		                        COMMAND_CODES + option->option};
	}
	return all;
}

/* 1 after -h and -V, -1 after what getopt_long() has complained of. */
static int command_parse(const struct command *command, int argc, char *argv[],
                         struct command_line *line)
{
	struct option *all = command_long_options(command);
	int c, result = 0;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has started. */
	while (result == 0 &&
	       (c = getopt_long(argc, argv, "c:hV", all, NULL)) != -1) {
		if (c == 'c') {
			line->config = optarg;
		} else if (c == 'h') {
			command_print_help(command);
			result = 1;
		} else if (c == 'V') {
			(void)puts(command->version);
			result = 1;
		} else if (c < COMMAND_CODES) {
			result = -1;
		} else {
			line->options |= COMMAND_BIT(c - COMMAND_CODES);
			line->given[line->given_count++] =
				(struct command_given){c - COMMAND_CODES,
			                               optarg};
		}
	}
	free(all);
	return result;
}

static int command_wrong(const struct command_line *line, const char *what)
{
	(void)fprintf(stderr, "%s: %s %s; see --help\n", line->command->program,
	              line->verb, what);
	return EX_USAGE;
}

/* The first option that was given and is not the verb's, by its name. */
static int command_wrong_option(const struct command_line *line, uint32_t wrong)
{
	const struct command_option *option = line->command->options;

	while ((wrong & COMMAND_BIT(option->option)) == 0)
		option++;
	(void)fprintf(stderr, "%s: %s does not take --%s; see --help\n",
	              line->command->program, line->verb, option->name);
	return EX_USAGE;
}

static int command_run_verb(const struct command_line *line)
{
	const struct command *command = line->command;
	const struct command_verb *verb = command->verbs;
	size_t i;

	for (i = 0; i < command->verb_count; i++, verb++) {
		if (strcmp(verb->name, line->verb) != 0)
			continue;
		if ((line->options & ~verb->options) != 0)
			return command_wrong_option(
				line, line->options & ~verb->options);
		if (line->count < verb->min)
			return command_wrong(line, "takes an argument");
		if (line->count > verb->max)
			return command_wrong(
				line, verb->max == 0 ? "takes no arguments"
						     : "takes fewer arguments");
		return verb->run(line);
	}
	(void)fprintf(stderr, "%s: there is no verb \"%s\"; see --help\n",
	              command->program, line->verb);
	return EX_USAGE;
}

int command_run(const struct command *command, int argc, char *argv[],
                struct command_line *line)
{
	int result;

	*line = (struct command_line){.command = command,
	                              .config = command->config};
	line->given = memory_zero((size_t)argc + 1, sizeof(*line->given));
	result = command_parse(command, argc, argv, line);
	if (result == 0) {
		line->verb = optind < argc ? argv[optind++]
		                           : command->verbs[0].name;
		line->count = argc - optind;
		line->rest = argv + optind;
		result = command_run_verb(line);
	} else {
		result = result < 0 ? EX_USAGE : EX_OK;
	}
	free(line->given);
	line->given = NULL;
	line->given_count = 0;
	return result;
}

bool command_has(const struct command_line *line, int option)
{
	return (line->options & COMMAND_BIT(option)) != 0;
}

const char *command_value(const struct command_line *line, int option)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < line->given_count; i++) {
		if (line->given[i].option == option)
			value = line->given[i].value;
	}
	return value;
}

const char *command_value_at(const struct command_line *line, int option,
                             size_t number)
{
	size_t i, before = 0;

	for (i = 0; i < line->given_count; i++) {
		if (line->given[i].option != option)
			continue;
		if (before == number)
			return line->given[i].value;
		before++;
	}
	return NULL;
}

int command_fail(const struct command_line *line, const struct err *err)
{
	(void)fprintf(stderr, "%s: %s\n", line->command->program, err->text);
	return exit_status(err);
}
