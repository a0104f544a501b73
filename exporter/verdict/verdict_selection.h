/*
 * Which cells a verdict is taken from: of each reporter group some days, with
 * or without its good news. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_SELECTION_H
#define EXPORTER_VERDICT_VERDICT_SELECTION_H

#include "exporter/verdict/verdict_cells.h"
#include "exporter/verdict/verdict_standing.h"

/* Days since the newest settled one, which settle_hours bounds. */
#define VERDICT_UNSETTLED_DAYS 14

/* The most days that a view has. */
#define VERDICT_VIEW_DAYS (VERDICT_LOOK_DAYS + VERDICT_UNSETTLED_DAYS)

/* The cells of one group, by their places; none where begin is end. */
struct verdict_selected {
	uint32_t begin, end;
	bool standing;
	bool credited; /* its good news counts */
};

struct verdict_selection {
	const struct verdict_cell *cells;
	struct verdict_selected *groups;
	size_t count; /* of groups */
	int32_t first;
	/* What there is in all of the cells. */
	bool any;
	bool sts;
	bool refused;                 /* refusals or predictions of them */
	bool days[VERDICT_VIEW_DAYS]; /* with a report, from first */
};

/* All that is in view. */
void verdict_selection_of_view(const struct verdict_input *in,
                               const struct verdict_cells *cells,
                               const struct verdict_view *view,
                               const struct verdict_witness *witnesses,
                               struct arena *arena,
                               struct verdict_selection *out);

/* The part of it that has standing. */
void verdict_selection_of_standing(const struct verdict_selection *all,
                                   struct arena *arena,
                                   struct verdict_selection *out);

/* All of it, but of groups without standing the days from a first one alone. */
void verdict_selection_of_everybody(const struct verdict_selection *all,
                                    int32_t first, struct arena *arena,
                                    struct verdict_selection *out);

/* The sessions of a cell that count; a cell without any is none. */
static inline int64_t
verdict_selection_sessions(const struct verdict_selected *group,
                           const struct verdict_cell *cell)
{
	return group->credited ? cell->n : cell->x;
}

/* The place of the first of a group's cells that is on a day or later. */
static inline uint32_t
verdict_selection_tail(const struct verdict_selection *selection,
                       const struct verdict_selected *group, int32_t day)
{
	uint32_t place = group->end;

	while (place > group->begin && selection->cells[place - 1].day >= day)
		place--;
	return place;
}

#endif
