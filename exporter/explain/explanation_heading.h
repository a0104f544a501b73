/*
 * What stands above an explanation that is not of now, or not of what is.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_HEADING_H
#define EXPORTER_EXPLAIN_EXPLANATION_HEADING_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* "As known at the end of 2026-06-20 (UTC), ..." The explanation is of a moment.
 */
void explanation_heading_known(const struct explanation *explanation,
                               struct buf *out);

/* "Without the reports of google.com, it would be collecting; it is ready." The
   explanation has a what if. */
void explanation_heading_what_if(const struct explanation *explanation,
                                 struct buf *out);

/* What a what if assumes: "without the reports of google.com". */
void explanation_heading_assumption(const struct what_if *what_if,
                                    struct buf *out);

#endif
