/*
 * An explanation as text for a terminal of 80 columns. What strangers wrote
 * goes through buf_add_printable().
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_TEXT_H
#define EXPORTER_EXPLAIN_EXPLANATION_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* One domain in words; explain adds the arithmetic. */
void explanation_text_write(const struct explanation *explanation, bool explain,
                            struct buf *out);

/* The fleet's table: its head, and one line. */
void explanation_text_table_head(struct buf *out);
void explanation_text_table_line(const struct explanation *explanation,
                                 struct buf *out);

/* The same of a what if: what each verdict is and would be. */
void explanation_text_what_if_head(struct buf *out);
void explanation_text_what_if_line(const struct explanation *explanation,
                                   struct buf *out);

#endif
