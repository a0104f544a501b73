/*
 * What the files of the verdict share among themselves; nobody else includes
 * it.
 */
#ifndef EXPORTER_VERDICT_VERDICT_PRIVATE_H
#define EXPORTER_VERDICT_VERDICT_PRIVATE_H

#include "exporter/verdict/verdict.h"

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
	int64_t by_class[REFUSAL_CAUSES];
	int64_t predicted[REFUSAL_CAUSES];
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
                       const enum fault faults[REFUSAL_CAUSES]);

/* --- one evaluation ------------------------------------------------------ */

/* Every class's share of something. */
struct by_class {
	int64_t counts[REFUSAL_CAUSES];
};

struct window {
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
struct recent {
	int64_t n, proved, local;
	struct by_class refused;
	int64_t unusable;
	size_t unusable_witnesses;
	bool anyone_succeeds;
	struct by_class predicted;
	bool dane;
	bool agreed;  /* two witnesses, each against itself */
	bool flooded; /* the same, at the scale of a rollback */
};

struct evaluation {
	const struct verdict_input *in;
	const struct thresholds *t;
	const struct cell *cells, *end;
	struct moment at;
	int32_t lowest; /* first day that is looked at */
	enum fault faults[REFUSAL_CAUSES];
	bool seen[EVALUATION_DAYS]; /* a day with a report, from lowest */
	bool any_seen, sts_seen;
	int32_t first_seen, newest_seen, longest_gap;
	int64_t observed;
	int64_t limit; /* millionths: the refusals that are borne */
	int64_t need;  /* covered days */
	struct window window;
	struct recent recent;
	uint32_t reasons;
};

/* verdict_fault.c: whose fault each class is. */
void evaluation_attribute(struct evaluation *e);

/* verdict_window.c: which days have reports; what a window of so many days
   counts; the window that the evidence needs. */
void evaluation_see_days(struct evaluation *e);
struct window evaluation_window(const struct evaluation *e, int64_t days);
void evaluation_choose_window(struct evaluation *e);

/* verdict_recent.c: what happened lately. */
int32_t recent_from(const struct evaluation *e);
void evaluation_look_at_recent(struct evaluation *e);
/* Whether a class is refused on a scale that reaches both limits, in the recent
   days together or on the newest day alone. */
bool recent_refuses(const struct evaluation *e, int class, int64_t least,
                    int64_t ratio);
/* Whether one of the recent days alone is bad in a class. */
bool recent_has_bad_day(const struct evaluation *e, int class);

static inline bool fault_is_receivers(enum fault fault)
{
	return fault == FAULT_RECEIVER || fault == FAULT_UNKNOWN;
}

static inline bool is_looked_at(const struct evaluation *e,
                                const struct cell *cell)
{
	return cell->day >= e->lowest && cell->day <= e->at.today;
}

static inline double limit_of(const struct evaluation *e)
{
	return (double)e->limit / 1e6;
}

/* The first cell of the next witness. */
static inline const struct cell *next_witness(const struct evaluation *e,
                                              const struct cell *cell)
{
	uint32_t witness = cell->witness;

	while (cell < e->end && cell->witness == witness)
		cell++;
	return cell;
}

#endif
