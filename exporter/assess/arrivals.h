/*
 * On which days the proved reports of each reporter group came.
 */
#ifndef EXPORTER_ASSESS_ARRIVALS_H
#define EXPORTER_ASSESS_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* Gives each group that is proved its arrivals, from those of its rows: arrived
   has one for each row, and 0 where the store does not know. A group of which
   one is not known has none. True when there is such a group. */
bool arrivals_find(struct arena *arena, const struct verdict_row *rows,
                   const int32_t *arrived, size_t count,
                   struct verdict_reporter_group *groups, size_t group_count);

#endif
