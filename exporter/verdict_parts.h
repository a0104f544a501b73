/*
 * What the files of the verdict share among themselves; nobody else includes
 * it.
 */
#ifndef EXPORTER_VERDICT_PARTS_H
#define EXPORTER_VERDICT_PARTS_H

#include "exporter/verdict.h"

/* The most days that one evaluation looks at: the widest window and the days
   since its end, which settle_hours bounds. */
#define EVALUATION_DAYS 96

/* What one witness says of one day: the rows of all its policy types. */
struct cell {
	int32_t day;
	uint32_t witness;
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
	int64_t by_class[REFUSAL_CLASSES];
	int64_t predicted[REFUSAL_CLASSES];
};

/* Which rows are looked at. */
struct view {
	bool proved_only;
	int32_t witnesses_of; /* reporters that came later than this day are
	                         left out; INT32_MAX: none */
};

/* Cells of a view, by witness and then by day. */
struct cells {
	struct cell *items;
	size_t count;
};

void cells_build(const struct verdict_input *in, const struct view *view,
                 struct arena *arena, struct cells *cells);

/* Where an evaluation stands in time, and what was before. */
struct moment {
	int32_t last;  /* the newest settled day */
	int32_t today; /* later days are not known yet */
	bool was_ready;
};

struct finding {
	enum verdict_state state;
	uint32_t reasons;
	struct verdict_numbers numbers;
	int64_t fault_days; /* of the window in which faults were looked for */
};

void evaluate(const struct verdict_input *in, const struct cells *cells,
              const struct moment *moment, struct finding *out);

/* A cell's refusals that are the sender's own fault, as far as faults say. */
int64_t local_refusals(const struct cell *cell,
                       const enum fault faults[REFUSAL_CLASSES]);

#endif
