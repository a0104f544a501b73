/*
 * The documented defaults of the thresholds.
 */
#ifndef TESTS_SUPPORT_VERDICT_DEFAULTS_H
#define TESTS_SUPPORT_VERDICT_DEFAULTS_H

#include "schema/settings/thresholds.h"

/* Reads them as the configuration reads them; the lists stay empty. */
void verdict_defaults(struct thresholds *t);

#endif
