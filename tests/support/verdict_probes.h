/*
 * The checks from outside of a world for the verdict.
 */
#ifndef TESTS_SUPPORT_VERDICT_PROBES_H
#define TESTS_SUPPORT_VERDICT_PROBES_H

#include <jansson.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* json: one for all moments, or a list of them, null where there was none. */
void verdict_probes_read(json_t *json, struct arena *arena,
                         const struct probe *out[VERDICT_FOLD_DAYS + 1]);

#endif
