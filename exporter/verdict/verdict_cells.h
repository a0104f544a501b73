/*
 * Rows of the store as cells: what one reporter group says of one day. Private
 * to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_CELLS_H
#define EXPORTER_VERDICT_VERDICT_CELLS_H

#include "exporter/verdict/verdict.h"

/* What one reporter group says of one day: the rows of all its policy types. */
struct verdict_cell {
	int32_t day;
	uint32_t group;
	bool seen;      /* a report that may be evidence came */
	bool sts;       /* one of MTA-STS */
	int64_t n;      /* trials that count */
	int64_t all;    /* trials */
	int64_t proved; /* of n, from proved rows */
	int64_t x;      /* refused of n */
	int64_t old;    /* trials of another policy */
	int64_t unusable;
	int64_t dane;
	int64_t untested;
	int64_t by_cause[REFUSAL_CAUSES];
	int64_t predicted[REFUSAL_CAUSES];
};

/* Which rows are looked at. */
struct verdict_view {
	bool proved_only;
	int32_t arrived_by; /* reporters that came later than this day are
	                         left out; INT32_MAX: none */
};

/* Cells of a view, by group and then by day. */
struct verdict_cells {
	struct verdict_cell *items;
	size_t count;
};

void verdict_cells_build(const struct verdict_input *in,
                         const struct verdict_view *view, struct arena *arena,
                         struct verdict_cells *cells);

#endif
