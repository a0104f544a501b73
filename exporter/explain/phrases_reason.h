/*
 * Why a verdict is what it is, and what to do about it, in plain sentences:
 * for somebody who has five minutes.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_REASON_H
#define EXPORTER_EXPLAIN_PHRASES_REASON_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* A sentence or two on why: who, how many, where, since when. */
void phrases_reason_write(const struct explanation *explanation,
                          enum verdict_reason reason, struct buf *out);

/* What to do about it. */
void phrases_reason_advise(const struct explanation *explanation,
                           enum verdict_reason reason, struct buf *out);

#endif
