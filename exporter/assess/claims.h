/*
 * Unsigned reports in the name of somebody who signs.
 */
#ifndef EXPORTER_ASSESS_CLAIMS_H
#define EXPORTER_ASSESS_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* What rows, which are by day, claim to be of a reporter who signs his reports
   counts against the domain only: sets against_only. speakers has for each
   group the one in whose name it speaks, itself or the proved one. */
void claims_find(struct arena *arena, struct verdict_row *rows, size_t count,
                 const struct verdict_reporter_group *groups,
                 const uint32_t *speakers, size_t group_count);

#endif
