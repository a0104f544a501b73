/*
 * Whose fault refusals are: two reporter groups, or an outside check, see the
 * receiver's; one group alone, while others succeed on the same days, sees its
 * own.
 */
#include "exporter/verdict/verdict_fault.h"

/* The failures of one cause, and of the group that showed them last. */
struct cause_failures {
	size_t groups; /* that fail or predict it */
	bool fails;
	uint32_t group;
	int64_t x, all; /* of its failing days */
	int32_t first, last;
};

/* Adds one group. What the owner accepts to lose makes no witness. */
static void verdict_fault_add_group(const struct verdict_evaluation *e,
                                    uint32_t i, int cause,
                                    struct cause_failures *failures)
{
	const struct verdict_selection *s = e->at.selection;
	bool accepted = verdict_evaluation_group(e, i)->accepted;
	bool predicts = false, fails = false;
	const struct verdict_cell *cell;
	uint32_t place;

	for (place = s->groups[i].begin; place < s->groups[i].end; place++) {
		cell = &s->cells[place];
		if (cell->day < e->lowest)
			continue;
		predicts |= cell->predicted[cause] > 0;
		if (cell->by_cause[cause] == 0 || accepted)
			continue;
		if (!fails)
			*failures = (struct cause_failures){
				.groups = failures->groups,
				.fails = true,
				.group = i,
				.first = cell->day,
			};
		fails = true;
		failures->last = cell->day;
		failures->x =
			verdict_count_add(failures->x, cell->by_cause[cause]);
		failures->all = verdict_count_add(failures->all, cell->all);
	}
	failures->groups += fails || predicts;
}

/* How many other groups succeeded between the failing one's first and last bad
   day. What nobody proved acquits no receiver. */
static int64_t
verdict_fault_count_successful(const struct verdict_evaluation *e,
                               const struct cause_failures *failures)
{
	const struct verdict_selection *s = e->at.selection;
	const struct verdict_selected *group;
	int64_t successful = 0, sessions;
	uint32_t i, place;

	for (i = 0; i < s->count; i++) {
		group = &s->groups[i];
		if (i == failures->group ||
		    verdict_evaluation_group(e, i)->anonymous)
			continue;
		sessions = 0;
		place = verdict_selection_tail(s, group, failures->first);
		for (; place < group->end &&
		       s->cells[place].day <= failures->last;
		     place++)
			sessions = verdict_count_add(
				sessions, verdict_selection_sessions(
						  group, &s->cells[place]));
		successful += sessions >= e->t->ok_sessions;
	}
	return successful;
}

static enum verdict_fault verdict_fault_find(const struct verdict_evaluation *e,
                                             int cause)
{
	struct cause_failures failures = {0};
	uint32_t i;

	for (i = 0; i < e->at.selection->count; i++)
		verdict_fault_add_group(e, i, cause, &failures);
	if (failures.groups == 0)
		return VERDICT_FAULT_NONE;
	if (failures.groups >= 2 || e->at.probe->failing[cause])
		return VERDICT_FAULT_RECEIVER;
	if (failures.fails &&
	    verdict_fault_count_successful(e, &failures) >=
	            e->t->ok_reporters &&
	    verdict_share_reaches(failures.x, failures.all,
	                          e->t->local_fail_share))
		return VERDICT_FAULT_SENDER;
	return VERDICT_FAULT_UNKNOWN;
}

void verdict_fault_attribute(struct verdict_evaluation *e)
{
	int cause;

	if (!e->at.selection->refused)
		return;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		e->faults[cause] = verdict_fault_find(e, cause);
}

int64_t verdict_fault_local_refusals(const struct verdict_evaluation *e,
                                     const struct verdict_cell *cell)
{
	int64_t local = 0;
	int cause;

	if (cell->x == 0)
		return 0;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (e->faults[cause] == VERDICT_FAULT_SENDER ||
		    verdict_fault_is_accepted(e, cell->group, cause))
			local = verdict_count_add(local, cell->by_cause[cause]);
	}
	return verdict_count_min(local, cell->x);
}
