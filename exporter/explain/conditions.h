/*
 * The conditions of ready, or under enforce those of staying there: what is
 * seen, what is needed, and whether waiting helps.
 */
#ifndef EXPORTER_EXPLAIN_CONDITIONS_H
#define EXPORTER_EXPLAIN_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* The names are values in JSON: append only. */
enum condition_kind {
	CONDITION_REPORTS_ARRIVE,
	CONDITION_POLICY_SEEN,
	CONDITION_POLICY_USABLE,
	CONDITION_NO_REFUSALS_NOW,
	CONDITION_REFUSAL_RATIO,
	CONDITION_SENDER_FAULTS,
	CONDITION_OBSERVED_DAYS,
	CONDITION_COVERED_DAYS,
	CONDITION_REPORTERS,
	CONDITION_BOUND,
	CONDITION_PRESENT_POLICY,
	CONDITION_NOT_RECURRING,
	CONDITION_NEWCOMERS,
	CONDITION_CONFIRMED,
	CONDITION_MX_IN_POLICY,
	CONDITION_CHECKS,
	CONDITION_SIGNED_EVIDENCE,
	CONDITIONS,
};

#define CONDITION_BIT(kind) (UINT32_C(1) << (kind))

const char *conditions_name(enum condition_kind kind);

/* Whether time alone, with reports as they come, may bring it about. */
bool conditions_is_waited_for(enum condition_kind kind);

struct condition {
	enum condition_kind kind;
	bool met;
	bool least;    /* needed is the least that seen must be; else the most
	                  that it may be */
	double seen;   /* a count, or a share where whole is not 0 */
	double needed; /* the same */
	int64_t part, whole; /* that the share is of */
};

struct conditions {
	bool enforced; /* they are those of staying there */
	struct condition items[CONDITIONS];
	size_t count;
};

/* What a verdict does not meet (bits): all that its state depends on. */
uint32_t conditions_unmet(const struct verdict_input *input,
                          const struct verdict *verdict);

/* The conditions of a verdict that are known, by kind. The verdict's witnesses
   are read; scratch is for what is looked up. */
void conditions_find(const struct verdict_input *input,
                     const struct verdict *verdict, struct arena *scratch,
                     struct conditions *out);

/* The condition of a kind, NULL: it is not among them. */
const struct condition *conditions_get(const struct conditions *conditions,
                                       enum condition_kind kind);

#endif
