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
	NUMBER_BOUND_SESSIONS,
	NUMBER_UPPER,
	NUMBER_DOMAINS,
	NUMBER_STATE,
	NUMBER_REASON,
	NUMBER_STANDING,
	NUMBER_NEWCOMERS,
	NUMBER_ACCUSING,
	NUMBER_CONTRADICTING,
	NUMBER_PROBE,
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
                           "enforce_warning, 10 enforce_rollback. The bound of "
                           "6 is tlsrpt_verdict_refusal_ratio_upper."},
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
		.metric = {"tlsrpt_verdict_bound_sessions", METRIC_GAUGE, NULL,
                           "Sessions of the evidence that the upper bound "
                           "rests on: no reporter that others can sign for "
                           "carries it alone."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_BOUND_SESSIONS,
	},
	{
		.group = METRIC_GROUP_SUMMARY,
		.metric = {"tlsrpt_verdict_refusal_ratio_upper", METRIC_GAUGE,
                           NULL,
                           "Upper bound of the refusal ratio: the smallest "
                           "ratio that the evidence excludes with 95% "
                           "confidence (by an e-value, so that it may be "
                           "looked at every day)."},
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
                           "current state, 0 for all others. ready_limited "
                           "means little without "
                           "tlsrpt_verdict_refusal_ratio_upper, its bound."},
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
		.metric = {"tlsrpt_verdict_standing_reporters", METRIC_GAUGE,
                           NULL,
                           "Reporters that count in full for the verdict: "
                           "known for long enough, or anchors."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_STANDING,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_verdict_newcomer_reporters", METRIC_GAUGE,
                           NULL,
                           "Reporters that do not count in full, because they are "
                           "too new or nothing authenticates them: their "
                           "refusals only delay or warn."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_NEWCOMERS,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_verdict_accusing_reporters", METRIC_GAUGE,
                           NULL,
                           "Under enforce, reporters that count in full and "
                           "report at least 1% of their newest sessions as "
                           "refused."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_ACCUSING,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_verdict_contradicting_reporters",
                           METRIC_GAUGE, NULL,
                           "Under enforce, reporters that count in full and "
                           "report successful sessions instead: where they "
                           "are as many, there is no rollback."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_CONTRADICTING,
	},
	{
		.group = METRIC_GROUP_VERDICT,
		.metric = {"tlsrpt_domain_probe", METRIC_GAUGE, NULL,
                           "What checks of the domain from outside amount to: "
                           "1 for the current state, 0 for all others. No "
                           "series where there are no checks."},
		.walk = FAMILY_DOMAIN,
		.labels = {LABEL_PROBE},
		.number = NUMBER_PROBE,
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

/* Of the policy in force. */
static bool families_verdict_policy_number(const struct family_point *at,
                                           const struct domain_verdict *v,
                                           struct family_value *value)
{
	switch (at->family->number) {
	case NUMBER_MODE:
		value->whole = (unsigned int)v->mode == at->index[0];
		return true;
	case NUMBER_POLICY_SINCE:
		value->whole = v->policy_since * SECONDS_PER_DAY;
		return v->policy_since != VERDICT_NO_DAY;
	case NUMBER_MAX_AGE:
		value->whole = v->max_age;
		return v->max_age != 0;
	default:
		return false;
	}
}

/* How many reporters stand where. */
static bool families_verdict_reporters(const struct family_point *at,
                                       const struct domain_verdict *v,
                                       struct family_value *value)
{
	switch (at->family->number) {
	case NUMBER_STANDING:
		value->whole = v->standing;
		return true;
	case NUMBER_NEWCOMERS:
		value->whole = v->newcomers;
		return true;
	case NUMBER_ACCUSING:
		value->whole = v->accusing;
		return v->mode == STS_MODE_ENFORCE;
	case NUMBER_CONTRADICTING:
		value->whole = v->contradicting;
		return v->mode == STS_MODE_ENFORCE;
	default:
		return false;
	}
}

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
	case NUMBER_BOUND_SESSIONS:
		value->whole = v->bound_sessions;
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
	case NUMBER_STANDING:
	case NUMBER_NEWCOMERS:
	case NUMBER_ACCUSING:
	case NUMBER_CONTRADICTING:
		return families_verdict_reporters(at, v, value);
	case NUMBER_PROBE:
		value->whole = (unsigned int)v->probe == index;
		return v->probe != PROBE_ABSENT;
	case NUMBER_SINCE:
		value->whole = v->since;
		return v->since != 0;
	case NUMBER_MODE:
	case NUMBER_POLICY_SINCE:
	case NUMBER_MAX_AGE:
		return families_verdict_policy_number(at, v, value);
	}
	return false;
}

const struct family_table families_verdict = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
	.number = families_verdict_number,
};
