/*
 * What the files of the verdict share among themselves; nobody else includes
 * it.
 */
#ifndef EXPORTER_VERDICT_VERDICT_PRIVATE_H
#define EXPORTER_VERDICT_VERDICT_PRIVATE_H

#include "exporter/verdict/verdict.h"

/* The most days that one evaluation looks at: the widest window and the days
   since its end, which settle_hours bounds. */
#define VERDICT_EVALUATION_DAYS 96

/* What one witness says of one day: the rows of all its policy types. */
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
	int64_t by_class[REFUSAL_CAUSES];
	int64_t predicted[REFUSAL_CAUSES];
};

/* Which rows are looked at. */
struct verdict_view {
	bool proved_only;
	int32_t arrived_by; /* reporters that came later than this day are
	                         left out; INT32_MAX: none */
};

/* Cells of a view, by witness and then by day. */
struct verdict_cells {
	struct verdict_cell *items;
	size_t count;
};

void verdict_cells_build(const struct verdict_input *in,
                         const struct verdict_view *view, struct arena *arena,
                         struct verdict_cells *cells);

/* Where an evaluation stands in time, and what was before. */
struct verdict_moment {
	int32_t last;  /* the newest settled day */
	int32_t today; /* later days are not known yet */
	bool was_ready;
};

struct verdict_finding {
	enum verdict_state state;
	uint32_t reasons;
	struct verdict_numbers numbers;
	int64_t fault_days; /* of the window in which faults were looked for */
};

void verdict_evaluate(const struct verdict_input *in,
                      const struct verdict_cells *cells,
                      const struct verdict_moment *moment,
                      struct verdict_finding *out);

/* A cell's refusals that are the sender's own fault, as far as faults say. */
int64_t
verdict_fault_local_refusals(const struct verdict_cell *cell,
                             const enum verdict_fault faults[REFUSAL_CAUSES]);

/* --- one evaluation ------------------------------------------------------ */

/* Every class's share of something. */
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
	bool agreed;  /* two witnesses, each against itself */
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

/* verdict_fault.c: whose fault each class is. */
void verdict_fault_attribute(struct verdict_evaluation *e);

/* verdict_window.c: which days have reports; what a window of so many days
   counts; the window that the evidence needs. */
void verdict_window_find_days(struct verdict_evaluation *e);
struct verdict_window verdict_window_sum(const struct verdict_evaluation *e,
                                         int64_t days);
void verdict_window_choose(struct verdict_evaluation *e);

/* verdict_recent.c: what happened lately. */
int32_t verdict_recent_first_day(const struct verdict_evaluation *e);
void verdict_recent_assess(struct verdict_evaluation *e);
/* Whether a class is refused on a scale that reaches both limits, in the recent
   days together or on the newest day alone. */
bool verdict_recent_is_refused(const struct verdict_evaluation *e, int class,
                               int64_t least, int64_t ratio);
/* Whether one of the recent days alone is bad in a class. */
bool verdict_recent_has_bad_day(const struct verdict_evaluation *e, int class);

static inline bool verdict_fault_is_receivers(enum verdict_fault fault)
{
	return fault == VERDICT_FAULT_RECEIVER ||
	       fault == VERDICT_FAULT_UNKNOWN;
}

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

/* The first cell of the next witness. */
static inline const struct verdict_cell *
verdict_evaluation_next_group(const struct verdict_evaluation *e,
                              const struct verdict_cell *cell)
{
	uint32_t witness = cell->group;

	while (cell < e->end && cell->group == witness)
		cell++;
	return cell;
}

#endif
