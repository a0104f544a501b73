#include <string.h>

#include "exporter/explain/phrases_result.h"
#include "tests/support/cmocka_all.h"

static void each_result_type_has_a_meaning_and_a_remedy(void **state)
{
	const struct explanation e = {.domain = TEXT("example.org")};
	struct buf text = BUF_INIT(4096);
	const char *meaning;
	int i;

	(void)state;
	for (i = 0; i < RESULT_TYPES; i++) {
		meaning = phrases_result_meaning((enum result_type)i);
		assert_true(meaning != NULL && strlen(meaning) > 10);
		buf_reset(&text);
		phrases_result_remedy(&e, (enum result_type)i, &text);
		if (text.len < 10 || text.data[text.len - 1] != '.' ||
		    strstr(buf_text(&text), "DOMAIN") != NULL)
			fail_msg("%s: %s",
			         result_type_name((enum result_type)i),
			         buf_text(&text));
	}
	buf_free(&text);
}

static void a_remedy_names_the_domains_policy_host(void **state)
{
	const struct explanation e = {.domain = TEXT("example.org")};
	struct buf text = BUF_INIT(4096);

	(void)state;
	phrases_result_remedy(&e, RESULT_STS_POLICY_FETCH_ERROR, &text);
	assert_non_null(
		strstr(buf_text(&text),
	               "https://mta-sts.example.org/.well-known/mta-sts.txt"));
	buf_free(&text);
}

static void a_host_is_unlisted_where_no_pattern_covers_it(void **state)
{
	struct text patterns[] = {TEXT("mx1.example.org"),
	                          TEXT("*.example.net")};
	struct explanation e = {.policy.policy = {.mx = patterns}};

	(void)state;
	/* Patterns that nobody knows leave no host out. */
	assert_false(phrases_result_is_unlisted_mx(&e, TEXT("mx9.example")));
	e.policy.policy.mx_count = 2;
	assert_true(phrases_result_is_unlisted_mx(&e, TEXT("mx9.example")));
	assert_true(phrases_result_is_unlisted_mx(&e, TEXT("a.b.example.net")));
	assert_false(phrases_result_is_unlisted_mx(&e, TEXT("a.example.net")));
	assert_false(
		phrases_result_is_unlisted_mx(&e, TEXT("mx1.example.org")));
	assert_false(phrases_result_is_unlisted_mx(&e, TEXT("")));
}

static void the_fault_is_that_of_the_results_cause(void **state)
{
	const struct explanation e = {
		.verdict.numbers.faults = {
			[CAUSE_STARTTLS] = VERDICT_FAULT_SENDER,
			[CAUSE_CERTIFICATE] = VERDICT_FAULT_RECEIVER,
			[CAUSE_OTHER] = VERDICT_FAULT_UNKNOWN}};

	(void)state;
	assert_string_equal(phrases_result_fault(&e,
	                                         RESULT_STARTTLS_NOT_SUPPORTED),
	                    "sender");
	assert_string_equal(phrases_result_fault(&e,
	                                         RESULT_CERTIFICATE_EXPIRED),
	                    "receiver");
	assert_string_equal(phrases_result_fault(&e, RESULT_OTHER), "unknown");
	/* Enforcing refuses nothing of it. */
	assert_string_equal(phrases_result_fault(&e,
	                                         RESULT_STS_POLICY_FETCH_ERROR),
	                    "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_result_type_has_a_meaning_and_a_remedy),
		cmocka_unit_test(a_remedy_names_the_domains_policy_host),
		cmocka_unit_test(a_host_is_unlisted_where_no_pattern_covers_it),
		cmocka_unit_test(the_fault_is_that_of_the_results_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
