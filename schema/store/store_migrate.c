/*
 * PRAGMA user_version says which step a store has reached. A fresh one is made
 * by tables.sql and is at the last; an older one takes the steps it lacks, in a
 * transaction that also sets the version, and then what is written anew report
 * by report (store_migrate_bodies.c). A test compares the two.
 */
#include "schema/store/store_migrate.h"

#include <string.h>

#include "base/buf.h"
#include "schema/store/engine_sqlite.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/store_migrate_bodies.h"
#include "schema/store/tables.h"

/* "tlsr", so that no other program's database is taken for a store. */
#define APPLICATION_ID 0x746c7372

#define NEWEST_VERSION 9

/* The last one that is reached in one transaction; what follows goes in steps,
   store_migrate_bodies.h. */
#define LAST_AT_ONCE 8

/* In order; each brings an older store one version further. */
struct step {
	int64_t from, to;
	const char *sql;
	int (*then)(struct store *store, struct err *err); /* or NULL */
};

/* First arrivals, the first days of policies, and what the verdict needs
   beside the day's trials. The sums are recomputed from the reports. */
static const char to_2_sql[] =
	"ALTER TABLE reporter ADD COLUMN first_received INTEGER NOT NULL "
	"DEFAULT 0;"
	"UPDATE reporter SET first_received = r.first FROM (SELECT "
	"reporter_id, min(received) AS first FROM report GROUP BY reporter_id) "
	"AS r WHERE r.reporter_id = reporter.id;"
	"ALTER TABLE policy_text ADD COLUMN first_day INTEGER;"
	"ALTER TABLE policy_text ADD COLUMN first_proved INTEGER;";

int store_migrate_make_table(struct store *store, const char *begin,
                             struct err *err)
{
	const char *sql = strstr(tables_sql, begin);
	const char *end = strstr(sql, ";");
	struct buf statement = BUF_INIT(65536);
	int result;

	buf_add(&statement, sql, (size_t)(end - sql));
	result = engine_execute(store->engine, buf_text(&statement), err);
	buf_free(&statement);
	return result;
}

/* Mailboxes, and why a mail's trust is what it is. */
static const char to_3_sql[] = "ALTER TABLE report ADD COLUMN authentication "
			       "INTEGER NOT NULL DEFAULT 0;";

static int store_migrate_make_mailboxes(struct store *store, struct err *err)
{
	if (store_migrate_make_table(store, "CREATE TABLE mailbox (", err) < 0)
		return -1;
	return store_migrate_make_table(store, "CREATE TABLE mailbox_message (",
	                                err);
}

/* Texts that unproved reports bring are counted apart. Nobody knows any more
   who brought those that are there: the count starts again. */
static const char to_4_sql[] =
	"ALTER TABLE domain ADD COLUMN unproved_policies INTEGER NOT NULL "
	"DEFAULT 0;"
	"ALTER TABLE domain ADD COLUMN unproved_hosts INTEGER NOT NULL "
	"DEFAULT 0;"
	"ALTER TABLE domain ADD COLUMN unproved_reasons INTEGER NOT NULL "
	"DEFAULT 0;"
	"UPDATE domain SET policies = 0, hosts = 0, reasons = 0, "
	"distinct_since = 0;";

/* Elements that name an MX host. */
static const char to_5_sql[] = "ALTER TABLE policy_result ADD COLUMN origin "
			       "INTEGER NOT NULL DEFAULT 0;";

#define INDEX_6_SQL                                                           \
	"CREATE INDEX mailbox_message_state ON mailbox_message (mailbox_id, " \
	"state) WHERE state > 1;"

/* Messages that are stored and not marked yet, and those that cannot be
   fetched. */
static const char to_6_sql[] =
	"ALTER TABLE mailbox ADD COLUMN fetched INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE mailbox_message RENAME COLUMN done TO state;"
	"ALTER TABLE mailbox_message ADD COLUMN copied INTEGER NOT NULL "
	"DEFAULT 0;"
	"ALTER TABLE mailbox_message ADD COLUMN faults INTEGER NOT NULL "
	"DEFAULT 0;"
	"ALTER TABLE mailbox_message ADD COLUMN others INTEGER NOT NULL "
	"DEFAULT 0;"
	"ALTER TABLE mailbox_message ADD COLUMN next_try INTEGER NOT NULL "
	"DEFAULT 0;" INDEX_6_SQL;

/* Version 2 had no mailboxes: the step that brought them made the tables as
   they are now. */
static int store_migrate_add_states(struct store *store, struct err *err)
{
	int64_t there;

	if (statement_read_once(
		    store->engine,
		    "SELECT count(*) FROM pragma_table_info('mailbox') "
		    "WHERE name = 'fetched'",
		    &there, err) < 0)
		return -1;
	return engine_execute(store->engine, there > 0 ? INDEX_6_SQL : to_6_sql,
	                      err);
}

/* The same bytes, proved otherwise, are a row of their own in the ledger. */
static const char to_7_sql[] =
	"DROP INDEX ledger_digest;"
	"CREATE UNIQUE INDEX ledger_digest ON ledger (class, digest, trust, "
	"signer);";

/* When reports and reporters were proved, and on which days the reports of a
   sum arrived. Nobody knows any more when the proof of a report came that had
   been there without it: it is taken to have come with it. The sums are
   recomputed from the reports. */
