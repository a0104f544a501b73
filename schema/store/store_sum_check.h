/*
 * Whether the day's sums are what the reports add up to.
 */
#ifndef SCHEMA_STORE_STORE_SUM_CHECK_H
#define SCHEMA_STORE_STORE_SUM_CHECK_H

#include "schema/store/store.h"

struct store_sum_check {
	int64_t differing; /* groups of domains in which a sum differs: at most
	                      as many as there are such domains */
	int64_t damaged;   /* reports whose body cannot be read */
};

/* Compares the sums of a day with its reports, all columns of them, in memory
   that does not grow with the day. */
int store_sum_check_day(struct store *store, int64_t day,
                        struct store_sum_check *found, struct err *err)
	ATTR_MUST_CHECK;

#endif
