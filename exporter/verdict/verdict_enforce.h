/*
 * What holds under enforce. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_ENFORCE_H
#define EXPORTER_VERDICT_VERDICT_ENFORCE_H

#include "exporter/verdict/verdict_evaluation.h"

/* The state of a domain that enforces; adds the reasons, and marks in the sums
   who accuses and who contradicts. */
enum verdict_state verdict_enforce_state(struct verdict_evaluation *e);

/* The first day whose clean sessions contradict so many accusers. */
int32_t verdict_enforce_contradiction_since(const struct verdict_evaluation *e,
                                            int64_t accusers);

/* The first whole day since the hosts began to fail. */
int32_t verdict_enforce_day_after(const struct verdict_evaluation *e);

#endif
