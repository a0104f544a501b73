/*
 * For how long an enforced policy has cost no mail.
 */
#ifndef EXPORTER_ASSESS_CLEAN_DAYS_H
#define EXPORTER_ASSESS_CLEAN_DAYS_H

#include <stdint.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* Settled days since `from` and since the last one on which mail was refused on
   a scale that warns. A longer max_age is what follows, and what is hard to
   take back: refusals of anybody who is proved end the run, however new he is,
   and nobody's clean sessions hide those of another. Rows are by day. */
int32_t clean_days_count(const struct verdict_input *in, int32_t from,
                         struct arena *arena);

#endif
