/*
 * Iterators over days: sums and results.
 */
#include <assert.h>
#include <string.h>

#include "schema/store/read.h"
#include "schema/store/statement.h"
#include "schema/store/store_known.h"
#include "schema/store/store_read_private.h"
#include "schema/store/store_sum_columns.h"

int store_read_day_open(struct store *store, const char *const sql[2],
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
{
	bool all = range->first_domain <= 1 &&
	           range->last_domain == STORE_ALL_DOMAINS;

	if (store_read_open(store, sql[all ? 0 : 1], rows, err) < 0)
		return -1;
	(*rows)->day = range->first_day;
	engine_bind_int((*rows)->statement, 1, range->first_day);
	if (all) {
		engine_bind_int((*rows)->statement, 2, range->last_day);
		return 0;
	}
	(*rows)->last_day = range->last_day;
	engine_bind_int((*rows)->statement, 2, range->first_domain);
	engine_bind_int((*rows)->statement, 3, range->last_domain);
	return 0;
}

int store_read_day_step(struct store_cursor *rows, struct err *err)
{
	int result = store_read_step(rows, err);

	while (result == 0 && rows->last_day != INT64_MIN &&
	       rows->day < rows->last_day) {
		rows->day++;
		engine_bind_int(rows->statement, 1, rows->day);
		result = store_read_step(rows, err);
	}
	return result;
}

#define OF_ALL_DOMAINS  "WHERE day BETWEEN ?1 AND ?2"
#define OF_SOME_DOMAINS "WHERE day = ?1 AND domain_id BETWEEN ?2 AND ?3"

#define SUM_COLUMNS "SELECT " SUM_KEY ", " SUM_NAMES " FROM day_sum "

int store_read_day_sums(struct store *store,
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
{
	static const char *const sql[2] = {
		SUM_COLUMNS OF_ALL_DOMAINS,
		SUM_COLUMNS OF_SOME_DOMAINS,
	};

	if (range->until == 0)
		return store_read_day_open(store, sql, range, rows, err);
	*rows = store_read_new(store);
	if (store_known_open_sums(store, range, &(*rows)->known, err) == 0)
		return 0;
	store_read_close(rows);
	return -1;
}

#define READ(name, member) row->member = store_read_number(rows, at++);

static void store_read_day_numbers(const struct store_cursor *rows,
                                   struct store_sum_row *row)
{
	struct evidence *evidence = &row->evidence;
	int at = SUM_KEY_COLUMNS;

	SUM_FIRST(READ)
	SUM_OTHERS(READ)
	if (row->type == POLICY_STS && evidence->refused == 0) {
		memset(evidence->by_cause, 0, sizeof(evidence->by_cause));
		memset(evidence->predicted, 0, sizeof(evidence->predicted));
		return;
	}
	SUM_CAUSES(READ)
}

int store_read_day_sums_next(struct store_cursor *rows,
                             struct store_sum_row *row, struct err *err)
{
	int result;

	if (rows->known != NULL)
		return store_known_next_sum(rows->known, row, err);
	result = store_read_day_step(rows, err);
	if (result != 1)
		return result;
	row->day = store_read_number(rows, 0);
	row->domain_id = store_read_number(rows, 1);
	row->type = statement_column_enum(rows->statement, 2, POLICY_TYPES);
	row->reporter_id = store_read_number(rows, 3);
	row->count_as =
		statement_column_enum(rows->statement, 4, COUNT_AS_KINDS);
	row->policy_id = store_read_number(rows, 5);
	row->arrived = store_read_number(rows, 6);
	store_read_day_numbers(rows, row);
	return 1;
}

#define RESULT_COLUMNS                                                   \
	"SELECT day, domain_id, policy_type, result_type, reporter_id, " \
	"count_as, sessions FROM day_result "

int store_read_day_results(struct store *store,
                           const struct store_day_range *range,
                           struct store_cursor **rows, struct err *err)
{
	static const char *const sql[2] = {
		RESULT_COLUMNS OF_ALL_DOMAINS,
		RESULT_COLUMNS OF_SOME_DOMAINS,
	};

	assert(range->until == 0);
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
	row->reporter_id = store_read_number(rows, 4);
	row->count_as =
		statement_column_enum(rows->statement, 5, COUNT_AS_KINDS);
	row->sessions = store_read_number(rows, 6);
	return 1;
}
