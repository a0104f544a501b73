/*
 * The families about domains: sessions and reports.
 */
#include "base/attr.h"
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"

enum domain_number {
	NUMBER_WINDOW_SESSIONS,
	NUMBER_WINDOW_FAILED,
	NUMBER_WINDOW_DETAILS,
	NUMBER_WINDOW_UNCOUNTED,
	NUMBER_WINDOW_REPORTERS,
	NUMBER_WINDOW_REPORTS,
	NUMBER_WINDOW_COVERED,
	NUMBER_WINDOW_END,
	NUMBER_WINDOW_SECONDS,
	NUMBER_DAY_SESSIONS,
	NUMBER_DAY_FAILED,
	NUMBER_DAY_REFUSED,
	NUMBER_DAY_REPORTERS,
	NUMBER_RECENT_SESSIONS,
	NUMBER_RECENT_FAILED,
	NUMBER_LAST_END,
	NUMBER_LAST_RECEIVED,
};

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_sessions", METRIC_GAUGE, NULL,
                           "TLS sessions (successful and failed) in the "
                           "window, by policy-type. A session may be counted "
                           "under two policy types: do not add them up."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.labels = {LABEL_POLICY_TYPE},
		.number = NUMBER_WINDOW_SESSIONS,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_failed_sessions", METRIC_GAUGE, NULL,
                           "Failed TLS sessions (total-failure-session-count) "
                           "in the window, by policy-type."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.labels = {LABEL_POLICY_TYPE},
		.number = NUMBER_WINDOW_FAILED,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_failure_detail_sessions",
                           METRIC_GAUGE, NULL,
                           "Sessions in failure-details in the window, by "
                           "policy-type and result-type. One session may have "
                           "several result types, so the sum may exceed the "
                           "failed sessions."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.labels = {LABEL_POLICY_TYPE, LABEL_RESULT_TYPE},
		.number = NUMBER_WINDOW_DETAILS,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_uncounted_sessions", METRIC_GAUGE,
                           NULL,
                           "Sessions in reports of the window that no other "
                           "metric counts: unauthenticated mail, or a copy of "
                           "a report of which another copy is counted."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.labels = {LABEL_UNCOUNTED},
		.number = NUMBER_WINDOW_UNCOUNTED,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_reporters", METRIC_GAUGE, NULL,
                           "Reporters whose reports in the window contain at "
                           "least one session."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_WINDOW_REPORTERS,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_reports", METRIC_GAUGE, NULL,
                           "Reports in the window."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.number = NUMBER_WINDOW_REPORTS,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_covered_dates", METRIC_GAUGE, NULL,
                           "UTC days in the window with at least one "
                           "report."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_WINDOW_COVERED,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_end_timestamp_seconds", METRIC_GAUGE,
                           "seconds",
                           "Unix time of the end (exclusive) of the newest "
                           "settled UTC day, which is also the end of the "
                           "window."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_WINDOW_END,
	},
	{
		.group = METRIC_GROUP_WINDOW,
		.metric = {"tlsrpt_window_seconds", METRIC_GAUGE, "seconds",
                           "Configured length of the window."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_WINDOW_SECONDS,
	},
	{
		.group = METRIC_GROUP_DAY,
		.metric = {"tlsrpt_day_sessions", METRIC_GAUGE, NULL,
                           "TLS sessions of the newest settled UTC day, by "
                           "policy-type. Use offset -60h to move it to that "
                           "day."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.labels = {LABEL_POLICY_TYPE},
		.number = NUMBER_DAY_SESSIONS,
	},
	{
		.group = METRIC_GROUP_DAY,
		.metric = {"tlsrpt_day_failed_sessions", METRIC_GAUGE, NULL,
                           "Failed TLS sessions of the newest settled UTC day, "
                           "by policy-type."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.labels = {LABEL_POLICY_TYPE},
		.number = NUMBER_DAY_FAILED,
	},
	{
		.group = METRIC_GROUP_DAY,
		.metric = {"tlsrpt_day_refused_sessions", METRIC_GAUGE, NULL,
                           "Sessions of the newest settled UTC day that an "
                           "enforced MTA-STS policy refuses or would have "
                           "refused."},
		.walk = FAMILY_DOMAIN_AND_OTHER,
		.number = NUMBER_DAY_REFUSED,
	},
	{
		.group = METRIC_GROUP_DAY,
		.metric = {"tlsrpt_day_reporters", METRIC_GAUGE, NULL,
                           "Reporters with a report about the newest settled "
                           "UTC day."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_DAY_REPORTERS,
	},
	{
		.group = METRIC_GROUP_RECENT,
		.metric = {"tlsrpt_recent_sessions", METRIC_GAUGE, NULL,
                           "TLS sessions of the UTC days that are not settled "
                           "yet, by policy-type."},
		.walk = FAMILY_DOMAIN,
		.labels = {LABEL_POLICY_TYPE},
		.number = NUMBER_RECENT_SESSIONS,
	},
	{
		.group = METRIC_GROUP_RECENT,
		.metric = {"tlsrpt_recent_failed_sessions", METRIC_GAUGE, NULL,
                           "Failed TLS sessions of the UTC days that are not "
                           "settled yet, by policy-type."},
		.walk = FAMILY_DOMAIN,
		.labels = {LABEL_POLICY_TYPE},
		.number = NUMBER_RECENT_FAILED,
	},
	{
		.group = METRIC_GROUP_DOMAIN,
		.metric = {"tlsrpt_domain_last_report_end_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time of the end of the newest period covered "
                           "by a report for the domain, 0 if there is none."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_LAST_END,
		.of_now = true,
	},
	{
		.group = METRIC_GROUP_DOMAIN,
		.metric =
			{"tlsrpt_domain_last_report_received_timestamp_seconds",
                         METRIC_GAUGE, "seconds",
                         "Unix time at which the newest report for the "
                         "domain was accepted, 0 if there is none."},
		.walk = FAMILY_DOMAIN,
		.number = NUMBER_LAST_RECEIVED,
		.of_now = true,
	},
};

static int64_t families_domain_read(const struct family_point *at)
{
	const struct domain_figures *d = at->domain;
	const struct snapshot *snapshot = at->render->snapshot;
	const unsigned int *index = at->index;

	switch ((enum domain_number)at->family->number) {
	case NUMBER_WINDOW_SESSIONS:
		return d->window[index[0]].sessions;
	case NUMBER_WINDOW_FAILED:
		return d->window[index[0]].failed;
	case NUMBER_WINDOW_DETAILS:
		return d->result_sessions == NULL
		               ? 0
		               : d->result_sessions[index[0] * RESULT_TYPES +
		                                    index[1]];
	case NUMBER_WINDOW_UNCOUNTED:
		return d->uncounted[index[0]];
	case NUMBER_WINDOW_REPORTERS:
		return d->window_reporters;
	case NUMBER_WINDOW_REPORTS:
		return d->window_reports;
	case NUMBER_WINDOW_COVERED:
		return __builtin_popcountll(d->covered);
	case NUMBER_WINDOW_END:
		return (snapshot_last_day(snapshot) + 1) * SECONDS_PER_DAY;
	case NUMBER_WINDOW_SECONDS:
		return snapshot_window_days(snapshot) * SECONDS_PER_DAY;
	case NUMBER_DAY_SESSIONS:
		return d->day[index[0]].sessions;
	case NUMBER_DAY_FAILED:
		return d->day[index[0]].failed;
	case NUMBER_DAY_REFUSED:
		return d->day_refused;
	case NUMBER_DAY_REPORTERS:
		return d->day_reporters;
	case NUMBER_RECENT_SESSIONS:
		return d->recent[index[0]].sessions;
	case NUMBER_RECENT_FAILED:
		return d->recent[index[0]].failed;
	case NUMBER_LAST_END:
		return d->last_end;
	case NUMBER_LAST_RECEIVED:
		return d->last_received;
	}
	return 0;
}

static bool families_domain_number(const struct family_point *at,
                                   struct family_value *value)
{
	const enum family_label *labels = at->family->labels;
	const unsigned int type = at->index[0];

	if (labels[1] == LABEL_RESULT_TYPE) {
		/* At 0 as long as the store knows it, so that a failure that
		   was fixed does not just vanish. */
		if ((at->domain->results[type] & 1U << at->index[1]) == 0)
			return false;
	} else if (labels[0] == LABEL_POLICY_TYPE) {
		/* sts is what the product is about, and there from the first
		   scrape; the others when the store has seen them. */
		if (type != POLICY_STS && (at->domain->types & 1U << type) == 0)
			return false;
	}
	value->whole = families_domain_read(at);
	return true;
}

const struct family_table families_domain = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
	.number = families_domain_number,
};
