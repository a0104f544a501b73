/*
 * Why a verdict is what it is, in plain sentences.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_REASON_H
#define EXPORTER_EXPLAIN_PHRASES_REASON_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* One sentence on why, with its numbers. */
void phrases_reason_write(const struct explanation *explanation,
                          enum verdict_reason reason, struct buf *out);

#endif
