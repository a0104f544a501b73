#include "schema/settings/thresholds.h"

#include <string.h>

#include "base/attr.h"
#include "schema/settings/thresholds_check.h"

#define UNSET INT64_MIN

/* As of OPTION_BOOL; the odd places mean yes. */
static const char *const no_yes[] = {"no", "yes", "false", "true", "off",
                                     "on", "0",   "1",     NULL};
static const char *const trust_words[] = {"limited", "yes", "no", NULL};

#define FIELD(name) offsetof(struct thresholds, name)
#define DAYS(name, fallback, min, max)                                      \
	{                                                                   \
#name, OPTION_NUMBER, FIELD(name), fallback, min, max, NULL \
	}
#define COUNT(name, fallback)                                   \
	{                                                       \
#name, OPTION_NUMBER, FIELD(name), fallback, 1, \
			INT64_C(1000000000), NULL               \
	}
#define RANGE(name, fallback, min, max) DAYS(name, fallback, min, max)
#define RATIO(name, fallback)                                                \
	{                                                                    \
#name, OPTION_RATIO, FIELD(name), fallback, 1, MILLION, NULL \
	}
#define NAMES(name, fallback)                                         \
	{                                                             \
#name, OPTION_LIST, FIELD(name), fallback, 0, 0, NULL \
	}

const struct option_spec thresholds_options[THRESHOLDS_COUNT] = {
	DAYS(window_days, "14", 7, 84),
	DAYS(max_window_days, "84", 7, 84),
	DAYS(min_covered_days, "10", 1, 84),
	COUNT(min_reporters, "2"),
	{"alpha", OPTION_RATIO, FIELD(alpha), "0.05", 1, MILLION - 1, NULL},
	RATIO(max_refusal, "0.01"),
	COUNT(cell_cap, "200"),
	COUNT(lead_factor, "2"),
	COUNT(sole_min, "3"),
	DAYS(recent_days, "3", 1, 14),
	RATIO(active_ratio, "0.01"),
	RATIO(agreed_ratio, "0.003"),
	COUNT(active_min, "3"),
	RATIO(bad_day_ratio, "0.10"),
	DAYS(recur_days, "56", 1, 84),
	DAYS(recur_gap_days, "2", 1, 84),
	COUNT(ok_reporters, "2"),
	COUNT(ok_sessions, "20"),
	RATIO(local_fail_share, "0.5"),
	RATIO(local_share_max, "0.01"),
	RATIO(unusable_share, "0.05"),
	RATIO(outdated_share, "0.20"),
	DAYS(stale_days, "3", 1, 84),
	DAYS(stale_days_max, "21", 1, 84),
	DAYS(limited_days, "28", 1, 84),
	COUNT(limited_sessions, "30"),
	DAYS(limited_covered_days, "4", 1, 84),
	DAYS(confirm_days, "3", 1, 14),
	RATIO(exit_refusal, "0.015"),
	DAYS(exit_covered_days, "7", 1, 84),
	DAYS(enforce_recent_days, "2", 1, 14),
	RATIO(warn_ratio, "0.005"),
	COUNT(warn_min, "3"),
	RATIO(rollback_ratio, "0.05"),
	COUNT(rollback_min, "10"),
	RATIO(total_ratio, "0.5"),
	COUNT(total_min, "2"),
	RANGE(few_accusers, "2", 0, 1000000),
	DAYS(few_days, "6", 1, 84),
	DAYS(standing_days, "28", 0, 3660),
	DAYS(standing_report_days, "7", 0, 84),
	DAYS(founder_days, "7", 0, 3660),
	COUNT(probe_checks, "2"),
	RANGE(probe_minutes, "10", 0, 10080),
	RANGE(rollout_minutes, "180", 0, 10080),
	RANGE(probe_stale_hours, "26", 1, 8784),
	COUNT(probe_deny, "2"),
	COUNT(probe_deny_sessions, "3"),
	DAYS(certificate_days, "3", 0, 3660),
	{"assume_policy_when_missing", OPTION_CHOICE,
         FIELD(assume_policy_when_missing), "yes", 0, 0, no_yes},
	{"trust_https", OPTION_CHOICE, FIELD(trust_https), "limited", 0, 0,
         trust_words},
	NAMES(reporters, "any"),
	NAMES(anchor_reporters, "google.com microsoft.com"),
	NAMES(accept_reporters, NULL),
	NAMES(failures_only_reporters, NULL),
};

bool thresholds_is_key(const char *key)
{
	size_t i;

	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		if (strcmp(thresholds_options[i].key, key) == 0)
			return true;
	}
	return false;
}

void thresholds_specs(size_t offset, struct option_spec out[THRESHOLDS_COUNT])
{
	size_t i;

	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		out[i] = thresholds_options[i];
		out[i].offset += offset;
		out[i].fallback = NULL;
	}
}

static int64_t *thresholds_number(struct thresholds *thresholds, size_t i)
{
	return (int64_t *)(void *)((char *)thresholds +
	                           thresholds_options[i].offset);
}

void thresholds_unset(struct thresholds *thresholds)
{
	size_t i;

	*thresholds = (struct thresholds){0};
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		if (thresholds_options[i].type != OPTION_LIST)
			*thresholds_number(thresholds, i) = UNSET;
	}
}

static void thresholds_inherit_list(struct option_list *list,
                                    const struct option_list *from)
{
	if (list->items == NULL)
		*list = *from;
}

void thresholds_inherit(struct thresholds *thresholds,
                        const struct thresholds *from)
{
	struct thresholds source = *from;
	size_t i;

	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		if (thresholds_options[i].type != OPTION_LIST &&
		    *thresholds_number(thresholds, i) == UNSET)
			*thresholds_number(thresholds, i) =
				*thresholds_number(&source, i);
	}
	thresholds_inherit_list(&thresholds->reporters, &from->reporters);
	thresholds_inherit_list(&thresholds->anchor_reporters,
	                        &from->anchor_reporters);
	thresholds_inherit_list(&thresholds->accept_reporters,
	                        &from->accept_reporters);
	thresholds_inherit_list(&thresholds->failures_only_reporters,
	                        &from->failures_only_reporters);
}

int thresholds_finish(struct thresholds *thresholds,
                      const struct options *options, const char *section,
                      const char *title, struct err *err)
{
	thresholds->assume_policy_when_missing %= 2;
	return thresholds_check(thresholds, options, section, title, err);
}
