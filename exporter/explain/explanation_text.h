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

#endif
