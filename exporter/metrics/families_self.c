/*
 * The families about the collector's work, the store, and this program. All
 * label values are our own words, and all series are there from the start.
 */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/digest.h"
#include "base/process.h"
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"

static const char *const class_names[] = {"2xx", "3xx", "4xx", "5xx"};

/* --- single numbers ------------------------------------------------------ */

static void write_single(struct render *r, const struct metric *metric,
                         double value)
{
	exposition_metric(&r->e, metric);
	exposition_number(&r->e, metric, NULL, 0, value);
}

static void build_info(struct render *r, const struct metric *metric)
{
	const struct label labels[] = {
		{"version", text_of(TLSRPT_VERSION)},
		{"revision", text_of(TLSRPT_REVISION)},
		{"sqlite", text_of(store_library_version())},
		{"tls", text_of(digest_library_version())},
	};

	exposition_metric(&r->e, metric);
	exposition_integer(&r->e, metric, "", labels, ARRAY_LENGTH(labels), 1);
}

/* --- ingest -------------------------------------------------------------- */

/* A counter with two labels of ours. */
struct matrix {
	const char *counter;
	const char *labels[2];
	int counts[2];
	const char *(*names[2])(int value);
};

static const char *name_of_channel(int value)
{
	return channel_name((enum channel)value);
}

static const char *name_of_outcome(int value)
{
	return outcome_name((enum outcome)value);
}

static const char *name_of_refusal(int value)
{
	return outcome_refusal_name((enum refusal)value);
}

static const char *name_of_deferral(int value)
{
	return outcome_deferral_name((enum deferral)value);
}

static void write_matrix(struct render *r, const struct metric *metric,
                         const struct matrix *matrix)
{
	const char *first, *other;
	int a, b;

	exposition_metric(&r->e, metric);
	for (a = 0; a < matrix->counts[0]; a++) {
		for (b = 0; b < matrix->counts[1]; b++) {
			first = matrix->names[0](a);
			other = matrix->names[1](b);
			const struct label labels[] = {
				{matrix->labels[0], text_of(first)},
				{matrix->labels[1], text_of(other)},
			};

			exposition_number(
				&r->e, metric, labels, 2,
				snapshot_named(r->model, STORE_SAMPLE_COUNTER,
			                       matrix->counter, first, other));
		}
	}
}

static void ingest_inputs(struct render *r, const struct metric *metric)
{
	static const struct matrix matrix = {
		"inputs",
		{"channel", "outcome"},
		{CHANNELS, OUTCOMES},
		{name_of_channel, name_of_outcome},
	};

	write_matrix(r, metric, &matrix);
}

static void ingest_refusals(struct render *r, const struct metric *metric)
{
	static const struct matrix matrix = {
		"refusals",
		{"channel", "reason"},
		{CHANNELS, REFUSALS},
		{name_of_channel, name_of_refusal},
	};

	write_matrix(r, metric, &matrix);
}

static void ingest_deferred(struct render *r, const struct metric *metric)
{
	static const struct matrix matrix = {
		"deferred",
		{"channel", "cause"},
		{CHANNELS, DEFERRALS},
		{name_of_channel, name_of_deferral},
	};

	write_matrix(r, metric, &matrix);
}

static void write_counter(struct render *r, const struct metric *metric,
                          const char *name)
{
	write_single(r, metric,
	             snapshot_named(r->model, STORE_SAMPLE_COUNTER, name, "",
	                            ""));
}

static void ingested_sessions(struct render *r, const struct metric *metric)
{
	write_counter(r, metric, "ingested_sessions");
}

static void ingested_failed(struct render *r, const struct metric *metric)
{
	write_counter(r, metric, "ingested_failed_sessions");
}

static void unknown_results(struct render *r, const struct metric *metric)
{
	write_counter(r, metric, "unknown_result_types");
}

static void last_success(struct render *r, const struct metric *metric)
{
	char fact[64];
	int channel;

	exposition_metric(&r->e, metric);
	for (channel = 0; channel < CHANNELS; channel++) {
		const char *name = channel_name((enum channel)channel);
		const struct label label = {"channel", text_of(name)};

		(void)snprintf(fact, sizeof(fact), "last_success:%s", name);
		exposition_number(&r->e, metric, &label, 1,
		                  snapshot_named(r->model,
		                                 STORE_SAMPLE_TIMESTAMP, fact,
		                                 "", ""));
	}
}

/* Bounds are written as floats in both formats: otherwise the series would
   change whenever the negotiation does. */
