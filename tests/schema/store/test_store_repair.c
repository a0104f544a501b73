/* Times that are missing or wrong, found and put right. */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define DAY 86400

static void count_fault(void *cls, const char *sentence)
{
	int *repairable = cls;

	print_message("%s\n", sentence);
	*repairable += strstr(sentence, "check-store --repair") != NULL;
}

static int64_t faults_of(struct fixture *f)
{
	int64_t faults;
	struct err err;
	int repairable = 0;

	if (store_check(f->store, count_fault, &repairable, &faults, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(repairable, faults);
	return faults;
}

static void change(struct fixture *f, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->store_path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	(void)sqlite3_close(db);
}

/* As check-store --repair does. */
static void repair(struct fixture *f)
{
	int64_t times;
	struct err err;

	if (store_repair_times(f->store, FIXTURE_NOW, &times, &err) < 0 ||
	    store_begin(f->store, FIXTURE_NOW, &err) < 0 ||
	    store_repair_proofs(f->store, &err) < 0 ||
	    store_rebuild_sums(f->store, &err) < 0 ||
	    store_commit(f->store, &err) < 0)
		fail_msg("%s", err.text);
}

static void fill(struct fixture *f)
{
	struct wish wish = {.successes = 1, .received = FIXTURE_NOW - 5 * DAY};

	(void)fixture_add(f, &wish);
	wish.id = "signed";
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	wish.received = FIXTURE_NOW - 3 * DAY;
	(void)fixture_add(f, &wish);
	wish.id = "signed too";
	wish.received = FIXTURE_NOW - DAY;
	(void)fixture_add(f, &wish);
}

static void missing_proofs_are_found_and_made(void **state)
{
	static const char *const wrong[] = {
		"UPDATE report SET proved_at = NULL",
		"UPDATE report SET proved_at = received_at",
		"UPDATE reporter SET first_proved = NULL",
		"UPDATE reporter SET first_proved = first_proved + 1",
		"UPDATE day_sum SET arrived = arrived + 100",
		"UPDATE day_sum SET arrived = 0 WHERE count_as = 1",
	};
	struct fixture *f = *state;
	size_t i;

	fill(f);
	assert_int_equal(faults_of(f), 0);
	for (i = 0; i < ARRAY_LENGTH(wrong); i++) {
		change(f, wrong[i]);
		assert_true(faults_of(f) > 0);
		repair(f);
		assert_int_equal(faults_of(f), 0);
		assert_int_equal(fixture_number(f, "SELECT first_proved FROM "
		                                   "reporter"),
		                 FIXTURE_NOW - 3 * DAY);
		assert_int_equal(
			fixture_number(f, "SELECT count(DISTINCT arrived) FROM "
		                          "day_sum WHERE count_as = 3"),
			2);
		assert_int_equal(fixture_number(f, "SELECT count(*) FROM "
		                                   "report WHERE proved_at IS "
		                                   "NULL"),
		                 1);
	}
}

/* Whose reports were deleted may have been proved before all that are left. */
static void a_first_proof_may_be_older_than_all_reports(void **state)
{
	struct fixture *f = *state;

	fill(f);
	change(f, "UPDATE reporter SET first_proved = 1000");
	assert_int_equal(faults_of(f), 0);
	repair(f);
	assert_int_equal(fixture_number(f, "SELECT first_proved FROM reporter"),
	                 1000);
}

static void times_ahead_of_the_clock_are_set_back(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1,
	                    .trust = TRUST_DKIM,
	                    .signer = "sender.example",
	                    .received = FIXTURE_NOW + 400 * DAY};

	(void)fixture_add(f, &wish);
	repair(f);
	assert_int_equal(faults_of(f), 0);
	assert_int_equal(fixture_number(f, "SELECT first_proved FROM reporter"),
	                 FIXTURE_NOW);
	assert_int_equal(
		fixture_number(f, "SELECT day * 86400 + proved_at FROM report"),
		FIXTURE_NOW);
	assert_int_equal(fixture_number(f, "SELECT arrived FROM day_sum"),
	                 FIXTURE_NOW / DAY);
}

static void a_copy_has_the_same_times(void **state)
{
	struct fixture *f = *state;
	const char *path = arena_printf(f->arena, "%s/copy.db", f->folder);
	int64_t reports, before;
	struct err err;
	static const char sql[] =
		"SELECT sum(first_proved) + (SELECT sum(proved_at) FROM report) + "
		"(SELECT sum(arrived) FROM day_sum) FROM reporter";

	fill(f);
	before = fixture_number(f, sql);
	if (store_backup(f->store, path, &reports, &err) < 0)
		fail_msg("%s", err.text);
	store_close(&f->store);
	(void)snprintf(f->store_path, sizeof(f->store_path), "%s", path);
	if (store_open(path, STORE_WRITE, &f->store, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(fixture_number(f, sql) == before);
	assert_int_equal(faults_of(f), 0);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_proofs_are_found_and_made),
		TEST(a_first_proof_may_be_older_than_all_reports),
		TEST(times_ahead_of_the_clock_are_set_back),
		TEST(a_copy_has_the_same_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
