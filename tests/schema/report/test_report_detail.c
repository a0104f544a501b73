#include <string.h>

#include "base/attr.h"
#include "schema/limits.h"
#include "schema/report/report_detail.h"
#include "schema/report/report_json.h"
#include "tests/support/cmocka_all.h"

struct example {
	struct report_reader rd;
	struct report_policy policy;
	struct err err;
};

/* Reads an element with these failure-details. */
static void read_details(struct example *e, const char *details)
{
	const struct report_path up = {NULL, "policies", 0};
	uint64_t ignored = 0;
	const char *json;
	json_t *root;

	*e = (struct example){.policy.failures = 1};
	e->rd.arena = arena_new((size_t)1 << 24);
	e->rd.err = &e->err;
	json = arena_printf(e->rd.arena, "{\"failure-details\":%s}", details);
	if (report_json_load(e->rd.arena, json, strlen(json), &root, &ignored,
	                     &e->err) < 0)
		fail_msg("%s: %s", json, e->err.text);
	report_detail_read_all(&e->rd, root, &up, &e->policy);
}

static void end(struct example *e)
{
	arena_free(&e->rd.arena);
}

static void reads_each_member_into_its_place(void **state)
{
	const struct report_detail *detail;
	struct example e;

	(void)state;
	read_details(&e, "[{\"result-type\":\"certificate-expired\","
	                 "\"failed-session-count\":1,"
	                 "\"sending-mta-ip\":\"192.0.2.1\","
	                 "\"receiving-ip\":\"2001:db8::1\","
	                 "\"receiving-mx-hostname\":\"mx.example\","
	                 "\"receiving-mx-helo\":\"helo.example\","
	                 "\"failure-reason-code\":\"why\","
	                 "\"additional-information\":\"more\"}]");
	assert_int_equal(e.rd.quirks, 0);
	assert_int_equal(e.policy.detail_count, 1);
	detail = &e.policy.details[0];
	assert_int_equal(detail->type, RESULT_CERTIFICATE_EXPIRED);
	assert_int_equal(detail->sessions, 1);
	assert_int_equal(detail->sending_ip.len, 4);
	assert_memory_equal(detail->sending_ip.bytes, "\xc0\x00\x02\x01", 4);
	assert_int_equal(detail->receiving_ip.len, 16);
	assert_int_equal(detail->receiving_ip.bytes[15], 1);
	assert_true(text_is(detail->receiving_mx, "mx.example"));
	assert_true(text_is(detail->helo, "helo.example"));
	assert_true(text_is(detail->reason, "why"));
	assert_true(text_is(detail->additional, "more"));
	end(&e);
}

/* Members of one detail that counts one session. */
static void flags_what_is_odd_and_goes_on(void **state)
{
	static const struct {
		const char *members;
		enum quirk quirk;
	} cases[] = {
		{"\"result-type\":\"no-such\"", QUIRK_RESULT_TYPE_UNKNOWN},
		{"\"x\":1", QUIRK_RESULT_TYPE_MISSING},
		{"\"result-type\":\"other\",\"receiving-ip\":\"300.1.1.1\"",
	         QUIRK_IP_INVALID},
		{"\"result-type\":\"other\",\"receiving-ip\":\"1.1.1.1\\u0000\"",
	         QUIRK_IP_INVALID},
		{"\"result-type\":\"tlsa-invalid\","
	         "\"receiving-mx-hostname\":\"MX.Example.\"",
	         QUIRK_MX_NAME_SPELLING},
		{"\"result-type\":\"tlsa-invalid\",\"failure-error-code\":\"x\"",
	         QUIRK_MEMBER_ALIAS},
	};
	struct example e;
	struct buf json = BUF_INIT(4096);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		buf_reset(&json);
		buf_printf(&json, "[{\"failed-session-count\":1,%s}]",
		           cases[i].members);
		read_details(&e, buf_text(&json));
		if ((e.rd.quirks & QUIRK_BIT(cases[i].quirk)) == 0)
			fail_msg("%s: %llx", cases[i].members,
			         (unsigned long long)e.rd.quirks);
		assert_false(e.rd.failed);
		assert_int_equal(e.policy.detail_count, 1);
		end(&e);
	}
	buf_free(&json);
}

static void keeps_the_word_of_an_unknown_result_type(void **state)
{
	struct example e;

	(void)state;
	read_details(&e, "[{\"result-type\":\"no-such\","
	                 "\"failed-session-count\":1}]");
	assert_int_equal(e.policy.details[0].type, RESULT_OTHER);
	assert_true(text_is(e.policy.details[0].type_text, "no-such"));
	end(&e);
}

