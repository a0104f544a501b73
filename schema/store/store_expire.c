/*
 * Retention, in steps small enough that no writer waits for it. A day goes as
 * a whole: its reports with their keys, its sums, and the texts that only it
 * used. Counters stay.
 */

#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/series.h"
#include "schema/store/dictionary_cache.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_usage.h"
#include "schema/store/write.h"

/* Reports a step: some 10 ms of deleting. */
#define STEP_REPORTS 200
#define STEP_ROWS    1000

/* How old the newest report usually is, at most. */
#define DAYS_BEHIND 2

/* What the next step of deleting reports will free. */
struct store_expire_usage {
	int64_t rows, bytes;
	int64_t anonymous_rows, anonymous_bytes;
};

#define OLDEST_REPORTS                                                \
	"SELECT id FROM report INDEXED BY report_key WHERE day < ?1 " \
	"ORDER BY day LIMIT 200"

static int store_expire_size_reports(struct store *store, int64_t first_day,
                                     struct store_expire_usage *usage,
                                     struct err *err)
{
	struct engine_statement *s;
	int result;

	s = engine_prepare_once(
		store->engine,
		"SELECT count(*), coalesce(sum(bytes), 0), "
		"count(*) FILTER (WHERE trust < 2), "
		"coalesce(sum(bytes) FILTER (WHERE trust < 2), 0) "
		"FROM report WHERE id IN (" OLDEST_REPORTS ")",
		err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, first_day);
	result = engine_next(s, err);
	if (result == 1) {
		usage->rows = engine_column_int(s, 0);
		usage->bytes = engine_column_int(s, 1);
		usage->anonymous_rows = engine_column_int(s, 2);
		usage->anonymous_bytes = engine_column_int(s, 3);
	}
	engine_finalize(&s);
	return result < 0 ? -1 : 0;
}

static int store_expire_reports(struct store *store, int64_t first_day,
                                bool *more, struct err *err)
{
	struct store_expire_usage usage = {0};
	int64_t rows;

	if (store_expire_size_reports(store, first_day, &usage, err) < 0)
		return -1;
	if (usage.rows == 0)
		return 0;
	*more = true;
	if (statement_run_number(store->engine,
	                         "DELETE FROM failed WHERE day < ?1 AND "
	                         "report_id IN (" OLDEST_REPORTS ")",
	                         first_day, &rows, err) < 0 ||
	    statement_run_number(store->engine,
	                         "DELETE FROM raw WHERE report_id IN "
	                         "(" OLDEST_REPORTS ")",
	                         first_day, &rows, err) < 0 ||
	    statement_run_number(
		    store->engine,
		    "DELETE FROM report WHERE id IN (" OLDEST_REPORTS ")",
		    first_day, &rows, err) < 0 ||
	    store_usage_add(store, SERIES_USAGE_REPORTS, -usage.rows,
	                    -usage.bytes, err) < 0 ||
	    store_usage_add(store, SERIES_USAGE_ANONYMOUS,
	                    -usage.anonymous_rows, -usage.anonymous_bytes,
	                    err) < 0)
		return -1;
	store_counter_add(store, SERIES_RETENTION_DELETED_REPORTS, "", "",
	                  usage.rows);
	return 0;
}

static int store_expire_sums(struct store *store, int64_t first_day, bool *more,
                             struct err *err)
{
	static const char *const sql[] = {
		"DELETE FROM day_sum WHERE day < ?1 AND (day, domain_id) <= "
		"(SELECT day, domain_id FROM (SELECT day, domain_id FROM "
		"day_sum WHERE day < ?1 ORDER BY day, domain_id LIMIT 1000) AS "
		"oldest "
		"ORDER BY day DESC, domain_id DESC LIMIT 1)",
		"DELETE FROM day_result WHERE day < ?1 AND (day, domain_id) <= "
		"(SELECT day, domain_id FROM (SELECT day, domain_id FROM "
		"day_result WHERE day < ?1 ORDER BY day, domain_id LIMIT 1000) "
		"AS oldest "
		"ORDER BY day DESC, domain_id DESC LIMIT 1)",
	};
	int64_t rows;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(sql); i++) {
		if (statement_run_number(store->engine, sql[i], first_day,
		                         &rows, err) < 0)
			return -1;
		if (rows >= STEP_ROWS)
			*more = true;
	}
	return 0;
}

/* Texts go after the reports: only when no report of their days is left. */
static int store_expire_texts(struct store *store, int64_t first_day,
                              struct err *err)
{
	static const char *const sql[] = {
		"DELETE FROM policy_text WHERE last_day < ?1",
		"DELETE FROM host WHERE last_day < ?1",
		"DELETE FROM reason WHERE last_day < ?1",
		"DELETE FROM series WHERE last_day < ?1",
	};
	int64_t rows;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(sql); i++) {
		if (statement_run_number(store->engine, sql[i], first_day,
		                         &rows, err) < 0)
			return -1;
	}
	return 0;
}

