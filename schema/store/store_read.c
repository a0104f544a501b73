/*
 * Iterators for those who show. No row of a stranger's text is interpreted
 * here; it is the caller who escapes.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/store/handle.h"
#include "schema/store/lines.h"
#include "schema/store/read.h"
#include "schema/store/statement.h"

struct store_cursor {
	struct store *store;
	sqlite3_stmt *statement;
	int64_t day; /* of store_read_day_sums() and store_read_day_results() by
	                domain */
	int64_t last_day; /* day by day up to here; INT64_MIN: all at once */
};

int store_read_begin(struct store *store, struct err *err)
{
	return statement_exec(store, "BEGIN", err);
}

void store_read_end(struct store *store)
{
	statement_undo(store, "ROLLBACK");
}

static int store_read_open(struct store *store, const char *sql,
                           struct store_cursor **out, struct err *err)
{
	struct store_cursor *rows;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return statement_error(store, err);
	rows = memory_zero(1, sizeof(*rows));
	rows->store = store;
	rows->statement = statement;
	rows->last_day = INT64_MIN;
	*out = rows;
	return 0;
}

void store_read_close(struct store_cursor **rows)
{
	if (*rows == NULL)
		return;
	(void)sqlite3_finalize((*rows)->statement);
	free(*rows);
	*rows = NULL;
}

static int store_read_step(struct store_cursor *rows, struct err *err)
{
	return statement_step(rows->store, rows->statement, err);
}

static int64_t store_read_number(const struct store_cursor *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

/* --- reports ------------------------------------------------------------- */

int store_read_reports(struct store *store, struct text domain, int64_t most,
                       struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    "SELECT r.id, r.received, r.day, w.name, r.report_id, "
		    "(SELECT group_concat(DISTINCT d.name) FROM "
		    "policy_result AS p JOIN domain AS d ON d.id = "
		    "p.domain_id WHERE p.report_id = r.id), r.channel, "
		    "r.authentication, r.standing, r.quirks, "
		    "(SELECT sum(p.successes) FROM policy_result AS p WHERE "
		    "p.report_id = r.id), "
		    "(SELECT sum(p.failures) FROM policy_result AS p WHERE "
		    "p.report_id = r.id) "
		    "FROM report AS r JOIN reporter AS w ON w.id = "
		    "r.reporter_id WHERE ?1 = '' OR EXISTS (SELECT 1 FROM "
		    "policy_result AS p JOIN domain AS d ON d.id = "
		    "p.domain_id WHERE p.report_id = r.id AND d.name = ?1) "
		    "ORDER BY r.id DESC LIMIT ?2",
		    rows, err) < 0)
		return -1;
	statement_bind_text((*rows)->statement, 1, domain);
	(void)sqlite3_bind_int64((*rows)->statement, 2, most);
	return 0;
}

int store_read_reports_next(struct store_cursor *rows,
                            struct store_report_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->received = store_read_number(rows, 1);
	row->day = store_read_number(rows, 2);
	row->reporter = statement_column_text(rows->statement, 3);
	row->report_id = statement_column_text(rows->statement, 4);
	row->domains = statement_column_text(rows->statement, 5);
	row->channel = statement_column_enum(rows->statement, 6, CHANNELS);
	row->authentication =
		statement_column_enum(rows->statement, 7, AUTHENTICATIONS);
	row->count_as =
		statement_column_enum(rows->statement, 8, COUNT_AS_KINDS);
	row->quirks = (uint64_t)store_read_number(rows, 9);
	row->successes = store_read_number(rows, 10);
	row->failures = store_read_number(rows, 11);
	return 1;
}

/* --- names --------------------------------------------------------------- */

int store_read_domains(struct store *store, struct store_cursor **rows,
                       struct err *err)
{
	return store_read_open(
		store,
		"SELECT id, name, admitted, last_end, last_received "
		"FROM domain",
		rows, err);
}

int store_read_domains_next(struct store_cursor *rows,
                            struct store_domain_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->name = statement_column_text(rows->statement, 1);
	row->admitted = store_read_number(rows, 2) != 0;
	row->last_end = store_read_number(rows, 3);
	row->last_received = store_read_number(rows, 4);
	return 1;
}

int store_read_domain(struct store *store, int64_t id, struct arena *arena,
                      struct store_domain_row *row, struct err *err)
{
	sqlite3_stmt *s = statement_get(
		store, STATEMENT_DOMAIN_READ,
		"SELECT id, name, admitted, last_end, last_received FROM "
		"domain WHERE id = ?",
		err);
	int result;

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, id);
	result = statement_step(store, s, err);
	if (result != 1)
		return result;
	row->id = sqlite3_column_int64(s, 0);
	row->name = statement_column_copy(s, 1, arena);
	row->admitted = sqlite3_column_int(s, 2) != 0;
	row->last_end = sqlite3_column_int64(s, 3);
	row->last_received = sqlite3_column_int64(s, 4);
	(void)sqlite3_reset(s);
	return 1;
}

