/* What SQLite has beside the contract of an engine: a file. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "schema/store/engine_sqlite.h"
#include "schema/store/statement.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define PAGE 4096

struct file {
	struct fixture f;
	char path[200];
	char other[200];
	struct engine *engine;
};

static int setup(void **state)
{
	static struct file file;
	struct err err;

	memset(&file, 0, sizeof(file));
	fixture_open(&file.f);
	(void)fixture_file(&file.f, "engine.db", "");
	(void)snprintf(file.path, sizeof(file.path), "%s/engine.db",
	               file.f.folder);
	(void)snprintf(file.other, sizeof(file.other), "%s/50%%?#.db",
	               file.f.folder);
	if (engine_open(file.path, ENGINE_WRITE, &file.engine, &err) < 0 ||
	    engine_execute(file.engine,
	                   "CREATE TABLE t (id INTEGER PRIMARY KEY, parent "
	                   "INTEGER REFERENCES t, data TEXT);"
	                   "INSERT INTO t VALUES (1, NULL, 'a')",
	                   &err) < 0)
		fail_msg("%s", err.text);
	*state = &file;
	return 0;
}

static int teardown(void **state)
{
	struct file *file = *state;

	engine_close(&file->engine);
	fixture_close(&file->f);
	return 0;
}

static int64_t number(struct engine *engine, const char *sql)
{
	struct err err;
	int64_t value;

	if (statement_read_once(engine, sql, &value, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	return value;
}

/* The database alone, without its log. */
static void copy_file(const char *from, const char *to)
{
	struct buf content = BUF_INIT(1U << 20U);
	char part[PAGE];
	ssize_t len;
	int fd = open(from, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	while ((len = read(fd, part, sizeof(part))) > 0)
		buf_add(&content, part, (size_t)len);
	(void)close(fd);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(write(fd, content.data, content.len) ==
	            (ssize_t)content.len);
	(void)close(fd);
	buf_free(&content);
}

static void a_checkpoint_and_no_log_are_the_whole_database(void **state)
{
	struct file *file = *state;
	struct engine *reader;
	struct err err;

	assert_true(engine_sqlite_checkpoint(file->engine));
	copy_file(file->path, file->other);
	assert_int_equal(
		engine_sqlite_open_immutable(file->other, &reader, &err), 0);
	assert_int_equal(number(reader, "SELECT count(*) FROM t"), 1);
	assert_int_equal(engine_execute(reader, "INSERT INTO t (id) VALUES (7)",
	                                &err),
	                 -1);
	assert_true(engine_sqlite_is_denied(reader));
	engine_close(&reader);
}

static void
a_file_that_is_missing_is_denied_and_a_wrong_query_is_not(void **state)
{
	struct file *file = *state;
	struct engine *none;
	struct err err;

	assert_int_equal(engine_open(file->other, ENGINE_READ, &none, &err),
	                 -1);
	assert_true(engine_sqlite_is_denied(none));
	engine_close(&none);
	assert_null(engine_prepare_once(file->engine, "SELEKT", &err));
	assert_false(engine_sqlite_is_denied(file->engine));
}

static void what_is_no_database_is_called_damaged(void **state)
{
	struct file *file = *state;
	struct engine *engine;
	struct err err;

	copy_file("/proc/self/exe", file->other);
	assert_int_equal(engine_open(file->other, ENGINE_WRITE, &engine, &err),
	                 -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "restore a backup"));
	engine_close(&engine);
}

static void a_file_that_was_moved_is_noticed(void **state)
{
	struct file *file = *state;

	assert_false(engine_sqlite_has_moved(file->engine));
	assert_int_equal(rename(file->path, file->other), 0);
	assert_true(engine_sqlite_has_moved(file->engine));
}

static void the_head_is_part_of_the_transaction(void **state)
{
	struct file *file = *state;
	struct engine_sqlite_head head = {.application = 77, .version = 3};
	struct err err;

	assert_int_equal(engine_begin(file->engine, ENGINE_WRITE, &err), 0);
	assert_int_equal(engine_sqlite_write_head(file->engine, &head, &err),
	                 0);
	engine_rollback(file->engine);
	assert_int_equal(engine_sqlite_read_head(file->engine, &head, &err), 0);
	assert_int_equal(head.application, 0);
	assert_int_equal(head.version, 0);
	assert_int_equal(head.tables, 1);
	head = (struct engine_sqlite_head){.application = 77, .version = 3};
	assert_int_equal(engine_begin(file->engine, ENGINE_WRITE, &err), 0);
	assert_int_equal(engine_sqlite_write_head(file->engine, &head, &err),
	                 0);
	assert_int_equal(engine_commit(file->engine, &err), 0);
	assert_int_equal(engine_sqlite_read_head(file->engine, &head, &err), 0);
	assert_int_equal(head.application, 77);
	assert_int_equal(head.version, 3);
}