/* Raw bytes came in the order of their report's ids: the oldest are first. */
#define OLDEST_RAW                                                             \
	"SELECT report_id FROM (SELECT report_id, received FROM raw ORDER BY " \
	"report_id LIMIT 200) AS oldest WHERE received < ?1"

/* Bytes of raw that go, of reports whose origin is not proved. */
static int store_expire_size_raw(struct store *store, int64_t raw_from,
                                 int64_t *bytes, int64_t *anonymous,
                                 struct err *err)
{
	struct engine_statement *s;
	int result;

	s = engine_prepare_once(
		store->engine,
		"SELECT coalesce(sum(length(data)), 0), "
		"coalesce(sum(length(data)) FILTER (WHERE trust < 2), 0) "
		"FROM raw JOIN report ON report.id = raw.report_id WHERE "
		"raw.report_id IN (" OLDEST_RAW ")",
		err);
	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, raw_from);
	result = engine_next(s, err);
	*bytes = result == 1 ? engine_column_int(s, 0) : 0;
	*anonymous = result == 1 ? engine_column_int(s, 1) : 0;
	engine_finalize(&s);
	return result < 0 ? -1 : 0;
}

static int store_expire_raw(struct store *store, int64_t raw_from, bool *more,
                            struct err *err)
{
	int64_t rows, bytes, anonymous;

	if (store_expire_size_raw(store, raw_from, &bytes, &anonymous, err) < 0)
		return -1;
	if (bytes == 0)
		return 0;
	if (store_usage_add(store, SERIES_USAGE_REPORTS, 0, -bytes, err) < 0 ||
	    store_usage_add(store, SERIES_USAGE_ANONYMOUS, 0, -anonymous, err) <
	            0 ||
	    statement_run_number(
		    store->engine,
		    "UPDATE report SET bytes = bytes - length(data) FROM "
		    "raw WHERE raw.report_id = report.id AND "
		    "raw.report_id IN (" OLDEST_RAW ")",
		    raw_from, &rows, err) < 0 ||
	    statement_run_number(
		    store->engine,
		    "DELETE FROM raw WHERE report_id IN (" OLDEST_RAW ")",
		    raw_from, &rows, err) < 0)
		return -1;
	if (rows >= STEP_REPORTS)
		*more = true;
	return 0;
}

static int store_expire_changes(struct store *store, struct err *err)
{
	int64_t rows;

	return statement_run_number(
		store->engine,
		"DELETE FROM change WHERE seq <= (SELECT max(seq) "
		"FROM change) - ?1",
		LIMIT_CHANGES, &rows, err);
}

/* Never more than what their own dates make old: the clock may be ahead, by
   years when it has not been set yet, and senders have clocks of their own. */
static int store_expire_limit_to_reports(struct store *store, int64_t now,
                                         int64_t *first_day, int64_t *raw_from,
                                         struct err *err)
{
	struct engine_statement *s;
	int64_t ahead = 0;
	int result;

	s = engine_prepare_once(store->engine, "SELECT max(day) FROM report",
	                        err);
	if (s == NULL)
		return -1;
	result = engine_next(s, err);
	if (result == 1 && !engine_column_is_null(s, 0))
		ahead = timestamp_day(now) - engine_column_int(s, 0) -
		        DAYS_BEHIND;
	engine_finalize(&s);
	if (ahead > 0) {
		*first_day -= ahead;
		*raw_from -= ahead * SECONDS_PER_DAY;
	}
	return result < 0 ? -1 : 0;
}

int store_expire(struct store *store, int64_t now, int64_t first_day,
                 int64_t raw_from, bool *more, struct err *err)
{
	*more = false;
	if (store_begin(store, now, err) < 0)
		return -1;
	if (store_expire_limit_to_reports(store, now, &first_day, &raw_from,
	                                  err) < 0 ||
	    store_expire_reports(store, first_day, more, err) < 0 ||
	    store_expire_sums(store, first_day, more, err) < 0 ||
	    store_expire_raw(store, raw_from, more, err) < 0 ||
	    (!*more && store_expire_texts(store, first_day, err) < 0) ||
	    store_expire_changes(store, err) < 0) {
		store_rollback(store);
		return -1;
	}
	if (*more)
		store_counter_note_time(store, SERIES_EXPIRED_BEFORE,
		                        first_day);
	dictionary_cache_clear(store->cache);
	return store_commit(store, err);
}
