/*
 * Rows and bytes of what has a budget, as the open transaction knows them.
 */
#ifndef SCHEMA_STORE_STORE_USAGE_H
#define SCHEMA_STORE_STORE_USAGE_H

#include "schema/store/store.h"

/* Adds to a usage, in the open transaction. */
int store_usage_add(struct store *store, const char *name, int64_t rows,
                    int64_t bytes, struct err *err) ATTR_MUST_CHECK;
int store_usage_read(struct store *store, const char *name, int64_t *rows,
                     int64_t *bytes, struct err *err) ATTR_MUST_CHECK;

int store_usage_write(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_usage_forget(struct store *store);

#endif
