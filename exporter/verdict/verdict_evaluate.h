/*
 * One evaluation: what the cells say at one settled end. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_EVALUATE_H
#define EXPORTER_VERDICT_VERDICT_EVALUATE_H

#include "exporter/verdict/verdict_evaluation.h"

struct verdict_finding {
	enum verdict_state state;
	uint32_t reasons;
	struct verdict_numbers numbers;
	int64_t fault_days; /* of the window in which faults were looked for */
};

void verdict_evaluate(const struct verdict_input *in,
                      const struct verdict_cells *cells,
                      const struct verdict_moment *moment,
                      struct verdict_finding *out);

#endif
