#include <sqlite3.h>

#include "base/attr.h"
#include "schema/store/store_sum_check.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static struct store_sum_check look(struct fixture *f)
{
	struct store_sum_check found;
	struct err err;

	if (store_sum_check_day(f->store, FIXTURE_DAY, &found, &err) < 0)
		fail_msg("%s", err.text);
	return found;
}

static void change(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->store_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

/* Reports of several kinds: alone, contested, proved, of two domains. */
static void fill(struct fixture *f)
{
	struct wish wish = {.successes = 10,
	                    .failures = 4,
	                    .result = "certificate-expired"};

	(void)fixture_add(f, &wish);
	wish.failures = 5;
	(void)fixture_add(f, &wish);
	wish.id = "signed";
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	(void)fixture_add(f, &wish);
}

static void sums_that_add_up_are_no_fault(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(look(f).differing, 0);
	fill(f);
	assert_int_equal(look(f).differing, 0);
	assert_int_equal(look(f).damaged, 0);
}

static void every_column_counts(void **state)
{
	static const char *const wrong[] = {
		"reports = reports + 1",
		"successes = successes - 1",
		"failures = failures + 1",
		"trials = trials + 1",
		"refused = refused + 1",
		"unusable = 1",
		"dane = 1",
		"refused_starttls = 1",
		"refused_certificate = refused_certificate + 1",
		"elements = elements + 1",
		"untested = 1",
		"arrived = arrived + 1",
		"policy_id = policy_id + 7",
		"reporter_id = reporter_id + 7",
		"policy_type = 0",
	};
	struct fixture *f = *state;
	size_t i;

	fill(f);
	for (i = 0; i < ARRAY_LENGTH(wrong); i++) {
		change(f, "CREATE TABLE saved AS SELECT * FROM day_sum");
		change(f, arena_printf(f->arena,
		                       "UPDATE day_sum SET %s WHERE count_as = "
		                       "3",
		                       wrong[i]));
		if (look(f).differing != 1)
			fail_msg("%s was not found", wrong[i]);
		change(f, "DELETE FROM day_sum; INSERT INTO day_sum SELECT * "
		          "FROM saved; DROP TABLE saved");
		assert_int_equal(look(f).differing, 0);
	}
}

/* Two faults that cancel each other in a plain total. */
static void faults_do_not_cancel_each_other(void **state)
{
	struct fixture *f = *state;

	fill(f);
	change(f, "UPDATE day_sum SET successes = successes + 1 WHERE count_as "
	          "= 3; UPDATE day_sum SET successes = successes - 1 WHERE "
	          "count_as = 1");
	assert_int_equal(look(f).differing, 1);
}

static void a_body_that_cannot_be_read_is_said(void **state)
{
	struct fixture *f = *state;

	fill(f);
	change(f, "UPDATE report SET body = x'0101' WHERE report_id = "
	          "'signed'");
	assert_int_equal(look(f).damaged, 1);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sums_that_add_up_are_no_fault),
		TEST(every_column_counts),
		TEST(faults_do_not_cancel_each_other),
		TEST(a_body_that_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
