#include "base/attr.h"
#include "schema/store/read.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const char other_domain[] =
	",{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
	"\"example.net\"},\"summary\":{\"total-successful-session-count\":20,"
	"\"total-failure-session-count\":3}},"
	"{\"policy\":{\"policy-type\":\"no-policy-found\",\"policy-domain\":"
	"\"example.org\"},\"summary\":{\"total-successful-session-count\":100,"
	"\"total-failure-session-count\":0}}";

/* "id:domains:successes:failures", a line each. */
static const char *reports(struct fixture *f, const char *domain, int64_t max)
{
	struct buf out = BUF_INIT(1U << 20);
	struct store_report_row row;
	struct store_cursor *rows;
	const char *text;
	struct err err;
	int result;

	if (store_read_reports(f->store, text_of(domain), max, &rows, &err) < 0)
		fail_msg("%s", err.text);
	while ((result = store_read_reports_next(rows, &row, &err)) == 1)
		buf_printf(&out, "%.*s:%.*s:%lld:%lld\n",
		           (int)row.report_id.len, row.report_id.data,
		           (int)row.domains.len, row.domains.data,
		           (long long)row.successes, (long long)row.failures);
	assert_int_equal(result, 0);
	store_read_close(&rows);
	text = arena_printf(f->arena, "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

static void fill(struct fixture *f)
{
	struct wish wish = {.id = "first", .successes = 5};

	(void)fixture_add(f, &wish);
	wish.id = "second";
	wish.more = other_domain;
	(void)fixture_add(f, &wish);
	wish.id = "third";
	wish.more = NULL;
	(void)fixture_add(f, &wish);
}

static void the_newest_come_first(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(reports(f, "", 10), "");
	fill(f);
	assert_string_equal(reports(f, "", 10),
	                    "third:example.org:5:0\n"
	                    "second:example.org,example.net:125:3\n"
	                    "first:example.org:5:0\n");
	assert_string_equal(reports(f, "", 1), "third:example.org:5:0\n");
	assert_string_equal(reports(f, "", 0), "");
}

static void only_those_of_a_domain(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_string_equal(reports(f, "example.net", 10),
	                    "second:example.org,example.net:125:3\n");
	assert_string_equal(reports(f, "example.org", 2),
	                    "third:example.org:5:0\n"
	                    "second:example.org,example.net:125:3\n");
	assert_string_equal(reports(f, "unknown.example", 10), "");
}

static void times_are_those_of_the_report(void **state)
{
	struct fixture *f = *state;
	struct store_report_row row;
	struct store_cursor *rows;
	struct err err;

	fill(f);
	assert_int_equal(store_read_reports(f->store, TEXT(""), 1, &rows, &err),
	                 0);
	assert_int_equal(store_read_reports_next(rows, &row, &err), 1);
	assert_int_equal(row.received, FIXTURE_NOW);
	assert_int_equal(row.day, FIXTURE_DAY);
	store_read_close(&rows);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newest_come_first),
		TEST(only_those_of_a_domain),
		TEST(times_are_those_of_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
