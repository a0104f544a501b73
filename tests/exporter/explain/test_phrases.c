#include <string.h>

#include "base/attr.h"
#include "exporter/explain/phrases.h"
#include "tests/support/cmocka_all.h"

static void rounds_a_bound_up(void **state)
{
	static const struct {
		double ratio;
		const char *text;
	} cases[] = {
		{0, "0.00 %"},      {0.00106933, "0.11 %"},
		{0.01, "1.00 %"},   {0.010000001, "1.01 %"},
		{0.0968, "9.68 %"}, {0.5, "50 %"},
		{0.50001, "51 %"},  {1, "100 %"},
	};
	struct buf text = BUF_INIT(64);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		buf_reset(&text);
		phrases_percent(cases[i].ratio, &text);
		assert_string_equal(buf_text(&text), cases[i].text);
	}
	buf_free(&text);
}

static void groups_the_digits_of_a_count(void **state)
{
	static const struct {
		int64_t count;
		const char *text;
	} cases[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1 000"},
		{12345, "12 345"},
		{123456, "123 456"},
		{INT64_C(9007199254740991), "9 007 199 254 740 991"},
	};
	struct buf text = BUF_INIT(64);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		buf_reset(&text);
		phrases_count(cases[i].count, &text);
		assert_string_equal(buf_text(&text), cases[i].text);
	}
	buf_free(&text);
}

static void writes_a_day_as_a_date(void **state)
{
	struct buf text = BUF_INIT(64);

	(void)state;
	phrases_day(20605, &text);
	assert_string_equal(buf_text(&text), "2026-06-01");
	buf_free(&text);
}

static void puts_the_domain_in_place_of_its_word(void **state)
{
	const struct explanation explanation = {.domain = TEXT("a\nb.example")};
	struct buf text = BUF_INIT(256);

	(void)state;
	phrases_add_with_domain(&explanation, "DOMAIN, mta-sts.DOMAIN.", &text);
	assert_null(strstr(buf_text(&text), "DOMAIN"));
	assert_null(strchr(buf_text(&text), '\n'));
	assert_non_null(strstr(buf_text(&text), "b.example, mta-sts.a"));
	assert_int_equal(text.data[text.len - 1], '.');
	buf_free(&text);
}

static void each_state_has_a_meaning_and_a_next_step(void **state)
{
	struct explanation explanation = {.domain = TEXT("example.org")};
	struct buf text = BUF_INIT(4096);
	const char *meaning;
	int i;

	(void)state;
	for (i = 0; i < VERDICT_STATES; i++) {
		meaning = phrases_state((enum verdict_state)i);
		assert_true(meaning != NULL && strlen(meaning) > 5);
		explanation.verdict.state = (enum verdict_state)i;
		buf_reset(&text);
		phrases_next_step(&explanation, &text);
		if (text.len < 10 || strstr(buf_text(&text), "DOMAIN") != NULL)
			fail_msg("%s: %s",
			         verdict_state_name((enum verdict_state)i),
			         buf_text(&text));
		/* A colon stands before the policy to publish. */
		if (i != VERDICT_ENFORCE_WARNING)
			assert_int_equal(
				text.data[text.len - 1] == ':',
				phrases_publishes_policy(&explanation));
	}
	buf_free(&text);
}

static void an_enforced_policy_is_published_with_another_max_age(void **state)
{
	struct explanation explanation = {
		.verdict = {.state = VERDICT_ENFORCE_OK,
	                    .advised_max_age = 86400},
		.policy.policy.max_age = 86400,
	};
	struct buf rest = BUF_INIT(256), raise = BUF_INIT(256);

	(void)state;
	assert_false(phrases_publishes_policy(&explanation));
	phrases_next_step(&explanation, &rest);
	explanation.verdict.advised_max_age = 604800;
	assert_true(phrases_publishes_policy(&explanation));
	phrases_next_step(&explanation, &raise);
	assert_string_not_equal(buf_text(&rest), buf_text(&raise));
	assert_non_null(strstr(buf_text(&raise), "max_age"));
	buf_free(&rest);
	buf_free(&raise);
}

static void the_policy_id_is_the_time_in_utc(void **state)
{
	const struct explanation explanation = {.now = INT64_C(1780401600)};
	struct buf text = BUF_INIT(64);

	(void)state;
	phrases_policy_id(&explanation, &text);
	assert_string_equal(buf_text(&text), "20260602120000");
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_a_bound_up),
		cmocka_unit_test(groups_the_digits_of_a_count),
		cmocka_unit_test(writes_a_day_as_a_date),
		cmocka_unit_test(puts_the_domain_in_place_of_its_word),
		cmocka_unit_test(each_state_has_a_meaning_and_a_next_step),
		cmocka_unit_test(
			an_enforced_policy_is_published_with_another_max_age),
		cmocka_unit_test(the_policy_id_is_the_time_in_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
