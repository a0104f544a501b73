#include "exporter/model/model_refusing.h"

#include <stdlib.h>

#include "base/memory.h"

/* Under enforce what senders refuse by an older policy that they have cached is
   lost as well. */
static bool model_refusing_is_trial(const struct assessment *assessment,
                                    const struct verdict_row *row)
{
	return row->type == POLICY_STS &&
	       (row->match != POLICY_MATCH_OLD ||
	        assessment->input->mode == STS_MODE_ENFORCE);
}

/* The rows of the recent days, which are the last: the index of the first. */
static size_t model_refusing_first_row(const struct assessment *assessment,
                                       bool *any)
{
	const struct verdict_input *in = assessment->input;
	int32_t since = assessment->verdict->numbers.recent_since;
	size_t first = in->row_count;

	while (first > 0 && in->rows[first - 1].day >= since) {
		first--;
		*any |= in->rows[first].evidence.refused > 0;
	}
	return first;
}

static int model_refusing_compare(const void *a, const void *b)
{
	const struct refusing_figures *x = a, *y = b;

	if (x->refused != y->refused)
		return x->refused > y->refused ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (int)y->proved - (int)x->proved;
}

/* A sum for each group of the input. */
static void model_refusing_sum(const struct assessment *assessment,
                               size_t first, struct refusing_figures *sums)
{
	const struct verdict_input *in = assessment->input;
	const struct verdict_row *row;
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		sums[i].group = (uint32_t)(assessment->group_keys[i] / 2);
		sums[i].proved = !in->groups[i].anonymous;
	}
	for (i = first; i < in->row_count; i++) {
		row = &in->rows[i];
		if (row->day > in->today ||
		    !model_refusing_is_trial(assessment, row))
			continue;
		sums[row->group].sessions += row->evidence.trials;
		sums[row->group].refused += row->evidence.refused;
	}
}

void model_refusing_find(const struct assessment *assessment, size_t max,
                         struct domain_figures *figures)
{
	size_t count = assessment->input->group_count, kept = 0, first, i;
	struct refusing_figures *sums;
	bool any = false;

	if (!assessment->verdict->numbers.known)
		return;
	first = model_refusing_first_row(assessment, &any);
	if (!any)
		return;
	sums = memory_zero(count, sizeof(*sums));
	model_refusing_sum(assessment, first, sums);
	qsort(sums, count, sizeof(*sums), model_refusing_compare);
	for (i = 0; i < count && i < max; i++)
		kept += sums[i].refused > 0;
	if (kept == 0) {
		free(sums);
		return;
	}
	figures->refusing = memory_resize(sums, kept * sizeof(*sums));
	figures->refusing_count = kept;
}
