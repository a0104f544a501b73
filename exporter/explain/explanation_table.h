/*
 * Verdicts as a table: a line for each domain. What strangers wrote goes
 * through buf_add_printable().
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_TABLE_H
#define EXPORTER_EXPLAIN_EXPLANATION_TABLE_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* The fleet's table: its head, and one line, with the bound of each verdict. */
void explanation_table_head(struct buf *out);
void explanation_table_line(const struct explanation *explanation,
                            struct buf *out);

/* The same of a what if: what each verdict is and would be. */
void explanation_table_what_if_head(struct buf *out);
void explanation_table_what_if_line(const struct explanation *explanation,
                                    struct buf *out);

#endif