int store_read_reporters(struct store *store, int64_t after,
                         struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    "SELECT id, name, first_received FROM reporter WHERE id > ?",
		    rows, err) < 0)
		return -1;
	(void)sqlite3_bind_int64((*rows)->statement, 1, after);
	return 0;
}

int store_read_reporters_next(struct store_cursor *rows,
                              struct store_reporter_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->name = statement_column_text(rows->statement, 1);
	row->first_received = store_read_number(rows, 2);
	return 1;
}

/* --- sums ---------------------------------------------------------------- */

/* Keys lead with the day: all domains of some days are one walk, some domains
   of some days are a look-up a day. */
static int store_read_day_open(struct store *store, const char *const sql[2],
                               const struct store_day_range *range,
                               struct store_cursor **rows, struct err *err)
{
	bool all = range->first_domain <= 1 &&
	           range->last_domain == STORE_ALL_DOMAINS;

	if (store_read_open(store, sql[all ? 0 : 1], rows, err) < 0)
		return -1;
	(*rows)->day = range->first_day;
	(void)sqlite3_bind_int64((*rows)->statement, 1, range->first_day);
	if (all) {
		(void)sqlite3_bind_int64((*rows)->statement, 2,
		                         range->last_day);
		return 0;
	}
	(*rows)->last_day = range->last_day;
	(void)sqlite3_bind_int64((*rows)->statement, 2, range->first_domain);
	(void)sqlite3_bind_int64((*rows)->statement, 3, range->last_domain);
	return 0;
}

static int store_read_day_step(struct store_cursor *rows, struct err *err)
{
	int result = store_read_step(rows, err);

	while (result == 0 && rows->last_day != INT64_MIN &&
	       rows->day < rows->last_day) {
		rows->day++;
		(void)sqlite3_bind_int64(rows->statement, 1, rows->day);
		result = store_read_step(rows, err);
	}
	return result;
}

#define OF_ALL_DOMAINS  "WHERE day BETWEEN ?1 AND ?2"
#define OF_SOME_DOMAINS "WHERE day = ?1 AND domain_id BETWEEN ?2 AND ?3"

/* In the order of the table. */
#define SUM_COLUMNS                                                   \
	"SELECT day, domain_id, policy_type, reporter_id, standing, " \
	"policy_id, reports, successes, failures, trials, refused, "  \
	"unusable, dane, refused_starttls, refused_certificate, "     \
	"refused_other, predicted_starttls, predicted_certificate, "  \
	"predicted_other, elements, untested FROM day_sum "

int store_read_day_sums(struct store *store,
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
{
	static const char *const sql[2] = {
		SUM_COLUMNS OF_ALL_DOMAINS,
		SUM_COLUMNS OF_SOME_DOMAINS,
	};

	return store_read_day_open(store, sql, range, rows, err);
}

static void store_read_day_evidence(const struct store_cursor *rows,
                                    enum policy_type type,
                                    struct evidence *evidence)
{
	int class;

	evidence->trials = store_read_number(rows, 9);
	evidence->refused = store_read_number(rows, 10);
	evidence->unusable = store_read_number(rows, 11);
	evidence->dane = store_read_number(rows, 12);
	evidence->elements = store_read_number(rows, 19);
	evidence->untested = store_read_number(rows, 20);
	/* Most rows are of sessions that succeeded. */
	if (type == POLICY_STS && evidence->refused == 0) {
		memset(evidence->by_cause, 0, sizeof(evidence->by_cause));
		memset(evidence->predicted, 0, sizeof(evidence->predicted));
		return;
	}
	for (class = 0; class < REFUSAL_CAUSES; class ++) {
		evidence->by_cause[class] = store_read_number(rows, 13 + class);
		evidence->predicted[class] =
			store_read_number(rows, 16 + class);
	}
}

int store_read_day_sums_next(struct store_cursor *rows,
                             struct store_sum_row *row, struct err *err)
{
	int result = store_read_day_step(rows, err);

	if (result != 1)
		return result;
	row->day = store_read_number(rows, 0);
	row->domain_id = store_read_number(rows, 1);
	row->type = statement_column_enum(rows->statement, 2, POLICY_TYPES);
	row->reporter_id = store_read_number(rows, 3);
	row->count_as =
		statement_column_enum(rows->statement, 4, COUNT_AS_KINDS);
	row->policy_id = store_read_number(rows, 5);
	row->reports = store_read_number(rows, 6);
	row->successes = store_read_number(rows, 7);
	row->failures = store_read_number(rows, 8);
	store_read_day_evidence(rows, row->type, &row->evidence);
	return 1;
}

#define RESULT_COLUMNS                                                         \
	"SELECT day, domain_id, policy_type, result_type, standing, sessions " \
	"FROM day_result "

int store_read_day_results(struct store *store,
                           const struct store_day_range *range,
                           struct store_cursor **rows, struct err *err)
{
	static const char *const sql[2] = {
		RESULT_COLUMNS OF_ALL_DOMAINS,
		RESULT_COLUMNS OF_SOME_DOMAINS,
	};

	return store_read_day_open(store, sql, range, rows, err);
}

int store_read_day_results_next(struct store_cursor *rows,
                                struct store_result_row *row, struct err *err)
{
	int result = store_read_day_step(rows, err);

	if (result != 1)
		return result;
	row->day = store_read_number(rows, 0);
	row->domain_id = store_read_number(rows, 1);
	row->type = statement_column_enum(rows->statement, 2, POLICY_TYPES);
	row->result = statement_column_enum(rows->statement, 3, RESULT_TYPES);
	row->count_as =
		statement_column_enum(rows->statement, 4, COUNT_AS_KINDS);
	row->sessions = store_read_number(rows, 5);
	return 1;
}

int store_read_series(struct store *store, int64_t domain_id,
                      struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    domain_id == 0
			    ? "SELECT domain_id, policy_type, result_type "
			      "FROM seen"
			    : "SELECT domain_id, policy_type, result_type "
			      "FROM seen WHERE domain_id = ?",
		    rows, err) < 0)
		return -1;
	if (domain_id != 0)
		(void)sqlite3_bind_int64((*rows)->statement, 1, domain_id);
	return 0;
}

