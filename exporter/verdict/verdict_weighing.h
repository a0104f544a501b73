/*
 * The evidence of one moment, weighed: from those who have standing, and again
 * with the bad news of newcomers. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_WEIGHING_H
#define EXPORTER_VERDICT_VERDICT_WEIGHING_H

#include "exporter/verdict/verdict_evaluate.h"

/* What newcomers say against the domain. */
struct verdict_newcomers {
	bool any; /* there are some */
	bool bad; /* with bad news */
	bool causes[REFUSAL_CAUSES];
	bool policy; /* they cannot use it */
};

/* What is weighed at one moment. */
struct verdict_weighing {
	const struct verdict_input *in;
	struct verdict_group_sums *sums; /* as many as groups */
	int32_t last, today;
	struct verdict_probe probe;
	struct verdict_standing_needs needs;
	struct verdict_newcomers newcomers;
	struct verdict_selection standing;  /* of those who have it */
	struct verdict_selection everybody; /* where newcomers have bad news */
};

/* Where all weighings of a verdict take from. */
struct verdict_source {
	const struct verdict_input *in;
	const struct verdict_cells *cells;
	/* As many as groups each. */
	struct verdict_witness *witnesses; /* of now, all groups */
	struct verdict_witness *scratch;   /* of other moments; overwritten */
	struct verdict_group_sums *sums;   /* overwritten */
	struct arena *arena;
};

/* What there is to weigh so many days before today. */
void verdict_weighing_begin(const struct verdict_source *source,
                            int days_before, bool proved_only,
                            struct verdict_weighing *out);

/* What it says, by whether the domain was ready the day before. */
void verdict_weighing_find(const struct verdict_weighing *w, bool was_ready,
                           struct verdict_finding *out);

/* Whether a state says that the domain may enforce. */
static inline bool verdict_weighing_is_ready_state(enum verdict_state state)
{
	return state == VERDICT_READY || state == VERDICT_READY_LIMITED;
}

#endif
