/*
 * A large store takes minutes, and must not begin again when somebody loses
 * patience: the reports move in steps, each a transaction. Table migration is
 * there as long as that goes on, and says how far it is. The old tables stay
 * until the end, so that the file grows by what the new ones take.
 */
#include "schema/store/store_migrate_bodies.h"

#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "schema/store/body.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_migrate.h"

#define REPORTS_A_STEP 1000

/* Statements that are about a report, prepared once a step. */
struct moving {
	struct store *store;
	struct engine_statement *reports, *elements, *details, *add,
		*add_failed;
	struct arena *arena; /* of the report in hand */
	struct buf packed;
	int64_t last_id;
	int64_t moved; /* in this step */
};

/* --- the beginning ------------------------------------------------------- */

/* References to the table keep its name, and so are to the new one. */
static const char put_aside_sql[] =
	"DROP INDEX report_key;"
	"DROP INDEX IF EXISTS policy_result_failed;"
	"PRAGMA legacy_alter_table = ON;"
	"ALTER TABLE report RENAME TO report_8;"
	"PRAGMA legacy_alter_table = OFF;"
	"CREATE TABLE migration (last_id INTEGER NOT NULL) STRICT;"
	"INSERT INTO migration (last_id) VALUES (0);";

int store_migrate_begin_bodies(struct store *store, struct err *err)
{
	if (engine_execute(store->engine, put_aside_sql, err) < 0 ||
	    store_migrate_make_table(store, "CREATE TABLE report (", err) < 0)
		return -1;
	return store_migrate_make_table(store, "CREATE TABLE failed (", err);
}

int store_migrate_is_under_way(struct store *store, bool *under_way,
                               struct err *err)
{
	int64_t count;

	if (statement_read_once(store->engine,
	                        "SELECT count(*) FROM sqlite_schema "
	                        "WHERE name = 'migration'",
	                        &count, err) < 0)
		return -1;
	*under_way = count > 0;
	return 0;
}

/* --- a report ------------------------------------------------------------ */

static struct report_ip store_migrate_bodies_ip(struct engine_statement *s,
                                                int at)
{
	struct text bytes = statement_column_blob(s, at);
	struct report_ip ip = {{0}, 0};

	if (bytes.len <= sizeof(ip.bytes)) {
		memcpy(ip.bytes, bytes.data, bytes.len);
		ip.len = (uint8_t)bytes.len;
	}
	return ip;
}

static int store_migrate_bodies_read_details(struct moving *m,
                                             struct body *body, struct err *err)
{
	struct body_element *element;
	struct body_detail *detail;
	int64_t policy, seq;
	int result;

	while ((result = engine_next(m->details, err)) == 1) {
		policy = engine_column_int(m->details, 0);
		seq = engine_column_int(m->details, 1);
		if (policy < 0 || policy >= (int64_t)body->count)
			continue;
		element = &body->elements[policy];
		if (seq < 0 || seq >= (int64_t)element->detail_count)
			continue;
		detail = &element->details[seq];
		detail->type =
			statement_column_enum(m->details, 2, RESULT_TYPES);
		detail->type_text =
			statement_column_copy(m->details, 3, m->arena);
		detail->sessions = engine_column_int(m->details, 4);
		detail->sending_ip = store_migrate_bodies_ip(m->details, 5);
		detail->receiving_ip = store_migrate_bodies_ip(m->details, 6);
		detail->mx_id = engine_column_int(m->details, 7);
		detail->helo_id = engine_column_int(m->details, 8);
		detail->reason_id = engine_column_int(m->details, 9);
		detail->additional =
			statement_column_copy(m->details, 10, m->arena);
	}
	return result;
}

static void store_migrate_bodies_read_element(struct moving *m,
                                              struct body_element *element)
{
	struct engine_statement *s = m->elements;

	element->domain_id = engine_column_int(s, 0);
	element->type = statement_column_enum(s, 1, POLICY_TYPES);
	element->type_text = statement_column_copy(s, 2, m->arena);
	element->policy_id = engine_column_int(s, 3);
	element->successes = engine_column_int(s, 4);
	element->failures = engine_column_int(s, 5);
	element->detail_count = (size_t)engine_column_int(s, 6);
	element->origin = (int)engine_column_int(s, 7);
	element->has_policy_string = (int)engine_column_int(s, 8) != 0;
	element->details = arena_array(m->arena, element->detail_count,
	                               sizeof(*element->details));
}

static int store_migrate_bodies_read(struct moving *m, int64_t id,
                                     int64_t count, struct body *body,
                                     struct err *err)
{
	int result;