static void normalises_the_name_of_a_receiving_mx(void **state)
{
	static const char details[] =
		"[{\"result-type\":\"other\",\"failed-session-count\":1,"
		"\"receiving-mx-hostname\":\"MX1.Example.\"},"
		"{\"result-type\":\"other\",\"failed-session-count\":0,"
		"\"receiving-mx-hostname\":\"MX1.Example.\"},"
		"{\"result-type\":\"other\",\"failed-session-count\":0,"
		"\"receiving-mx-hostname\":\"no name\"}]";
	struct example e;

	(void)state;
	read_details(&e, details);
	assert_true(text_is(e.policy.details[0].receiving_mx, "mx1.example"));
	/* The one before had the same. */
	assert_true(text_is(e.policy.details[1].receiving_mx, "mx1.example"));
	assert_true(text_is(e.policy.details[2].receiving_mx, "no name"));
	end(&e);
}

static void takes_one_object_for_a_list_of_it(void **state)
{
	struct example e;

	(void)state;
	read_details(&e, "{\"result-type\":\"tlsa-invalid\","
	                 "\"failed-session-count\":1}");
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_DETAILS_NOT_LIST));
	assert_int_equal(e.policy.detail_count, 1);
	end(&e);
	read_details(&e, "[7,{\"result-type\":\"tlsa-invalid\","
	                 "\"failed-session-count\":1},[]]");
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_WRONG_KIND));
	assert_int_equal(e.policy.detail_count, 1);
	end(&e);
}

static void tells_a_missing_count_from_one_of_another_name(void **state)
{
	struct example e;

	(void)state;
	read_details(&e, "[{\"result-type\":\"tlsa-invalid\"}]");
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_DETAIL_COUNT_MISSING) |
	                                      QUIRK_BIT(QUIRK_DETAILS_SUM));
	end(&e);
	read_details(&e, "[{\"result-type\":\"tlsa-invalid\","
	                 "\"session-count\":1}]");
	assert_int_equal(e.rd.quirks, QUIRK_BIT(QUIRK_MEMBER_ALIAS) |
	                                      QUIRK_BIT(QUIRK_DETAILS_SUM));
	end(&e);
}

static void caps_a_count_and_refuses_a_negative_one(void **state)
{
	struct example e;

	(void)state;
	read_details(&e, "[{\"result-type\":\"tlsa-invalid\","
	                 "\"failed-session-count\":1000000000001}]");
	assert_true((e.rd.quirks & QUIRK_BIT(QUIRK_COUNT_CAPPED)) != 0);
	assert_int_equal(e.policy.details[0].sessions, LIMIT_COUNT_CAP);
	end(&e);
	read_details(&e, "[{},{\"failed-session-count\":-1}]");
	assert_true(e.rd.failed);
	assert_int_equal(e.err.code, ERR_MALFORMED);
	assert_non_null(strstr(e.err.text, "failure-details[1]."
	                                   "failed-session-count: -1"));
	end(&e);
}

static void refuses_more_sessions_than_a_report_may_have(void **state)
{
	static const char detail[] = "{\"result-type\":\"tlsa-invalid\","
				     "\"failed-session-count\":1000000000000}";
	struct buf json = BUF_INIT(4096);
	struct example e;

	(void)state;
	buf_printf(&json, "[%s,%s]", detail, detail);
	read_details(&e, buf_text(&json));
	assert_false(e.rd.failed);
	end(&e);
	buf_reset(&json);
	buf_printf(&json, "[%s,%s,%s]", detail, detail, detail);
	read_details(&e, buf_text(&json));
	assert_true(e.rd.failed);
	assert_int_equal(e.err.code, ERR_TOO_LARGE);
	end(&e);
	buf_free(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_member_into_its_place),
		cmocka_unit_test(flags_what_is_odd_and_goes_on),
		cmocka_unit_test(keeps_the_word_of_an_unknown_result_type),
		cmocka_unit_test(normalises_the_name_of_a_receiving_mx),
		cmocka_unit_test(takes_one_object_for_a_list_of_it),
		cmocka_unit_test(
			tells_a_missing_count_from_one_of_another_name),
		cmocka_unit_test(caps_a_count_and_refuses_a_negative_one),
		cmocka_unit_test(refuses_more_sessions_than_a_report_may_have),
	};

	report_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
