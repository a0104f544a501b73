/*
 * A copy of a report that gives way to another: the ledger keeps it.
 */
#ifndef SCHEMA_STORE_STORE_EVICT_H
#define SCHEMA_STORE_STORE_EVICT_H

#include "schema/store/write.h"

/* Notes a copy that gives way in the ledger; its rows stay. */
int store_evict(struct store *store, int64_t report_id,
                const struct ledger_budget *budgets, struct err *err)
	ATTR_MUST_CHECK;

#endif
