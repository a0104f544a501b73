/*
 * What stands behind the verb on the command line. Options that a verb does not
 * know are refused by it.
 */
#ifndef EXPORTER_VERBS_ARGUMENTS_H
#define EXPORTER_VERBS_ARGUMENTS_H

#include <stdbool.h>

#include "base/options.h"

struct arguments {
	const char *config;
	bool json;              /* verdict */
	bool explain;           /* verdict */
	const char *at;         /* verdict: a moment, NULL: now */
	const char *from, *to;  /* backfill: days, NULL: all that there is */
	const char *families;   /* backfill: groups, NULL: the usual ones */
	const char *labels[16]; /* backfill: NAME=VALUE */
	int label_count;
	const char *split;  /* backfill: "month", NULL: all in one */
	const char *output; /* backfill: folder for the parts */
	char **rest;
	int rest_count;
};

#endif
