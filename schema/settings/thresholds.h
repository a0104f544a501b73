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
	int64_t recent_days;
	int64_t active_ratio, agreed_ratio; /* millionths */
	int64_t active_min;
	int64_t bad_day_ratio; /* millionths */
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
	int64_t witness_days; /* from first arrival to counting for ready */
	int64_t assume_policy_when_missing; /* 0 or 1 */
	int64_t trust_https;                /* enum trust_https */
	struct option_list reporters;       /* "any", or the only that count */
	struct option_list accept_reporters;
	struct option_list failures_only_reporters;
};

#define THRESHOLDS_COUNT 37

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