static void report_delay(struct render *r, const struct metric *metric)
{
	static const char *const bounds[] = {
		"3600.0",   "21600.0",  "43200.0",  "86400.0",   "129600.0",
		"172800.0", "345600.0", "691200.0", "1209600.0", "+Inf"};
	double sum = 0, seconds;
	size_t i;

	exposition_metric(&r->e, metric);
	for (i = 0; i < ARRAY_LENGTH(bounds); i++) {
		const struct label label = {"le", text_of(bounds[i])};

		sum += snapshot_named(r->model, STORE_SAMPLE_COUNTER,
		                      "report_delay_bucket", bounds[i], "");
		exposition_integer(&r->e, metric, "_bucket", &label, 1,
		                   (int64_t)sum);
	}
	exposition_integer(&r->e, metric, "_count", NULL, 0, (int64_t)sum);
	seconds = snapshot_named(r->model, STORE_SAMPLE_COUNTER,
	                         "report_delay_sum", "", "");
	exposition_integer(&r->e, metric, "_sum", NULL, 0, (int64_t)seconds);
}

/* --- the store ----------------------------------------------------------- */

static void database_size(struct render *r, const struct metric *metric)
{
	int64_t file, wal;

	snapshot_sizes(r->model, &file, &wal);
	write_single(r, metric, (double)file);
}

static void database_wal_size(struct render *r, const struct metric *metric)
{
	int64_t file, wal;

	snapshot_sizes(r->model, &file, &wal);
	write_single(r, metric, (double)wal);
}

static void database_reports(struct render *r, const struct metric *metric)
{
	write_single(r, metric,
	             snapshot_named(r->model, STORE_SAMPLE_USAGE, "reports", "",
	                            ""));
}

static void database_oldest(struct render *r, const struct metric *metric)
{
	int64_t day = snapshot_oldest_day(r->model);

	write_single(r, metric,
	             day == INT64_MAX ? 0 : (double)(day * SECONDS_PER_DAY));
}

static void database_anonymous(struct render *r, const struct metric *metric)
{
	int64_t bytes = snapshot_usage_bytes(r->model, "anonymous");

	write_single(r, metric, (double)bytes);
}

static double store_trouble(const struct model *model)
{
	static const enum deferral causes[] = {DEFERRAL_FULL, DEFERRAL_SYSTEM};
	double sum = 0;
	int channel;
	size_t i;

	for (channel = 0; channel < CHANNELS; channel++) {
		for (i = 0; i < ARRAY_LENGTH(causes); i++)
			sum += snapshot_named(
				model, STORE_SAMPLE_COUNTER, "deferred",
				channel_name((enum channel)channel),
				outcome_deferral_name(causes[i]));
	}
	return sum;
}

static void database_errors(struct render *r, const struct metric *metric)
{
	const struct label read = {"operation", TEXT("read")};
	const struct label write = {"operation", TEXT("write")};

	exposition_metric(&r->e, metric);
	exposition_integer(&r->e, metric, "", &read, 1, r->self->read_errors);
	exposition_number(&r->e, metric, &write, 1, store_trouble(r->model));
}

static void retention_deleted(struct render *r, const struct metric *metric)
{
	write_counter(r, metric, "retention_deleted_reports");
}

static void ledger_by_class(struct render *r, const struct metric *metric,
                            char what)
{
	char stock[32];
	int64_t bytes;
	double value;
	int class;

	exposition_metric(&r->e, metric);
	for (class = 0; class < LEDGER_GROUPS; class ++) {
		const char *name =
			outcome_ledger_group_name((enum ledger_group) class);
		const struct label label = {"class", text_of(name)};

		(void)snprintf(stock, sizeof(stock), "ledger:%s", name);
		bytes = snapshot_usage_bytes(r->model, stock);
		if (what == 'e')
			value = snapshot_named(r->model, STORE_SAMPLE_COUNTER,
			                       "ledger_evicted", name, "");
		else
			value = snapshot_named(r->model, STORE_SAMPLE_USAGE,
			                       stock, "", "");
		if (what == 'b')
			value = (double)bytes;
		exposition_number(&r->e, metric, &label, 1, value);
	}
}

static void ledger_entries(struct render *r, const struct metric *metric)
{
	ledger_by_class(r, metric, 'n');
}

static void ledger_bytes(struct render *r, const struct metric *metric)
{
	ledger_by_class(r, metric, 'b');
}

static void ledger_evicted(struct render *r, const struct metric *metric)
{
	ledger_by_class(r, metric, 'e');
}

/* --- domains in all ------------------------------------------------------ */

