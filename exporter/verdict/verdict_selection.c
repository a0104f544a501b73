#include "exporter/verdict/verdict_selection.h"

#include <string.h>

/* The sums over all cells of a selection, whose groups are known. */
static void verdict_selection_summarize(struct verdict_selection *out)
{
	const struct verdict_selected *group;
	const struct verdict_cell *cell;
	int64_t refused = 0;
	uint32_t place;
	size_t i;
	int cause;

	for (i = 0; i < out->count; i++) {
		group = &out->groups[i];
		for (place = group->begin; place < group->end; place++) {
			cell = &out->cells[place];
			out->any = true;
			out->sts |= cell->sts;
			out->days[cell->day - out->first] = true;
			refused |= cell->x;
			for (cause = 0; cause < REFUSAL_CAUSES; cause++)
				refused |= cell->predicted[cause];
		}
	}
	out->refused = refused != 0;
}

void verdict_selection_of_view(const struct verdict_input *in,
                               const struct verdict_cells *cells,
                               const struct verdict_view *view,
                               const struct verdict_witness *witnesses,
                               struct arena *arena,
                               struct verdict_selection *out)
{
	struct verdict_selected *group;
	size_t i;

	*out = (struct verdict_selection){
		.cells = cells->items,
		.groups = arena_array(arena, in->group_count,
	                              sizeof(*out->groups)),
		.count = in->group_count,
		.first = view->first,
	};
	for (i = 0; i < in->group_count; i++) {
		if (!witnesses[i].seen)
			continue;
		group = &out->groups[i];
		group->begin = cells->starts[i];
		group->end = cells->starts[i + 1];
		group->standing = witnesses[i].standing;
		group->credited = witnesses[i].credited;
		while (cells->items[group->begin].day < view->first)
			group->begin++;
		while (cells->items[group->end - 1].day > view->today)
			group->end--;
	}
}

static void verdict_selection_copy(const struct verdict_selection *all,
                                   struct arena *arena,
                                   struct verdict_selection *out)
{
	*out = *all;
	out->groups = arena_array(arena, all->count, sizeof(*out->groups));
	if (all->count > 0)
		memcpy(out->groups, all->groups,
		       all->count * sizeof(*out->groups));
}

void verdict_selection_of_standing(const struct verdict_selection *all,
                                   struct arena *arena,
                                   struct verdict_selection *out)
{
	size_t i;

	verdict_selection_copy(all, arena, out);
	for (i = 0; i < out->count; i++) {
		if (!out->groups[i].standing)
			out->groups[i].end = out->groups[i].begin;
	}
	verdict_selection_summarize(out);
}

void verdict_selection_of_everybody(const struct verdict_selection *all,
                                    int32_t first, struct arena *arena,
                                    struct verdict_selection *out)
{
	struct verdict_selected *group;
	size_t i;

	verdict_selection_copy(all, arena, out);
	for (i = 0; i < out->count; i++) {
		group = &out->groups[i];
		if (!group->standing)
			group->begin =
				verdict_selection_tail(all, group, first);
	}
	verdict_selection_summarize(out);
}
