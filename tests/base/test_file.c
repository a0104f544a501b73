#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void reads_a_file_up_to_its_ceiling(void **state)
{
	struct fixture *f = *state;
	const char *path = fixture_file(f, "x", "0123456789");
	struct buf exact = BUF_INIT(10), small = BUF_INIT(9);
	struct err err;

	assert_int_equal(file_read(path, &exact, &err), 0);
	assert_string_equal(buf_text(&exact), "0123456789");
	assert_int_equal(file_read(path, &small, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_memory_equal(err.text, path, strlen(path));
	buf_free(&exact);
	buf_free(&small);
}

static void appends_to_what_is_there(void **state)
{
	struct fixture *f = *state;
	struct buf out = BUF_INIT(100);
	struct err err;

	buf_add_text(&out, "a");
	assert_int_equal(file_read(fixture_file(f, "x", "b"), &out, &err), 0);
	assert_int_equal(file_read(fixture_file(f, "y", ""), &out, &err), 0);
	assert_string_equal(buf_text(&out), "ab");
	buf_free(&out);
}

/* More than one piece of reading. */
static void reads_a_large_file_whole(void **state)
{
	struct fixture *f = *state;
	struct buf out = BUF_INIT(1 << 20);
	const size_t len = 200000;
	char *text = arena_alloc(f->arena, len + 1);
	struct err err;

	memset(text, 'a', len);
	text[len - 1] = 'z';
	assert_int_equal(file_read(fixture_file(f, "x", text), &out, &err), 0);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, text, len);
	buf_free(&out);
}

static void reads_an_open_file_in_one_go(void **state)
{
	struct fixture *f = *state;
	const char *path = fixture_file(f, "x", "0123456789");
	struct buf out = BUF_INIT(10), small = BUF_INIT(9);
	struct stat opened;
	struct err err;
	int fd;

	assert_int_equal(file_open(path, &fd, &opened, &err), 0);
	assert_int_equal(opened.st_size, 10);
	assert_int_equal(file_read_open(fd, path, &opened, &small, &err), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_int_equal(file_read_open(fd, path, &opened, &out, &err), 0);
	assert_string_equal(buf_text(&out), "0123456789");
	assert_int_equal(close(fd), 0);
	buf_free(&out);
	buf_free(&small);
	path = fixture_file(f, "empty", "");
	assert_int_equal(file_open(path, &fd, &opened, &err), 0);
	assert_int_equal(file_read_open(fd, path, &opened, &small, &err), 0);
	assert_int_equal(small.len, 0);
	assert_int_equal(close(fd), 0);
}

/* Longer, shorter, and as long but written to; what was there when it was
   opened is not half of it. */
static void says_that_a_file_changed(void **state)
{
	static const char *const others[] = {"01234567890", "012",
	                                     "abcdefghij"};
	const struct timespec times[2] = {{1000, 0}, {1000, 7}};
	struct fixture *f = *state;
	const char *path;
	struct buf out;
	struct stat opened;
	struct err err;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LENGTH(others); i++) {
		path = fixture_file(f, "x", "0123456789");
		assert_int_equal(file_open(path, &fd, &opened, &err), 0);
		(void)fixture_file(f, "x", others[i]);
		assert_int_equal(futimens(fd, times), 0);
		out = BUF_INIT(100);
		assert_int_equal(file_read_open(fd, path, &opened, &out, &err),
		                 -1);
		assert_int_equal(err.code, ERR_BUSY);
		assert_non_null(strstr(err.text, "changed while it was read"));
		assert_int_equal(file_check_unchanged(fd, path, &opened, &err),
		                 -1);
		assert_int_equal(fstat(fd, &opened), 0);
		assert_int_equal(file_check_unchanged(fd, path, &opened, &err),
		                 0);
		assert_int_equal(close(fd), 0);
		buf_free(&out);
	}
}

/* A FIFO without a writer would hold up whoever opens it. */
static void opens_regular_files_alone(void **state)
{
	struct fixture *f = *state;
	const char *fifo = arena_printf(f->arena, "%s/fifo", f->folder);
	struct stat opened;
	struct err err;
	int fd = -1;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_open(fifo, &fd, &opened, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(file_open(f->folder, &fd, &opened, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(file_open("/nonexistent/x", &fd, &opened, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
}

static void finds_the_folder_that_is_there(void **state)
{
	struct fixture *f = *state;
	const char *path = arena_printf(f->arena, "%s/no/such/file", f->folder);

	assert_string_equal(file_folder(f->arena, path), f->folder);
	assert_string_equal(file_folder(f->arena, f->store_path), f->folder);
	assert_string_equal(file_folder(f->arena, "/nonexistent/x"), "/");
	assert_string_equal(file_folder(f->arena, "x"), ".");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_file_up_to_its_ceiling),
		cmocka_unit_test(appends_to_what_is_there),
		cmocka_unit_test(reads_a_large_file_whole),
		cmocka_unit_test(reads_an_open_file_in_one_go),
		cmocka_unit_test(says_that_a_file_changed),
		cmocka_unit_test(opens_regular_files_alone),
		cmocka_unit_test(finds_the_folder_that_is_there),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
