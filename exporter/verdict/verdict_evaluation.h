/*
 * The state of one evaluation, which its parts fill in one after the other:
 * data alone. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_EVALUATION_H
#define EXPORTER_VERDICT_VERDICT_EVALUATION_H

#include "exporter/verdict/verdict_count.h"
#include "exporter/verdict/verdict_probe.h"
#include "exporter/verdict/verdict_selection.h"

/* What one evaluation looks at, when, and what was before. */
struct verdict_question {
	const struct verdict_input *in;
	const struct verdict_selection *selection;
	const struct verdict_probe *probe;
	struct verdict_group_sums *sums; /* as many as groups; overwritten */
	int32_t last;                    /* the newest settled day */
	int32_t today;                   /* later days are not known yet */
	bool was_ready;
};

/* A number for each cause. */
struct refusal_counts {
	int64_t counts[REFUSAL_CAUSES];
};

/* What one group adds up to. */
struct verdict_group_sums {
	/* in the window; from its end on back to here */
	uint32_t place;
	bool counted;
	int64_t n, x;         /* capped */
	int64_t all, refused; /* as reported, faults of its own left out */
	int64_t local;
	/* in the recent days */
	int64_t recent_all, recent_clean, recent_refused;
	int64_t recent_unusable;
	struct refusal_counts recent_by_cause; /* what it accepts left out */
	/* under enforce */
	bool accuses, contradicts;
};

struct verdict_window {
	int64_t days;
	int64_t n, x;             /* capped */
	int64_t n_bound;          /* of n, what the bound may rest on */
	int64_t largest;          /* n of the largest group that is no anchor */
	bool anchored;            /* an anchor is a witness */
	int64_t sessions, proved; /* as reported; of groups that are proved */
	int64_t refused, local;
	int64_t local_unaccepted;
	int64_t untested;
	int64_t reporters;
	int64_t covered;
	bool covers[VERDICT_VIEW_DAYS]; /* from lowest */
};

/* What one of the recent days adds up to. */
struct verdict_recent_day {
	int64_t clean;
	struct refusal_counts refused;
};

/* What happened since a day, unsettled days included. */
struct verdict_recent {
	int32_t since;
	int64_t n, proved, local, clean;
	struct refusal_counts refused;
	struct verdict_recent_day days[VERDICT_VIEW_DAYS]; /* from lowest */
	int64_t capped;
	struct refusal_counts capped_refused;
	int64_t unusable;
	size_t unusable_groups;
	size_t unusable_badly; /* of them, each against itself */
	struct refusal_counts predicted;
	bool dane;
	bool agreed;                  /* two groups, each against itself */
	bool flooded[REFUSAL_CAUSES]; /* the same, at the scale of a rollback */
};

struct verdict_evaluation {
	struct verdict_question at;
	const struct thresholds *t;
	int32_t lowest; /* first day that is looked at */
	enum verdict_fault faults[REFUSAL_CAUSES];
	bool any_seen;
	int32_t first_seen, newest_seen, longest_gap;
	int64_t observed;
	int64_t limit; /* millionths: the refusals that are borne */
	int64_t need;  /* covered days */
	bool limited;  /* the window is the widest, for thin evidence */
	struct verdict_window window;
	/* of the window that was begun with */
	int64_t first_proved, first_local_unaccepted;
	struct verdict_recent recent;
	size_t hosts_missed; /* by the policy */
	struct verdict_progress progress;
	uint64_t reasons;
	bool complete; /* it got so far as to count */
};

static inline void verdict_evaluation_add_reason(struct verdict_evaluation *e,
                                                 enum verdict_reason reason)
{
	e->reasons |= REASON_BIT(reason);
}

static inline bool
verdict_evaluation_has_reason(const struct verdict_evaluation *e,
                              enum verdict_reason reason)
{
	return (e->reasons & REASON_BIT(reason)) != 0;
}

static inline const struct verdict_reporter_group *
verdict_evaluation_group(const struct verdict_evaluation *e, size_t i)
{
	return &e->at.in->groups[i];
}

static inline bool
verdict_evaluation_is_enforced(const struct verdict_evaluation *e)
{
	return e->at.in->mode == STS_MODE_ENFORCE;
}

#endif