static const char to_8_sql[] =
	"ALTER TABLE reporter ADD COLUMN first_proved INTEGER;"
	"ALTER TABLE report ADD COLUMN proved INTEGER;"
	"DROP TABLE day_sum;";

/* As store_repair_proofs() does it in the newest tables. */
static const char proofs_of_8_sql[] =
	"UPDATE report SET proved = iif(trust IN (2, 3), received, NULL) WHERE "
	"(trust IN (2, 3)) <> (proved IS NOT NULL);"
	"UPDATE reporter SET first_proved = r.first FROM (SELECT reporter_id, "
	"min(proved) AS first FROM report WHERE proved IS NOT NULL GROUP BY "
	"reporter_id) AS r WHERE r.reporter_id = reporter.id AND (first_proved "
	"IS NULL OR first_proved > r.first)";

static int store_migrate_add_proofs(struct store *store, struct err *err)
{
	return engine_execute(store->engine, proofs_of_8_sql, err);
}

static const struct step steps[] = {
	{1, 2, to_2_sql, NULL},
	{2, 3, to_3_sql, store_migrate_make_mailboxes},
	{3, 4, to_4_sql, NULL},
	{4, 5, to_5_sql, NULL},
	{5, 6, "", store_migrate_add_states},
	{6, 7, to_7_sql, NULL},
	{7, LAST_AT_ONCE, to_8_sql, store_migrate_add_proofs},
};

static int store_migrate_read_version(struct store *store, int64_t *version,
                                      struct err *err)
{
	struct engine_sqlite_head head;

	if (engine_sqlite_read_head(store->engine, &head, err) < 0)
		return -1;
	*version = head.version;
	if (head.tables > 0 && head.application != APPLICATION_ID)
		return err_set(err, ERR_SYSTEM,
		               "%s is a database of another program",
		               store->path);
	if (*version > NEWEST_VERSION)
		return err_set(err, ERR_SYSTEM,
		               "store %s has version %lld, this program knows "
		               "%d; install a newer one",
		               store->path, (long long)*version,
		               NEWEST_VERSION);
	return 0;
}

int store_migrate_check_version(struct store *store, struct err *err)
{
	int64_t version;
	bool under_way;

	if (store_migrate_read_version(store, &version, err) < 0)
		return -1;
	if (version < NEWEST_VERSION)
		return err_set(err, ERR_BUSY,
		               "store %s has version %lld; start "
		               "tlsrpt-collector, which brings it up to date",
		               store->path, (long long)version);
	if (store_migrate_is_under_way(store, &under_way, err) < 0)
		return -1;
	if (under_way)
		return err_set(err, ERR_BUSY,
		               "store %s is being brought up to date by "
		               "tlsrpt-collector; wait until it is ready",
		               store->path);
	return 0;
}

static int store_migrate_set_version(struct store *store, int64_t version,
                                     struct err *err)
{
	const struct engine_sqlite_head head = {
		.application = APPLICATION_ID,
		.version = version,
	};

	return engine_sqlite_write_head(store->engine, &head, err);
}

/* The steps that an old store lacks, and the beginning of what takes longer:
   from there on an older program refuses the store. */
static int store_migrate_run_steps(struct store *store, int64_t version,
                                   struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(steps); i++) {
		if (steps[i].from != version)
			continue;
		if (engine_execute(store->engine, steps[i].sql, err) < 0 ||
		    (steps[i].then != NULL && steps[i].then(store, err) < 0))
			return -1;
		version = steps[i].to;
	}
	if (store_migrate_begin_bodies(store, err) < 0)
		return -1;
	return store_migrate_set_version(store, NEWEST_VERSION, err);
}

static int store_migrate_begin(struct store *store, struct err *err)
{
	int64_t version;

	/* Another process may have been first. */
	if (store_migrate_read_version(store, &version, err) < 0)
		return -1;
	if (version == 0) {
		if (engine_execute(store->engine, tables_sql, err) < 0)
			return -1;
		return store_migrate_set_version(store, NEWEST_VERSION, err);
	}
	return version < NEWEST_VERSION
	               ? store_migrate_run_steps(store, version, err)
	               : 0;
}

/* In a transaction of its own. */
static int store_migrate_begin_alone(struct store *store, struct err *err)
{
	if (engine_begin(store->engine, ENGINE_WRITE, err) < 0)
		return -1;
	if (store_migrate_begin(store, err) < 0 ||
	    engine_commit(store->engine, err) < 0) {
		engine_rollback(store->engine);
		return -1;
	}
	return 0;
}

int store_migrate(struct store *store, struct err *err)
{
	bool under_way = false;
	int64_t version;

	if (store_migrate_read_version(store, &version, err) < 0)
		return -1;
	if (version == NEWEST_VERSION &&
	    store_migrate_is_under_way(store, &under_way, err) < 0)
		return -1;
	if (version == NEWEST_VERSION && !under_way)
		return 0;
	/* It may sort a whole table. */
	if (engine_sqlite_sort_in_memory(store->engine, false, err) < 0 ||
	    (version < NEWEST_VERSION &&
	     store_migrate_begin_alone(store, err) < 0) ||
	    store_migrate_finish_bodies(store, err) < 0)
		return -1;
	return engine_sqlite_sort_in_memory(store->engine, true, err);
}
