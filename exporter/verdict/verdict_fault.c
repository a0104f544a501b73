/*
 * Whose fault refusals are: two witnesses see the receiver's; one alone, while
 * others are well on the same days, sees its own.
 */
#include "exporter/verdict/verdict_private.h"

/* A witness's part in one class. */
struct group_failures {
	bool fails, predicts;
	int64_t x, all; /* of its failing days */
	int32_t first, last;
};

static struct group_failures
verdict_fault_sum_group(const struct verdict_evaluation *e,
                        const struct verdict_cell *cell,
                        const struct verdict_cell *end, int class)
{
	struct group_failures part = {0};

	for (; cell < end; cell++) {
		if (!verdict_evaluation_is_in_span(e, cell))
			continue;
		part.predicts |= cell->predicted[class] > 0;
		if (cell->by_class[class] == 0)
			continue;
		if (!part.fails)
			part.first = cell->day;
		part.fails = true;
		part.last = cell->day;
		part.x += cell->by_class[class];
		part.all += cell->all;
	}
	return part;
}

/* How many others were well between the failing witness's first and last bad
   day. Only proved reporters may acquit a receiver. */
static int64_t
verdict_fault_count_successful(const struct verdict_evaluation *e,
                               uint32_t failing,
                               const struct group_failures *part)
{
	const struct verdict_cell *cell = e->cells, *next;
	int64_t well = 0, sessions;

	for (; cell < e->end; cell = next) {
		next = verdict_evaluation_next_group(e, cell);
		if (cell->group == failing)
			continue;
		for (sessions = 0; cell < next; cell++) {
			if (verdict_evaluation_is_in_span(e, cell) &&
			    cell->day >= part->first && cell->day <= part->last)
				sessions += cell->proved;
		}
		well += sessions >= e->t->ok_sessions;
	}
	return well;
}

static enum verdict_fault verdict_fault_find(const struct verdict_evaluation *e,
                                             int class)
{
	const struct verdict_cell *cell, *next;
	struct group_failures part, failing = {0};
	uint32_t witness = 0;
	int witnesses = 0;

	for (cell = e->cells; cell < e->end; cell = next) {
		next = verdict_evaluation_next_group(e, cell);
		part = verdict_fault_sum_group(e, cell, next, class);
		witnesses += part.fails || part.predicts;
		if (part.fails) {
			failing = part;
			witness = cell->group;
		}
	}
	if (witnesses == 0)
		return VERDICT_FAULT_NONE;
	if (witnesses >= 2)
		return VERDICT_FAULT_RECEIVER;
	if (failing.fails &&
	    verdict_fault_count_successful(e, witness, &failing) >=
	            e->t->ok_reporters &&
	    verdict_share_reaches(failing.x, failing.all,
	                          e->t->local_fail_share))
		return VERDICT_FAULT_SENDER;
	return VERDICT_FAULT_UNKNOWN;
}

/* Whether any cell is not well: else no class needs to be looked into. */
static bool verdict_fault_is_absent(const struct verdict_evaluation *e)
{
	const struct verdict_cell *cell;
	int64_t any = 0;
	int class;

	for (cell = e->cells; cell < e->end; cell++) {
		for (class = 0; class < REFUSAL_CAUSES; class ++)
			any |= cell->by_class[class] | cell->predicted[class];
	}
	return any == 0;
}

void verdict_fault_attribute(struct verdict_evaluation *e)
{
	int class;

	if (verdict_fault_is_absent(e))
		return;
	for (class = 0; class < REFUSAL_CAUSES; class ++)
		e->faults[class] = verdict_fault_find(e, class);
}

int64_t
verdict_fault_local_refusals(const struct verdict_cell *cell,
                             const enum verdict_fault faults[REFUSAL_CAUSES])
{
	int64_t local = 0;
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (faults[class] == VERDICT_FAULT_SENDER)
			local += cell->by_class[class];
	}
	return local < cell->x ? local : cell->x;
}
