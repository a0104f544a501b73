/*
 * Iterators for those who show. No row of a stranger's text is interpreted
 * here; it is the caller who escapes.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/store/store_private.h"

struct store_rows {
	struct store *store;
	sqlite3_stmt *statement;
	int64_t day;      /* of store_sums() and store_results() by domain */
	int64_t last_day; /* day by day up to here; INT64_MIN: all at once */
};

int store_read_begin(struct store *store, struct err *err)
{
	return store_exec(store, "BEGIN", err);
}

void store_read_end(struct store *store)
{
	store_undo(store, "ROLLBACK");
}

static int rows_open(struct store *store, const char *sql,
                     struct store_rows **out, struct err *err)
{
	struct store_rows *rows;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return store_error(store, err);
	rows = memory_zero(1, sizeof(*rows));
	rows->store = store;
	rows->statement = statement;
	rows->last_day = INT64_MIN;
	*out = rows;
	return 0;
}

void store_rows_close(struct store_rows **rows)
{
	if (*rows == NULL)
		return;
	(void)sqlite3_finalize((*rows)->statement);
	free(*rows);
	*rows = NULL;
}

static int rows_step(struct store_rows *rows, struct err *err)
{
	return store_step(rows->store, rows->statement, err);
}

static int64_t number(const struct store_rows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

/* --- reports ------------------------------------------------------------- */

int store_reports(struct store *store, struct text domain, int64_t most,
                  struct store_rows **rows, struct err *err)
{
	if (rows_open(store,
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
	bind_text((*rows)->statement, 1, domain);
	(void)sqlite3_bind_int64((*rows)->statement, 2, most);
	return 0;
}

int store_reports_next(struct store_rows *rows, struct report_row *row,
                       struct err *err)
{
	int result = rows_step(rows, err);

	if (result != 1)
		return result;
	row->id = number(rows, 0);
	row->received = number(rows, 1);
	row->day = number(rows, 2);
	row->reporter = column_text(rows->statement, 3);
	row->report_id = column_text(rows->statement, 4);
	row->domains = column_text(rows->statement, 5);
	row->channel = column_choice(rows->statement, 6, CHANNELS);
	row->authentication =
		column_choice(rows->statement, 7, AUTHENTICATIONS);
	row->standing = column_choice(rows->statement, 8, STANDINGS);
	row->quirks = (uint64_t)number(rows, 9);
	row->successes = number(rows, 10);
	row->failures = number(rows, 11);
	return 1;
}

/* --- names --------------------------------------------------------------- */

int store_domains(struct store *store, struct store_rows **rows,
                  struct err *err)
{
	return rows_open(store,
	                 "SELECT id, name, admitted, last_end, last_received "
	                 "FROM domain",
	                 rows, err);
}

int store_domains_next(struct store_rows *rows, struct domain_row *row,
                       struct err *err)
{
	int result = rows_step(rows, err);

	if (result != 1)
		return result;
	row->id = number(rows, 0);
	row->name = column_text(rows->statement, 1);
	row->admitted = number(rows, 2) != 0;
	row->last_end = number(rows, 3);
	row->last_received = number(rows, 4);
	return 1;
}

int store_domain(struct store *store, int64_t id, struct arena *arena,
                 struct domain_row *row, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_DOMAIN_READ,
		"SELECT id, name, admitted, last_end, last_received FROM "
		"domain WHERE id = ?",
		err);
	int result;

	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, id);
	result = store_step(store, s, err);
	if (result != 1)
		return result;
	row->id = sqlite3_column_int64(s, 0);
	row->name = column_copy(s, 1, arena);
	row->admitted = sqlite3_column_int(s, 2) != 0;
	row->last_end = sqlite3_column_int64(s, 3);
	row->last_received = sqlite3_column_int64(s, 4);
	(void)sqlite3_reset(s);
	return 1;
}

int store_reporters(struct store *store, int64_t after,
                    struct store_rows **rows, struct err *err)
{
	if (rows_open(
		    store,
		    "SELECT id, name, first_received FROM reporter WHERE id > ?",
		    rows, err) < 0)
		return -1;
	(void)sqlite3_bind_int64((*rows)->statement, 1, after);
	return 0;
}

int store_reporters_next(struct store_rows *rows, struct reporter_row *row,
                         struct err *err)
{
	int result = rows_step(rows, err);

	if (result != 1)
		return result;
	row->id = number(rows, 0);
	row->name = column_text(rows->statement, 1);
	row->first_received = number(rows, 2);
	return 1;
}

/* --- sums ---------------------------------------------------------------- */

/* Keys lead with the day: all domains of some days are one walk, some domains
   of some days are a look-up a day. */
static int days_open(struct store *store, const char *const sql[2],
                     const struct sum_range *range, struct store_rows **rows,
                     struct err *err)
{
	bool all = range->first_domain <= 1 &&
	           range->last_domain == ALL_DOMAINS;

	if (rows_open(store, sql[all ? 0 : 1], rows, err) < 0)
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

static int days_step(struct store_rows *rows, struct err *err)
{
	int result = rows_step(rows, err);

	while (result == 0 && rows->last_day != INT64_MIN &&
	       rows->day < rows->last_day) {
		rows->day++;
		(void)sqlite3_bind_int64(rows->statement, 1, rows->day);
		result = rows_step(rows, err);
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

int store_sums(struct store *store, const struct sum_range *range,
               struct store_rows **rows, struct err *err)
{
	static const char *const sql[2] = {
		SUM_COLUMNS OF_ALL_DOMAINS,
		SUM_COLUMNS OF_SOME_DOMAINS,
	};

	return days_open(store, sql, range, rows, err);
}

static void read_evidence(const struct store_rows *rows, enum policy_type type,
                          struct evidence *evidence)
{
	int class;

	evidence->trials = number(rows, 9);
	evidence->refused = number(rows, 10);
	evidence->unusable = number(rows, 11);
	evidence->dane = number(rows, 12);
	evidence->elements = number(rows, 19);
	evidence->untested = number(rows, 20);
	/* Most rows are of sessions that succeeded. */
	if (type == POLICY_STS && evidence->refused == 0) {
		memset(evidence->by_class, 0, sizeof(evidence->by_class));
		memset(evidence->predicted, 0, sizeof(evidence->predicted));
		return;
	}
	for (class = 0; class < REFUSAL_CLASSES; class ++) {
		evidence->by_class[class] = number(rows, 13 + class);
		evidence->predicted[class] = number(rows, 16 + class);
	}
}

int store_sums_next(struct store_rows *rows, struct sum_row *row,
                    struct err *err)
{
	int result = days_step(rows, err);

	if (result != 1)
		return result;
	row->day = number(rows, 0);
	row->domain_id = number(rows, 1);
	row->type = column_choice(rows->statement, 2, POLICY_TYPES);
	row->reporter_id = number(rows, 3);
	row->standing = column_choice(rows->statement, 4, STANDINGS);
	row->policy_id = number(rows, 5);
	row->reports = number(rows, 6);
	row->successes = number(rows, 7);
	row->failures = number(rows, 8);
	read_evidence(rows, row->type, &row->evidence);
	return 1;
}

#define RESULT_COLUMNS                                                         \
	"SELECT day, domain_id, policy_type, result_type, standing, sessions " \
	"FROM day_result "

int store_results(struct store *store, const struct sum_range *range,
                  struct store_rows **rows, struct err *err)
{
	static const char *const sql[2] = {
		RESULT_COLUMNS OF_ALL_DOMAINS,
		RESULT_COLUMNS OF_SOME_DOMAINS,
	};

	return days_open(store, sql, range, rows, err);
}

int store_results_next(struct store_rows *rows, struct result_row *row,
                       struct err *err)
{
	int result = days_step(rows, err);

	if (result != 1)
		return result;
	row->day = number(rows, 0);
	row->domain_id = number(rows, 1);
	row->type = column_choice(rows->statement, 2, POLICY_TYPES);
	row->result = column_choice(rows->statement, 3, RESULT_TYPES);
	row->standing = column_choice(rows->statement, 4, STANDINGS);
	row->sessions = number(rows, 5);
	return 1;
}

int store_seen(struct store *store, int64_t domain_id, struct store_rows **rows,
               struct err *err)
{
	if (rows_open(store,
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

int store_seen_next(struct store_rows *rows, struct seen_row *row,
                    struct err *err)
{
	int result = rows_step(rows, err);

	if (result != 1)
		return result;
	row->domain_id = number(rows, 0);
	row->type = column_choice(rows->statement, 1, POLICY_TYPES);
	row->result = (int)number(rows, 2);
	return 1;
}

/* --- changes ------------------------------------------------------------- */

int store_change_range(struct store *store, int64_t *before_first,
                       int64_t *last, struct err *err)
{
	sqlite3_stmt *s = store_statement(
		store, SLOT_CHANGE_RANGE,
		"SELECT coalesce((SELECT min(seq) FROM change) - 1, 0), "
		"coalesce((SELECT max(seq) FROM change), 0)",
		err);

	if (s == NULL || store_step(store, s, err) < 0)
		return -1;
	*before_first = sqlite3_column_int64(s, 0);
	*last = sqlite3_column_int64(s, 1);
	(void)sqlite3_reset(s);
	return 0;
}

int store_changes(struct store *store, int64_t after, struct store_rows **rows,
                  struct err *err)
{
	if (rows_open(store,
	              "SELECT DISTINCT domain_id FROM change WHERE seq > ?",
	              rows, err) < 0)
		return -1;
	(void)sqlite3_bind_int64((*rows)->statement, 1, after);
	return 0;
}

int store_changes_next(struct store_rows *rows, int64_t *domain_id,
                       struct err *err)
{
	int result = rows_step(rows, err);

	if (result == 1)
		*domain_id = number(rows, 0);
	return result;
}

/* --- policies and failures ----------------------------------------------- */

int store_policies(struct store *store, const struct sum_range *range,
                   struct store_rows **rows, struct err *err)
{
	if (rows_open(store,
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

static int64_t day_or_never(const struct store_rows *rows, int column)
{
	return sqlite3_column_type(rows->statement, column) == SQLITE_NULL
	               ? INT64_MAX
	               : number(rows, column);
}

int store_policies_next(struct store_rows *rows, struct arena *arena,
                        struct policy_row *row, struct err *err)
{
	int result = rows_step(rows, err);

	if (result != 1)
		return result;
	row->id = number(rows, 0);
	row->domain_id = number(rows, 1);
	list_decode(column_copy(rows->statement, 2, arena), arena, &row->lines);
	row->first_day = day_or_never(rows, 3);
	row->first_proved = day_or_never(rows, 4);
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

int store_failures(struct store *store, const struct sum_range *range,
                   struct store_rows **rows, struct err *err)
{
	static const char *const sql[2] = {
		FAILURE_COLUMNS "AND p.day BETWEEN ?1 AND ?2" FAILURE_GROUPS,
		FAILURE_COLUMNS "AND p.day = ?1 AND p.domain_id BETWEEN ?2 AND "
				"?3" FAILURE_GROUPS,
	};

	return days_open(store, sql, range, rows, err);
}

int store_failures_next(struct store_rows *rows, struct failure_row *row,
                        struct err *err)
{
	int result = days_step(rows, err);

	if (result != 1)
		return result;
	row->day = number(rows, 0);
	row->type = column_choice(rows->statement, 1, POLICY_TYPES);
	row->result = column_choice(rows->statement, 2, RESULT_TYPES);
	row->mx = column_text(rows->statement, 3);
	row->reporter_id = number(rows, 4);
	row->standing = column_choice(rows->statement, 5, STANDINGS);
	row->sessions = number(rows, 6);
	row->reason = column_text(rows->statement, 7);
	return 1;
}

/* --- named numbers ------------------------------------------------------- */

int store_named(struct store *store, enum named_kind kind,
                struct store_rows **rows, struct err *err)
{
	static const char *const sql[] = {
		[NAMED_COUNTER] =
			"SELECT name, first, other, value, 0 FROM counter",
		[NAMED_FACT] = "SELECT name, '', '', value, 0 FROM fact",
		[NAMED_STOCK] = "SELECT name, '', '', rows, bytes FROM stock",
		[NAMED_STATE] = ("SELECT name, first, other, value, 0 FROM "
	                         "collector_state"),
		[NAMED_MAILBOX] =
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

	return rows_open(store, sql[kind], rows, err);
}

int store_named_next(struct store_rows *rows, struct named_row *row,
                     struct err *err)
{
	int result = rows_step(rows, err);

	if (result != 1)
		return result;
	row->name = column_text(rows->statement, 0);
	row->first = column_text(rows->statement, 1);
	row->other = column_text(rows->statement, 2);
	row->value = sqlite3_column_double(rows->statement, 3);
	row->bytes = number(rows, 4);
	return 1;
}

int store_oldest_day(struct store *store, int64_t *day, struct err *err)
{
	sqlite3_stmt *s = store_statement(store, SLOT_OLDEST_DAY,
	                                  "SELECT min(day) FROM report", err);

	if (s == NULL || store_step(store, s, err) < 0)
		return -1;
	*day = sqlite3_column_type(s, 0) == SQLITE_NULL
	               ? INT64_MAX
	               : sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return 0;
}
