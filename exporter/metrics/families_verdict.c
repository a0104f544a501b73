/*
 * The families about verdicts and policies. State sets have all their states,
 * 0 and 1: with the one that holds alone, a look back over a day would show
 * the old and the new state together.
 */
#include "base/attr.h"
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"

enum verdict_number {
	NUMBER_CODE,
	NUMBER_SESSIONS,
	NUMBER_REFUSED,
	NUMBER_UPPER,
	NUMBER_DOMAINS,
	NUMBER_STATE,
	NUMBER_REASON,
	NUMBER_SINCE,
	NUMBER_MODE,
	NUMBER_POLICY_SINCE,
	NUMBER_MAX_AGE,
};

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_SUMMARY,
		.metric = {"tlsrpt_domain_verdict_code", METRIC_GAUGE, NULL,
                           "Verdict as a number: 0 no_data, 1 no_policy, 2 "
                           "stale, 3 policy_broken, 4 blocked, 5 collecting, 6 "
                           "ready_limited, 7 ready, 8 enforce_ok, 9 "
                           "enforce_warning, 10 enforce_rollback."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_CODE,
	},
	{
		.group = METRIC_GROUP_SUMMARY,
		.metric = {"tlsrpt_verdict_sessions", METRIC_GAUGE, NULL,
                           "Sessions that are evidence for the verdict (capped "
                           "per reporter and day)."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_SESSIONS,
	},
	{
		.group = METRIC_GROUP_SUMMARY,
		.metric = {"tlsrpt_verdict_refused_sessions", METRIC_GAUGE,
                           NULL,
                           "Refused sessions that count against the domain in "
                           "the verdict (capped per reporter and day)."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_REFUSED,
	},
	{
		.group = METRIC_GROUP_SUMMARY,
		.metric = {"tlsrpt_verdict_refusal_ratio_upper", METRIC_GAUGE,
                           NULL,
                           "One-sided 95% upper confidence bound of the "
                           "refusal ratio."},
		.walk = FAMILY_DOMAIN,
		.format = FAMILY_RATIO,
		.number = NUMBER_UPPER,
	},
	{
		.group = METRIC_GROUP_SUMMARY,
		.metric = {"tlsrpt_domains", METRIC_GAUGE, NULL,
                           "Known policy domains by verdict, including those "
                           "without time series of their own."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_VERDICT},
		.number = NUMBER_DOMAINS,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_domain_verdict", METRIC_GAUGE, NULL,
                           "Verdict on the domain's MTA-STS policy: 1 for the "
                           "current state, 0 for all others."},
		.walk = FAMILY_DOMAIN,
		.labels = {LABEL_VERDICT},
		.number = NUMBER_STATE,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_domain_verdict_reason", METRIC_GAUGE, NULL,
                           "Reasons behind the verdict: always 1."},
		.walk = FAMILY_DOMAIN,
		.labels = {LABEL_REASON},
		.number = NUMBER_REASON,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_verdict_since_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time since which the current verdict has "
                           "held, at most 90 days before the exporter's "
                           "start."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_SINCE,
	},
	{
		.group = METRIC_GROUP_DOMAIN,
		.metric = {"tlsrpt_domain_policy_mode", METRIC_GAUGE, NULL,
                           "MTA-STS mode in force, as configured or as last "
                           "applied by reporters: 1 for the current mode, 0 "
                           "for all others."},
		.walk = FAMILY_DOMAIN,
		.labels = {LABEL_MODE},
		.number = NUMBER_MODE,
	},
	{
		.group = METRIC_GROUP_DOMAIN,
		.metric = {"tlsrpt_domain_policy_since_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time of the start of the first UTC day on "
                           "which the current mx patterns were applied."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_POLICY_SINCE,
	},
	{
		.group = METRIC_GROUP_DOMAIN,
		.metric = {"tlsrpt_domain_policy_max_age_seconds", METRIC_GAUGE,
                           "seconds",
                           "max_age of the MTA-STS policy last applied by "
                           "reporters."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_MAX_AGE,
	},
};

static bool families_verdict_number(const struct family_point *at,
                                    struct family_value *value)
{
	const unsigned int index = at->index[0];
	const struct domain_verdict *v;

	if (at->domain == NULL) { /* NUMBER_DOMAINS */
		value->whole = at->render->states[index];
		return true;
	}
	v = &at->domain->verdict;
	switch ((enum verdict_number)at->family->number) {
	case NUMBER_CODE:
		value->whole = v->state;
		return true;
	case NUMBER_SESSIONS:
		value->whole = v->sessions;
		return true;
	case NUMBER_REFUSED:
		value->whole = v->refused;
		return true;
	case NUMBER_UPPER:
		value->real = v->upper;
		return true;
	case NUMBER_DOMAINS:
		break;
	case NUMBER_STATE:
		value->whole = (unsigned int)v->state == index;
		return true;
	case NUMBER_REASON:
		value->whole = 1;
		return (v->reasons & REASON_BIT(index)) != 0;
	case NUMBER_SINCE:
		value->whole = v->since;
		return v->since != 0;
	case NUMBER_MODE:
		value->whole = (unsigned int)v->mode == index;
		return true;
	case NUMBER_POLICY_SINCE:
		value->whole = v->policy_since * SECONDS_PER_DAY;
		return v->policy_since != VERDICT_NO_DAY;
	case NUMBER_MAX_AGE:
		value->whole = v->max_age;
		return v->max_age != 0;
	}
	return false;
}

const struct family_table families_verdict = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
	.number = families_verdict_number,
};
