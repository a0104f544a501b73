/*
 * The file that backfill makes. promtool wants the samples of a series together
 * and rising in time, and all of a family in one place; the days of one domain
 * are in memory at a time, so each family has a temporary file.
 */
#ifndef EXPORTER_VERBS_BACKFILL_OUTPUT_H
#define EXPORTER_VERBS_BACKFILL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Families at most. */
#define BACKFILL_OUTPUT_MAX 64U

struct backfill_output {
	FILE *parts[BACKFILL_OUTPUT_MAX]; /* by family; NULL: not wanted */
};

int backfill_output_open(struct backfill_output *output, const bool wanted[],
                         struct err *err) ATTR_MUST_CHECK;
void backfill_output_close(struct backfill_output *output);

/* Each family's lines, sorted by series, at the end of its file; the texts are
   empty afterwards. A series is in one call only. */
int backfill_output_write(struct backfill_output *output, struct buf texts[],
                          struct err *err) ATTR_MUST_CHECK;

/* All families, with HELP and TYPE, as one text. */
int backfill_output_merge(struct backfill_output *output, FILE *out,
                          struct err *err) ATTR_MUST_CHECK;

#endif