static void a_copy_is_of_one_commit_and_replaces_nothing(void **state)
{
	struct file *file = *state;
	struct engine *copy;
	struct err err;

	assert_int_equal(engine_sqlite_copy(file->engine, file->other, &err),
	                 0);
	assert_int_equal(engine_open(file->other, ENGINE_WRITE, &copy, &err),
	                 0);
	assert_int_equal(number(copy, "SELECT count(*) FROM t"), 1);
	engine_close(&copy);
	assert_int_equal(engine_sqlite_copy(file->engine, file->other, &err),
	                 -1);
}

static void count_fault(void *cls, struct text sentence)
{
	int *count = cls;

	assert_true(sentence.len > 0);
	(*count)++;
}

static void a_row_without_its_parent_is_a_fault(void **state)
{
	struct file *file = *state;
	int count = 0;
	struct err err;

	assert_int_equal(engine_sqlite_check_references(
				 file->engine, count_fault, &count, &err),
	                 0);
	assert_int_equal(count, 0);
	/* Writing does not look. */
	assert_int_equal(engine_execute(file->engine,
	                                "INSERT INTO t VALUES (2, 9, 'b')",
	                                &err),
	                 0);
	assert_int_equal(engine_sqlite_check_references(
				 file->engine, count_fault, &count, &err),
	                 0);
	assert_int_equal(count, 1);
}

static void pages_that_are_damaged_are_faults(void **state)
{
	static const char dirt[PAGE] = "dirt";
	struct file *file = *state;
	int count = 0, fd;
	struct err err;

	assert_int_equal(engine_sqlite_check_pages(file->engine, count_fault,
	                                           &count, &err),
	                 0);
	assert_int_equal(count, 0);
	assert_true(engine_sqlite_checkpoint(file->engine));
	copy_file(file->path, file->other);
	engine_close(&file->engine);
	fd = open(file->other, O_WRONLY | O_CLOEXEC);
	assert_true(pwrite(fd, dirt, sizeof(dirt), PAGE) == PAGE);
	(void)close(fd);
	assert_int_equal(
		engine_open(file->other, ENGINE_WRITE, &file->engine, &err), 0);
	if (engine_sqlite_check_pages(file->engine, count_fault, &count,
	                              &err) == 0)
		assert_true(count > 0);
}

static void a_file_that_may_not_grow_is_full(void **state)
{
	struct file *file = *state;
	struct err err;

	assert_int_equal(engine_sqlite_limit_pages(file->engine, 3), 0);
	assert_int_equal(
		engine_execute(file->engine,
	                       "INSERT INTO t (data) VALUES (zeroblob(100000))",
	                       &err),
		-1);
	assert_int_equal(err.code, ERR_FULL);
}

static void sorting_spills_into_no_file(void **state)
{
	struct file *file = *state;
	struct err err;

	assert_int_equal(number(file->engine, "PRAGMA temp_store"), 2);
	assert_int_equal(
		engine_sqlite_sort_in_memory(file->engine, false, &err), 0);
	assert_int_equal(number(file->engine, "PRAGMA temp_store"), 0);
	assert_int_equal(engine_sqlite_sort_in_memory(file->engine, true, &err),
	                 0);
	assert_int_equal(number(file->engine, "PRAGMA temp_store"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_checkpoint_and_no_log_are_the_whole_database),
		TEST(a_file_that_is_missing_is_denied_and_a_wrong_query_is_not),
		TEST(what_is_no_database_is_called_damaged),
		TEST(a_file_that_was_moved_is_noticed),
		TEST(the_head_is_part_of_the_transaction),
		TEST(a_copy_is_of_one_commit_and_replaces_nothing),
		TEST(a_row_without_its_parent_is_a_fault),
		TEST(pages_that_are_damaged_are_faults),
		TEST(a_file_that_may_not_grow_is_full),
		TEST(sorting_spills_into_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
