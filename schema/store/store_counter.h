/*
 * Counters and times that the next commit writes.
 */
#ifndef SCHEMA_STORE_STORE_COUNTER_H
#define SCHEMA_STORE_STORE_COUNTER_H

#include "schema/store/store.h"

struct store_counters *store_counter_new(void);
void store_counter_free(struct store_counters **counters);
int store_counter_write(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_counter_written(struct store *store);
void store_counter_dropped(
	struct store *store); /* the transaction came to nothing */

#endif
