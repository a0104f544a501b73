/*
 * Iterators, as the files that read share them.
 */
#ifndef SCHEMA_STORE_STORE_READ_PRIVATE_H
#define SCHEMA_STORE_STORE_READ_PRIVATE_H

#include "schema/store/statement.h"

struct store_known;

struct store_cursor {
	struct store *store;
	struct engine_statement *statement; /* NULL where known is not */
	struct store_known *known;          /* rows of a moment in the past */
	int64_t until;                      /* of policies; 0: now */
	int64_t day; /* of store_read_day_sums() and store_read_day_results() by
	                domain */
	int64_t last_day; /* day by day up to here; INT64_MIN: all at once */
};

/* An empty iterator, for what no statement returns. */
struct store_cursor *store_read_new(struct store *store);

/* An iterator over what sql returns; its parameters are still to be bound. */
int store_read_open(struct store *store, const char *sql,
                    struct store_cursor **out, struct err *err) ATTR_MUST_CHECK;

int store_read_step(struct store_cursor *rows, struct err *err) ATTR_MUST_CHECK;

int64_t store_read_number(const struct store_cursor *rows, int column);

#endif
