/*
 * Everything that there is to say about one domain's verdict: the verdict, who
 * it rests on, what failed where, and what enforcing would have cost on each
 * day.
 */
#ifndef EXPORTER_EXPLAIN_EXPLANATION_H
#define EXPORTER_EXPLAIN_EXPLANATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "exporter/assess/policy_in_force.h"
#include "exporter/assess/reporters.h"
#include "exporter/assess/silent_reporters.h"
#include "exporter/assess/what_if.h"
#include "exporter/config/config.h"
#include "exporter/explain/conditions.h"
#include "exporter/explain/explanation_evidence.h"
#include "exporter/explain/forecast.h"
#include "exporter/explain/witnesses.h"
#include "exporter/verdict/verdict.h"
#include "schema/store/read.h"

/* A reporter group's part in the window. */
struct explanation_reporter {
	struct text name;
	bool proved;
	int64_t days;
	int64_t sessions, refused;
	int64_t n, x; /* capped by cell, as reported: whatever the fault */
};

/* A reporter that used to report on the domain and has fallen silent. */
struct explanation_silent {
	struct text name;
	struct watched_reporter rhythm;
};

struct explanation_day {
	int32_t day;
	bool settled;
	int64_t sessions, refused;
};

/* Failures of one MX host, policy type and result type since the window
   began. */
struct explanation_failure {
	struct text mx; /* empty: no host was named */
	enum policy_type type;
	enum result_type result;
	int64_t sessions;
	int64_t last_day;
	struct text *reporters; /* names, once each */
	size_t reporter_count;
	struct text reason; /* one failure-reason-code, or empty */
};

struct explanation {
	struct text domain;
	int64_t now;         /* Unix time for which it holds */
	int32_t today, last; /* days */
	struct verdict verdict;
	int64_t until; /* Unix time: as it was known then; 0: as it is */
	int32_t deleted_before; /* day: reports of days before it, which this
	                           may have rested on, are gone; 0: none is */
	const struct what_if *what_if; /* NULL: this is the verdict */
	enum verdict_state real;       /* the verdict's, beside a what if */
	double real_upper;             /* the bound of that */
	struct policy_in_force policy;
	struct text other_reporter; /* who shows the policy not obeyed */
	const struct thresholds *thresholds;
	struct text *faulty_reporters; /* names, in the verdict's order */
	struct explanation_evidence *evidence;  /* of each reason, by number;
	                                           NULL: not gathered */
	struct explanation_reporter *reporters; /* by sessions */
	size_t reporter_count;
	struct witnesses witnesses;   /* without any: not gathered */
	struct conditions conditions; /* without any: not gathered */
	struct forecast forecast;
	struct explanation_silent *silent; /* anchors first, then those with the
	                                      most report days */
	size_t silent_count;
	struct explanation_day *days; /* of the window and since, oldest first */
	size_t day_count;
	struct explanation_failure *failures; /* by sessions */
	size_t failure_count;
};

/* A request for some domains, or all. */
struct explanation_request {
	struct store *store; /* NULL: nothing is known */
	const struct config *config;
	const struct reporters *reporters;
	int64_t now;
	int64_t until; /* Unix time: from what had arrived by then; 0: from all
	                  that has */
	int64_t expired_before;        /* store_read_expired_before() */
	const struct what_if *what_if; /* NULL: the verdict as it is */
	bool ahead; /* of each domain days to come too: for some domains */
	/* Takes one explanation after the other, by name; it lives until
	   on_explanation() returns. */
	void (*on_explanation)(void *cls,
	                       const struct explanation *explanation);
	void *cls;
};

/* Explains the named domains, sorted, all of which are configured
   or known. details: evidence, reporters, days and failures too. */
int explanation_gather(const struct explanation_request *request,
                       const struct text *names, size_t count, bool details,
                       struct err *err) ATTR_MUST_CHECK;

#endif
