/*
 * The parser's own limits; what each quirk and refusal looks like is in
 * tests/data and collector/intake/test_fixtures.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const char head[] =
	"{\"organization-name\":\"S\",\"date-range\":{\"start-datetime\":"
	"\"2026-06-01T00:00:00Z\",\"end-datetime\":\"2026-06-01T23:59:59Z\"},"
	"\"contact-info\":\"a@s.example\",\"report-id\":\"r\",\"policies\":[";

static const char policy[] =
	"{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"example.org\"}"
	",\"summary\":{\"total-successful-session-count\":1,"
	"\"total-failure-session-count\":0}";

static struct report *parse(struct fixture *f, struct buf *json,
                            struct err *err)
{
	struct report *report;

	arena_reset(f->arena, report_parse_memory(json->len));
	if (report_parse(f->arena, json->data, json->len, &report, NULL, err) <
	    0)
		return NULL;
	return report;
}

static void add_policies(struct buf *json, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		buf_printf(json, "%s%s}", i > 0 ? "," : "", policy);
}

static void takes_so_many_policies_and_no_more(void **state)
{
	struct buf json = BUF_INIT(1 << 24);
	struct report *report;
	struct err err;

	buf_add_text(&json, head);
	add_policies(&json, LIMIT_POLICIES);
	buf_add_text(&json, "]}");
	report = parse(*state, &json, &err);
	assert_int_equal(report != NULL ? report->policy_count : 0,
	                 LIMIT_POLICIES);
	buf_reset(&json);
	buf_add_text(&json, head);
	add_policies(&json, LIMIT_POLICIES + 1);
	buf_add_text(&json, "]}");
	assert_null(parse(*state, &json, &err));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	buf_free(&json);
}

static void takes_so_many_details_and_no_more(void **state)
{
	struct buf json = BUF_INIT(1 << 24);
	struct report *report;
	struct err err;
	size_t more, i;

	for (more = 0; more < 2; more++) {
		buf_reset(&json);
		buf_printf(&json, "%s%s,\"failure-details\":[", head, policy);
		for (i = 0; i < LIMIT_DETAILS + more; i++)
			buf_printf(&json,
			           "%s{\"result-type\":\"validation-failure\","
			           "\"failed-session-count\":1}",
			           i > 0 ? "," : "");
		buf_add_text(&json, "]}]}");
		report = parse(*state, &json, &err);
		assert_true((report != NULL) == (more == 0));
	}
	assert_int_equal(err.code, ERR_TOO_LARGE);
	buf_free(&json);
}

/* Few reports of many elements would overflow what sums them up. */
static void takes_so_many_sessions_and_no_more(void **state)
{
	static const struct {
		const char *successes, *failures, *detail;
		size_t policies;
		bool taken;
	} cases[] = {
		{"1000000000000", "1000000000000", "1000000000000", 1, true},
		{"9000000000000", "9000000000000", "9000000000000", 1, true},
		{"1000000000000", "0", "1000000000000", 2, true},
		{"1000000000000", "0", "0", 3, false},
		{"0", "1000000000000", "0", 3, false},
		{"0", "0", "1000000000000", 3, false},
	};
	struct buf json = BUF_INIT(1 << 16);
	struct report *report;
	struct err err;
	size_t i, k;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		buf_reset(&json);
		buf_add_text(&json, head);
		for (k = 0; k < cases[i].policies; k++)
			buf_printf(&json,
			           "%s{\"policy\":{\"policy-type\":\"sts\","
			           "\"policy-domain\":\"example.org\"},"
			           "\"summary\":{"
			           "\"total-successful-session-count\":%s,"
			           "\"total-failure-session-count\":%s},"
			           "\"failure-details\":[{\"result-type\":"
			           "\"tlsa-invalid\","
			           "\"failed-session-count\":%s}]}",
			           k > 0 ? "," : "", cases[i].successes,
			           cases[i].failures, cases[i].detail);
		buf_add_text(&json, "]}");
		report = parse(*state, &json, &err);
		if ((report != NULL) != cases[i].taken)
			fail_msg("case %zu", i);
	}
	assert_int_equal(err.code, ERR_TOO_LARGE);
	buf_free(&json);
}

/* 17 KB of gzip can be a gigabyte of values: the arena stops it. */
static void bounds_the_parsers_memory(void **state)
{
	struct fixture *f = *state;
	struct buf json = BUF_INIT(1 << 24);
	struct err err;
	size_t i;

	buf_add_text(&json, "{\"x\":[");
	for (i = 0; i < 500000; i++)
		buf_add_text(&json, "{},");
	buf_add_text(&json, "{}]}");
	assert_null(parse(f, &json, &err));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_true(arena_used(f->arena) <= report_parse_memory(json.len));
	buf_free(&json);
}

/* A report whose policies hold count times item in their list of that name. */
static void write_bomb(struct buf *json, size_t policies, const char *list,
                       const char *item, size_t count)
{
	size_t number, i;

	buf_add_text(json, "{\"report-id\":\"r\",\"date-range\":{"
	                   "\"start-datetime\":\"2026-11-20T00:00:00Z\","
	                   "\"end-datetime\":\"2026-11-20T23:59:59Z\"},"
	                   "\"policies\":[");
	for (number = 0; number < policies; number++) {
		buf_printf(
			json,
			"%s{\"policy\":{\"policy-type\":\"sts\"},\"summary\":"
			"{\"total-successful-session-count\":1},\"%s\":[",
			number > 0 ? "," : "", list);
		for (i = 0; i < count; i++)
			buf_printf(json, "%s%s", i > 0 ? "," : "", item);
		buf_add_text(json, "]}");
	}
	buf_add_text(json, "]}");
}

