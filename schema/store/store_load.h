/*
 * Reports read back: from the tables to the struct.
 */
#ifndef SCHEMA_STORE_STORE_LOAD_H
#define SCHEMA_STORE_STORE_LOAD_H

#include "schema/store/contribution.h"
#include "schema/store/store.h"

int store_load_report(struct store *store, int64_t report_id,
                      struct arena *arena, struct store_loaded *loaded,
                      struct err *err) ATTR_MUST_CHECK;

#endif
