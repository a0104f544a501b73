/*
 * What happened lately, on unsettled days too. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_RECENT_H
#define EXPORTER_VERDICT_VERDICT_RECENT_H

#include "exporter/verdict/verdict_evaluation.h"

void verdict_recent_assess(struct verdict_evaluation *e);

/* Whether a cause that is not the senders' own affair is refused on a scale
   that reaches both limits, in the recent days together or on one of them
   alone. */
bool verdict_recent_is_refused(const struct verdict_evaluation *e, int cause,
                               int64_t least, int64_t ratio);

/* In the recent days together. */
bool verdict_recent_is_refused_together(const struct verdict_evaluation *e,
                                        int cause, int64_t least,
                                        int64_t ratio);

/* On one of them alone. */
bool verdict_recent_is_refused_on_a_day(const struct verdict_evaluation *e,
                                        int cause, int64_t least,
                                        int64_t ratio);

#endif
