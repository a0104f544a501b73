/*
 * What each reporter group is to a verdict that has been taken: the evaluation
 * that decided is made once more, and what it added up to is kept.
 */
#include "exporter/verdict/verdict_witness.h"

#include <stdlib.h>

#include "exporter/verdict/verdict_fault.h"

/* What a group reported in the window, whether it counts or not; refusals by
   a fault of its own left out. */
static void verdict_witness_add_cell(const struct verdict_evaluation *e,
                                     const struct verdict_cell *cell,
                                     struct verdict_witness *witness)
{
	int64_t refused = cell->x - verdict_fault_local_refusals(e, cell);

	if (cell->day > e->at.last - e->window.days &&
	    cell->day <= e->at.last) {
		witness->sessions =
			verdict_count_add(witness->sessions, cell->all);
		witness->refused = verdict_count_add(witness->refused, refused);
	}
	if (cell->day >= e->recent.since && cell->day <= e->at.today) {
		witness->recent_sessions =
			verdict_count_add(witness->recent_sessions, cell->all);
		witness->recent_refused =
			verdict_count_add(witness->recent_refused, refused);
	}
}

/* What counts of a cell in the window. */
static void verdict_witness_count_cell(const struct verdict_evaluation *e,
                                       const struct verdict_cell *cell,
                                       int64_t sessions,
                                       struct verdict_witness *witness)
{
	int64_t local = verdict_fault_local_refusals(e, cell);
	int64_t n = sessions - local, x = cell->x - local;

	if (cell->day <= e->at.last - e->window.days ||
	    cell->day > e->at.last || cell->day < e->lowest || n == 0)
		return;
	witness->x = verdict_count_add(
		witness->x,
		n > e->t->cell_cap
			? verdict_share_scale_up(x, e->t->cell_cap, n)
			: x);
	witness->n = verdict_count_add(witness->n,
	                               verdict_count_min(n, e->t->cell_cap));
}

static void verdict_witness_describe_group(const struct verdict_source *source,
                                           const struct verdict_evaluation *e,
                                           size_t i,
                                           struct verdict_witness *witness)
{
	const struct verdict_selected *group = &e->at.selection->groups[i];
	const struct verdict_cell *cells = source->cells->items;
	uint32_t place;

	witness->weighed = group->begin < group->end;
	witness->accuses = e->at.sums[i].accuses;
	witness->contradicts = e->at.sums[i].contradicts;
	for (place = source->cells->starts[i];
	     place < source->cells->starts[i + 1]; place++)
		verdict_witness_add_cell(e, &cells[place], witness);
	for (place = group->begin; place < group->end; place++)
		verdict_witness_count_cell(
			e, &cells[place],
			verdict_selection_sessions(group, &cells[place]),
			witness);
}

/* --- faulty reporters
 * ---------------------------------------------------------- */

static int verdict_witness_compare_faulty(const void *a, const void *b,
                                          void *cls)
{
	const struct verdict_input *in = cls;
	const struct faulty_reporter *x = a, *y = b;

	return text_order(in->groups[x->group].name, in->groups[y->group].name);
}

static void verdict_witness_find_faulty(const struct verdict_source *source,
                                        const struct verdict_evaluation *e,
                                        struct verdict *out)
{
	struct verdict_input in = *source->in;
	struct faulty_reporter *found;
	size_t i;

	if (!verdict_evaluation_has_reason(e, REASON_SENDER_LOCAL_FAULT))
		return;
	found = arena_array(source->arena, in.group_count, sizeof(*found));
	for (i = 0; i < in.group_count; i++) {
		if (e->at.sums[i].local > 0)
			found[out->faulty_reporter_count++] =
				(struct faulty_reporter){(uint32_t)i,
			                                 e->at.sums[i].local};
	}
	qsort_r(found, out->faulty_reporter_count, sizeof(*found),
	        verdict_witness_compare_faulty, &in);
	out->faulty_reporters = found;
}

void verdict_witness_describe(const struct verdict_source *source,
                              const struct verdict_finding *finding,
                              struct verdict *out)
{
	struct verdict_evaluation e;
	size_t i;

	if (!finding->numbers.known)
		return;
	verdict_evaluate_again(&finding->question, &e);
	for (i = 0; i < source->in->group_count; i++)
		verdict_witness_describe_group(source, &e, i,
		                               &out->witnesses[i]);
	verdict_witness_find_faulty(source, &e, out);
}
