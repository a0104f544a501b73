#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "schema/limits.h"
#include "schema/report/report_json.h"
#include "schema/report/report_list.h"
#include "tests/support/cmocka_all.h"

struct example {
	struct report_reader rd;
	struct err err;
	struct text_list list;
	struct buf joined;
};

static void begin(struct example *e)
{
	*e = (struct example){.joined = BUF_INIT(1 << 20)};
	e->rd.arena = arena_new((size_t)1 << 24);
	e->rd.err = &e->err;
}

static void end(struct example *e)
{
	arena_free(&e->rd.arena);
	buf_free(&e->joined);
}

/* The member "x" of a document as a list. */
static void read_member(struct example *e, const char *json)
{
	const struct report_path up = {NULL, "x", 0};
	uint64_t ignored = 0;
	json_t *root;

	if (report_json_load(e->rd.arena, json, strlen(json), &root, &ignored,
	                     &e->err) < 0)
		fail_msg("%s: %s", json, e->err.text);
	e->rd.quirks = 0;
	report_list_read(&e->rd, json_object_get(root, "x"), &up,
	                 QUIRK_MX_HOST_NOT_LIST, &e->list);
}

/* Its items, parted by "|". */
static const char *joined(struct example *e)
{
	size_t i;

	buf_reset(&e->joined);
	for (i = 0; i < e->list.count; i++) {
		if (i > 0)
			buf_add_char(&e->joined, '|');
		buf_add(&e->joined, e->list.items[i].data,
		        e->list.items[i].len);
	}
	return buf_text(&e->joined);
}

static void reads_lists_and_what_stands_for_one(void **state)
{
	static const struct {
		const char *json, *list;
		uint64_t quirks;
	} cases[] = {
		{"{}", "", 0},
		{"{\"x\":[]}", "", 0},
		{"{\"x\":[\"a\",\"b\"]}", "a|b", 0},
		{"{\"x\":\"a\"}", "a", QUIRK_BIT(QUIRK_MX_HOST_NOT_LIST)},
		{"{\"x\":[[\"a\",\"b\"],\"c\"]}", "a|b|c",
	         QUIRK_BIT(QUIRK_LIST_NESTED)},
		{"{\"x\":[1,\"a\",{}]}", "a", QUIRK_BIT(QUIRK_WRONG_KIND)},
		{"{\"x\":[[1,\"a\"]]}", "a",
	         QUIRK_BIT(QUIRK_LIST_NESTED) | QUIRK_BIT(QUIRK_WRONG_KIND)},
		{"{\"x\":7}", "",
	         QUIRK_BIT(QUIRK_MX_HOST_NOT_LIST) |
	                 QUIRK_BIT(QUIRK_WRONG_KIND)},
	};
	struct example e;
	size_t i;

	(void)state;
	begin(&e);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		read_member(&e, cases[i].json);
		assert_string_equal(joined(&e), cases[i].list);
		assert_int_equal(e.rd.quirks, cases[i].quirks);
		assert_false(e.rd.failed);
	}
	end(&e);
}

static void cuts_a_list_that_is_too_long(void **state)
{
	struct buf json = BUF_INIT(1 << 20);
	struct example e;
	size_t more, i;

	(void)state;
	begin(&e);
	for (more = 0; more < 2; more++) {
		buf_reset(&json);
		buf_add_text(&json, "{\"x\":[[\"a\"]");
		for (i = 1; i < LIMIT_LIST + more; i++)
			buf_add_text(&json, ",\"a\"");
		buf_add_text(&json, "]}");
		read_member(&e, buf_text(&json));
		assert_int_equal(e.list.count, LIMIT_LIST);
		assert_int_equal((e.rd.quirks & QUIRK_BIT(QUIRK_LIST_CUT)) != 0,
		                 more == 1);
	}
	end(&e);
	buf_free(&json);
}

static void unfolds_a_list_that_was_written_as_a_string(void **state)
{
	static const struct {
		const char *json, *list;
		uint64_t quirks;
	} cases[] = {
		{"{\"x\":[\"[\\\"a\\\",\\\"b\\\"]\"]}", "a|b",
	         QUIRK_BIT(QUIRK_POLICY_STRING_NESTED)},
		{"{\"x\":[\"[no JSON\"]}", "[no JSON", 0},
		{"{\"x\":[\"[]\",\"a\"]}", "[]|a", 0},
		{"{\"x\":[\"\"]}", "", QUIRK_BIT(QUIRK_EMPTY_STRING)},
	};
	const struct report_path up = {NULL, "x", 0};
	struct example e;
	size_t i;

	(void)state;
	begin(&e);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		read_member(&e, cases[i].json);
		report_list_unfold(&e.rd, &up, &e.list);
		assert_string_equal(joined(&e), cases[i].list);
		assert_int_equal(e.rd.quirks, cases[i].quirks);
	}
	end(&e);
}

static void takes_decorations_off_mx_hosts(void **state)
{
	static const struct {
		const char *json, *list;
		uint64_t quirks;
	} cases[] = {
		{"{\"x\":[\"mx1.example\"]}", "mx1.example", 0},
		{"{\"x\":[\"mx: mx1.example\",\"[mx2.example]\"]}",
	         "mx1.example|mx2.example", QUIRK_BIT(QUIRK_MX_HOST_SPELLING)},
		{"{\"x\":[\"mx: [mx1.example]\"]}", "mx1.example",
	         QUIRK_BIT(QUIRK_MX_HOST_SPELLING)},
		{"{\"x\":[\"[\"]}", "[", 0},
		{"{\"x\":[\"\"]}", "", QUIRK_BIT(QUIRK_EMPTY_STRING)},
	};
	struct example e;
	size_t i;

	(void)state;
	begin(&e);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		read_member(&e, cases[i].json);
		report_list_strip_mx_hosts(&e.rd, &e.list);
		assert_string_equal(joined(&e), cases[i].list);
		assert_int_equal(e.rd.quirks, cases[i].quirks);
	}
	end(&e);
}

static void fails_where_the_arena_is_full(void **state)
{
	static const char json[] = "[\"a\",\"a\",\"a\",\"a\"]";
	const struct report_path up = {NULL, "x", 0};
	struct arena *document = arena_new((size_t)1 << 20);
	uint64_t ignored = 0;
	struct example e;
	json_t *list;

	(void)state;
	begin(&e);
	assert_int_equal(report_json_load(document, json, strlen(json), &list,
	                                  &ignored, &e.err),
	                 0);
	arena_reset(e.rd.arena, sizeof(struct text));
	report_list_read(&e.rd, list, &up, QUIRK_MX_HOST_NOT_LIST, &e.list);
	assert_true(e.rd.failed);
	assert_int_equal(e.err.code, ERR_TOO_LARGE);
	assert_int_equal(e.list.count, 0);
	assert_memory_equal(e.err.text, "x: ", 3);
	arena_free(&document);
	end(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lists_and_what_stands_for_one),
		cmocka_unit_test(cuts_a_list_that_is_too_long),
		cmocka_unit_test(unfolds_a_list_that_was_written_as_a_string),
		cmocka_unit_test(takes_decorations_off_mx_hosts),
		cmocka_unit_test(fails_where_the_arena_is_full),
	};

	report_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
