#include <stdio.h>

#include "base/attr.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void expire_before(struct fixture *f, int64_t first_day,
                          int64_t raw_from)
{
	struct err err;
	bool more = true;
	int steps = 0;

	while (more && steps++ < 1000) {
		if (store_expire(f->store, FIXTURE_NOW, first_day, raw_from,
		                 &more, &err) < 0)
			fail_msg("%s", err.text);
	}
	assert_false(more);
}

/* Without it nothing would be old. */
static void add_newest(struct fixture *f, struct wish wish)
{
	wish.id = "newest";
	wish.reason = "newest";
	wish.day = FIXTURE_DAY;
	(void)fixture_add(f, &wish);
}

static void old_days_go_as_a_whole_and_counters_stay(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {
		.failures = 1, .successes = 3, .result = "validation-failure"};
	char id[32], reason[32];
	int i;

	wish.id = id;
	wish.reason = reason;
	for (i = 0; i < 500; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)snprintf(reason, sizeof(reason), "reason %d", i / 100);
		wish.day = FIXTURE_DAY - 390 + i % 100 + i / 100 * 70;
		(void)fixture_add(f, &wish);
	}
	add_newest(f, wish);
	expire_before(f, FIXTURE_DAY - 100, 0);
	assert_int_equal(fixture_number(f, "SELECT min(day) FROM report"),
	                 FIXTURE_DAY - 100);
	assert_int_equal(
		fixture_number(f, "SELECT (SELECT count(*) FROM report) = "
	                          "(SELECT count(*) FROM failed) AND "
	                          "(SELECT count(*) FROM report) = (SELECT "
	                          "count(*) FROM raw) AND (SELECT count(*) "
	                          "FROM report) = (SELECT rows FROM usage "
	                          "WHERE name = 'reports') AND (SELECT "
	                          "count(*) FROM report) = (SELECT sum("
	                          "reports) FROM day_sum)"),
		1);
	/* The texts of the last days are there, those of the first are not. */
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM reason WHERE "
	                                   "text = 'reason 0'"),
	                 0);
	assert_int_equal(fixture_count_details(f, "true", NULL),
	                 fixture_number(f, "SELECT count(*) FROM report"));
	assert_int_equal(fixture_number(f, "SELECT value FROM counter WHERE "
	                                   "name = 'ingested_sessions'"),
	                 2004);
	assert_int_equal(
		fixture_number(f,
	                       "SELECT value + (SELECT count(*) FROM report) "
	                       "FROM counter WHERE name = "
	                       "'retention_deleted_reports'"),
		501);
	expire_before(f, FIXTURE_DAY + 1000, 0);
	assert_int_equal(
		fixture_number(f, "SELECT (SELECT count(*) FROM report) + "
	                          "(SELECT count(*) FROM day_sum) + (SELECT "
	                          "count(*) FROM day_result) + (SELECT "
	                          "count(*) FROM reason) + (SELECT count(*) "
	                          "FROM series) + (SELECT bytes FROM usage "
	                          "WHERE name = 'anonymous')"),
		0);
}

/* A reporter is no newcomer because its old reports are deleted. */
static void a_reporter_stays_known(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1,
	                    .trust = TRUST_DKIM,
	                    .signer = "sender.example",
	                    .day = FIXTURE_DAY - 300,
	                    .received = FIXTURE_NOW - INT64_C(299) * 86400};

	(void)fixture_add(f, &wish);
	wish.id = "newest";
	wish.day = 0;
	wish.received = 0;
	(void)fixture_add(f, &wish);
	expire_before(f, FIXTURE_DAY - 100, 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 1);
	assert_int_equal(fixture_number(f, "SELECT first_proved FROM reporter"),
	                 FIXTURE_NOW - INT64_C(299) * 86400);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM day_sum WHERE "
	                                   "arrived <> 20606"),
	                 0);
}

/* Of 500 days nothing is deleted for a clock that is years ahead; the reports
   themselves say what is old. */
static void a_clock_that_is_ahead_makes_nothing_old(void **state)
{
	const int64_t ahead = 3000;
	struct fixture *f = *state;
	struct wish wish = {.successes = 1};
	int64_t before, count;
	struct err err;
	char id[32];
	bool more;
	int i;

	wish.id = id;
	for (i = 0; i < 100; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		wish.day = FIXTURE_DAY - 5 * i;
		(void)fixture_add(f, &wish);
	}
	before = fixture_number(f, "SELECT count(*) FROM report WHERE day >= "
	                           "(SELECT max(day) + 2 - 400 FROM report)");
	do {
		assert_int_equal(
			store_expire(f->store, FIXTURE_NOW + ahead * 86400,
		                     FIXTURE_DAY + ahead - 400,
		                     FIXTURE_NOW + (ahead - 30) * 86400, &more,
		                     &err),
			0);
	} while (more);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 before);
	assert_true(before > 75);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM raw"), before);
	/* When it is right again the store goes on. */
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), -1);
	assert_true(store_clock_is_behind(f->store));
	assert_int_equal(
		store_repair_times(f->store, FIXTURE_NOW, &count, &err), 0);
	assert_true(count >= 1);
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	store_rollback(f->store);
	assert_int_equal(
		store_repair_times(f->store, FIXTURE_NOW, &count, &err), 0);
	assert_int_equal(count, 0);
}

static void raw_bytes_go_before_their_reports(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1, .received = FIXTURE_NOW - 86400};
	int64_t before;

	(void)fixture_add(f, &wish);
	wish.id = "id-2";
	wish.received = FIXTURE_NOW;
	(void)fixture_add(f, &wish);
	before = fixture_number(
		f, "SELECT bytes FROM usage WHERE name = 'anonymous'");
	expire_before(f, 0, FIXTURE_NOW - 3600);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM raw"), 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 2);
	assert_true(fixture_number(f, "SELECT bytes FROM usage WHERE name = "
	                              "'anonymous'") < before);
	assert_int_equal(
		fixture_number(f, "SELECT (SELECT sum(bytes) FROM report) = "
	                          "(SELECT bytes FROM usage WHERE name = "
	                          "'anonymous')"),
		1);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(old_days_go_as_a_whole_and_counters_stay),
		TEST(a_reporter_stays_known),
		TEST(a_clock_that_is_ahead_makes_nothing_old),
		TEST(raw_bytes_go_before_their_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
