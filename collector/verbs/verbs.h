/*
 * What tlsrpt-collector does when it is told to: a file a verb. The table of
 * verbs is in main.c, since serve is not one of these.
 */
#ifndef COLLECTOR_VERBS_VERBS_H
#define COLLECTOR_VERBS_VERBS_H

#include "base/command.h"

/* In the order of verbs_options, which says what they are for. */
enum verbs_option {
	VERBS_MTIME,
	VERBS_AGAIN,
	VERBS_CONNECT,
	VERBS_KEEP,
	VERBS_RAW,
	VERBS_RELOAD,
	VERBS_REPAIR,
	VERBS_OPTIONS,
};

/* The end of --help: the statuses that verbs exit with. */
#define VERBS_EPILOGUE                                                        \
	"Exit status as in sysexits.h: 0 success, 64 wrong usage, 65 some "   \
	"inputs were\nrefused, 66 an input cannot be read, 71 a system call " \
	"failed, 74 the output\ncannot be written, 75 a local error, try "    \
	"again, 78 the configuration is wrong\nor missing.\n"

extern const struct command_option verbs_options[VERBS_OPTIONS];

/* Each returns an exit status; what went wrong is printed. */
int backup_run(const struct command_line *line);
int check_config_run(const struct command_line *line);
int check_store_run(const struct command_line *line);
int import_run(const struct command_line *line);
int poll_run(const struct command_line *line);
int refused_run(const struct command_line *line);
int reparse_run(const struct command_line *line);
int reports_run(const struct command_line *line);

#endif