static void known_domains(struct render *r, const struct metric *metric)
{
	size_t count;

	(void)snapshot_domains(r->model, &count);
	write_single(r, metric, (double)count);
}

static void exported_domains(struct render *r, const struct metric *metric)
{
	size_t count, exported = 0, i;

	(void)snapshot_domains(r->model, &count);
	for (i = 0; i < count; i++)
		exported += snapshot_is_exported(r->model, i);
	write_single(r, metric, (double)exported);
}

/* --- the collector ------------------------------------------------------- */

/* The collector's state by the metric's own name after "tlsrpt_collector_". */
static void collector_single(struct render *r, const struct metric *metric)
{
	const char *name = metric->name + strlen("tlsrpt_collector_");

	write_single(r, metric,
	             snapshot_named(r->model, STORE_SAMPLE_STATE, name, "",
	                            ""));
}

static void collector_requests(struct render *r, const struct metric *metric)
{
	static const char *const handlers[] = {"reports", "other"};
	size_t i, k;

	exposition_metric(&r->e, metric);
	for (i = 0; i < ARRAY_LENGTH(handlers); i++) {
		for (k = 0; k < ARRAY_LENGTH(class_names); k++) {
			const struct label labels[] = {
				{"handler", text_of(handlers[i])},
				{"code", text_of(class_names[k])},
			};

			exposition_number(
				&r->e, metric, labels, 2,
				snapshot_named(r->model, STORE_SAMPLE_STATE,
			                       "http_requests_total",
			                       handlers[i], class_names[k]));
		}
	}
}

static void collector_limited(struct render *r, const struct metric *metric)
{
	static const char *const limits[] = {"connections_per_address",
	                                     "rate_per_minute", "body_memory",
	                                     "connections"};
	size_t i;

	exposition_metric(&r->e, metric);
	for (i = 0; i < ARRAY_LENGTH(limits); i++) {
		const struct label label = {"limit", text_of(limits[i])};

		exposition_number(&r->e, metric, &label, 1,
		                  snapshot_named(r->model, STORE_SAMPLE_STATE,
		                                 "http_limited_total",
		                                 limits[i], ""));
	}
}

static void certificates(struct render *r, const struct metric *metric)
{
	const struct named_figure *figures;
	bool begun = false;
	size_t count, i;

	figures = snapshot_named_figures(r->model, &count);
	for (i = 0; i < count; i++) {
		const struct label label = {"certificate",
		                            text_of(figures[i].first)};

		if (figures[i].kind != STORE_SAMPLE_STATE ||
		    strcmp(figures[i].name, "certificate_not_after") != 0)
			continue;
		if (!begun)
			exposition_metric(&r->e, metric);
		begun = true;
		exposition_number(&r->e, metric, &label, 1, figures[i].value);
	}
}

/* --- this program -------------------------------------------------------- */

static void http_requests(struct render *r, const struct metric *metric)
{
	const struct self_figures *self = r->self;
	size_t i, k;

	exposition_metric(&r->e, metric);
	for (i = 0; i < self->handler_count; i++) {
		for (k = 0; k < ARRAY_LENGTH(class_names); k++) {
			const struct label labels[] = {
				{"handler", text_of(self->handlers[i])},
				{"code", text_of(class_names[k])},
			};

			exposition_integer(
				&r->e, metric, "", labels, 2,
				(int64_t)self->answers
					[i * ARRAY_LENGTH(class_names) + k]);
		}
	}
}

static void reload_successful(struct render *r, const struct metric *metric)
{
	write_single(r, metric, r->self->reload_worked ? 1 : 0);
}

static void reload_time(struct render *r, const struct metric *metric)
{
	write_single(r, metric, (double)r->self->reloaded);
}

static void write_scrape(struct render *r, const struct metric *metric,
                         bool success)
{
	bool works = r->self->loaded && !r->self->store_failed;
	int group;

	exposition_metric(&r->e, metric);
	for (group = 0; group < METRIC_GROUPS; group++) {
		const struct label label = {
			"collector",
			text_of(families_group_name((enum metric_group)group))};

		if ((r->what->groups & 1U << group) == 0)
			continue;
		if (success)
			exposition_integer(&r->e, metric, "", &label, 1,
			                   works ? 1 : 0);
		else
			exposition_number(
				&r->e, metric, &label, 1,
				r->self->render_seconds[group] +
					(group == METRIC_GROUP_SELF
			                         ? r->self->refresh_seconds
			                         : 0));
	}
}

