/*
 * The families about this program.
 */
#include "base/attr.h"
#include "exporter/metrics/families_private.h"

enum self_number {
	NUMBER_ONE,
	NUMBER_RELOAD_WORKED,
	NUMBER_RELOADED,
	NUMBER_HTTP_REQUESTS,
	NUMBER_SCRAPE_SUCCESS,
	NUMBER_SCRAPE_DURATION,
	NUMBER_PROCESS_CPU,
	NUMBER_PROCESS_RESIDENT,
	NUMBER_PROCESS_VIRTUAL,
	NUMBER_PROCESS_OPEN_FDS,
	NUMBER_PROCESS_MAX_FDS,
	NUMBER_PROCESS_START,
};

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_build_info", METRIC_GAUGE, NULL,
                           "Constant 1, labelled with the versions of the "
                           "exporter and of its libraries."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_VERSION, LABEL_REVISION, LABEL_SQLITE,
                           LABEL_TLS},
		.number = NUMBER_ONE,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_config_last_reload_successful", METRIC_GAUGE,
                           NULL,
                           "Whether the last configuration reload "
                           "succeeded."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_RELOAD_WORKED,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_config_last_reload_success_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time of the last successful configuration "
                           "reload."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_RELOADED,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_http_requests_total", METRIC_COUNTER, NULL,
                           "HTTP requests answered, by handler and status code "
                           "class."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_HANDLER, LABEL_CODE},
		.number = NUMBER_HTTP_REQUESTS,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_scrape_collector_success", METRIC_GAUGE,
                           NULL,
                           "Whether a collector succeeded in this "
                           "exposition."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_GROUP},
		.number = NUMBER_SCRAPE_SUCCESS,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_scrape_collector_duration_seconds",
                           METRIC_GAUGE, "seconds",
                           "Duration of a collector in this exposition."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_GROUP},
		.format = FAMILY_NUMBER,
		.number = NUMBER_SCRAPE_DURATION,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"process_cpu_seconds_total", METRIC_COUNTER, NULL,
                           "Total user and system CPU time spent in "
                           "seconds."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.number = NUMBER_PROCESS_CPU,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"process_resident_memory_bytes", METRIC_GAUGE,
                           "bytes", "Resident memory size in bytes."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.number = NUMBER_PROCESS_RESIDENT,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"process_virtual_memory_bytes", METRIC_GAUGE,
                           "bytes", "Virtual memory size in bytes."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.number = NUMBER_PROCESS_VIRTUAL,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"process_open_fds", METRIC_GAUGE, NULL,
                           "Number of open file descriptors."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.number = NUMBER_PROCESS_OPEN_FDS,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"process_max_fds", METRIC_GAUGE, NULL,
                           "Maximum number of open file descriptors."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.number = NUMBER_PROCESS_MAX_FDS,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"process_start_time_seconds", METRIC_GAUGE,
                           "seconds",
                           "Start time of the process since unix epoch in "
                           "seconds."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.number = NUMBER_PROCESS_START,
	},
};

static bool families_self_scrape(const struct family_point *at,
                                 struct family_value *value)
{
	const struct self_figures *self = at->render->self;
	const unsigned int group = at->index[0];

	value->whole = self->loaded && !self->store_failed;
	value->real = self->render_seconds[group];
	if (group == METRIC_GROUP_SELF)
		value->real += self->refresh_seconds;
	return (at->render->what->groups & 1U << group) != 0;
}

static bool families_self_number(const struct family_point *at,
                                 struct family_value *value)
{
	const struct self_figures *self = at->render->self;
	const struct process_stats *process = &at->render->process;

	switch ((enum self_number)at->family->number) {
	case NUMBER_ONE:
		value->whole = 1;
		break;
	case NUMBER_RELOAD_WORKED:
		value->whole = self->reload_worked;
		break;
	case NUMBER_RELOADED:
		value->whole = self->reloaded;
		break;
	case NUMBER_HTTP_REQUESTS:
		value->whole =
			(int64_t)self->answers[at->index[0] *
		                                       FAMILIES_STATUS_CLASSES +
		                               at->index[1]];
		break;
	case NUMBER_SCRAPE_SUCCESS:
	case NUMBER_SCRAPE_DURATION:
		return families_self_scrape(at, value);
	case NUMBER_PROCESS_CPU:
		value->real = process->cpu_seconds;
		break;
	case NUMBER_PROCESS_RESIDENT:
		value->real = process->resident_bytes;
		break;
	case NUMBER_PROCESS_VIRTUAL:
		value->real = process->virtual_bytes;
		break;
	case NUMBER_PROCESS_OPEN_FDS:
		value->real = process->open_fds;
		break;
	case NUMBER_PROCESS_MAX_FDS:
		value->real = process->max_fds;
		break;
	case NUMBER_PROCESS_START:
		value->real = process->start_time;
		break;
	}
	return true;
}

const struct family_table families_self = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
	.number = families_self_number,
};