int store_read_series_next(struct store_cursor *rows,
                           struct store_series_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->domain_id = store_read_number(rows, 0);
	row->type = statement_column_enum(rows->statement, 1, POLICY_TYPES);
	row->result = (int)store_read_number(rows, 2);
	return 1;
}

/* --- changes ------------------------------------------------------------- */

int store_read_change_range(struct store *store, int64_t *before_first,
                            int64_t *last, struct err *err)
{
	sqlite3_stmt *s = statement_get(
		store, STATEMENT_CHANGE_RANGE,
		"SELECT coalesce((SELECT min(seq) FROM change) - 1, 0), "
		"coalesce((SELECT max(seq) FROM change), 0)",
		err);

	if (s == NULL || statement_step(store, s, err) < 0)
		return -1;
	*before_first = sqlite3_column_int64(s, 0);
	*last = sqlite3_column_int64(s, 1);
	(void)sqlite3_reset(s);
	return 0;
}

int store_read_changes(struct store *store, int64_t after,
                       struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    "SELECT DISTINCT domain_id FROM change WHERE seq > ?", rows,
		    err) < 0)
		return -1;
	(void)sqlite3_bind_int64((*rows)->statement, 1, after);
	return 0;
}

int store_read_changes_next(struct store_cursor *rows, int64_t *domain_id,
                            struct err *err)
{
	int result = store_read_step(rows, err);

	if (result == 1)
		*domain_id = store_read_number(rows, 0);
	return result;
}

/* --- policies and failures ----------------------------------------------- */

