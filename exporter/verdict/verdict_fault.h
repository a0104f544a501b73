/*
 * Whose fault refusals are: two reporter groups, or an outside check, see the
 * receiver's; one group alone, while others succeed on the same days, sees its
 * own. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_FAULT_H
#define EXPORTER_VERDICT_VERDICT_FAULT_H

#include "exporter/verdict/verdict_evaluation.h"

/* Fills in whose fault each cause of refusals is. */
void verdict_fault_attribute(struct verdict_evaluation *e);

/* Whether a group's refusals of a cause are its own affair: the owner accepts
   to lose them, and no outside check shows the cause. */
static inline bool verdict_fault_is_accepted(const struct verdict_evaluation *e,
                                             size_t group, int cause)
{
	return verdict_evaluation_group(e, group)->accepted &&
	       !e->at.probe->failing[cause];
}

/* A cell's refusals that are the sender's own fault. */
int64_t verdict_fault_local_refusals(const struct verdict_evaluation *e,
                                     const struct verdict_cell *cell);

/* A cell's refusals of a cause, what is accepted left out. */
static inline int64_t verdict_fault_charged(const struct verdict_evaluation *e,
                                            const struct verdict_cell *cell,
                                            int cause)
{
	return verdict_fault_is_accepted(e, cell->group, cause)
	               ? 0
	               : cell->by_cause[cause];
}

static inline bool verdict_fault_is_receivers(enum verdict_fault fault)
{
	return fault == VERDICT_FAULT_RECEIVER ||
	       fault == VERDICT_FAULT_UNKNOWN;
}

#endif
