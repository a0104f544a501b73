/*
 * What one element of policies[] says about a domain under `mode: enforce`:
 * how many sessions tried the policy, how many an enforced policy would have
 * refused, and of what kind. Worked out at intake and added up, so that the
 * verdict never reads details. Pure functions.
 */
#ifndef SCHEMA_RULES_EVIDENCE_H
#define SCHEMA_RULES_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/report/report.h"
#include "schema/rules/outcome.h"

/* Causes of refusal: what would have to be fixed. */
enum refusal_cause {
	CAUSE_STARTTLS,
	CAUSE_CERTIFICATE,
	CAUSE_OTHER,
	REFUSAL_CAUSES,
};

/* Every number but the first counts sessions, and adds up over elements. */
struct evidence {
	int64_t elements; /* of policies[] that this is the sum of */
	int64_t untested; /* seen by senders that found no policy */
	int64_t trials;   /* that tried the policy, successful or refused */
	int64_t refused;  /* of them, that enforce would have refused */
	int64_t unusable; /* to which no policy could be applied */
	int64_t dane;     /* with a fault that is DANE's own */
	int64_t by_cause[REFUSAL_CAUSES];  /* of refused; may overlap */
	int64_t predicted[REFUSAL_CAUSES]; /* seen without this policy */
};

/* The cause that a result type's refusals have (enum refusal_cause), -1 for one
   that an enforced policy does not refuse. */
int evidence_refusal_cause(enum result_type type);

/* Whether a result type says that a policy could not be had or used (RFC 8461
   section 3.3), and whether it is DANE's own affair. */
bool evidence_is_policy_fault(enum result_type type);
bool evidence_is_dane_fault(enum result_type type);

void evidence_of(const struct report_policy *policy, struct evidence *out);

void evidence_add(struct evidence *sum, const struct evidence *part,
                  int64_t sign);
bool evidence_is_zero(const struct evidence *evidence);

/* Two copies of a report that contradict each other: the larger refusals and
   the smaller successes of the two. */
void evidence_merge_worst(struct evidence *worst, const struct evidence *other);

/* Whether a report's numbers may be evidence at all, by its range and, when it
   is not proved whose it is, by its delay. */
bool evidence_is_admissible(int64_t begin, int64_t end, int64_t received,
                            enum trust trust);

#endif
