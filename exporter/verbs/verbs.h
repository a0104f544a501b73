/*
 * The verbs of tlsrpt-exporter that end by themselves, a file each. The table
 * of verbs is in main.c, since serve is not one of these.
 */
#ifndef EXPORTER_VERBS_VERBS_H
#define EXPORTER_VERBS_VERBS_H

#include "base/command.h"

/* In the order of verbs_options, which says what they are for. */
enum verbs_option {
	VERBS_JSON,
	VERBS_EXPLAIN,
	VERBS_AT,
	VERBS_WITHOUT,
	VERBS_ACCEPT,
	VERBS_FROM,
	VERBS_TO,
	VERBS_LABEL,
	VERBS_FAMILIES,
	VERBS_SPLIT,
	VERBS_OUTPUT,
	VERBS_OPTIONS,
};

extern const struct command_option verbs_options[VERBS_OPTIONS];

/* Each returns an exit status, and has said on standard error why it is not
   0. */
int backfill_run(const struct command_line *line);
int check_config_run(const struct command_line *line);
/* 0 ready or enforce_ok, 1 not yet, 2 needs action, of the worst domain; above
   63 as in sysexits.h. */
int verdict_verb_run(const struct command_line *line);

#endif
