/*
 * The parameters of the verdict: [verdict] in the configuration, and the same
 * keys again in [domain NAME] for one domain. Ratios are millionths, so that
 * the verdict decides from integers.
 */
#ifndef SCHEMA_SETTINGS_THRESHOLDS_H
#define SCHEMA_SETTINGS_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/options.h"

#define MILLION INT64_C(1000000)

/* What reports by HTTPS and from files are worth. */
enum trust_https {
	TRUST_HTTPS_LIMITED, /* weighed, but they carry nothing alone */
	TRUST_HTTPS_YES,     /* as good as signed ones */
	TRUST_HTTPS_NO,      /* no evidence */
};

struct thresholds {
	int64_t window_days, max_window_days;
	int64_t min_covered_days, min_reporters;
	int64_t alpha, max_refusal; /* millionths */
	int64_t cell_cap;           /* sessions of a reporter and day */
	int64_t lead_factor;        /* of what all but the largest reporter say,
	                               the bound rests on so much */
	int64_t sole_min; /* refusals of one reporter, or without it */
	int64_t recent_days;
	int64_t active_ratio, agreed_ratio; /* millionths */
	int64_t active_min;
	int64_t bad_day_ratio; /* millionths */
	int64_t recur_days, recur_gap_days;
	int64_t ok_reporters, ok_sessions;
	int64_t local_fail_share, local_share_max; /* millionths */
	int64_t unusable_share, outdated_share;    /* millionths */
	int64_t stale_days, stale_days_max;
	int64_t limited_days, limited_sessions, limited_covered_days;
	int64_t confirm_days;
	int64_t exit_refusal; /* millionths */
	int64_t exit_covered_days;
	int64_t enforce_recent_days;
	int64_t warn_ratio; /* millionths */
	int64_t warn_min;
	int64_t rollback_ratio; /* millionths */
	int64_t rollback_min;
	int64_t total_ratio; /* millionths */
	int64_t total_min;
	int64_t few_accusers, few_days; /* so few must go uncontradicted for
	                                   so long */
	int64_t standing_days, standing_report_days; /* until a reporter counts
	                                                in full */
	int64_t founder_days;
	int64_t probe_checks, probe_minutes; /* of a fault that counts */
	int64_t rollout_minutes;   /* of a new policy, through caches */
	int64_t probe_stale_hours; /* until a check says nothing any more */
	int64_t probe_deny, probe_deny_sessions; /* who outvotes the checks */
	int64_t certificate_days;                /* so soon it ends */
	int64_t assume_policy_when_missing;      /* 0 or 1 */
	int64_t trust_https;                     /* enum trust_https */
	struct option_list reporters;        /* "any", or the only that count */
	struct option_list anchor_reporters; /* nobody else signs for them */
	struct option_list accept_reporters;
	struct option_list failures_only_reporters;
};

#define THRESHOLDS_COUNT 55

/* In a [verdict] section whose target is a struct thresholds. */
extern const struct option_spec thresholds_options[THRESHOLDS_COUNT];

/* Whether a key is among them. */
bool thresholds_is_key(const char *key);

/* The same without defaults, for a struct that has thresholds at offset. What
   thresholds_unset() marked and no line has set is then taken from others. */
void thresholds_specs(size_t offset, struct option_spec out[THRESHOLDS_COUNT]);
void thresholds_unset(struct thresholds *thresholds);
void thresholds_inherit(struct thresholds *thresholds,
                        const struct thresholds *from);

/* To be called once all is read. Fails when they contradict each other; section
   and title say where. */
int thresholds_finish(struct thresholds *thresholds,
                      const struct options *options, const char *section,
                      const char *title, struct err *err) ATTR_MUST_CHECK;

#endif
