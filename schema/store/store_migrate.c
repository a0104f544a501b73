/*
 * PRAGMA user_version says which step a store has reached. A fresh one is
 * made by tables.sql and is at the last; an older one takes the steps it
 * lacks, each in a transaction that also sets the version. A test compares the
 * two.
 */
#include "schema/store/store_migrate.h"

#include <string.h>

#include "base/buf.h"
#include "schema/store/admin.h"
#include "schema/store/engine_sqlite.h"
#include "schema/store/handle.h"
#include "schema/store/statement.h"
#include "schema/store/tables.h"

/* "tlsr", so that no other program's database is taken for a store. */
#define APPLICATION_ID 0x746c7372

#define NEWEST_VERSION 9

/* Since then the sums are as they are now. */
#define SUMS_VERSION 8

/* In order. A fresh file goes to the newest version in the first step; each
   later one brings an older store one version further. */
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
	"ALTER TABLE policy_text ADD COLUMN first_proved INTEGER;"
	"DROP TABLE day_sum;";

static const char first_days_sql[] =
	"UPDATE policy_text SET first_day = r.first, first_proved = r.proved "
	"FROM (SELECT policy_id, min(day) AS first, "
	"min(day) FILTER (WHERE standing IN (2, 3)) AS proved "
	"FROM day_sum WHERE elements > 0 GROUP BY policy_id) AS r "
	"WHERE r.policy_id = policy_text.id";

/* A new table as tables.sql has it. */
static int store_migrate_make_table(struct store *store, const char *begin,
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

static int store_migrate_make_sum_table(struct store *store, struct err *err)
{
	return store_migrate_make_table(store, "CREATE TABLE day_sum (", err);
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

static int store_migrate_add_proofs(struct store *store, struct err *err)
{
	if (store_repair_proofs(store, err) < 0)
		return -1;
	return store_migrate_make_sum_table(store, err);
}

/* All elements can be found by their domain, not only those that failed. */
static const char to_9_sql[] =
	"DROP INDEX policy_result_failed;"
	"CREATE INDEX policy_result_domain ON policy_result (day, domain_id);";

static const struct step steps[] = {
	{0, NEWEST_VERSION, tables_sql, NULL},
	{1, 2, to_2_sql, store_migrate_make_sum_table},
	{2, 3, to_3_sql, store_migrate_make_mailboxes},
	{3, 4, to_4_sql, NULL},
	{4, 5, to_5_sql, NULL},
	{5, 6, "", store_migrate_add_states},
	{6, 7, to_7_sql, NULL},
	{7, 8, to_8_sql, store_migrate_add_proofs},
	{8, 9, to_9_sql, NULL},
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

	if (store_migrate_read_version(store, &version, err) < 0)
		return -1;
	if (version < NEWEST_VERSION)
		return err_set(err, ERR_BUSY,
		               "store %s has version %lld; start "
		               "tlsrpt-collector, which brings it up to date",
		               store->path, (long long)version);
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

static int store_migrate_run_steps(struct store *store, int64_t version,
                                   struct err *err)
{
	const bool days_missing = version == 1;
	const bool sums_missing = version > 0 && version < SUMS_VERSION;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(steps); i++) {
		if (steps[i].from != version)
			continue;
		if (engine_execute(store->engine, steps[i].sql, err) < 0 ||
		    (steps[i].then != NULL && steps[i].then(store, err) < 0))
			return -1;
		version = steps[i].to;
	}
	/* After the last step: what works the sums out knows the newest
	   tables. */
	if ((sums_missing && store_rebuild_sums(store, err) < 0) ||
	    (days_missing &&
	     engine_execute(store->engine, first_days_sql, err) < 0))
		return -1;
	return store_migrate_set_version(store, version, err);
}

/* In a transaction of its own. */
static int store_migrate_to_newest(struct store *store, struct err *err)
{
	int64_t version;

	if (engine_begin(store->engine, ENGINE_WRITE, err) < 0)
		return -1;
	/* Another process may have been first. */
	if (store_migrate_read_version(store, &version, err) < 0 ||
	    (version < NEWEST_VERSION &&
	     store_migrate_run_steps(store, version, err) < 0) ||
	    engine_commit(store->engine, err) < 0) {
		engine_rollback(store->engine);
		return -1;
	}
	return 0;
}

int store_migrate(struct store *store, struct err *err)
{
	int64_t version;

	if (store_migrate_read_version(store, &version, err) < 0)
		return -1;
	if (version == NEWEST_VERSION)
		return 0;
	/* It may sort a whole table. */
	if (engine_sqlite_sort_in_memory(store->engine, false, err) < 0 ||
	    store_migrate_to_newest(store, err) < 0)
		return -1;
	return engine_sqlite_sort_in_memory(store->engine, true, err);
}
