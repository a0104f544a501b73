/*
 * The day's sums, kept in step with the reports. Everything is done by adding
 * and taking away, so that a copy that no longer counts leaves no trace but its
 * own rows.
 */
#include "schema/store/store_sum.h"

#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_sum_columns.h"

/* One line a domain and day is enough for a transaction. */
static int store_sum_note_change(struct store *store, int64_t domain_id,
                                 int64_t day, struct err *err)
{
	struct store_change *change =
		&store->changes[(size_t)domain_id % STORE_CHANGES];
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_CHANGE,
		"INSERT INTO change (domain_id, day) VALUES (?1, ?2)", err);

	if (s == NULL)
		return -1;
	if (change->domain_id == domain_id && change->day == day)
		return 0;
	*change = (struct store_change){domain_id, day};
	engine_bind_int(s, 1, domain_id);
	engine_bind_int(s, 2, day);
	return engine_queue(s, err);
}

static void store_sum_bind_key(struct engine_statement *s,
                               const struct sum_line *line)
{
	engine_bind_int(s, 1, line->key.day);
	engine_bind_int(s, 2, line->domain_id);
	engine_bind_int(s, 3, (int)line->type);
	engine_bind_int(s, 4, line->key.reporter_id);
	engine_bind_int(s, 5, (int)line->key.count_as);
	engine_bind_int(s, 6, line->policy_id);
	engine_bind_int(s, 7, line->key.arrived);
}

#define VALUE(name, member)    ", ?"
#define ADD(name, member)      #name " = day_sum." #name " + excluded." #name
#define ADD_NEXT(name, member) ", " ADD(name, member)
#define BIND(name, member)     engine_bind_int(s, ++at, line->member);

#define VALUES SUM_ALL(VALUE)
#define SUMS   SUM_FIRST(ADD) SUM_OTHERS(ADD_NEXT) SUM_CAUSES(ADD_NEXT)

static const char add_row[] = "INSERT INTO day_sum (" SUM_KEY ", " SUM_NAMES
			      ") VALUES "
			      "(?1, ?2, ?3, ?4, ?5, ?6, ?7" VALUES ") "
			      "ON CONFLICT (" SUM_KEY ") DO UPDATE SET " SUMS;

static int store_sum_add_line(struct store *store, const struct sum_line *line,
                              struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_SUM, add_row, err);
	int at = SUM_KEY_COLUMNS;

	if (s == NULL)
		return -1;
	store_sum_bind_key(s, line);
	SUM_ALL(BIND)
	return engine_queue(s, err);
}

#define NOTHING(name, member) " AND " #name " = 0"

static int store_sum_drop_empty_line(struct store *store,
                                     const struct sum_line *line,
                                     struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_SUM_DROP,
		"DELETE FROM day_sum WHERE (" SUM_KEY
		") = (?1, ?2, ?3, ?4, ?5, ?6, ?7)" SUM_ALL(NOTHING),
		err);

	if (s == NULL)
		return -1;
	store_sum_bind_key(s, line);
	return engine_queue(s, err);
}

static void store_sum_bind_result(struct engine_statement *s,
                                  const struct sum_result *line)
{
	engine_bind_int(s, 1, line->key.day);
	engine_bind_int(s, 2, line->domain_id);
	engine_bind_int(s, 3, (int)line->type);
	engine_bind_int(s, 4, (int)line->result);
	engine_bind_int(s, 5, line->key.reporter_id);
	engine_bind_int(s, 6, (int)line->key.count_as);
}

static int store_sum_add_result(struct store *store,
                                const struct sum_result *line, struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_RESULT_SUM,
		"INSERT INTO day_result (day, domain_id, policy_type, "
		"result_type, reporter_id, count_as, sessions) VALUES (?1, ?2, "
		"?3, ?4, ?5, ?6, ?7) ON CONFLICT (day, domain_id, policy_type, "
		"result_type, reporter_id, count_as) DO UPDATE SET sessions = "
		"day_result.sessions + excluded.sessions",
		err);

	if (s == NULL)
		return -1;
	store_sum_bind_result(s, line);
	engine_bind_int(s, 7, line->sessions);
	return engine_queue(s, err);
}

static int store_sum_drop_empty_result(struct store *store,
                                       const struct sum_result *line,
                                       struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_RESULT_SUM_DROP,
		"DELETE FROM day_result WHERE day = ?1 AND domain_id = ?2 AND "
		"policy_type = ?3 AND result_type = ?4 AND reporter_id = ?5 "
		"AND count_as = ?6 AND sessions = 0",
		err);

	if (s == NULL)
		return -1;
	store_sum_bind_result(s, line);
	return engine_queue(s, err);
}

static int store_sum_write_lines(struct store *store, const struct sums *sums,
                                 struct err *err)
{
	const struct sum_line *line;
	size_t i;

	for (i = 0; i < sums->count; i++) {
		line = &sums->lines[i];
		if (store_sum_add_line(store, line, err) < 0 ||
		    (line->lowered &&
		     store_sum_drop_empty_line(store, line, err) < 0) ||
		    store_sum_note_change(store, line->domain_id, line->key.day,
		                          err) < 0)
			return -1;
	}
	return 0;
}

int store_sum_write(struct store *store, const struct sums *sums,
                    struct err *err)
{
	const struct sum_result *line;
	size_t i;

	if (store_sum_write_lines(store, sums, err) < 0)
		return -1;
	for (i = 0; i < sums->result_count; i++) {
		line = &sums->results[i];
		if (store_sum_add_result(store, line, err) < 0 ||
		    (line->lowered &&
		     store_sum_drop_empty_result(store, line, err) < 0))
			return -1;
	}
	return 0;
}
