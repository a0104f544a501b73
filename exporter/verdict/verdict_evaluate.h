/*
 * One evaluation: what the cells say at one settled end. Private to the verdict.
 */
#ifndef EXPORTER_VERDICT_VERDICT_EVALUATE_H
#define EXPORTER_VERDICT_VERDICT_EVALUATE_H

#include "exporter/verdict/verdict_evaluation.h"

/* What an evaluation finds; the bound itself is not worked out yet. */
struct verdict_finding {
	struct verdict_question question; /* that it answers */
	enum verdict_state state;
	uint64_t reasons;
	struct verdict_numbers numbers;
	struct verdict_progress progress;
};

void verdict_evaluate(const struct verdict_question *question,
                      struct verdict_finding *out);

/* The same again, for what it adds up to on the way. */
void verdict_evaluate_again(const struct verdict_question *question,
                            struct verdict_evaluation *e);

#endif
