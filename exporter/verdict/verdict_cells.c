/*
 * Rows of the store into cells: one reporter group, one day. What a row may say
 * for and against the domain is settled here, once; the evaluations after it
 * only add up.
 */
#include "exporter/verdict/verdict_cells.h"

#include "exporter/verdict/verdict_count.h"

static void verdict_cells_add_counts(int64_t *sums, const int64_t *counts)
{
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		sums[cause] = verdict_count_add(sums[cause], counts[cause]);
}

static void verdict_cells_add_trials(const struct verdict_input *in,
                                     const struct verdict_row *row,
                                     struct verdict_cell *cell)
{
	const struct evidence *e = &row->evidence;
	bool only_against = row->against_only ||
	                    in->groups[row->group].failures_only;

	cell->n = verdict_count_add(cell->n,
	                            only_against ? e->refused : e->trials);
	cell->all = verdict_count_add(cell->all, row->against_only ? e->refused
	                                                           : e->trials);
	cell->x = verdict_count_add(cell->x, e->refused);
	verdict_cells_add_counts(cell->by_cause, e->by_cause);
}

/* What was tried by another policy is no evidence, but a sender that refuses
   mail by what it has cached refuses it all the same. */
static bool verdict_cells_is_outdated(const struct verdict_input *in,
                                      const struct verdict_row *row)
{
	if (row->match != POLICY_MATCH_OLD && row->day >= in->since)
		return false;
	return in->mode != STS_MODE_ENFORCE || row->evidence.refused == 0;
}

/* A policy that nobody names is no evidence either way, where the owner says
   so; one that could not be had is. */
static bool verdict_cells_names_nothing(const struct verdict_input *in,
                                        const struct verdict_row *row)
{
	return row->match == POLICY_MATCH_MISSING &&
	       !in->thresholds->assume_policy_when_missing;
}

static void verdict_cells_add_sts(const struct verdict_input *in,
                                  const struct verdict_row *row,
                                  struct verdict_cell *cell)
{
	const struct evidence *e = &row->evidence;
	bool nameless = verdict_cells_names_nothing(in, row);

	cell->sts = true;
	if (verdict_cells_is_outdated(in, row)) {
		if (!nameless)
			cell->old = verdict_count_add(cell->old, e->trials);
		return;
	}
	if (!nameless) {
		verdict_cells_add_trials(in, row, cell);
		cell->dane = verdict_count_add(cell->dane, e->dane);
	}
	if (!nameless || e->trials == 0)
		cell->unusable = verdict_count_add(cell->unusable, e->unusable);
}

static void verdict_cells_add_row(const struct verdict_input *in,
                                  const struct verdict_row *row,
                                  struct verdict_cell *cell)
{
	if (row->type == POLICY_STS) {
		verdict_cells_add_sts(in, row, cell);
		return;
	}
	cell->dane = verdict_count_add(cell->dane, row->evidence.dane);
	cell->untested =
		verdict_count_add(cell->untested, row->evidence.untested);
	verdict_cells_add_counts(cell->predicted, row->evidence.predicted);
}

/* The indexes of the rows, those of a group together, in their order. */
static uint32_t *verdict_cells_sort_by_group(const struct verdict_input *in,
                                             struct arena *arena)
{
	uint32_t *starts =
		arena_array(arena, in->group_count + 1, sizeof(*starts));
	uint32_t *index = arena_array(arena, in->row_count, sizeof(*index));
	uint32_t sum = 0, count;
	size_t i;

	for (i = 0; i < in->row_count; i++)
		starts[in->rows[i].group]++;
	for (i = 0; i < in->group_count; i++) {
		count = starts[i];
		starts[i] = sum;
		sum += count;
	}
	for (i = 0; i < in->row_count; i++)
		index[starts[in->rows[i].group]++] = (uint32_t)i;
	return index;
}

void verdict_cells_build(const struct verdict_input *in, struct arena *arena,
                         struct verdict_cells *cells)
{
	const uint32_t *index = verdict_cells_sort_by_group(in, arena);
	const struct verdict_row *row;
	struct verdict_cell *cell = NULL;
	uint32_t count = 0, group = 0;
	size_t i;

	cells->items = arena_array(arena, in->row_count, sizeof(*cells->items));
	cells->starts =
		arena_array(arena, in->group_count + 1, sizeof(*cells->starts));
	for (i = 0; i < in->row_count; i++) {
		row = &in->rows[index[i]];
		if (cell == NULL || cell->group != row->group ||
		    cell->day != row->day) {
			for (; group <= row->group; group++)
				cells->starts[group] = count;
			cell = &cells->items[count++];
			cell->group = row->group;
			cell->day = row->day;
		}
		verdict_cells_add_row(in, row, cell);
	}
	for (; group <= in->group_count; group++)
		cells->starts[group] = count;
}
