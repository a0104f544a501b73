/*
 * Rows of the store into cells: one reporter group, one day. What a row may say
 * for and against the domain is settled here, once; the evaluations after it
 * only add up.
 */
#include "exporter/verdict/verdict_cells.h"

static bool verdict_cells_is_in_view(const struct verdict_input *in,
                                     const struct verdict_view *view,
                                     const struct verdict_row *row)
{
	if (view->proved_only && !row->proved)
		return false;
	return in->groups[row->group].arrived <= view->arrived_by;
}

/* Its successes prove nothing, its refusals count. */
static bool verdict_cells_is_only_against(const struct verdict_input *in,
                                          const struct verdict_row *row)
{
	return row->against_only || in->groups[row->group].failures_only;
}

static void verdict_cells_add_trials(const struct verdict_input *in,
                                     const struct verdict_row *row,
                                     struct verdict_cell *cell)
{
	const struct evidence *e = &row->evidence;
	int64_t n = verdict_cells_is_only_against(in, row) ? e->refused
	                                                   : e->trials;
	int cause;

	if (n == 0)
		return;
	cell->n += n;
	cell->all += row->against_only ? n : e->trials;
	cell->proved += row->proved ? n : 0;
	cell->x += e->refused;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		cell->by_cause[cause] += e->by_cause[cause];
}

static void verdict_cells_add_sts(const struct verdict_input *in,
                                  const struct verdict_row *row,
                                  struct verdict_cell *cell)
{
	const struct evidence *e = &row->evidence;

	cell->sts = true;
	if (row->match == POLICY_MATCH_OLD || row->day < in->since) {
		cell->old += e->trials;
		return;
	}
	/* A policy that nobody names is no evidence either way; one that could
	   not be had is. */
	if (row->match == POLICY_MATCH_MISSING &&
	    !in->thresholds->assume_policy_when_missing) {
		cell->unusable += e->trials == 0 ? e->unusable : 0;
		return;
	}
	verdict_cells_add_trials(in, row, cell);
	cell->unusable += e->unusable;
	cell->dane += e->dane;
}

static void verdict_cells_add_row(const struct verdict_input *in,
                                  const struct verdict_row *row,
                                  struct verdict_cell *cell)
{
	int cause;

	cell->seen = true;
	if (row->type == POLICY_STS) {
		verdict_cells_add_sts(in, row, cell);
		return;
	}
	cell->dane += row->evidence.dane;
	cell->untested += row->evidence.untested;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		cell->predicted[cause] += row->evidence.predicted[cause];
}

/* The indexes of the rows, those of a group together, in their order. */
static size_t *verdict_cells_sort_by_group(const struct verdict_input *in,
                                           const struct verdict_view *view,
                                           struct arena *arena, size_t *kept)
{
	size_t *starts =
		arena_array(arena, in->group_count + 1, sizeof(*starts));
	size_t *index = arena_array(arena, in->row_count, sizeof(*index));
	size_t i, sum = 0, count;

	for (i = 0; i < in->row_count; i++) {
		if (verdict_cells_is_in_view(in, view, &in->rows[i]))
			starts[in->rows[i].group]++;
	}
	for (i = 0; i < in->group_count; i++) {
		count = starts[i];
		starts[i] = sum;
		sum += count;
	}
	for (i = 0; i < in->row_count; i++) {
		if (verdict_cells_is_in_view(in, view, &in->rows[i]))
			index[starts[in->rows[i].group]++] = i;
	}
	*kept = sum;
	return index;
}

void verdict_cells_build(const struct verdict_input *in,
                         const struct verdict_view *view, struct arena *arena,
                         struct verdict_cells *cells)
{
	size_t kept, i;
	const size_t *index =
		verdict_cells_sort_by_group(in, view, arena, &kept);
	const struct verdict_row *row;
	struct verdict_cell *cell = NULL;

	cells->items = arena_array(arena, kept, sizeof(*cells->items));
	cells->count = 0;
	for (i = 0; i < kept; i++) {
		row = &in->rows[index[i]];
		if (cell == NULL || cell->group != row->group ||
		    cell->day != row->day) {
			cell = &cells->items[cells->count++];
			cell->group = row->group;
			cell->day = row->day;
		}
		verdict_cells_add_row(in, row, cell);
	}
}
