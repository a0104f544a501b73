/*
 * Inputs that were refused, tried again: all of the ledger, or what came for a
 * domain before it was configured.
 */
#ifndef COLLECTOR_INTAKE_READMIT_H
#define COLLECTOR_INTAKE_READMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "schema/store/write.h"

struct readmit_totals {
	int64_t tried;
	int64_t readmitted;
	int64_t deferred;
};

/* Runs today's parser and configuration over every entry; what is accepted
   leaves the ledger. */
int readmit_all(struct config *config, struct store *store,
                struct readmit_totals *totals, struct err *err) ATTR_MUST_CHECK;

/* The same for a step of at most so many entries after *after: only what was
   refused because its domain was not ours, and is now. 1 when there is more to
   look at. */
int readmit_step(struct config *config, struct store *store, int64_t *after,
                 size_t max, struct readmit_totals *totals, struct err *err)
	ATTR_MUST_CHECK;

#endif
