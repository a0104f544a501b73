/*
 * Whether a store is whole: what is right must not be called wrong, or no copy
 * of it can be made, and what is wrong must be found.
 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void say_it(void *cls, const char *sentence)
{
	(void)cls;
	print_message("%s\n", sentence);
}

static int64_t faults_of(struct fixture *f)
{
	int64_t faults;
	struct err err;

	if (store_check(f->store, say_it, NULL, &faults, &err) < 0)
		fail_msg("%s", err.text);
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

/* An element of 0 and 0 has no row in the sums where it is no evidence. */
static void zeros_are_no_fault(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {
		.day = FIXTURE_DAY - 10,
		.successes = 3,
		.more = ",{\"policy\":{\"policy-type\":\"no-policy-found\","
			"\"policy-domain\":\"example.org\"},\"summary\":{"
			"\"total-successful-session-count\":0,"
			"\"total-failure-session-count\":0}}",
	};
	const char *copy = arena_printf(f->arena, "%s/copy.db", f->folder);
	int64_t reports;
	struct err err;

	(void)fixture_add(f, &wish);
	wish.id = "unproved";
	wish.unproved = true;
	(void)fixture_add(f, &wish);
	assert_int_equal(faults_of(f), 0);
	if (store_backup(f->store, copy, &reports, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(reports, 2);
}

static void each_wrong_sum_is_found(void **state)
{
	static const char *const wrong[] = {
		"UPDATE day_sum SET successes = successes + 1",
		"UPDATE day_sum SET failures = failures - 1",
		"UPDATE day_sum SET reports = reports + 1",
		"UPDATE day_sum SET policy_id = policy_id + 1",
		"DELETE FROM day_sum",
		"UPDATE day_result SET sessions = sessions + 1",
		"DELETE FROM day_result",
		"UPDATE day_result SET count_as = 3",
	};
	struct fixture *f = *state;
	struct wish wish = {.failures = 4, .result = "certificate-expired"};
	struct err err;
	size_t i;

	(void)fixture_add(f, &wish);
	assert_int_equal(faults_of(f), 0);
	for (i = 0; i < ARRAY_LENGTH(wrong); i++) {
		change(f, wrong[i]);
		assert_true(faults_of(f) > 0);
		assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
		assert_int_equal(store_rebuild_sums(f->store, &err), 0);
		assert_int_equal(store_commit(f->store, &err), 0);
		assert_int_equal(faults_of(f), 0);
	}
}

/* A copy may be made at any moment, also between two steps of deleting. */
static void a_day_that_is_being_deleted_is_no_fault(void **state)
{
	struct fixture *f = *state;
	/* More of a day failed than go in a step. */
	struct wish wish = {.failures = 1, .result = "certificate-expired"};
	struct store_added added;
	bool more = true;
	int steps = 0, i;
	struct err err;
	char id[32];

	wish.id = id;
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	for (i = 0; i < 1450; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		wish.contact = arena_printf(f->arena, "x@r%d.example", i / 60);
		wish.domain = arena_printf(f->arena, "d%d.example", i % 20);
		wish.day = FIXTURE_DAY - 20 + i / 1400;
		assert_int_equal(fixture_add_open(f, &wish, &added, &err), 0);
		assert_int_equal(added.outcome, OUTCOME_STORED);
	}
	wish.day = FIXTURE_DAY;
	assert_int_equal(fixture_add_open(f, &wish, &added, &err), 0);
	assert_int_equal(store_commit(f->store, &err), 0);
	for (; more; steps++) {
		assert_int_equal(store_expire(f->store, FIXTURE_NOW,
		                              FIXTURE_DAY - 5, 0, &more, &err),
		                 0);
		assert_int_equal(faults_of(f), 0);
	}
	assert_true(steps > 2);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM failed"), 1);
	change(f, "UPDATE day_sum SET successes = 7");
	assert_true(faults_of(f) > 0);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(zeros_are_no_fault),
		TEST(each_wrong_sum_is_found),
		TEST(a_day_that_is_being_deleted_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
