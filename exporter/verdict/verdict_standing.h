/*
 * Who has standing. Private to the verdict; its contract is
 * verdict_find_standing() of verdict.h.
 */
#ifndef EXPORTER_VERDICT_VERDICT_STANDING_H
#define EXPORTER_VERDICT_VERDICT_STANDING_H

#include "exporter/verdict/verdict.h"

/* The days that a verdict looks at, both ends included, and at whom. */
struct verdict_view {
	int32_t first, today;
	bool proved_only;
};

/* What standing takes in this domain. */
struct verdict_standing_needs {
	int64_t days;        /* known for so long */
	int64_t report_days; /* come in on as many days */
};

/* The view of a verdict whose newest settled day is last. */
struct verdict_view verdict_standing_view(const struct verdict_input *in,
                                          int32_t last, int32_t today,
                                          bool proved_only);

static inline bool
verdict_standing_sees(const struct verdict_view *view,
                      const struct verdict_reporter_group *group)
{
	return !view->proved_only || !group->anonymous;
}

static inline bool
verdict_standing_is_anchor(const struct verdict_reporter_group *group)
{
	return group->anchor && !group->anonymous;
}

/* Fills in seen to arrival_days of as many witnesses as there are groups. */
void verdict_standing_find(const struct verdict_input *in,
                           const struct verdict_view *view, struct arena *arena,
                           struct verdict_witness *witnesses,
                           struct verdict_standing_needs *needs);

#endif
