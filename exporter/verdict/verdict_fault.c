/*
 * Whose fault refusals are: two reporter groups see the receiver's; one alone,
 * while others succeed on the same days, sees its own.
 */
#include "exporter/verdict/verdict_fault.h"

/* A reporter group's failures of one cause. */
struct group_failures {
	bool fails, predicts;
	int64_t x, all; /* of its failing days */
	int32_t first, last;
};

static struct group_failures
verdict_fault_sum_group(const struct verdict_evaluation *e,
                        const struct verdict_cell *cell,
                        const struct verdict_cell *end, int cause)
{
	struct group_failures failures = {0};

	for (; cell < end; cell++) {
		if (!verdict_evaluation_is_in_span(e, cell))
			continue;
		failures.predicts |= cell->predicted[cause] > 0;
		if (cell->by_cause[cause] == 0)
			continue;
		if (!failures.fails)
			failures.first = cell->day;
		failures.fails = true;
		failures.last = cell->day;
		failures.x += cell->by_cause[cause];
		failures.all += cell->all;
	}
	return failures;
}

/* How many other groups succeeded between the failing one's first and last bad
   day. Only proved reporters may acquit a receiver. */
static int64_t
verdict_fault_count_successful(const struct verdict_evaluation *e,
                               uint32_t failing,
                               const struct group_failures *failures)
{
	const struct verdict_cell *cell = e->cells, *next;
	int64_t successful = 0, sessions;

	for (; cell < e->end; cell = next) {
		next = verdict_evaluation_next_group(e, cell);
		if (cell->group == failing)
			continue;
		for (sessions = 0; cell < next; cell++) {
			if (verdict_evaluation_is_in_span(e, cell) &&
			    cell->day >= failures->first &&
			    cell->day <= failures->last)
				sessions += cell->proved;
		}
		successful += sessions >= e->t->ok_sessions;
	}
	return successful;
}

static enum verdict_fault verdict_fault_find(const struct verdict_evaluation *e,
                                             int cause)
{
	const struct verdict_cell *cell, *next;
	struct group_failures failures, failing = {0};
	uint32_t group = 0;
	int groups = 0;

	for (cell = e->cells; cell < e->end; cell = next) {
		next = verdict_evaluation_next_group(e, cell);
		failures = verdict_fault_sum_group(e, cell, next, cause);
		groups += failures.fails || failures.predicts;
		if (failures.fails) {
			failing = failures;
			group = cell->group;
		}
	}
	if (groups == 0)
		return VERDICT_FAULT_NONE;
	if (groups >= 2)
		return VERDICT_FAULT_RECEIVER;
	if (failing.fails &&
	    verdict_fault_count_successful(e, group, &failing) >=
	            e->t->ok_reporters &&
	    verdict_share_reaches(failing.x, failing.all,
	                          e->t->local_fail_share))
		return VERDICT_FAULT_SENDER;
	return VERDICT_FAULT_UNKNOWN;
}

/* Whether no cell has a refusal: then no cause needs to be looked into. */
static bool verdict_fault_is_absent(const struct verdict_evaluation *e)
{
	const struct verdict_cell *cell;
	int64_t any = 0;
	int cause;

	for (cell = e->cells; cell < e->end; cell++) {
		for (cause = 0; cause < REFUSAL_CAUSES; cause++)
			any |= cell->by_cause[cause] | cell->predicted[cause];
	}
	return any == 0;
}

void verdict_fault_attribute(struct verdict_evaluation *e)
{
	int cause;

	if (verdict_fault_is_absent(e))
		return;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		e->faults[cause] = verdict_fault_find(e, cause);
}

int64_t
verdict_fault_local_refusals(const struct verdict_cell *cell,
                             const enum verdict_fault faults[REFUSAL_CAUSES])
{
	int64_t local = 0;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (faults[cause] == VERDICT_FAULT_SENDER)
			local += cell->by_cause[cause];
	}
	return local < cell->x ? local : cell->x;
}
