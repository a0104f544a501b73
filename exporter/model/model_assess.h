/*
 * Sums and verdicts of a snapshot, and since when each verdict holds. The
 * beginning of a verdict is not stored anywhere: at the start it is looked for
 * in the days before, for the domains that are exported one by one; then it is
 * seen.
 */
#ifndef EXPORTER_MODEL_MODEL_ASSESS_H
#define EXPORTER_MODEL_MODEL_ASSESS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "exporter/model/model_figures.h"
#include "exporter/model/snapshot.h"
#include "schema/store/read.h"

/* Assesses all domains of a snapshot that is being made, and adds up their
   sums; old is what was known before. */
int model_assess_all(struct snapshot *fresh, const struct snapshot *old,
                     struct store *store, int64_t now, struct err *err)
	ATTR_MUST_CHECK;

/* The same for one domain; before is what was known of it. */
int model_assess_one(struct snapshot *snapshot, struct store *store,
                     int64_t now, const struct domain_figures *before,
                     struct domain_figures *figures, struct err *err)
	ATTR_MUST_CHECK;

/* Looks for the beginning of verdicts whose domains are exported. */
int model_assess_find_since(struct snapshot *snapshot, struct store *store,
                            int64_t now, struct err *err) ATTR_MUST_CHECK;

#endif
