/*
 * Parameters of the verdict that contradict each other, and lists of reporters
 * that name none.
 */
#ifndef SCHEMA_SETTINGS_THRESHOLDS_CHECK_H
#define SCHEMA_SETTINGS_THRESHOLDS_CHECK_H

#include "base/attr.h"
#include "base/err.h"
#include "base/options.h"
#include "schema/settings/thresholds.h"

/* Fails with the first contradiction: where the key stands that makes it, in
   the section or, where a domain inherits it, in [verdict]; what contradicts
   it; and what to set instead. */
int thresholds_check(const struct thresholds *thresholds,
                     const struct options *options, const char *section,
                     const char *title, struct err *err) ATTR_MUST_CHECK;

#endif