	body->count = (size_t)count;
	body->elements =
		arena_array(m->arena, body->count, sizeof(*body->elements));
	count = 0;
	engine_bind_int(m->elements, 1, id);
	engine_bind_int(m->details, 1, id);
	while ((result = engine_next(m->elements, err)) == 1)
		store_migrate_bodies_read_element(m, &body->elements[count++]);
	return result < 0 ? -1
	                  : store_migrate_bodies_read_details(m, body, err);
}

/* --- moving -------------------------------------------------------------- */

static int store_migrate_bodies_write(struct moving *m, int64_t id,
                                      struct err *err)
{
	engine_bind_int(m->add, 1, id);
	engine_bind_blob(m->add, 2, m->packed.data, m->packed.len);
	if (engine_queue(m->add, err) < 0)
		return -1;
	engine_bind_int(m->add_failed, 1, id);
	return engine_queue(m->add_failed, err);
}

static int store_migrate_bodies_move(struct moving *m, struct err *err)
{
	int64_t id = engine_column_int(m->reports, 0);
	struct body body;

	arena_reset(m->arena, 0);
	buf_reset(&m->packed);
	if (store_migrate_bodies_read(m, id, engine_column_int(m->reports, 1),
	                              &body, err) < 0)
		return -1;
	body_encode(&body, &m->packed);
	if (m->packed.full)
		return err_set(err, ERR_DAMAGED, "report %lld is too large",
		               (long long)id);
	if (store_migrate_bodies_write(m, id, err) < 0)
		return -1;
	m->last_id = id;
	m->moved++;
	return 0;
}

static int store_migrate_bodies_move_some(struct moving *m, struct err *err)
{
	int64_t rows;
	int result;

	engine_bind_int(m->reports, 1, m->last_id);
	engine_bind_int(m->reports, 2, REPORTS_A_STEP);
	while ((result = engine_next(m->reports, err)) == 1) {
		if (store_migrate_bodies_move(m, err) < 0) {
			engine_reset(m->reports);
			return -1;
		}
	}
	if (result < 0)
		return -1;
	return statement_run_number(m->store->engine,
	                            "UPDATE migration SET last_id = ?1",
	                            m->last_id, &rows, err);
}

static int store_migrate_bodies_prepare(struct moving *m, struct err *err)
{
	const struct {
		const char *sql;
		struct engine_statement **statement;
	} statements[] = {
		{"SELECT id, (SELECT count(*) FROM policy_result WHERE "
	         "report_id = r.id) FROM report_8 AS r WHERE id > ?1 ORDER BY "
	         "id LIMIT ?2",
	         &m->reports},
		{"SELECT domain_id, policy_type, type_text, policy_id, "
	         "successes, failures, details, origin, coalesce((SELECT "
	         "policy_string <> '' FROM policy_text WHERE id = policy_id), "
	         "0) FROM policy_result WHERE report_id = ?1 ORDER BY seq",
	         &m->elements},
		{"SELECT policy_seq, seq, result_type, type_text, sessions, "
	         "sending_ip, receiving_ip, mx_id, helo_id, reason_id, "
	         "additional FROM failure_detail WHERE report_id = ?1",
	         &m->details},
		{"INSERT INTO report (id, day, key, copy, digest, reporter_id, "
	         "sender_id, report_id, begin_at, end_at, received_at, "
	         "proved_at, channel, trust, rank, count_as, quirks, bytes, "
	         "authentication, body) SELECT id, day, key, copy, "
	         "substr(digest, 1, 16), reporter_id, sender_id, report_id, "
	         "begin - day * 86400, end - day * 86400, received - day * "
	         "86400, proved - day * 86400, channel, trust, rank, standing, "
	         "quirks, bytes, authentication, ?2 FROM report_8 WHERE id = "
	         "?1",
	         &m->add},
		{"INSERT INTO failed (day, domain_id, report_id) SELECT "
	         "DISTINCT day, domain_id, report_id FROM policy_result WHERE "
	         "report_id = ?1 AND domain_id IS NOT NULL AND (failures > 0 "
	         "OR details > 0)",
	         &m->add_failed},
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(statements); i++) {
		*statements[i].statement = engine_prepare_once(
			m->store->engine, statements[i].sql, err);
		if (*statements[i].statement == NULL)
			return -1;
	}
	return 0;
}

static void store_migrate_bodies_end(struct moving *m)
{
	engine_finalize(&m->reports);
	engine_finalize(&m->elements);
	engine_finalize(&m->details);
	engine_finalize(&m->add);
	engine_finalize(&m->add_failed);
	buf_free(&m->packed);
	arena_free(&m->arena);
}

