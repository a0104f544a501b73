/*
 * On whom a verdict rests: the reporters that count, those that only count
 * against the domain, and newcomers, with the day on which each will count.
 */
#ifndef EXPORTER_EXPLAIN_WITNESSES_H
#define EXPORTER_EXPLAIN_WITNESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "exporter/assess/assess.h"
#include "exporter/verdict/verdict_ahead.h"

/* What the reports of a reporter group are to the verdict. */
enum witness_role {
	WITNESS_COUNTS,  /* its good and its bad news */
	WITNESS_AGAINST, /* of standing, but its bad news alone */
	WITNESS_NEWCOMER,
	WITNESS_UNSIGNED, /* and others count */
	WITNESS_ROLES,
};

/* "counts", "counts_against", "newcomer", "unsigned" */
const char *witnesses_role_name(enum witness_role role);

struct witness {
	struct text name; /* a stranger's text */
	enum witness_role role;
	bool anchor;
	bool goes_on; /* it has reported lately */
	struct verdict_witness is;
	int32_t counts_from; /* first day on which its good and bad news counts,
	                        if all goes on; VERDICT_NO_DAY: on none of
	                        the days ahead, or they were not looked at */
};

struct witnesses {
	struct witness *items; /* by role, anchors first, then by sessions that
	                          count */
	size_t count;
	size_t role_counts[WITNESS_ROLES];
	int64_t days_needed, reports_needed; /* for standing */
	int64_t days_later; /* the same as days_needed, once the domain is no
	                       longer young */
	bool everybody;     /* nobody has standing, so that everybody counts */
	bool ahead_known;
};

/* The reporters with rows. ahead: the days to come of the assessment's input,
   NULL: not looked at. */
void witnesses_find(const struct assessment *assessment,
                    const struct verdict_ahead *ahead, struct arena *arena,
                    struct witnesses *out);

#endif
