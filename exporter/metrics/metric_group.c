#include "exporter/metrics/metric_group.h"

static const char *const metric_group_names[] = {
	[METRIC_GROUP_WINDOW] = "window",
	[METRIC_GROUP_DAY] = "day",
	[METRIC_GROUP_RECENT] = "recent",
	[METRIC_GROUP_SUMMARY] = "summary",
	[METRIC_GROUP_VERDICT] = "verdict",
	[METRIC_GROUP_DOMAIN] = "domain",
	[METRIC_GROUP_REPORTER] = "reporter",
	[METRIC_GROUP_SELF] = "self",
};

const char *metric_group_name(enum metric_group group)
{
	return metric_group_names[group];
}
