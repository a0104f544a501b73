/*
 * What one stored copy adds to the sums.
 */
#ifndef SCHEMA_STORE_CONTRIBUTION_H
#define SCHEMA_STORE_CONTRIBUTION_H

#include "schema/rules/evidence.h"

/* What one stored copy adds to the sums: a part for each policy result that has
   a domain. */
struct contribution {
	int64_t domain_id;
	enum policy_type type;
	int64_t policy_id;
	bool first; /* of its domain in the report */
	int64_t successes;
	int64_t failures;
	int64_t by_result[RESULT_TYPES];
	struct evidence evidence;
};

struct contributions {
	struct contribution *items;
	size_t count;
};

/* A report and the ids of its strings, element by element. */
struct store_loaded {
	struct report *report;
	int64_t *domain_ids;
	int64_t *policy_ids;
	int *origins; /* bits below */
};

/* The report names an MX host of the domain. */
#define STORE_ORIGIN_MX 1
/* Another report counts these sessions; this one counts as a report only. */
#define STORE_ORIGIN_COUNTED 2

/* What a report adds to the sums, the parts in its order. */
void contribution_list(const struct store_loaded *loaded, struct arena *arena,
                       struct contributions *contributions);

#endif