int store_read_policies(struct store *store,
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
{
	if (store_read_open(
		    store,
		    "SELECT id, domain_id, policy_string, first_day, "
		    "first_proved FROM policy_text WHERE domain_id BETWEEN "
		    "?1 AND ?2 AND last_day >= ?3 ORDER BY domain_id",
		    rows, err) < 0)
		return -1;
	(void)sqlite3_bind_int64((*rows)->statement, 1, range->first_domain);
	(void)sqlite3_bind_int64((*rows)->statement, 2, range->last_domain);
	(void)sqlite3_bind_int64((*rows)->statement, 3, range->first_day);
	return 0;
}

static int64_t store_read_day_or_never(const struct store_cursor *rows,
                                       int column)
{
	return sqlite3_column_type(rows->statement, column) == SQLITE_NULL
	               ? INT64_MAX
	               : store_read_number(rows, column);
}

int store_read_policies_next(struct store_cursor *rows, struct arena *arena,
                             struct store_policy_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->id = store_read_number(rows, 0);
	row->domain_id = store_read_number(rows, 1);
	lines_decode(statement_column_copy(rows->statement, 2, arena), arena,
	             &row->lines);
	row->first_day = store_read_day_or_never(rows, 3);
	row->first_proved = store_read_day_or_never(rows, 4);
	return 1;
}

/* The condition on failures and details is that of the partial index. */
#define FAILURE_COLUMNS                                          \
	"SELECT p.day, p.policy_type, d.result_type, "           \
	"coalesce(h.name, ''), r.reporter_id, r.standing, "      \
	"sum(d.sessions), coalesce(max(t.text), '') "            \
	"FROM policy_result AS p "                               \
	"JOIN report AS r ON r.id = p.report_id "                \
	"JOIN failure_detail AS d ON d.report_id = p.report_id " \
	"AND d.policy_seq = p.seq "                              \
	"LEFT JOIN host AS h ON h.id = d.mx_id "                 \
	"LEFT JOIN reason AS t ON t.id = d.reason_id "           \
	"WHERE (p.failures > 0 OR p.details > 0) AND p.origin < 2 "
#define FAILURE_GROUPS " GROUP BY 1, 2, 3, 4, 5, 6"

int store_read_day_failures(struct store *store,
                            const struct store_day_range *range,
                            struct store_cursor **rows, struct err *err)
{
	static const char *const sql[2] = {
		FAILURE_COLUMNS "AND p.day BETWEEN ?1 AND ?2" FAILURE_GROUPS,
		FAILURE_COLUMNS "AND p.day = ?1 AND p.domain_id BETWEEN ?2 AND "
				"?3" FAILURE_GROUPS,
	};

	return store_read_day_open(store, sql, range, rows, err);
}

int store_read_day_failures_next(struct store_cursor *rows,
                                 struct store_failure_row *row, struct err *err)
{
	int result = store_read_day_step(rows, err);

	if (result != 1)
		return result;
	row->day = store_read_number(rows, 0);
	row->type = statement_column_enum(rows->statement, 1, POLICY_TYPES);
	row->result = statement_column_enum(rows->statement, 2, RESULT_TYPES);
	row->mx = statement_column_text(rows->statement, 3);
	row->reporter_id = store_read_number(rows, 4);
	row->count_as =
		statement_column_enum(rows->statement, 5, COUNT_AS_KINDS);
	row->sessions = store_read_number(rows, 6);
	row->reason = statement_column_text(rows->statement, 7);
	return 1;
}

/* --- named numbers ------------------------------------------------------- */

int store_read_samples(struct store *store, enum store_sample_kind kind,
                       struct store_cursor **rows, struct err *err)
{
	static const char *const sql[] = {
		[STORE_SAMPLE_COUNTER] =
			"SELECT name, first, other, value, 0 FROM counter",
		[STORE_SAMPLE_TIMESTAMP] =
			"SELECT name, '', '', value, 0 FROM fact",
		[STORE_SAMPLE_USAGE] =
			"SELECT name, '', '', rows, bytes FROM stock",
		[STORE_SAMPLE_STATE] =
			("SELECT name, first, other, value, 0 FROM "
	                 "collector_state"),
		[STORE_SAMPLE_MAILBOX] =
			("SELECT 'polls', name, '', polls, 0 FROM mailbox "
	                 "UNION ALL SELECT 'poll_failures', name, '', "
	                 "poll_failures, 0 FROM mailbox "
	                 "UNION ALL SELECT 'last_poll', name, '', last_poll, 0 "
	                 "FROM mailbox "
	                 "UNION ALL SELECT 'last_success', name, '', "
	                 "last_success, 0 FROM mailbox "
	                 "UNION ALL SELECT 'pending', name, '', pending, 0 "
	                 "FROM mailbox "
	                 "UNION ALL SELECT 'duration', name, '', "
	                 "duration_ms / 1000.0, 0 FROM mailbox "
	                 "UNION ALL SELECT 'unmarked', name, '', (SELECT "
	                 "count(*) FROM mailbox_message WHERE mailbox_id = id "
	                 "AND state > 1 AND state < 4), 0 FROM mailbox "
	                 "UNION ALL SELECT 'given_up', name, '', (SELECT "
	                 "count(*) FROM mailbox_message WHERE mailbox_id = id "
	                 "AND state > 1 AND state = 4), 0 FROM mailbox"),
	};

	return store_read_open(store, sql[kind], rows, err);
}

int store_read_samples_next(struct store_cursor *rows,
                            struct store_sample_row *row, struct err *err)
{
	int result = store_read_step(rows, err);

	if (result != 1)
		return result;
	row->name = statement_column_text(rows->statement, 0);
	row->first = statement_column_text(rows->statement, 1);
	row->other = statement_column_text(rows->statement, 2);
	row->value = sqlite3_column_double(rows->statement, 3);
	row->bytes = store_read_number(rows, 4);
	return 1;
}

int store_read_oldest_day(struct store *store, int64_t *day, struct err *err)
{
	sqlite3_stmt *s = statement_get(store, STATEMENT_OLDEST_DAY,
	                                "SELECT min(day) FROM report", err);

	if (s == NULL || statement_step(store, s, err) < 0)
		return -1;
	*day = sqlite3_column_type(s, 0) == SQLITE_NULL
	               ? INT64_MAX
	               : sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return 0;
}
