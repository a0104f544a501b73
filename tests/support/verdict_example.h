/*
 * A domain for tests of the verdict: rows of up to eight reporter groups, by
 * the defaults of all thresholds, and what the verdict's parts make of them.
 * Today is day 0, the newest settled day is -2. All groups have been known for
 * long, and need no report days to have standing, until a test says otherwise.
 */
#ifndef TESTS_SUPPORT_VERDICT_EXAMPLE_H
#define TESTS_SUPPORT_VERDICT_EXAMPLE_H

#include "exporter/verdict/verdict_evaluation.h"
#include "exporter/verdict/verdict_weighing.h"

#define EXAMPLE_GROUPS 8
#define EXAMPLE_ROWS   2048

struct verdict_example {
	struct arena *arena;
	struct thresholds t;
	struct verdict_reporter_group groups[EXAMPLE_GROUPS];
	struct verdict_row rows[EXAMPLE_ROWS];
	struct verdict_input in;
	struct probe_host hosts[4];
	struct probe outside; /* in->probes[0] and so on, once they are set */
	/* made by verdict_example_evaluate() */
	struct verdict_cells cells;
	struct verdict_witness witnesses[EXAMPLE_GROUPS];
	struct verdict_standing_needs needs;
	struct verdict_selection selection;
	struct verdict_probe probe;
	struct verdict_group_sums sums[EXAMPLE_GROUPS];
	struct verdict_evaluation e;
	/* made by verdict_example_decide() */
	struct verdict verdict;
};

void verdict_example_begin(struct verdict_example *x, enum sts_mode mode);
void verdict_example_end(struct verdict_example *x);

/* Adds a row of the policy in force on each of some days. Returns the last one.
   Those of a group are to be added by day. */
struct verdict_row *verdict_example_add(struct verdict_example *x,
                                        uint32_t group, int32_t first,
                                        int32_t last, int64_t successes,
                                        int64_t refused, int cause);

/* Makes hosts that outside checks look at, all in one state for so many
   checks, an hour apart, seen now and before. */
void verdict_example_probe(struct verdict_example *x, size_t hosts,
                           enum probe_host_state state, int64_t checks);

/* An evaluation that is begun: nothing is attributed, nothing counted. */
struct verdict_evaluation *verdict_example_evaluate(struct verdict_example *x);

/* The verdict; previous as of verdict_decide(). */
const struct verdict *verdict_example_decide(struct verdict_example *x,
                                             enum verdict_state previous);

static inline bool verdict_example_says(const struct verdict_example *x,
                                        enum verdict_reason reason)
{
	return (x->verdict.reasons & REASON_BIT(reason)) != 0;
}

#endif
