/*
 * From the store to verdicts: reads the evidence of some domains, finds the
 * policy in force, and decides.
 *
 * Nothing is kept between two calls. Memory is bounded by a few hundred
 * domains at a time; the caller holds a reading transaction.
 */
#ifndef EXPORTER_ASSESS_ASSESS_H
#define EXPORTER_ASSESS_ASSESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "exporter/assess/assess_batch.h"
#include "exporter/assess/policy_in_force.h"
#include "exporter/assess/silent_reporters.h"
#include "exporter/assess/verdict_inputs.h"
#include "exporter/verdict/verdict.h"
#include "schema/store/read.h"

/* All of it lives until on_assessment() returns. */
struct assessment {
	struct text domain;
	const struct verdict *verdict;
	const struct verdict_input *input; /* from what it was decided */
	const struct policy_in_force *policy;
	const struct thresholds *thresholds;
	const uint64_t *group_keys;             /* of verdict_inputs.h */
	const struct watched_reporter *watched; /* the silent ones first */
	size_t watched_count;
	bool times_missing; /* verdict_inputs.h */
};

struct assess_request {
	struct store *store; /* NULL: nothing is known */
	struct verdict_inputs_context at;
	int64_t until; /* Unix time: from what had arrived by then; 0: from all
	                  that has */
	int32_t first_day, last_day; /* that are read in any case; 0: as the
	                                verdict needs */
	/* Takes what was read of domains[i], once, before its assessment; may
	   be NULL. */
	void (*on_rows)(void *cls, size_t i, const struct store_sum_row *rows,
	                size_t count);
	/* Takes the verdict on domains[i]. */
	void (*on_assessment)(void *cls, size_t i,
	                      const struct assessment *assessment);
	void *cls;
};

/* Assesses domains, which are sorted by id, in any order. */
int assess_domains(const struct assess_request *request,
                   const struct assess_domain *domains, size_t count,
                   struct err *err) ATTR_MUST_CHECK;

/* The first day of the run of days that ends today on which the verdict on one
   domain was what it is, but at most so many days back. */
int assess_since(const struct assess_request *request,
                 const struct assess_domain *domain, int days, int32_t *since,
                 struct err *err) ATTR_MUST_CHECK;

#endif
