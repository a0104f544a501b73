/*
 * The command line of a program with verbs. Verbs and options are listed once,
 * in tables: parsing, --help and what is said of wrong usage follow from them.
 * -c, -h and -V are every program's.
 */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* As many arguments as are wanted. */
#define COMMAND_ANY INT_MAX

/* Of a verb that bears with every option, such as one that mail pipes call. */
#define COMMAND_ANY_OPTION UINT32_MAX

#define COMMAND_OPTIONS_MAX 32
#define COMMAND_BIT(option) (UINT32_C(1) << (option))

struct command_option {
	const char *name;
	int has_arg;       /* of getopt_long(3) */
	int option;        /* the program's number, below COMMAND_OPTIONS_MAX */
	const char *value; /* what help calls its argument, or "" */
	const char *help;
};

struct command_line;

struct command_verb {
	const char *name;
	const char *values; /* what help calls its arguments, or "" */
	int min, max;       /* how many it takes */
	uint32_t options;   /* COMMAND_BIT() of each that it takes */
	int (*run)(const struct command_line *line); /* an exit status */
	const char *help;
};

struct command {
	const char *program;
	const char *version;
	const char *config; /* the file that is read without -c */
	const char *summary;
	const char *epilogue;
	const struct command_verb *verbs; /* the first is the default */
	size_t verb_count;
	const struct command_option *options;
	size_t option_count;
	int column; /* of help, where texts begin */
};

/* An option as it was given. */
struct command_given {
	int option;
	const char *value;
};

struct command_line {
	const struct command *command;
	const char *verb; /* NULL: wrong usage, or -h or -V */
	const char *config;
	uint32_t options;            /* COMMAND_BIT() of each that was given */
	struct command_given *given; /* until command_run() returns */
	size_t given_count;
	int count; /* arguments after the verb */
	char **rest;
};

/* Runs the verb that argv names and returns its exit status, or EX_USAGE after
   a line on standard error. line may be asked for its verb and options
   afterwards. */
int command_run(const struct command *command, int argc, char *argv[],
                struct command_line *line);

bool command_has(const struct command_line *line, int option);

/* The value of an option, the last where it was given twice; NULL: none. */
const char *command_value(const struct command_line *line, int option);

/* The number-th value of an option that may be repeated; NULL: none. */
const char *command_value_at(const struct command_line *line, int option,
                             size_t number);

/* Prints the error with the program's name; returns its exit status. */
int command_fail(const struct command_line *line, const struct err *err);

#endif
