/*
 * The families about what the collector took in. All label values are our own
 * words, and all series are there from the start.
 */
#include "base/attr.h"
#include "exporter/metrics/families_private.h"
#include "schema/series.h"

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ingest_inputs_total", METRIC_COUNTER, NULL,
                           "Inputs (messages, uploads, files) processed, by "
                           "channel and outcome. Stored in the database, so it "
                           "survives restarts."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_CHANNEL, LABEL_OUTCOME},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER, .name = SERIES_INPUTS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ingest_refusals_total", METRIC_COUNTER, NULL,
                           "Inputs refused, by channel and reason."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_CHANNEL, LABEL_REFUSAL},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_REFUSALS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ingest_deferred_total", METRIC_COUNTER, NULL,
                           "Inputs deferred because of a local error, by "
                           "channel and cause."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_CHANNEL, LABEL_DEFERRAL},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_DEFERRED},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ingested_sessions_total", METRIC_COUNTER,
                           NULL,
                           "Sessions in accepted reports, by time of arrival "
                           "(not by report day)."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_INGESTED_SESSIONS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ingested_failed_sessions_total",
                           METRIC_COUNTER, NULL,
                           "Failed sessions in accepted reports, by time of "
                           "arrival (not by report day)."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_INGESTED_FAILED_SESSIONS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ingest_last_success_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time of the last accepted or duplicate "
                           "report, by channel, 0 if there was none."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_CHANNEL},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_TIMESTAMP,
                           .name = SERIES_LAST_SUCCESS,
                           .joined = true},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_report_delay_seconds", METRIC_HISTOGRAM,
                           "seconds",
                           "Time from the end of the reported period to "
                           "arrival."},
		.walk = FAMILY_HISTOGRAM,
		.labels = {LABEL_DELAY},
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_REPORT_DELAY},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_unknown_result_types_total", METRIC_COUNTER,
                           NULL,
                           "Failure details with a result type that is not in "
                           "the IANA registry, exported as other."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_UNKNOWN_RESULT_TYPES},
	},
};

const struct family_table families_ingest = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
};
