/* What the store may expect of the database below it, whichever it is. */
#include <stdio.h>
#include <string.h>

#include "schema/store/engine.h"
#include "schema/store/engine_sqlite.h"
#include "schema/store/statement.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define TABLE                                                            \
	"CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, share " \
	"REAL, name TEXT UNIQUE, data BLOB)"

static const char add_sql[] =
	"INSERT INTO t (number, share, name, data) VALUES (?1, ?2, ?3, ?4)";

/* Two handles on one database with an empty table. */
struct pair {
	struct fixture f;
	struct engine *one, *two;
};

static struct engine *open_engine(const struct fixture *f)
{
	char path[200];
	struct engine *engine;
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/engine.db", f->folder);
	if (engine_open(path, ENGINE_WRITE, &engine, &err) < 0)
		fail_msg("%s", err.text);
	engine_sqlite_limit_wait(engine, 1);
	return engine;
}

static int setup(void **state)
{
	static struct pair pair;
	struct err err;

	memset(&pair, 0, sizeof(pair));
	fixture_open(&pair.f);
	(void)fixture_file(&pair.f, "engine.db", "");
	pair.one = open_engine(&pair.f);
	assert_int_equal(engine_execute(pair.one, TABLE, &err), 0);
	pair.two = open_engine(&pair.f);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	engine_close(&pair->one);
	engine_close(&pair->two);
	assert_null(pair->one);
	fixture_close(&pair->f);
	return 0;
}

static struct engine_statement *prepare(struct engine *engine, const char *sql)
{
	struct err err;
	struct engine_statement *s = engine_prepare_once(engine, sql, &err);

	if (s == NULL)
		fail_msg("%s: %s", sql, err.text);
	return s;
}

