/*
 * The families about reporters: a few of each domain, because anybody can
 * become one who reports.
 */
#include "base/attr.h"
#include "exporter/metrics/families_private.h"

enum reporter_number {
	NUMBER_WINDOW_SESSIONS,
	NUMBER_WINDOW_FAILED,
	NUMBER_DAY_SESSIONS,
	NUMBER_DAY_FAILED,
	NUMBER_SILENT,
	NUMBER_REFUSING_SESSIONS,
	NUMBER_REFUSING_REFUSED,
};

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_window_reporter_sessions", METRIC_GAUGE,
                           NULL,
                           "TLS sessions in the window by reporter (the "
                           "largest ten, the rest as _other), policy-type "
                           "sts."},
		.walk = FAMILY_REPORTER,
		.number = NUMBER_WINDOW_SESSIONS,
	},
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_window_reporter_failed_sessions",
                           METRIC_GAUGE, NULL,
                           "Failed TLS sessions in the window by reporter (the "
                           "largest ten, the rest as _other), policy-type "
                           "sts."},
		.walk = FAMILY_REPORTER,
		.number = NUMBER_WINDOW_FAILED,
	},
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_day_reporter_sessions", METRIC_GAUGE, NULL,
                           "TLS sessions of the newest settled UTC day by "
                           "reporter, policy-type sts."},
		.walk = FAMILY_REPORTER,
		.number = NUMBER_DAY_SESSIONS,
	},
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_day_reporter_failed_sessions", METRIC_GAUGE,
                           NULL,
                           "Failed TLS sessions of the newest settled UTC day "
                           "by reporter, policy-type sts."},
		.walk = FAMILY_REPORTER,
		.number = NUMBER_DAY_FAILED,
	},
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_reporter_silent", METRIC_GAUGE, NULL,
                           "Whether a proved reporter that used to report on "
                           "the domain has been silent for more than twice its "
                           "longest usual gap: 1 if so, 0 if its reports come "
                           "(ten at most, the silent ones first)."},
		.walk = FAMILY_WATCHED,
		.number = NUMBER_SILENT,
	},
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_refusing_reporter_sessions", METRIC_GAUGE,
                           NULL,
                           "TLS sessions in the days that the verdict searches "
                           "for refusals of today (the newest settled ones and "
                           "those since), by reporter, of those that report "
                           "refusals in them (the ten with the most)."},
		.walk = FAMILY_REFUSING,
		.number = NUMBER_REFUSING_SESSIONS,
	},
	{
		.group = METRIC_GROUP_REPORTER,
		.metric = {"tlsrpt_refusing_reporter_refused_sessions",
                           METRIC_GAUGE, NULL,
                           "Of these sessions, those that an enforced MTA-STS "
                           "policy refuses or would have refused, whoever is "
                           "at fault."},
		.walk = FAMILY_REFUSING,
		.number = NUMBER_REFUSING_REFUSED,
	},
};

static int64_t families_reporter_read(const struct family_point *at)
{
	switch ((enum reporter_number)at->family->number) {
	case NUMBER_WINDOW_SESSIONS:
		return at->reporter->window.sessions;
	case NUMBER_WINDOW_FAILED:
		return at->reporter->window.failed;
	case NUMBER_DAY_SESSIONS:
		return at->reporter->day.sessions;
	case NUMBER_DAY_FAILED:
		return at->reporter->day.failed;
	case NUMBER_SILENT:
		return at->watched->silent;
	case NUMBER_REFUSING_SESSIONS:
		return at->refusing->sessions;
	case NUMBER_REFUSING_REFUSED:
		return at->refusing->refused;
	}
	return 0;
}

static bool families_reporter_number(const struct family_point *at,
                                     struct family_value *value)
{
	value->whole = families_reporter_read(at);
	return true;
}

const struct family_table families_reporter = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
	.number = families_reporter_number,
};
