/*
 * What all worlds have in common: the reporters that a store knows, and the
 * limits of a configuration.
 */
#ifndef TESTS_FUZZ_FUZZ_WORLD_STORE_H
#define TESTS_FUZZ_FUZZ_WORLD_STORE_H

#include <stdbool.h>

#include "exporter/assess/reporters.h"
#include "schema/settings/thresholds.h"

/* Those of enum fuzz_reporter. Read once. */
const struct reporters *fuzz_world_store_reporters(void);

/* Whether a configuration may set thresholds to these. */
bool fuzz_world_store_allows(const struct thresholds *thresholds);

#endif