/* Whatever the lists hold, taken or refused, all that the parser took of the
   machine stays under its limit and what blocks leave unused. */
static void bounds_all_that_a_report_takes(void **state)
{
	static const char *const items[] = {
		"null",
		"0",
		"[]",
		"{}",
		"\"\"",
		"1e9",
		"[[]]",
		"true",
		"\"\\u0000\"",
		"[{}]",
		"{\"a\":{}}",
		"{\"receiving-mx-hostname\":\"\u00e4\u00f6.example\"}"};
	static const char *const lists[] = {"failure-details", "policy",
	                                    "unknown"};
	static const size_t shapes[][2] = {{50, 8000}, {1, 32768}};
	struct fixture *f = *state;
	size_t item, list, shape, most;
	struct err err;

	for (item = 0; item < ARRAY_LENGTH(items); item++) {
		for (list = 0; list < ARRAY_LENGTH(lists); list++) {
			for (shape = 0; shape < ARRAY_LENGTH(shapes); shape++) {
				struct buf json = BUF_INIT(8U << 20);

				write_bomb(&json, shapes[shape][0], lists[list],
				           items[item], shapes[shape][1]);
				(void)parse(f, &json, &err);
				most = report_parse_memory(json.len);
				if (arena_size(f->arena) > most + most / 8)
					fail_msg("%zu bytes of JSON, %s of %s: "
					         "%zu bytes",
					         json.len, lists[list],
					         items[item],
					         arena_size(f->arena));
				buf_free(&json);
			}
		}
	}
}

/* Every beginning of a report is refused, whatever it ends in. */
static void refuses_every_beginning(void **state)
{
	const struct wish wish = {.failures = 1,
	                          .result = "certificate-expired"};
	struct fixture *f = *state;
	struct buf json = BUF_INIT(1 << 16), part = BUF_INIT(1 << 16);
	struct err err;
	size_t len;

	(void)wish;
	fixture_read("reports/plain.json", &json);
	while (json.data[json.len - 1] == '\n')
		json.len--;
	for (len = 0; len < json.len; len++) {
		buf_free(&part);
		buf_add(&part, json.data, len);
		if (parse(f, &part, &err) != NULL)
			fail_msg("taken: %zu bytes", len);
	}
	buf_free(&part);
	buf_free(&json);
}

static void names_what_and_where(void **state)
{
	struct buf json = BUF_INIT(1 << 16);
	struct err err;

	buf_printf(&json, "%s%s},%s},", head, policy, policy);
	buf_add_text(
		&json,
		"{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
		"\"example.org\"},\"summary\":{\"total-successful-"
		"session-count\":1,\"total-failure-session-count\":-1}}]}");
	assert_null(parse(*state, &json, &err));
	assert_string_equal(err.text,
	                    "policies[2].summary.total-failure-session-count: "
	                    "-1 is negative");
	buf_free(&json);
}

static void every_quirk_has_its_own_name(void **state)
{
	enum quirk i, k;

	(void)state;
	for (i = 0; i < QUIRKS; i++) {
		for (k = 0; k < i; k++)
			assert_string_not_equal(quirk_name(i), quirk_name(k));
	}
}

static void says_what_kind_of_failure_it_is(void **state)
{
	static const struct {
		const char *json;
		enum report_fault fault;
	} cases[] = {
		{"", REPORT_NOT_JSON},
		{"{", REPORT_NOT_JSON},
		{"[]", REPORT_BAD_SCHEMA},
		{"{}", REPORT_BAD_DATE_RANGE},
		{"{\"date-range\":{\"start-datetime\":\"2026-11-21T00:00:00Z\","
	         "\"end-datetime\":\"2026-11-20T00:00:00Z\"}}",
	         REPORT_BAD_DATE_RANGE},
		{"{\"date-range\":{\"start-datetime\":\"2026-11-20T00:00:00Z\","
	         "\"end-datetime\":\"2026-11-20T23:59:59Z\"}}",
	         REPORT_BAD_SCHEMA},
	};
	struct buf long_id = BUF_INIT(1U << 20);
	struct fixture *f = *state;
	enum report_fault fault;
	struct report *report;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(report_parse(f->arena, cases[i].json,
		                              strlen(cases[i].json), &report,
		                              &fault, &err),
		                 -1);
		assert_int_equal(fault, cases[i].fault);
	}
	/* The first failure is the one that is said. */
	buf_add_text(&long_id, "{\"report-id\":\"");
	for (i = 0; i <= LIMIT_REPORT_ID; i++)
		buf_add_char(&long_id, 'x');
	buf_add_text(&long_id, "\"}");
	assert_int_equal(report_parse(f->arena, long_id.data, long_id.len,
	                              &report, &fault, &err),
	                 -1);
	assert_int_equal(fault, REPORT_BAD_SCHEMA);
	buf_free(&long_id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_so_many_policies_and_no_more),
		cmocka_unit_test(takes_so_many_details_and_no_more),
		cmocka_unit_test(takes_so_many_sessions_and_no_more),
		cmocka_unit_test(bounds_the_parsers_memory),
		cmocka_unit_test(bounds_all_that_a_report_takes),
		cmocka_unit_test(refuses_every_beginning),
		cmocka_unit_test(names_what_and_where),
		cmocka_unit_test(says_what_kind_of_failure_it_is),
		cmocka_unit_test(every_quirk_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