static void scrape_success(struct render *r, const struct metric *metric)
{
	write_scrape(r, metric, true);
}

static void scrape_duration(struct render *r, const struct metric *metric)
{
	write_scrape(r, metric, false);
}

static void process_cpu(struct render *r, const struct metric *metric)
{
	struct process_stats figures;

	process_stats(&figures);
	write_single(r, metric, figures.cpu_seconds);
}

static void process_resident(struct render *r, const struct metric *metric)
{
	struct process_stats figures;

	process_stats(&figures);
	write_single(r, metric, figures.resident_bytes);
}

static void process_virtual(struct render *r, const struct metric *metric)
{
	struct process_stats figures;

	process_stats(&figures);
	write_single(r, metric, figures.virtual_bytes);
}

static void process_open(struct render *r, const struct metric *metric)
{
	struct process_stats figures;

	process_stats(&figures);
	write_single(r, metric, figures.open_fds);
}

static void process_most(struct render *r, const struct metric *metric)
{
	struct process_stats figures;

	process_stats(&figures);
	write_single(r, metric, figures.max_fds);
}

static void process_start(struct render *r, const struct metric *metric)
{
	struct process_stats figures;

	process_stats(&figures);
	write_single(r, metric, figures.start_time);
}

/* --- the table
 * --------------------------------------------------------------------------------
 */

