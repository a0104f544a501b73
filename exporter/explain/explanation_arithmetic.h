/*
 * The arithmetic behind a verdict, as text: the numbers that it compares.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_ARITHMETIC_H
#define EXPORTER_EXPLAIN_EXPLANATION_ARITHMETIC_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

void explanation_arithmetic_write(const struct explanation *explanation,
                                  struct buf *out);

#endif
