/*
 * The conditions of ready as a table, and when it will be ready, as text for a
 * terminal of 80 columns.
 */
#ifndef EXPORTER_EXPLAIN_CONDITIONS_TEXT_H
#define EXPORTER_EXPLAIN_CONDITIONS_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* The table; all: with what is met. Nothing where nothing is lacking, unless
   all is asked for. */
void conditions_text_write(const struct explanation *explanation, bool all,
                           struct buf *out);

/* "4 of 10 days with reports" and the like: seen and needed, in words. */
void conditions_text_add_seen(const struct explanation *explanation,
                              const struct condition *condition,
                              struct buf *out);

/* "met", "about 2026-12-14 at the present rate", "not by waiting: ..." */
void conditions_text_add_status(const struct explanation *explanation,
                                const struct condition *condition,
                                struct buf *out);

#endif
