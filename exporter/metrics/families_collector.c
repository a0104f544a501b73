/*
 * The families about the collector's process, as it says itself.
 */
#include "base/attr.h"
#include "exporter/metrics/families_private.h"
#include "schema/series.h"

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_heartbeat_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time of the running collector's last "
                           "heartbeat, 0 if there was none."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_HEARTBEAT_TIMESTAMP_SECONDS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_queue_length", METRIC_GAUGE, NULL,
                           "Inputs in the queue, waiting to be stored."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_QUEUE_LENGTH},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_queue_oldest_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time at which the oldest input in the queue "
                           "arrived, 0 if the queue is empty."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_QUEUE_OLDEST_TIMESTAMP_SECONDS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_config_last_reload_successful",
                           METRIC_GAUGE, NULL,
                           "Whether the collector's last configuration reload "
                           "succeeded."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_CONFIG_LAST_RELOAD_SUCCESSFUL},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric =
			{"tlsrpt_collector_config_last_reload_success_timestamp_seconds",
                         METRIC_GAUGE, "seconds",
                         "Unix time of the collector's last successful "
                         "configuration reload."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample =
			{.kind = STORE_SAMPLE_STATE,
                         .name = SERIES_STATE_CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_http_requests_total",
                           METRIC_COUNTER, NULL,
                           "HTTP requests answered by the collector, by "
                           "handler and status code class."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_COLLECTOR_HANDLER, LABEL_CODE},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_HTTP_REQUESTS_TOTAL},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_http_connections", METRIC_GAUGE,
                           NULL, "Open HTTP connections of the collector."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_HTTP_CONNECTIONS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_http_timeouts_total",
                           METRIC_COUNTER, NULL,
                           "Connections closed by the collector because a "
                           "request or a response timed out."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_HTTP_TIMEOUTS_TOTAL},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_http_limited_total",
                           METRIC_COUNTER, NULL,
                           "Connections and requests rejected or closed by the "
                           "collector, by the limit that was reached."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_COLLECTOR_LIMIT},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_HTTP_LIMITED_TOTAL},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_process_cpu_seconds_total",
                           METRIC_COUNTER, NULL,
                           "Total user and system CPU time of the collector in "
                           "seconds."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_PROCESS_CPU_SECONDS_TOTAL},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_process_resident_memory_bytes",
                           METRIC_GAUGE, "bytes",
                           "Resident memory size of the collector in bytes."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_PROCESS_RESIDENT_MEMORY_BYTES},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_process_open_fds", METRIC_GAUGE,
                           NULL,
                           "Number of open file descriptors of the "
                           "collector."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_PROCESS_OPEN_FDS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_process_max_fds", METRIC_GAUGE,
                           NULL,
                           "Maximum number of open file descriptors of the "
                           "collector."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_PROCESS_MAX_FDS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_collector_process_start_time_seconds",
                           METRIC_GAUGE, "seconds",
                           "Start time of the collector since unix epoch in "
                           "seconds."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_PROCESS_START_TIME_SECONDS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_tls_certificate_not_after_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time at which the collector's certificates "
                           "expire."},
		.walk = FAMILY_LISTED,
		.labels = {LABEL_CERTIFICATE},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_STATE,
                           .name = SERIES_STATE_CERTIFICATE_NOT_AFTER},
	},
};

const struct family_table families_collector = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
};
