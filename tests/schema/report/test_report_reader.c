#include <string.h>

#include "base/attr.h"
#include "schema/limits.h"
#include "schema/report/report_json.h"
#include "schema/report/report_reader.h"
#include "tests/support/cmocka_all.h"

struct example {
	struct report_reader rd;
	struct err err;
	json_t *root;
};

static void begin(struct example *e, const char *json)
{
	uint64_t ignored = 0;

	*e = (struct example){.rd.arena = arena_new((size_t)1 << 20)};
	e->rd.err = &e->err;
	if (report_json_load(e->rd.arena, json, strlen(json), &e->root,
	                     &ignored, &e->err) < 0)
		fail_msg("%s: %s", json, e->err.text);
}

static void end(struct example *e)
{
	arena_free(&e->rd.arena);
}

static void a_failure_names_the_member_and_sticks(void **state)
{
	const struct report_path policies = {NULL, "policies", 0},
				 third = {&policies, NULL, 3};
	struct example e;

	(void)state;
	begin(&e, "{}");
	report_reader_fail(&e.rd, &third, "summary", "is not there");
	assert_true(e.rd.failed);
	assert_int_equal(e.err.code, ERR_MALFORMED);
	assert_string_equal(e.err.text, "policies[3].summary: is not there");
	report_reader_fail_with(&e.rd, ERR_TOO_LARGE, NULL, "x", "again");
	assert_int_equal(e.err.code, ERR_MALFORMED);
	end(&e);
}

static void counts_are_whole_numbers_in_any_form(void **state)
{
	static const struct {
		const char *json;
		int64_t count; /* -1: refused */
		uint64_t quirks;
	} cases[] = {
		{"{\"x\":7}", 7, 0},
		{"{\"x\":\" 7 \"}", 7, QUIRK_BIT(QUIRK_COUNT_STRING)},
		{"{\"x\":7.0}", 7, QUIRK_BIT(QUIRK_COUNT_FLOAT)},
		{"{\"x\":7.5}", -1, QUIRK_BIT(QUIRK_COUNT_FLOAT)},
		{"{\"x\":-1}", -1, 0},
		{"{\"x\":\"seven\"}", -1, QUIRK_BIT(QUIRK_COUNT_STRING)},
		{"{\"x\":true}", -1, 0},
		{"{\"x\":9007199254740992}", -1, 0},
		{"{\"x\":1000000000001}", LIMIT_COUNT_CAP,
	         QUIRK_BIT(QUIRK_COUNT_CAPPED)},
		{"{}", 0, QUIRK_BIT(QUIRK_COUNT_MISSING)},
		{"{\"x\":null}", 0,
	         QUIRK_BIT(QUIRK_COUNT_MISSING) |
	                 QUIRK_BIT(QUIRK_EXPLICIT_NULL)},
	};
	struct example e;
	int64_t count;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		begin(&e, cases[i].json);
		count = report_reader_count(&e.rd, e.root, NULL, "x");
		if (count != cases[i].count ||
		    e.rd.failed != (cases[i].count < 0) ||
		    e.rd.quirks != cases[i].quirks)
			fail_msg("%s: %lld, %llx", cases[i].json,
			         (long long)count,
			         (unsigned long long)e.rd.quirks);
		end(&e);
	}
}

static void texts_are_taken_under_an_older_name_too(void **state)
{
	struct example e;

	(void)state;
	begin(&e, "{\"old\":\"a\",\"new\":\"b\",\"odd\":7}");
	assert_true(text_is(
		report_reader_text_or_alias(&e.rd, e.root, "new", "old"), "b"));
	assert_int_equal(e.rd.quirks, 0);
	assert_true(text_is(
		report_reader_text_or_alias(&e.rd, e.root, "no", "old"), "a"));
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_MEMBER_ALIAS));
	e.rd.quirks = 0;
	assert_int_equal(report_reader_text(&e.rd, e.root, "odd").len, 0);
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_WRONG_KIND));
	end(&e);
}

static void an_empty_name_is_an_absent_one(void **state)
{
	struct example e;

	(void)state;
	begin(&e, "{\"x\":\"\",\"y\":\" a \"}");
	assert_int_equal(report_reader_name(&e.rd, e.root, "x").len, 0);
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_EMPTY_STRING));
	e.rd.quirks = 0;
	assert_true(text_is(report_reader_name(&e.rd, e.root, "y"), "a"));
	assert_int_equal(report_reader_name(&e.rd, e.root, "z").len, 0);
	assert_int_equal(e.rd.quirks, 0);
	end(&e);
}

static void a_long_text_is_cut(void **state)
{
	char json[LIMIT_STRING + 32] = "{\"x\":\"";
	size_t at = strlen(json);
	struct example e;

	(void)state;
	memset(json + at, 'a', LIMIT_STRING);
	memcpy(json + at + LIMIT_STRING, "\"}", 3);
	begin(&e, json);
	assert_int_equal(report_reader_text(&e.rd, e.root, "x").len,
	                 LIMIT_STRING);
	assert_int_equal(e.rd.quirks, 0);
	end(&e);
	memcpy(json + at + LIMIT_STRING, "a\"}", 4);
	begin(&e, json);
	assert_int_equal(report_reader_text(&e.rd, e.root, "x").len,
	                 LIMIT_STRING);
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_TEXT_CUT));
	end(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_names_the_member_and_sticks),
		cmocka_unit_test(counts_are_whole_numbers_in_any_form),
		cmocka_unit_test(texts_are_taken_under_an_older_name_too),
		cmocka_unit_test(an_empty_name_is_an_absent_one),
		cmocka_unit_test(a_long_text_is_cut),
	};

	report_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