static int64_t number(struct engine *engine, const char *sql)
{
	struct err err;
	int64_t value;

	if (statement_read_once(engine, sql, &value, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	return value;
}

static void execute(struct engine *engine, const char *sql)
{
	struct err err;

	if (engine_execute(engine, sql, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
}

static void values_come_back_as_they_were_bound(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *add = prepare(pair->one, add_sql), *s;
	const char text[] = "a\0b";
	const void *blob;
	struct err err;
	size_t len;

	engine_bind_int(add, 1, INT64_MIN);
	engine_bind_real(add, 2, 0.25);
	engine_bind_text(add, 3, (struct text){text, 3});
	engine_bind_blob(add, 4, text, sizeof(text));
	assert_int_equal(engine_queue(add, &err), 0);
	s = prepare(pair->one, "SELECT number, share, name, data FROM t");
	assert_int_equal(engine_next(s, &err), 1);
	assert_true(engine_column_int(s, 0) == INT64_MIN);
	assert_int_equal((int)(engine_column_real(s, 1) * 100), 25);
	assert_int_equal(engine_column_text(s, 2).len, 3);
	assert_memory_equal(engine_column_text(s, 2).data, text, 3);
	blob = engine_column_blob(s, 3, &len);
	assert_int_equal(len, sizeof(text));
	assert_memory_equal(blob, text, len);
	assert_int_equal(engine_next(s, &err), 0);
	engine_finalize(&s);
	engine_finalize(&add);
}

static void what_is_empty_is_not_null(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *add = prepare(pair->one, add_sql), *s;
	struct err err;
	size_t len = 1;

	engine_bind_null(add, 1);
	engine_bind_null(add, 2);
	engine_bind_text(add, 3, (struct text){NULL, 0});
	engine_bind_blob(add, 4, NULL, 0);
	assert_int_equal(engine_queue(add, &err), 0);
	s = prepare(pair->one, "SELECT number, name, data, NULL FROM t");
	assert_int_equal(engine_next(s, &err), 1);
	assert_true(engine_column_is_null(s, 0));
	assert_int_equal(engine_column_int(s, 0), 0);
	assert_false(engine_column_is_null(s, 1));
	assert_false(engine_column_is_null(s, 2));
	assert_int_equal(engine_column_text(s, 3).len, 0);
	assert_non_null(engine_column_text(s, 3).data);
	assert_null(engine_column_blob(s, 2, &len));
	assert_int_equal(len, 0);
	engine_finalize(&s);
	engine_finalize(&add);
}

static void a_kept_statement_is_made_once(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *s;
	struct err err;

	s = engine_prepare(pair->one, STATEMENT_COUNTER, add_sql, &err);
	assert_non_null(s);
	assert_ptr_equal(
		engine_prepare(pair->one, STATEMENT_COUNTER, add_sql, &err), s);
	assert_ptr_not_equal(
		engine_prepare(pair->one, STATEMENT_QUOTA, add_sql, &err), s);
}

static void sql_that_is_wrong_is_an_error_of_ours(void **state)
{
	struct pair *pair = *state;
	struct err err;

	assert_null(engine_prepare(pair->one, STATEMENT_COUNTER,
	                           "SELECT 1 FROM nowhere", &err));
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "nowhere"));
	assert_non_null(strstr(err.text, "engine.db"));
	assert_null(engine_prepare_once(pair->one, "SELEKT", &err));
	assert_int_equal(engine_execute(pair->one, "SELECT 1; SELEKT", &err),
	                 -1);
	/* Nothing of it was kept. */
	assert_non_null(
		engine_prepare(pair->one, STATEMENT_COUNTER, add_sql, &err));
}

static void a_run_tells_the_rows_and_an_insert_the_id(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *s;
	int64_t rows = -1, id = -1;
	struct err err;

	execute(pair->one, "INSERT INTO t (id, name) VALUES (41, 'a'), (7, "
	                   "'b')");
	s = prepare(pair->one, "UPDATE t SET number = ?1");
	engine_bind_int(s, 1, 5);
	assert_int_equal(engine_run(s, &rows, &err), 0);
	assert_int_equal(rows, 2);
	engine_finalize(&s);
	s = prepare(pair->one, "INSERT INTO t (number) VALUES (?1)");
	engine_bind_int(s, 1, 5);
	assert_int_equal(engine_insert(s, &id, &err), 0);
	assert_int_equal(id, 42);
	assert_int_equal(engine_insert(s, &id, &err), 0);
	assert_int_equal(id, 43);
	engine_finalize(&s);
	assert_int_equal(number(pair->one, "SELECT sum(number) FROM t"), 20);
}

static void a_reset_begins_with_the_first_row_again(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *s;
	struct err err;

	execute(pair->one, "INSERT INTO t (id) VALUES (1), (2), (3)");
	s = prepare(pair->one, "SELECT id FROM t WHERE id > ?1 ORDER BY id");
	engine_bind_int(s, 1, 0);
	assert_int_equal(engine_next(s, &err), 1);
	assert_int_equal(engine_next(s, &err), 1);
	assert_int_equal(engine_column_int(s, 0), 2);
	engine_reset(s);
	engine_bind_int(s, 1, 1);
	assert_int_equal(engine_next(s, &err), 1);
	assert_int_equal(engine_column_int(s, 0), 2);
	assert_int_equal(engine_next(s, &err), 1);
	assert_int_equal(engine_next(s, &err), 0);
	/* The end is a reset, too. */
	assert_int_equal(engine_next(s, &err), 1);
	assert_int_equal(engine_column_int(s, 0), 2);
	engine_finalize(&s);
}

static void a_failure_leaves_a_statement_that_can_run(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *s = prepare(pair->one, add_sql);
	int64_t id = -1, rows = -1;
	struct err err;

	engine_bind_text(s, 3, TEXT("once"));
	assert_int_equal(engine_queue(s, &err), 0);
	assert_int_equal(engine_queue(s, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(engine_run(s, &rows, &err), -1);
	assert_int_equal(engine_insert(s, &id, &err), -1);
	assert_int_equal(rows, -1);
	assert_int_equal(id, -1);
	engine_bind_text(s, 3, TEXT("twice"));
	assert_int_equal(engine_queue(s, &err), 0);
	engine_finalize(&s);
	assert_int_equal(number(pair->one, "SELECT count(*) FROM t"), 2);
}

static void a_parameter_that_does_not_fit_shows_when_it_is_run(void **state)
{
	struct pair *pair = *state;
	struct engine_statement *s = prepare(pair->one, add_sql);
	struct err err;

	engine_bind_int(s, 5, 1);
	engine_bind_int(s, 1, 1);
	assert_int_equal(engine_queue(s, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(number(pair->one, "SELECT count(*) FROM t"), 0);
	engine_bind_int(s, 1, 1);
	assert_int_equal(engine_queue(s, &err), 0);
	engine_bind_int(s, 5, 1);
	engine_reset(s);
	assert_int_equal(engine_queue(s, &err), 0);
	engine_finalize(&s);
}

static void a_rollback_undoes_and_says_nothing(void **state)
{
	struct pair *pair = *state;
	struct err err;

	engine_rollback(pair->one);
	assert_int_equal(engine_begin(pair->one, ENGINE_WRITE, &err), 0);
	execute(pair->one, "INSERT INTO t (id) VALUES (1)");
	engine_rollback(pair->one);
	engine_rollback(pair->one);
	assert_int_equal(number(pair->one, "SELECT count(*) FROM t"), 0);
	assert_int_equal(engine_commit(pair->one, &err), -1);
	assert_int_equal(engine_begin(pair->one, ENGINE_WRITE, &err), 0);
	execute(pair->one, "INSERT INTO t (id) VALUES (1)");
	assert_int_equal(engine_commit(pair->one, &err), 0);
	assert_int_equal(number(pair->two, "SELECT count(*) FROM t"), 1);
}

static void a_reader_sees_one_commit(void **state)
{
	struct pair *pair = *state;
	struct err err;

	assert_int_equal(engine_begin(pair->two, ENGINE_READ, &err), 0);
	assert_int_equal(number(pair->two, "SELECT count(*) FROM t"), 0);
	execute(pair->one, "INSERT INTO t (id) VALUES (1)");
	assert_int_equal(number(pair->two, "SELECT count(*) FROM t"), 0);
	engine_rollback(pair->two);
	assert_int_equal(number(pair->two, "SELECT count(*) FROM t"), 1);
}

static void a_second_writer_is_told_to_come_again(void **state)
{
	struct pair *pair = *state;
	struct err err;

	assert_int_equal(engine_begin(pair->one, ENGINE_WRITE, &err), 0);
	assert_int_equal(engine_begin(pair->two, ENGINE_WRITE, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(engine_commit(pair->one, &err), 0);
	assert_int_equal(engine_begin(pair->two, ENGINE_WRITE, &err), 0);
	engine_rollback(pair->two);
}

static void another_ones_commit_changes_the_data_version(void **state)
{
	struct pair *pair = *state;
	int64_t before, after;
	struct err err;

	assert_int_equal(engine_data_version(pair->two, &before, &err), 0);
	execute(pair->two, "INSERT INTO t (id) VALUES (1)");
	assert_int_equal(engine_data_version(pair->two, &after, &err), 0);
	assert_true(after == before);
	execute(pair->one, "INSERT INTO t (id) VALUES (2)");
	assert_int_equal(engine_data_version(pair->two, &after, &err), 0);
	assert_true(after != before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(values_come_back_as_they_were_bound),
		TEST(what_is_empty_is_not_null),
		TEST(a_kept_statement_is_made_once),
		TEST(sql_that_is_wrong_is_an_error_of_ours),
		TEST(a_run_tells_the_rows_and_an_insert_the_id),
		TEST(a_reset_begins_with_the_first_row_again),
		TEST(a_failure_leaves_a_statement_that_can_run),
		TEST(a_parameter_that_does_not_fit_shows_when_it_is_run),
		TEST(a_rollback_undoes_and_says_nothing),
		TEST(a_reader_sees_one_commit),
		TEST(a_second_writer_is_told_to_come_again),
		TEST(another_ones_commit_changes_the_data_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
