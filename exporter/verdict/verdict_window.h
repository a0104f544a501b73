/*
 * The settled days that the evidence is taken from. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_WINDOW_H
#define EXPORTER_VERDICT_VERDICT_WINDOW_H

#include "exporter/verdict/verdict_evaluation.h"

/* Which days have reports. */
void verdict_window_find_days(struct verdict_evaluation *e);

/* What a window of so many days counts. */
struct verdict_window verdict_window_sum(const struct verdict_evaluation *e,
                                         int64_t days);

/* Widens e->window to what the evidence needs. */
void verdict_window_choose(struct verdict_evaluation *e);

#endif
