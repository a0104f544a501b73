#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* Makes a file of an SQL dump that an older version wrote. */
static void make_old_store(struct fixture *f, const char *dump, char *path,
                           size_t size)
{
	struct buf sql = BUF_INIT(1U << 22);
	char *message = NULL;
	sqlite3 *db;

	(void)snprintf(path, size, "%s/old.db", f->folder);
	fixture_read(dump, &sql);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, buf_text(&sql), NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	(void)sqlite3_close(db);
	buf_free(&sql);
}

/* All tables, columns with their types and defaults, and indexes. */
static const char shape_sql[] =
	"SELECT group_concat(line, char(10)) FROM (SELECT m.name || ':' || "
	"i.cid || ':' || i.name || ':' || i.type || ':' || i.\"notnull\" || "
	"':' || coalesce(i.dflt_value, '') || ':' || i.pk AS line "
	"FROM sqlite_schema AS m, pragma_table_info(m.name) AS i "
	"WHERE m.type = 'table' UNION ALL SELECT m.type || ' ' || m.name || "
	"' ' || m.tbl_name FROM sqlite_schema AS m UNION ALL SELECT m.name || "
	"':' || x.seqno || ':' || x.name FROM sqlite_schema AS m, "
	"pragma_index_info(m.name) AS x WHERE m.type = 'index' ORDER BY 1)";

static char *text_of_query(const char *path, const char *sql)
{
	sqlite3_stmt *s;
	char *text;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	text = sqlite3_mprintf("%s", sqlite3_column_text(s, 0));
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	return text;
}

static int64_t number_of_query(const char *path, const char *sql)
{
	char *text = text_of_query(path, sql);
	int64_t number = strtoll(text, NULL, 10);

	sqlite3_free(text);
	return number;
}

static void becomes_like_a_fresh_one(struct fixture *f, const char *dump)
{
	char path[200], *old_shape, *fresh_shape;
	struct store *store;
	struct err err;

	make_old_store(f, dump, path, sizeof(path));
	if (store_open(path, STORE_WRITE, &store, &err) < 0)
		fail_msg("%s", err.text);
	store_close(&store);
	old_shape = text_of_query(path, shape_sql);
	fresh_shape = text_of_query(f->store_path, shape_sql);
	assert_string_equal(old_shape, fresh_shape);
	sqlite3_free(old_shape);
	sqlite3_free(fresh_shape);
	assert_int_equal(number_of_query(path, "PRAGMA user_version"), 9);
	assert_int_equal(unlink(path), 0);
}

static void an_older_store_becomes_like_a_fresh_one(void **state)
{
	becomes_like_a_fresh_one(*state, "store-1.sql");
	becomes_like_a_fresh_one(*state, "store-2.sql");
	becomes_like_a_fresh_one(*state, "store-3.sql");
	becomes_like_a_fresh_one(*state, "store-4.sql");
	becomes_like_a_fresh_one(*state, "store-7.sql");
	becomes_like_a_fresh_one(*state, "store-8.sql");
}

static void nothing_is_lost_on_the_way(void **state)
{
	struct fixture *f = *state;
	char path[200];
	int64_t successes, received;
	struct store *store;
	struct err err;

	make_old_store(f, "store-1.sql", path, sizeof(path));
	assert_int_equal(number_of_query(path, "SELECT count(*) FROM report"),
	                 22);
	successes = number_of_query(path,
	                            "SELECT sum(successes) FROM policy_result "
	                            "WHERE domain_id IS NOT NULL");
	received = number_of_query(path, "SELECT min(received) FROM report");
	if (store_open(path, STORE_WRITE, &store, &err) < 0)
		fail_msg("%s", err.text);
	store_close(&store);
	assert_int_equal(number_of_query(path, "SELECT count(*) FROM report"),
	                 22);
	assert_int_equal(number_of_query(path,
	                                 "SELECT sum(successes) FROM day_sum"),
	                 successes);
	assert_true(number_of_query(path, "SELECT sum(elements) FROM day_sum") >
	            0);
	assert_int_equal(number_of_query(path,
	                                 "SELECT min(first_received) FROM "
	                                 "reporter WHERE first_received > 0"),
	                 received);
	assert_int_equal(number_of_query(path, "SELECT min(day * 86400 + "
	                                       "received_at) FROM report"),
	                 received);
	assert_true(number_of_query(path,
	                            "SELECT count(*) FROM policy_text "
	                            "WHERE first_proved IS NOT NULL") > 0);
}

/* A flood of texts that an older version counted for everybody leaves a proved
   report its own. */
