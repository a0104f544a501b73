/*
 * The families about the store: its file, what is in it, its ledger.
 */
#include "base/attr.h"
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"
#include "schema/series.h"

enum store_number {
	NUMBER_FILE_SIZE,
	NUMBER_WAL_SIZE,
	NUMBER_OLDEST,
	NUMBER_ERRORS,
	NUMBER_KNOWN_DOMAINS,
	NUMBER_EXPORTED_DOMAINS,
};

static const struct family rows[] = {
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_database_size_bytes", METRIC_GAUGE, "bytes",
                           "Size of the database file."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_FILE_SIZE,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_database_wal_size_bytes", METRIC_GAUGE,
                           "bytes", "Size of the write-ahead log."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_WAL_SIZE,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_database_reports", METRIC_GAUGE, NULL,
                           "Reports kept in the database."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_USAGE,
                           .name = SERIES_USAGE_REPORTS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_database_oldest_report_timestamp_seconds",
                           METRIC_GAUGE, "seconds",
                           "Unix time of the start of the oldest report day in "
                           "the database."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_OLDEST,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_database_anonymous_bytes", METRIC_GAUGE,
                           "bytes",
                           "Space used by reports whose sender is not proved "
                           "(limit: anonymous_bytes)."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_USAGE,
                           .name = SERIES_USAGE_ANONYMOUS,
                           .bytes = true},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_database_errors_total", METRIC_COUNTER, NULL,
                           "Failed database operations."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_OPERATION},
		.format = FAMILY_NUMBER,
		.number = NUMBER_ERRORS,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_retention_deleted_reports_total",
                           METRIC_COUNTER, NULL,
                           "Reports deleted because of their age."},
		.walk = FAMILY_ONCE,
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_RETENTION_DELETED_REPORTS},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ledger_entries", METRIC_GAUGE, NULL,
                           "Refused and ignored inputs kept in the ledger, by "
                           "class."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_LEDGER_GROUP},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_USAGE,
                           .name = SERIES_USAGE_LEDGER,
                           .joined = true},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ledger_bytes", METRIC_GAUGE, "bytes",
                           "Space used by the ledger, by class."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_LEDGER_GROUP},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_USAGE,
                           .name = SERIES_USAGE_LEDGER,
                           .joined = true,
                           .bytes = true},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_ledger_evicted_total", METRIC_COUNTER, NULL,
                           "Entries evicted from the ledger to make room for "
                           "newer ones, by class."},
		.walk = FAMILY_ONCE,
		.labels = {LABEL_LEDGER_GROUP},
		.format = FAMILY_NUMBER,
		.sample = {.kind = STORE_SAMPLE_COUNTER,
                           .name = SERIES_LEDGER_EVICTED},
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_known_domains", METRIC_GAUGE, NULL,
                           "Policy domains that are configured or admitted."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_KNOWN_DOMAINS,
	},
	{
		.group = METRIC_GROUP_SELF,
		.metric = {"tlsrpt_exported_domains", METRIC_GAUGE, NULL,
                           "Policy domains with time series of their own in "
                           "this exposition."},
		.walk = FAMILY_ONCE,
		.number = NUMBER_EXPORTED_DOMAINS,
	},
};

static int64_t families_store_count_exported(const struct snapshot *snapshot)
{
	size_t count, i;
	int64_t exported = 0;

	(void)snapshot_domains(snapshot, &count);
	for (i = 0; i < count; i++)
		exported += snapshot_is_exported(snapshot, i);
	return exported;
}

/* Inputs that the collector put off because the store did not take them. */
static double families_store_count_write_errors(const struct snapshot *snapshot)
{
	static const enum deferral causes[] = {DEFERRAL_FULL, DEFERRAL_SYSTEM};
	double sum = 0;
	int channel;
	size_t i;

	for (channel = 0; channel < CHANNELS; channel++) {
		for (i = 0; i < ARRAY_LENGTH(causes); i++)
			sum += snapshot_named(
				snapshot, STORE_SAMPLE_COUNTER, SERIES_DEFERRED,
				channel_name((enum channel)channel),
				outcome_deferral_name(causes[i]));
	}
	return sum;
}

static bool families_store_number(const struct family_point *at,
                                  struct family_value *value)
{
	const struct snapshot *snapshot = at->render->snapshot;
	int64_t file, wal, day;
	size_t count;

	switch ((enum store_number)at->family->number) {
	case NUMBER_FILE_SIZE:
		snapshot_sizes(snapshot, &value->whole, &wal);
		return true;
	case NUMBER_WAL_SIZE:
		snapshot_sizes(snapshot, &file, &value->whole);
		return true;
	case NUMBER_OLDEST:
		day = snapshot_oldest_day(snapshot);
		value->whole = day == INT64_MAX ? 0 : day * SECONDS_PER_DAY;
		return true;
	case NUMBER_ERRORS:
		value->real =
			at->index[0] == FAMILY_OPERATION_READ
				? (double)at->render->self->read_errors
				: families_store_count_write_errors(snapshot);
		return true;
	case NUMBER_KNOWN_DOMAINS:
		(void)snapshot_domains(snapshot, &count);
		value->whole = (int64_t)count;
		return true;
	case NUMBER_EXPORTED_DOMAINS:
		value->whole = families_store_count_exported(snapshot);
		return true;
	}
	return false;
}

const struct family_table families_store = {
	.rows = rows,
	.count = ARRAY_LENGTH(rows),
	.number = families_store_number,
};
