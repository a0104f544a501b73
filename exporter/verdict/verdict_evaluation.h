/*
 * The state of one evaluation, which its parts fill in one after the other:
 * data alone. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_EVALUATION_H
#define EXPORTER_VERDICT_VERDICT_EVALUATION_H

#include "exporter/verdict/verdict_cells.h"

/* The most days that one evaluation looks at: the widest window and the days
   since its end, which settle_hours bounds. */
#define VERDICT_EVALUATION_DAYS 96

/* Where an evaluation stands in time, and what was before. */
struct verdict_moment {
	int32_t last;  /* the newest settled day */
	int32_t today; /* later days are not known yet */
	bool was_ready;
};

/* A number for each cause. */
struct refusal_counts {
	int64_t counts[REFUSAL_CAUSES];
};

struct verdict_window {
	int64_t days;
	int64_t n, x;             /* capped */
	int64_t sessions, proved; /* as reported; of proved rows */
	int64_t refused, local;
	int64_t local_unaccepted;
	int64_t reporters;
	int64_t covered;
	double upper;
};

/* What happened since a day, unsettled days included. */
struct verdict_recent {
	int64_t n, proved, local;
	struct refusal_counts refused;
	int64_t unusable;
	size_t unusable_groups;
	bool anyone_succeeds;
	struct refusal_counts predicted;
	bool dane;
	bool agreed;  /* two groups, each against itself */
	bool flooded; /* the same, at the scale of a rollback */
};

struct verdict_evaluation {
	const struct verdict_input *in;
	const struct thresholds *t;
	const struct verdict_cell *cells, *end;
	struct verdict_moment at;
	int32_t lowest; /* first day that is looked at */
	enum verdict_fault faults[REFUSAL_CAUSES];
	bool seen[VERDICT_EVALUATION_DAYS]; /* a day with a report, from lowest */
	bool any_seen, sts_seen;
	int32_t first_seen, newest_seen, longest_gap;
	int64_t observed;
	int64_t limit; /* millionths: the refusals that are borne */
	int64_t need;  /* covered days */
	struct verdict_window window;
	struct verdict_recent recent;
	uint32_t reasons;
};

static inline bool
verdict_evaluation_is_in_span(const struct verdict_evaluation *e,
                              const struct verdict_cell *cell)
{
	return cell->day >= e->lowest && cell->day <= e->at.today;
}

static inline double
verdict_evaluation_limit(const struct verdict_evaluation *e)
{
	return (double)e->limit / 1e6;
}

/* The first cell of the next group. */
static inline const struct verdict_cell *
verdict_evaluation_next_group(const struct verdict_evaluation *e,
                              const struct verdict_cell *cell)
{
	uint32_t group = cell->group;

	while (cell < e->end && cell->group == group)
		cell++;
	return cell;
}

#endif
