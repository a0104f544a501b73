/*
 * Iterators for those who show. No row of a stranger's text is interpreted
 * here; it is the caller who escapes.
 */
#include <stdlib.h>

#include "schema/store_parts.h"

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
	if (rows_open(store, "SELECT id, name FROM reporter WHERE id > ?", rows,
	              err) < 0)
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
	return 1;
}

/* --- sums ---------------------------------------------------------------- */

/* Keys lead with the day: all domains of some days are one walk, one domain of
   some days is a look-up a day. */
static int days_open(struct store *store, const char *const sql[2],
                     const int64_t days[2], int64_t domain_id,
                     struct store_rows **rows, struct err *err)
{
	if (rows_open(store, sql[domain_id != 0 ? 1 : 0], rows, err) < 0)
		return -1;
	(*rows)->day = days[0];
	(void)sqlite3_bind_int64((*rows)->statement, 1, days[0]);
	if (domain_id != 0) {
		(*rows)->last_day = days[1];
		(void)sqlite3_bind_int64((*rows)->statement, 2, domain_id);
	} else {
		(void)sqlite3_bind_int64((*rows)->statement, 2, days[1]);
	}
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

#define SUM_COLUMNS                                                   \
	"SELECT day, domain_id, policy_type, reporter_id, standing, " \
	"policy_id, reports, successes, failures, refused FROM day_sum "

int store_sums(struct store *store, int64_t first_day, int64_t last_day,
               int64_t domain_id, struct store_rows **rows, struct err *err)
{
	static const char *const sql[2] = {
		SUM_COLUMNS "WHERE day BETWEEN ?1 AND ?2",
		SUM_COLUMNS "WHERE day = ?1 AND domain_id = ?2",
	};
	const int64_t days[2] = {first_day, last_day};

	return days_open(store, sql, days, domain_id, rows, err);
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
	row->refused = number(rows, 9);
	return 1;
}

#define RESULT_COLUMNS                                                         \
	"SELECT day, domain_id, policy_type, result_type, standing, sessions " \
	"FROM day_result "

int store_results(struct store *store, int64_t first_day, int64_t last_day,
                  int64_t domain_id, struct store_rows **rows, struct err *err)
{
	static const char *const sql[2] = {
		RESULT_COLUMNS "WHERE day BETWEEN ?1 AND ?2",
		RESULT_COLUMNS "WHERE day = ?1 AND domain_id = ?2",
	};
	const int64_t days[2] = {first_day, last_day};

	return days_open(store, sql, days, domain_id, rows, err);
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
