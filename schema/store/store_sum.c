/*
 * The day's sums, kept in step with the reports. Everything is done by adding
 * and taking away the same parts, so that a copy that no longer counts leaves
 * no trace but its own rows.
 */
#include "schema/store/store_sum.h"

#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_sum_columns.h"

/* One line a domain and day is enough for a transaction. */
static int store_sum_note_change(struct store *store, const struct sum_key *key,
                                 int64_t domain_id, struct err *err)
{
	struct store_change *change =
		&store->changes[(size_t)domain_id % STORE_CHANGES];
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_CHANGE,
		"INSERT INTO change (domain_id, day) VALUES (?1, ?2)", err);

	if (s == NULL)
		return -1;
	if (change->domain_id == domain_id && change->day == key->day)
		return 0;
	*change = (struct store_change){domain_id, key->day};
	engine_bind_int(s, 1, domain_id);
	engine_bind_int(s, 2, key->day);
	return engine_queue(s, err);
}

/* The counts of a part as they go into one row, with their sign. */
struct row {
	int64_t reports, successes, failures;
	struct evidence evidence;
};

static void store_sum_bind_key(struct engine_statement *s,
                               const struct sum_key *key,
                               const struct contribution *contribution)
{
	engine_bind_int(s, 1, key->day);
	engine_bind_int(s, 2, contribution->domain_id);
	engine_bind_int(s, 3, contribution->type);
	engine_bind_int(s, 4, key->reporter_id);
	engine_bind_int(s, 5, key->count_as);
	engine_bind_int(s, 6, contribution->policy_id);
	engine_bind_int(s, 7, key->arrived);
}

#define VALUE(name, member)    ", ?"
#define ADD(name, member)      #name " = day_sum." #name " + excluded." #name
#define ADD_NEXT(name, member) ", " ADD(name, member)
#define BIND(name, member)     engine_bind_int(s, ++at, row->member);

#define VALUES SUM_ALL(VALUE)
#define SUMS   SUM_FIRST(ADD) SUM_OTHERS(ADD_NEXT) SUM_CAUSES(ADD_NEXT)

static const char add_row[] = "INSERT INTO day_sum (" SUM_KEY ", " SUM_NAMES
			      ") VALUES "
			      "(?1, ?2, ?3, ?4, ?5, ?6, ?7" VALUES ") "
			      "ON CONFLICT (" SUM_KEY ") DO UPDATE SET " SUMS;

static int store_sum_add_row(struct store *store, const struct sum_key *key,
                             const struct contribution *contribution,
                             const struct row *row, struct err *err)
{
	struct engine_statement *s =
		engine_prepare(store->engine, STATEMENT_SUM, add_row, err);
	int at = SUM_KEY_COLUMNS;

	if (s == NULL)
		return -1;
	store_sum_bind_key(s, key, contribution);
	SUM_ALL(BIND)
	return engine_queue(s, err);
}

static bool store_sum_row_is_zero(const struct row *row)
{
	return (row->reports | row->successes | row->failures) == 0 &&
	       evidence_is_zero(&row->evidence);
}

static int store_sum_add_results(struct store *store, const struct sum_key *key,
                                 const struct contribution *contribution,
                                 int64_t sign, struct err *err)
{
	struct engine_statement *s;
	int type;

	for (type = 0; type < RESULT_TYPES; type++) {
		if (contribution->by_result[type] == 0)
			continue;
		s = engine_prepare(
			store->engine, STATEMENT_RESULT_SUM,
			"INSERT INTO day_result VALUES (?1, ?2, "
			"?3, ?4, ?5, ?6, ?7) ON CONFLICT (day, "
			"domain_id, policy_type, result_type, reporter_id, "
			"standing) DO UPDATE SET sessions = "
			"day_result.sessions + excluded.sessions",
			err);
		if (s == NULL)
			return -1;
		engine_bind_int(s, 1, key->day);
		engine_bind_int(s, 2, contribution->domain_id);
		engine_bind_int(s, 3, contribution->type);
		engine_bind_int(s, 4, type);
		engine_bind_int(s, 5, key->reporter_id);
		engine_bind_int(s, 6, key->count_as);
		engine_bind_int(s, 7, sign * contribution->by_result[type]);
		if (engine_queue(s, err) < 0)
			return -1;
	}
	return 0;
}

static struct row store_sum_row_of(const struct contribution *contribution,
                                   const struct sum_scope *scope)
{
	struct row row = {0};

	if (scope->counts) {
		row.reports = contribution->first ? scope->sign : 0;
		row.successes = scope->sign * contribution->successes;
		row.failures = scope->sign * contribution->failures;
	}
	if (scope->evidence)
		evidence_add(&row.evidence, &contribution->evidence,
		             scope->sign);
	return row;
}

static int store_sum_apply_one(struct store *store, const struct sum_key *key,
                               const struct contribution *contribution,
                               const struct sum_scope *scope, struct err *err)
{
	struct row row = store_sum_row_of(contribution, scope);

	if (!store_sum_row_is_zero(&row) &&
	    store_sum_add_row(store, key, contribution, &row, err) < 0)
		return -1;
	if (scope->counts && store_sum_add_results(store, key, contribution,
	                                           scope->sign, err) < 0)
		return -1;
	return contribution->first
	               ? store_sum_note_change(store, key,
	                                       contribution->domain_id, err)
	               : 0;
}

int store_sum_apply(struct store *store, const struct sum_key *key,
                    const struct contributions *contributions,
                    const struct sum_scope *scope, struct err *err)
{
	size_t i;

	for (i = 0; i < contributions->count; i++) {
		if (store_sum_apply_one(store, key, &contributions->items[i],
		                        scope, err) < 0)
			return -1;
	}
	return 0;
}

#define NOTHING(name, member) " AND " #name " = 0"

static int store_sum_drop_empty_row(struct store *store,
                                    const struct sum_key *key,
                                    const struct contribution *contribution,
                                    struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_SUM_DROP,
		"DELETE FROM day_sum WHERE (" SUM_KEY
		") = (?1, ?2, ?3, ?4, ?5, ?6, ?7)" SUM_ALL(NOTHING),
		err);

	if (s == NULL)
		return -1;
	store_sum_bind_key(s, key, contribution);
	return engine_queue(s, err);
}

static int store_sum_drop_empty_results(struct store *store,
                                        const struct sum_key *key,
                                        const struct contribution *contribution,
                                        struct err *err)
{
	struct engine_statement *s = engine_prepare(
		store->engine, STATEMENT_RESULT_SUM_DROP,
		"DELETE FROM day_result WHERE day = ?1 AND domain_id = ?2 AND "
		"policy_type = ?3 AND reporter_id = ?4 AND standing = ?5 AND "
		"sessions = 0",
		err);

	if (s == NULL)
		return -1;
	engine_bind_int(s, 1, key->day);
	engine_bind_int(s, 2, contribution->domain_id);
	engine_bind_int(s, 3, contribution->type);
	engine_bind_int(s, 4, key->reporter_id);
	engine_bind_int(s, 5, key->count_as);
	return engine_queue(s, err);
}

int store_sum_drop_empty(struct store *store, const struct sum_key *key,
                         const struct contributions *contributions,
                         struct err *err)
{
	size_t i;

	for (i = 0; i < contributions->count; i++) {
		if (store_sum_drop_empty_row(
			    store, key, &contributions->items[i], err) < 0 ||
		    store_sum_drop_empty_results(
			    store, key, &contributions->items[i], err) < 0)
			return -1;
	}
	return 0;
}