/* --- the end ------------------------------------------------------------- */

/* Where the sums are those of before version 8 they are worked out again; with
   them, in a store of version 1, the first days of policies. */
static const char first_days_sql[] =
	"UPDATE policy_text SET first_day = r.first, first_proved = r.proved "
	"FROM (SELECT policy_id, min(day) AS first, "
	"min(day) FILTER (WHERE count_as IN (2, 3)) AS proved "
	"FROM day_sum WHERE elements > 0 GROUP BY policy_id) AS r "
	"WHERE r.policy_id = policy_text.id AND NOT EXISTS (SELECT 1 FROM "
	"policy_text WHERE first_day IS NOT NULL)";

static const char rename_sql[] =
	"DROP TABLE failure_detail;"
	"DROP TABLE policy_result;"
	"DROP TABLE report_8;"
	"ALTER TABLE stock RENAME TO usage;"
	"ALTER TABLE fact RENAME TO timestamp;"
	"ALTER TABLE seen RENAME TO series;"
	"ALTER TABLE day_result RENAME COLUMN standing TO count_as;"
	"UPDATE ledger SET digest = substr(digest, 1, 16);"
	"DROP TABLE migration;";

static int store_migrate_bodies_take_sums(struct store *store, struct err *err)
{
	int64_t there;

	if (statement_read_once(store->engine,
	                        "SELECT count(*) FROM "
	                        "pragma_table_info('day_sum') WHERE "
	                        "name = 'arrived'",
	                        &there, err) < 0)
		return -1;
	if (there > 0)
		return engine_execute(store->engine,
		                      "ALTER TABLE day_sum RENAME COLUMN "
		                      "standing TO count_as",
		                      err);
	if (engine_execute(store->engine, "DROP TABLE IF EXISTS day_sum", err) <
	            0 ||
	    store_migrate_make_table(store, "CREATE TABLE day_sum (", err) <
	            0 ||
	    store_rebuild_sums(store, err) < 0)
		return -1;
	return engine_execute(store->engine, first_days_sql, err);
}

static int store_migrate_bodies_finish(struct store *store, struct err *err)
{
	if (engine_execute(store->engine, rename_sql, err) < 0 ||
	    store_migrate_make_table(store, "CREATE UNIQUE INDEX report_key",
	                             err) < 0)
		return -1;
	return store_migrate_bodies_take_sums(store, err);
}

/* One step more; *done when it was the last. Another process that migrates the
   same store waits, and goes on from where this one is. */
static int store_migrate_bodies_step(struct store *store, bool *done,
                                     struct err *err)
{
	struct moving m = {.store = store,
	                   .arena = arena_new(0),
	                   .packed = BUF_INIT(LIMIT_BODY)};
	bool under_way;
	int result = store_migrate_is_under_way(store, &under_way, err);

	*done = result == 0 && !under_way;
	if (result == 0 && under_way)
		result = statement_read_once(store->engine,
		                             "SELECT last_id FROM migration",
		                             &m.last_id, err);
	if (result == 0 && under_way)
		result = store_migrate_bodies_prepare(&m, err);
	if (result == 0 && under_way)
		result = store_migrate_bodies_move_some(&m, err);
	store_migrate_bodies_end(&m);
	if (result == 0 && under_way && m.moved == 0) {
		*done = true;
		result = store_migrate_bodies_finish(store, err);
	}
	return result;
}

/* Reports that are moved, and all; what the usage says of them is enough. */
static int store_migrate_bodies_count(struct store *store, int64_t *moved,
                                      int64_t *all, struct err *err)
{
	if (statement_read_once(store->engine, "SELECT count(*) FROM report",
	                        moved, err) < 0)
		return -1;
	return statement_read_once(
		store->engine, "SELECT rows FROM stock WHERE name = 'reports'",
		all, err);
}

int store_migrate_finish_bodies(struct store *store, struct err *err)
{
	int64_t moved = 0, all = 0;
	bool under_way, done = false;

	if (store_migrate_is_under_way(store, &under_way, err) < 0 ||
	    (under_way &&
	     store_migrate_bodies_count(store, &moved, &all, err) < 0))
		return -1;
	while (under_way && !done) {
		if (store->on_progress != NULL)
			store->on_progress(store->progress_cls,
			                   moved < all ? moved : all, all);
		moved += REPORTS_A_STEP;
		if (engine_begin(store->engine, ENGINE_WRITE, err) < 0)
			return -1;
		if (store_migrate_bodies_step(store, &done, err) < 0 ||
		    engine_commit(store->engine, err) < 0) {
			engine_rollback(store->engine);
			return -1;
		}
	}
	return 0;
}