#define SELF(name, type, unit, help, write)                                 \
	{                                                                   \
		METRIC_GROUP_SELF, {name, METRIC_##type, unit, help}, write \
	}

const struct family families_self[] = {
	SELF("tlsrpt_build_info", GAUGE, NULL,
             "Constant 1, labelled by version of the exporter and of the "
             "libraries it runs with.",
             build_info),
	SELF("tlsrpt_ingest_inputs_total", COUNTER, NULL,
             "Inputs (messages, uploads, files) taken in, by channel and "
             "outcome. Kept in the database: survives restarts.",
             ingest_inputs),
	SELF("tlsrpt_ingest_refusals_total", COUNTER, NULL,
             "Inputs refused, by channel and reason.", ingest_refusals),
	SELF("tlsrpt_ingest_deferred_total", COUNTER, NULL,
             "Inputs that our own trouble kept out for now, by channel and "
             "cause.",
             ingest_deferred),
	SELF("tlsrpt_ingested_sessions_total", COUNTER, NULL,
             "Sessions in accepted reports, by time of arrival (not by report "
             "day).",
             ingested_sessions),
	SELF("tlsrpt_ingested_failed_sessions_total", COUNTER, NULL,
             "Failed sessions in accepted reports, by time of arrival (not by "
             "report day).",
             ingested_failed),
	SELF("tlsrpt_ingest_last_success_timestamp_seconds", GAUGE, "seconds",
             "Unix time of the last accepted or duplicate report, by channel. "
             "0 if there was none.",
             last_success),
	SELF("tlsrpt_report_delay_seconds", HISTOGRAM, "seconds",
             "Time from the end of the reported period to arrival.",
             report_delay),
	SELF("tlsrpt_unknown_result_types_total", COUNTER, NULL,
             "Failure details with a result type outside the IANA registry, "
             "exported as other.",
             unknown_results),
	SELF("tlsrpt_database_size_bytes", GAUGE, "bytes",
             "Size of the database file.", database_size),
	SELF("tlsrpt_database_wal_size_bytes", GAUGE, "bytes",
             "Size of the write-ahead log.", database_wal_size),
	SELF("tlsrpt_database_reports", GAUGE, NULL,
             "Reports kept in the database.", database_reports),
	SELF("tlsrpt_database_oldest_report_timestamp_seconds", GAUGE,
             "seconds", "Start of the oldest report day in the database.",
             database_oldest),
	SELF("tlsrpt_database_anonymous_bytes", GAUGE, "bytes",
             "What reports whose origin is not proved take of their budget.",
             database_anonymous),
	SELF("tlsrpt_database_errors_total", COUNTER, NULL,
             "Failed database operations.", database_errors),
	SELF("tlsrpt_retention_deleted_reports_total", COUNTER, NULL,
             "Reports deleted because of their age.", retention_deleted),
	SELF("tlsrpt_ledger_entries", GAUGE, NULL,
             "Refused and ignored inputs kept in the ledger, by class.",
             ledger_entries),
	SELF("tlsrpt_ledger_bytes", GAUGE, "bytes",
             "What the ledger takes of its budget, by class.", ledger_bytes),
	SELF("tlsrpt_ledger_evicted_total", COUNTER, NULL,
             "Inputs that had to leave the ledger for newer ones, by class.",
             ledger_evicted),
	SELF("tlsrpt_known_domains", GAUGE, NULL,
             "Policy domains that are configured or admitted.", known_domains),
	SELF("tlsrpt_exported_domains", GAUGE, NULL,
             "Policy domains exported one by one in this exposition.",
             exported_domains),
	SELF("tlsrpt_collector_heartbeat_timestamp_seconds", GAUGE, "seconds",
             "Unix time at which the running collector last said that it "
             "lives. 0 if there was none.",
             collector_single),
	SELF("tlsrpt_collector_queue_length", GAUGE, NULL,
             "Inputs waiting to be stored.", collector_single),
	SELF("tlsrpt_collector_queue_oldest_timestamp_seconds", GAUGE,
             "seconds", "Arrival of the oldest waiting input, 0 if none waits.",
             collector_single),
	SELF("tlsrpt_collector_config_last_reload_successful", GAUGE, NULL,
             "Whether the collector's last attempt to read its configuration "
             "succeeded.",
             collector_single),
	SELF("tlsrpt_collector_config_last_reload_success_timestamp_seconds",
             GAUGE, "seconds",
             "Unix time of the collector's last successful reading of its "
             "configuration.",
             collector_single),
	SELF("tlsrpt_collector_http_requests_total", COUNTER, NULL,
             "HTTP requests that the collector answered, by handler and status "
             "code class.",
             collector_requests),
	SELF("tlsrpt_collector_http_connections", GAUGE, NULL,
             "Open HTTP connections of the collector.", collector_single),
	SELF("tlsrpt_collector_http_timeouts_total", COUNTER, NULL,
             "Connections that the collector closed because a request or an "
             "answer took too long.",
             collector_single),
	SELF("tlsrpt_collector_http_limited_total", COUNTER, NULL,
             "Connections and requests that the collector turned away or "
             "closed, by the limit that they met.",
             collector_limited),
	SELF("tlsrpt_collector_process_cpu_seconds_total", COUNTER, NULL,
             "Total user and system CPU time of the collector in seconds.",
             collector_single),
	SELF("tlsrpt_collector_process_resident_memory_bytes", GAUGE, "bytes",
             "Resident memory size of the collector in bytes.",
             collector_single),
	SELF("tlsrpt_collector_process_open_fds", GAUGE, NULL,
             "Number of open file descriptors of the collector.",
             collector_single),
	SELF("tlsrpt_collector_process_max_fds", GAUGE, NULL,
             "Maximum number of open file descriptors of the collector.",
             collector_single),
	SELF("tlsrpt_collector_process_start_time_seconds", GAUGE, "seconds",
             "Start time of the collector since unix epoch in seconds.",
             collector_single),
	SELF("tlsrpt_tls_certificate_not_after_timestamp_seconds", GAUGE,
             "seconds", "End of the validity of the collector's certificates.",
             certificates),
	SELF("tlsrpt_config_last_reload_successful", GAUGE, NULL,
             "Whether the last attempt to read the configuration succeeded.",
             reload_successful),
	SELF("tlsrpt_config_last_reload_success_timestamp_seconds", GAUGE,
             "seconds",
             "Unix time of the last successful reading of the configuration.",
             reload_time),
	SELF("tlsrpt_http_requests_total", COUNTER, NULL,
             "HTTP requests answered, by handler and status code class.",
             http_requests),
	SELF("tlsrpt_scrape_collector_success", GAUGE, NULL,
             "Whether a collector succeeded in this exposition.",
             scrape_success),
	SELF("tlsrpt_scrape_collector_duration_seconds", GAUGE, "seconds",
             "Duration of a collector in this exposition.", scrape_duration),
	SELF("process_cpu_seconds_total", COUNTER, NULL,
             "Total user and system CPU time spent in seconds.", process_cpu),
	SELF("process_resident_memory_bytes", GAUGE, "bytes",
             "Resident memory size in bytes.", process_resident),
	SELF("process_virtual_memory_bytes", GAUGE, "bytes",
             "Virtual memory size in bytes.", process_virtual),
	SELF("process_open_fds", GAUGE, NULL,
             "Number of open file descriptors.", process_open),
	SELF("process_max_fds", GAUGE, NULL,
             "Maximum number of open file descriptors.", process_most),
	SELF("process_start_time_seconds", GAUGE, "seconds",
             "Start time of the process since unix epoch in seconds.",
             process_start),
};

const size_t families_self_count =
	sizeof(families_self) / sizeof(families_self[0]);
