/*
 * Names of the numbers that the collector writes to the store and the exporter
 * shows. They are stored: a name that changes begins again at 0. No types here,
 * so that everybody may include it.
 */
#ifndef SCHEMA_SERIES_H
#define SCHEMA_SERIES_H

/* --- counters ------------------------------------------------------------ */

/* A histogram: how many fell between two bounds, and the sum of seconds. */
#define SERIES_REPORT_DELAY        "report_delay"
#define SERIES_REPORT_DELAY_BUCKET SERIES_REPORT_DELAY "_bucket"
#define SERIES_REPORT_DELAY_SUM    SERIES_REPORT_DELAY "_sum"

/* Its upper bounds, in seconds. */
#define SERIES_REPORT_DELAY_BOUNDS(X) \
	X(3600)                       \
	X(21600)                      \
	X(43200) X(86400) X(129600) X(172800) X(345600) X(691200) X(1209600)

#define SERIES_INPUTS                    "inputs"
#define SERIES_REFUSALS                  "refusals"
#define SERIES_DEFERRED                  "deferred"
#define SERIES_MAIL_AUTHENTICATIONS      "mail_authentications"
#define SERIES_INGESTED_SESSIONS         "ingested_sessions"
#define SERIES_INGESTED_FAILED_SESSIONS  "ingested_failed_sessions"
#define SERIES_UNKNOWN_RESULT_TYPES      "unknown_result_types"
#define SERIES_RETENTION_DELETED_REPORTS "retention_deleted_reports"
#define SERIES_LEDGER_EVICTED            "ledger_evicted"
#define SERIES_MAIL_CHILD_DEATHS         "mail_child_deaths"
#define SERIES_MAILBOX_BAD_REPLIES       "mailbox_bad_replies"

/* --- times --------------------------------------------------------------- */

#define SERIES_NEWEST_COMMIT "newest_commit"
/* The channel's name follows. */
#define SERIES_LAST_SUCCESS "last_success:"
/* Days before this one are deleted, or are being. */
#define SERIES_EXPIRED_BEFORE "expired_before"
/* No time: how often the times of a known reporter have changed. */
#define SERIES_REPORTER_CHANGES "reporter_changes"

/* --- usage: rows and bytes of what has a budget --------------------------- */

#define SERIES_USAGE_REPORTS   "reports"
#define SERIES_USAGE_ANONYMOUS "anonymous"
#define SERIES_USAGE_ADMITTED  "admitted"
/* The group's name follows. */
#define SERIES_USAGE_LEDGER "ledger:"

/* --- of a mailbox -------------------------------------------------------- */

#define SERIES_MAILBOX_POLLS         "polls"
#define SERIES_MAILBOX_POLL_FAILURES "poll_failures"
#define SERIES_MAILBOX_LAST_POLL     "last_poll"
#define SERIES_MAILBOX_LAST_SUCCESS  "last_success"
#define SERIES_MAILBOX_PENDING       "pending"
#define SERIES_MAILBOX_DURATION      "duration"
#define SERIES_MAILBOX_UNMARKED      "unmarked"
#define SERIES_MAILBOX_GIVEN_UP      "given_up"

/* --- what a running collector says of itself ------------------------------ */

#define SERIES_STATE_HEARTBEAT_TIMESTAMP_SECONDS "heartbeat_timestamp_seconds"
#define SERIES_STATE_QUEUE_LENGTH                "queue_length"
#define SERIES_STATE_QUEUE_OLDEST_TIMESTAMP_SECONDS \
	"queue_oldest_timestamp_seconds"
#define SERIES_STATE_CONFIG_LAST_RELOAD_SUCCESSFUL \
	"config_last_reload_successful"
#define SERIES_STATE_CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS \
	"config_last_reload_success_timestamp_seconds"
#define SERIES_STATE_HTTP_REQUESTS_TOTAL     "http_requests_total"
#define SERIES_STATE_HTTP_CONNECTIONS        "http_connections"
#define SERIES_STATE_HTTP_TIMEOUTS_TOTAL     "http_timeouts_total"
#define SERIES_STATE_HTTP_LIMITED_TOTAL      "http_limited_total"
#define SERIES_PROCESS_CPU_SECONDS_TOTAL     "process_cpu_seconds_total"
#define SERIES_PROCESS_RESIDENT_MEMORY_BYTES "process_resident_memory_bytes"
#define SERIES_PROCESS_OPEN_FDS              "process_open_fds"
#define SERIES_PROCESS_MAX_FDS               "process_max_fds"
#define SERIES_PROCESS_START_TIME_SECONDS    "process_start_time_seconds"
#define SERIES_STATE_CERTIFICATE_NOT_AFTER   "certificate_not_after"

#endif
