/*
 * The settled days that the evidence is taken from. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_WINDOW_H
#define EXPORTER_VERDICT_VERDICT_WINDOW_H

#include "exporter/verdict/verdict_evaluation.h"

/* Which days have reports. */
void verdict_window_find_days(struct verdict_evaluation *e);

/* The window that is begun with, widened to what the evidence needs. */
void verdict_window_choose(struct verdict_evaluation *e);

/* Widens e->window, and the sums of the groups, to so many days. */
void verdict_window_widen(struct verdict_evaluation *e, int64_t days);

/* How wide the window may become. */
int64_t verdict_window_widest(const struct verdict_evaluation *e);

/* Whether so many refusals in so many sessions exclude a share of so many
   millionths. */
bool verdict_window_excludes(const struct verdict_evaluation *e, int64_t x,
                             int64_t n, int64_t millionths);

/* n as far as it may rest on others than its largest parts, which sum up to
   so much. */
int64_t verdict_window_led(const struct verdict_evaluation *e, int64_t n,
                           int64_t lead);

#endif
