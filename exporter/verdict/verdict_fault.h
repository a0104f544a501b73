/*
 * Whose fault refusals are: two reporter groups see the receiver's; one alone,
 * while others succeed on the same days, sees its own. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_FAULT_H
#define EXPORTER_VERDICT_VERDICT_FAULT_H

#include "exporter/verdict/verdict_evaluation.h"

/* Fills in whose fault each cause of refusals is. */
void verdict_fault_attribute(struct verdict_evaluation *e);

/* A cell's refusals that are the sender's own fault, as far as faults say. */
int64_t
verdict_fault_local_refusals(const struct verdict_cell *cell,
                             const enum verdict_fault faults[REFUSAL_CAUSES]);

static inline bool verdict_fault_is_receivers(enum verdict_fault fault)
{
	return fault == VERDICT_FAULT_RECEIVER ||
	       fault == VERDICT_FAULT_UNKNOWN;
}

#endif