static void counts_of_texts_start_again(void **state)
{
	struct fixture *f = *state;
	char path[200];
	struct store *store;
	struct err err;

	make_old_store(f, "store-3.sql", path, sizeof(path));
	assert_true(number_of_query(path, "SELECT sum(policies) FROM domain") >
	            4096);
	if (store_open(path, STORE_WRITE, &store, &err) < 0)
		fail_msg("%s", err.text);
	store_close(&store);
	assert_int_equal(number_of_query(path, "SELECT sum(policies + hosts + "
	                                       "reasons) FROM domain"),
	                 0);
	assert_int_equal(number_of_query(path, "SELECT count(*) FROM report"),
	                 4);
}

static void report_fault(void *cls, const char *sentence)
{
	(void)cls;
	print_message("%s\n", sentence);
}

/* Version 7 knew of arrivals in the reports only. */
static void proofs_and_arrivals_come_from_the_reports(void **state)
{
	static const struct {
		int64_t wanted;
		const char *sql;
	} queries[] = {
		/* The earliest of the reports that prove it. */
		{INT64_C(20601) * 86400 + 36000,
	         "SELECT first_proved FROM reporter WHERE name = 'google.com'"},
		{INT64_C(20602) * 86400 + 10800,
	         "SELECT first_proved FROM reporter WHERE name = "
	         "'mail.google.com'"},
		{INT64_C(20603) * 86400 + 7200,
	         "SELECT first_proved FROM reporter WHERE name = "
	         "'microsoft.com'"},
		/* Nobody else was. */
		{2, "SELECT count(*) FROM reporter WHERE first_proved IS NULL"},
		{1,
	         "SELECT count(*) FROM reporter WHERE name = 'other.example' "
	         "AND first_proved IS NULL"},
		/* What nobody can recompute stays. */
		{INT64_C(20500) * 86400,
	         "SELECT first_received FROM reporter WHERE name = "
	         "'google.com'"},
		{0, "SELECT count(*) FROM report WHERE (trust IN (2, 3)) <> "
	            "(proved_at IS NOT NULL)"},
		/* Two reports of a day and reporter that came on two. */
		{2, "SELECT count(DISTINCT arrived) FROM day_sum WHERE day = "
	            "20600 AND count_as = 3"},
		{1, "SELECT max(reports) FROM day_sum WHERE day = 20600"},
		/* Contested: its evidence is of the first copy's day. */
		{20603, "SELECT arrived FROM day_sum WHERE refused = 5"},
	};
	struct fixture *f = *state;
	char path[200];
	int64_t faults, before;
	struct store *store;
	struct err err;
	size_t i;

	make_old_store(f, "store-7.sql", path, sizeof(path));
	before = number_of_query(path, "SELECT sum(reports * 1000000 + "
	                               "successes * 1000 + refused * 100 + "
	                               "trials) FROM day_sum");
	if (store_open(path, STORE_WRITE, &store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(store_check(store, report_fault, NULL, &faults, &err),
	                 0);
	assert_int_equal(faults, 0);
	store_close(&store);
	for (i = 0; i < ARRAY_LENGTH(queries); i++) {
		if (number_of_query(path, queries[i].sql) != queries[i].wanted)
			fail_msg("%s: %lld", queries[i].sql,
			         (long long)number_of_query(path,
			                                    queries[i].sql));
	}
	assert_int_equal(number_of_query(path, "SELECT sum(reports * 1000000 + "
	                                       "successes * 1000 + refused * "
	                                       "100 + trials) FROM day_sum"),
	                 before);
}

/* They are large where the store is, and were right before. */
static void sums_of_version_8_are_left_as_they_are(void **state)
{
	struct fixture *f = *state;
	char path[200];
	struct store *store;
	struct err err;

	make_old_store(f, "store-8.sql", path, sizeof(path));
	(void)number_of_query(path, "UPDATE day_sum SET successes = 4711 WHERE "
	                            "day = 20600 RETURNING 1");
	if (store_open(path, STORE_WRITE, &store, &err) < 0)
		fail_msg("%s", err.text);
	store_close(&store);
	assert_int_equal(number_of_query(path, "SELECT max(successes) FROM "
	                                       "day_sum"),
	                 4711);
}

static void who_only_reads_leaves_it_as_it_is(void **state)
{
	struct fixture *f = *state;
	char path[200];
	struct store *store;
	struct err err;

	make_old_store(f, "store-1.sql", path, sizeof(path));
	assert_int_equal(store_open(path, STORE_READ, &store, &err), -1);
	assert_non_null(strstr(err.text, "start tlsrpt-collector"));
	assert_int_equal(number_of_query(path, "PRAGMA user_version"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_older_store_becomes_like_a_fresh_one, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(nothing_is_lost_on_the_way,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(counts_of_texts_start_again,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(
			proofs_and_arrivals_come_from_the_reports,
			fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			sums_of_version_8_are_left_as_they_are, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(
			who_only_reads_leaves_it_as_it_is, fixture_setup,
			fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
