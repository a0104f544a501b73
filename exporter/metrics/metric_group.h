/*
 * The groups of metrics, which collect[] and exclude[] of a scrape choose
 * among.
 */
#ifndef EXPORTER_METRICS_METRIC_GROUP_H
#define EXPORTER_METRICS_METRIC_GROUP_H

/* In the order of the page. */
enum metric_group {
	METRIC_GROUP_WINDOW,
	METRIC_GROUP_DAY,
	METRIC_GROUP_RECENT,
	METRIC_GROUP_SUMMARY,
	METRIC_GROUP_VERDICT,
	METRIC_GROUP_DOMAIN,
	METRIC_GROUP_REPORTER,
	METRIC_GROUP_SELF,
	METRIC_GROUPS,
};

const char *metric_group_name(enum metric_group group);

#endif
