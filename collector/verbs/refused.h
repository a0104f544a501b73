/*
 * What the ledger holds, and trying it again: the verbs `refused` and
 * `reparse`, and a domain that is configured after its first reports came.
 */
#ifndef COLLECTOR_VERBS_REFUSED_H
#define COLLECTOR_VERBS_REFUSED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "collector/config/config.h"
#include "schema/store/write.h"

/* Prints the ledger as a table to stdout, oldest first. */
int refused_list(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Prints one entry, or with raw set its bytes as they came. */
int refused_show(struct store *store, int64_t id, bool raw, struct err *err)
	ATTR_MUST_CHECK;

struct readmit_totals {
	int64_t tried;
	int64_t readmitted;
	int64_t deferred;
};

/* Runs today's parser and configuration over every entry; what is taken in
   leaves the ledger. */
int readmit_all(struct config *config, struct store *store,
                struct readmit_totals *totals, struct err *err) ATTR_MUST_CHECK;

/* The same for a step of at most so many entries after *after: only what was
   refused because its domain was not ours, and is now. 1 when there is more to
   look at. */
int readmit_step(struct config *config, struct store *store, int64_t *after,
                 size_t most, struct readmit_totals *totals, struct err *err)
	ATTR_MUST_CHECK;

#endif
