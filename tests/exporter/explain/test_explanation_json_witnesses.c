#include <stdlib.h>

#include "exporter/explain/explanation_json_witnesses.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static void assert_json(const struct explanation *e, const char *expected)
{
	json_t *value = explanation_json_witnesses(e);
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_string_equal(text, expected);
	free(text);
	json_decref(value);
}

static void each_is_an_object(void **state)
{
	struct witness items[2] = {
		{.name = TEXT("google.com"),
	         .role = WITNESS_COUNTS,
	         .anchor = true,
	         .is = {.known_days = 40,
	                .report_days = 39,
	                .good_days = 38,
	                .arrival_days = 37,
	                .n = 36,
	                .x = 35},
	         .counts_from = SAMPLE_TODAY},
		{.name = TEXT("n.example"),
	         .role = WITNESS_NEWCOMER,
	         .is = {.arrival_days = INT64_MAX},
	         .counts_from = VERDICT_NO_DAY},
	};
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	assert_json(&s.explanation, "null");
	s.explanation.witnesses = (struct witnesses){
		.items = items,
		.count = 2,
		.days_needed = 28,
		.reports_needed = 7,
	};
	assert_json(
		&s.explanation,
		"{\"days_needed\":28,\"report_days_needed\":7,\"everybody\":"
		"false,\"reporters\":[{\"name\":\"google.com\",\"role\":"
		"\"counts\",\"anchor\":true,\"known_days\":40,"
		"\"report_days\":39,\"good_days\":38,\"arrival_days\":37,"
		"\"counted_sessions\":36,\"counted_refusals\":35,"
		"\"counts_from\":\"2026-05-28\"},{\"name\":\"n.example\","
		"\"role\":\"newcomer\",\"anchor\":false,\"known_days\":0,"
		"\"report_days\":0,\"good_days\":0,\"arrival_days\":null,"
		"\"counted_sessions\":0,\"counted_refusals\":0,"
		"\"counts_from\":null}]}");
}

static void each_role_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(witnesses_role_name(WITNESS_AGAINST),
	                    "counts_against");
	assert_string_equal(witnesses_role_name(WITNESS_UNSIGNED), "unsigned");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_an_object),
		cmocka_unit_test(each_role_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
