/* When a reporter came first, and when it was proved first. */
#include "schema/store/dictionary.h"
#include "schema/store/read.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void note(struct fixture *f, const char *name, int64_t received,
                 int64_t proved)
{
	struct err err;
	int64_t id;

	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	assert_int_equal(dictionary_reporter_id(f->store, text_of(name),
	                                        received, &id, &err),
	                 0);
	if (proved != 0)
		assert_int_equal(dictionary_reporter_prove(
					 f->store, text_of(name), proved, &err),
		                 0);
	assert_int_equal(store_commit(f->store, &err), 0);
}

static int64_t changes(struct fixture *f)
{
	int64_t number;
	struct err err;

	assert_int_equal(store_read_reporter_changes(f->store, &number, &err),
	                 0);
	return number;
}

static void assert_reporter(struct fixture *f, const char *name,
                            int64_t received, int64_t proved)
{
	struct store_reporter_row row;
	struct store_cursor *rows;
	struct err err;
	int found = 0;

	assert_int_equal(store_read_reporters(f->store, 0, &rows, &err), 0);
	while (store_read_reporters_next(rows, &row, &err) == 1) {
		if (!text_is(row.name, name))
			continue;
		assert_true(row.first_received == received);
		assert_true(row.first_proved == proved);
		found++;
	}
	store_read_close(&rows);
	assert_int_equal(found, 1);
}

static void open_again(struct fixture *f)
{
	struct err err;

	store_close(&f->store);
	if (store_open(f->store_path, STORE_WRITE, &f->store, &err) < 0)
		fail_msg("%s", err.text);
}

static void the_earliest_of_both_times_stays(void **state)
{
	struct fixture *f = *state;

	note(f, "a.example", 100, 0);
	assert_reporter(f, "a.example", 100, INT64_MAX);
	note(f, "a.example", 200, 200);
	assert_reporter(f, "a.example", 100, 200);
	/* Without a cache that knows it. */
	open_again(f);
	note(f, "a.example", 300, 300);
	assert_reporter(f, "a.example", 100, 200);
	note(f, "a.example", 50, 150);
	assert_reporter(f, "a.example", 50, 150);
	note(f, "b.example", 70, 60);
	assert_reporter(f, "b.example", 70, 60);
	assert_reporter(f, "a.example", 50, 150);
}

static void readers_are_told_what_has_moved(void **state)
{
	struct fixture *f = *state;
	int64_t before = changes(f);

	note(f, "a.example", 100, 0);
	assert_int_equal(changes(f), before);
	note(f, "a.example", 200, 200);
	assert_int_not_equal(changes(f), before);
	before = changes(f);
	note(f, "a.example", 300, 300);
	assert_int_equal(changes(f), before);
	note(f, "a.example", 40, 0);
	assert_int_not_equal(changes(f), before);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_earliest_of_both_times_stays),
		TEST(readers_are_told_what_has_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
