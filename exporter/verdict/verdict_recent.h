/*
 * What happened lately, on unsettled days too. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_RECENT_H
#define EXPORTER_VERDICT_VERDICT_RECENT_H

#include "exporter/verdict/verdict_evaluation.h"

int32_t verdict_recent_first_day(const struct verdict_evaluation *e);
void verdict_recent_assess(struct verdict_evaluation *e);

/* Whether a cause is refused on a scale that reaches both limits, in the recent
   days together or on the newest day alone. */
bool verdict_recent_is_refused(const struct verdict_evaluation *e, int cause,
                               int64_t least, int64_t ratio);

/* Whether one of the recent days alone is bad in a cause. */
bool verdict_recent_has_bad_day(const struct verdict_evaluation *e, int cause);

#endif
