/*
 * Iterators, as the files that read share them.
 */
#ifndef SCHEMA_STORE_STORE_READ_PRIVATE_H
#define SCHEMA_STORE_STORE_READ_PRIVATE_H

#include "schema/store/read.h"
#include "schema/store/statement.h"

struct store_known;

struct store_cursor {
	struct store *store;
	struct engine_statement *statement; /* NULL where known is not */
	struct store_known *known;          /* rows of a moment in the past */
	int64_t until;                      /* of policies; 0: now */
	int64_t day; /* of store_read_day_sums() and store_read_day_results() by
	                domain */
	int64_t last_day;    /* day by day up to here; INT64_MIN: all at once */
	struct arena *arena; /* of what was made of the row, or NULL */
	/* Of store_read_day_failures(): */
	struct failed_group *groups; /* of the row's report */
	size_t group_count, next_group;
	/* Of store_read_reports(): */
	int64_t domain_id; /* that is looked for, -1: any */
	int64_t left;      /* as many more */
};

/* An empty iterator, for what no statement returns. */
struct store_cursor *store_read_new(struct store *store);

/* An iterator over what sql returns; its parameters are still to be bound. */
int store_read_open(struct store *store, const char *sql,
                    struct store_cursor **out, struct err *err) ATTR_MUST_CHECK;

int store_read_step(struct store_cursor *rows, struct err *err) ATTR_MUST_CHECK;

/* An iterator over days. Keys lead with the day: all domains of some days are
   one walk, sql[0] with the first and the last day; some domains of some days
   are a look-up a day, sql[1] with the day, the first and the last domain. */
int store_read_day_open(struct store *store, const char *const sql[2],
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_day_step(struct store_cursor *rows, struct err *err)
	ATTR_MUST_CHECK;

int64_t store_read_number(const struct store_cursor *rows, int column);

#endif
