/*
 * Whose fault refusals are: two witnesses see the receiver's; one alone, while
 * others are well on the same days, sees its own.
 */
#include "exporter/verdict/verdict_private.h"

/* A witness's part in one class. */
struct part {
	bool fails, predicts;
	int64_t x, all; /* of its failing days */
	int32_t first, last;
};

static struct part part_of(const struct evaluation *e, const struct cell *cell,
                           const struct cell *end, int class)
{
	struct part part = {0};

	for (; cell < end; cell++) {
		if (!is_looked_at(e, cell))
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
static int64_t count_well(const struct evaluation *e, uint32_t failing,
                          const struct part *part)
{
	const struct cell *cell = e->cells, *next;
	int64_t well = 0, sessions;

	for (; cell < e->end; cell = next) {
		next = next_witness(e, cell);
		if (cell->witness == failing)
			continue;
		for (sessions = 0; cell < next; cell++) {
			if (is_looked_at(e, cell) && cell->day >= part->first &&
			    cell->day <= part->last)
				sessions += cell->proved;
		}
		well += sessions >= e->t->ok_sessions;
	}
	return well;
}

static enum fault fault_of(const struct evaluation *e, int class)
{
	const struct cell *cell, *next;
	struct part part, failing = {0};
	uint32_t witness = 0;
	int witnesses = 0;

	for (cell = e->cells; cell < e->end; cell = next) {
		next = next_witness(e, cell);
		part = part_of(e, cell, next, class);
		witnesses += part.fails || part.predicts;
		if (part.fails) {
			failing = part;
			witness = cell->witness;
		}
	}
	if (witnesses == 0)
		return FAULT_NONE;
	if (witnesses >= 2)
		return FAULT_RECEIVER;
	if (failing.fails &&
	    count_well(e, witness, &failing) >= e->t->ok_reporters &&
	    share_reaches(failing.x, failing.all, e->t->local_fail_share))
		return FAULT_SENDER;
	return FAULT_UNKNOWN;
}

/* Whether any cell is not well: else no class needs to be looked into. */
static bool all_is_well(const struct evaluation *e)
{
	const struct cell *cell;
	int64_t any = 0;
	int class;

	for (cell = e->cells; cell < e->end; cell++) {
		for (class = 0; class < REFUSAL_CAUSES; class ++)
			any |= cell->by_class[class] | cell->predicted[class];
	}
	return any == 0;
}

void evaluation_attribute(struct evaluation *e)
{
	int class;

	if (all_is_well(e))
		return;
	for (class = 0; class < REFUSAL_CAUSES; class ++)
		e->faults[class] = fault_of(e, class);
}

int64_t local_refusals(const struct cell *cell,
                       const enum fault faults[REFUSAL_CAUSES])
{
	int64_t local = 0;
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		if (faults[class] == FAULT_SENDER)
			local += cell->by_class[class];
	}
	return local < cell->x ? local : cell->x;
}
