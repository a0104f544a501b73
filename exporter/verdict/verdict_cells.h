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
	bool sts;    /* a report of MTA-STS came */
	int64_t n;   /* trials that count where the group's good news does */
	int64_t all; /* trials */
	int64_t x;   /* refused of them: all that counts of a group whose good
	                news does not */
	int64_t old; /* trials of another policy */
	int64_t unusable;
	int64_t untested;
	int64_t dane;
	int64_t by_cause[REFUSAL_CAUSES];
	int64_t predicted[REFUSAL_CAUSES];
};

/* By group and then by day. */
struct verdict_cells {
	struct verdict_cell *items;
	uint32_t *starts; /* of each group, and the end */
};

void verdict_cells_build(const struct verdict_input *in, struct arena *arena,
                         struct verdict_cells *cells);

#endif
