/*
 * The day's sums in the tables, kept in step with the reports.
 */
#ifndef SCHEMA_STORE_STORE_SUM_H
#define SCHEMA_STORE_STORE_SUM_H

#include "schema/store/store.h"
#include "schema/store/sums.h"

/* Adds merged sums to the tables, in the order of their keys, deletes the rows
   in which nothing is left, and notes the days of domains that have changed in
   the journal. */
int store_sum_write(struct store *store, const struct sums *sums,
                    struct err *err) ATTR_MUST_CHECK;

#endif
