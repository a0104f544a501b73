#include <stdio.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "schema/store/read.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* Two elements more: the same failures again, at hosts, and another domain. */
static const char more[] =
	",{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
	"\"example.org\",\"policy-string\":[\"mode: testing\"]},\"summary\":{"
	"\"total-successful-session-count\":1,\"total-failure-session-count\":"
	"9},\"failure-details\":[{\"result-type\":\"certificate-expired\","
	"\"failed-session-count\":2,\"receiving-mx-hostname\":"
	"\"mx1.example.org\",\"failure-reason-code\":\"late\"},{\"result-type\""
	":\"certificate-expired\",\"failed-session-count\":3,"
	"\"receiving-mx-hostname\":\"mx1.example.org\"},{\"result-type\":"
	"\"starttls-not-supported\",\"failed-session-count\":4,"
	"\"receiving-mx-hostname\":\"mx2.example.org\"}]},"
	"{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
	"\"example.net\"},\"summary\":{\"total-successful-session-count\":1,"
	"\"total-failure-session-count\":5},\"failure-details\":[{"
	"\"result-type\":\"certificate-expired\",\"failed-session-count\":5}]}";

/* All rows as "day:result:mx:sessions:reason", a line each. */
static const char *failures(struct fixture *f, int64_t first_day,
                            int64_t last_day, int64_t domain_id)
{
	const struct store_day_range range = {
		.first_day = first_day,
		.last_day = last_day,
		.first_domain = domain_id,
		.last_domain = domain_id == 0 ? STORE_ALL_DOMAINS : domain_id,
	};
	struct buf out = BUF_INIT(1U << 20);
	struct store_failure_row row;
	struct store_cursor *rows;
	const char *text;
	struct err err;
	int result;

	if (store_read_day_failures(f->store, &range, &rows, &err) < 0)
		fail_msg("%s", err.text);
	while ((result = store_read_day_failures_next(rows, &row, &err)) == 1)
		buf_printf(&out, "%lld:%s:%.*s:%lld:%.*s\n",
		           (long long)(row.day - FIXTURE_DAY),
		           result_type_name(row.result), (int)row.mx.len,
		           row.mx.data, (long long)row.sessions,
		           (int)row.reason.len, row.reason.data);
	assert_int_equal(result, 0);
	store_read_close(&rows);
	text = arena_printf(f->arena, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

static void fill(struct fixture *f)
{
	struct wish wish = {.successes = 1,
	                    .failures = 1,
	                    .result = "certificate-expired",
	                    .more = more};

	(void)fixture_add(f, &wish);
	wish.id = "the day before";
	wish.day = FIXTURE_DAY - 1;
	wish.more = NULL;
	(void)fixture_add(f, &wish);
	wish.id = "clean";
	wish.failures = 0;
	wish.result = NULL;
	(void)fixture_add(f, &wish);
}

static void adds_up_what_failed_at_a_host(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	fill(f);
	id = fixture_number(f, "SELECT id FROM domain WHERE name = "
	                       "'example.org'");
	assert_string_equal(failures(f, FIXTURE_DAY, FIXTURE_DAY, id),
	                    "0:starttls-not-supported:mx2.example.org:4:\n"
	                    "0:certificate-expired:mx1.example.org:6:late\n");
}

static void reads_only_the_days_and_domains_asked_for(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	fill(f);
	id = fixture_number(f, "SELECT id FROM domain WHERE name = "
	                       "'example.net'");
	assert_string_equal(failures(f, FIXTURE_DAY - 9, FIXTURE_DAY, id),
	                    "0:certificate-expired::5:\n");
	assert_string_equal(failures(f, FIXTURE_DAY - 9, FIXTURE_DAY - 1, 0),
	                    "-1:certificate-expired:mx1.example.org:1:\n");
	assert_string_equal(failures(f, FIXTURE_DAY + 1, FIXTURE_DAY + 9, 0),
	                    "");
}

/* Reports without failures have no row that leads to them. */
static void names_only_reports_in_which_something_failed(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM failed"), 3);
	assert_int_equal(
		fixture_number(f, "SELECT count(*) FROM failed JOIN report ON "
	                          "report.id = failed.report_id AND "
	                          "report.day = failed.day"),
		3);
}

static void a_damaged_body_is_an_error(void **state)
{
	const struct store_day_range range = {
		.first_day = FIXTURE_DAY,
		.last_day = FIXTURE_DAY,
		.last_domain = STORE_ALL_DOMAINS,
	};
	struct fixture *f = *state;
	struct store_failure_row row;
	struct store_cursor *rows;
	struct err err;
	sqlite3 *db;

	fill(f);
	assert_int_equal(sqlite3_open(f->store_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE report SET body = x'01'",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	(void)sqlite3_close(db);
	assert_int_equal(store_read_day_failures(f->store, &range, &rows, &err),
	                 0);
	assert_int_equal(store_read_day_failures_next(rows, &row, &err), -1);
	assert_int_equal(err.code, ERR_DAMAGED);
	store_read_close(&rows);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(adds_up_what_failed_at_a_host),
		TEST(reads_only_the_days_and_domains_asked_for),
		TEST(names_only_reports_in_which_something_failed),
		TEST(a_damaged_body_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
