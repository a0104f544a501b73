#include "exporter/explain/explanation_json_reasons.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int64_t integer_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const json_t *find(const json_t *reasons, enum verdict_reason reason)
{
	return json_array_get(reasons, (size_t)reason);
}

static void a_reason_says_who_how_many_where_and_since_when(void **state)
{
	const json_t *one, *part;
	struct explanation_sample s;
	json_t *root;

	(void)state;
	explanation_sample_begin(&s);
	root = explanation_json_reasons(&s.explanation);
	assert_int_equal(json_array_size(root), VERDICT_REASONS);
	one = find(root, REASON_ACTIVE_REFUSALS);
	assert_string_equal(string_of(one, "reason"), "active_refusals");
	assert_non_null(string_of(one, "sentence"));
	assert_non_null(string_of(one, "advice"));
	assert_int_equal(integer_of(one, "sessions"), 5110);
	assert_int_equal(integer_of(one, "affected_sessions"), 125);
	assert_string_equal(string_of(one, "since"), "2026-05-17");
	assert_string_equal(string_of(one, "last_day"), "2026-05-27");
	assert_string_equal(string_of(one, "result_type"),
	                    "certificate-expired");
	assert_string_equal(string_of(one, "reason_code"), "not after");
	assert_int_equal(integer_of(one, "reporter_count"), 5);
	part = json_array_get(json_object_get(one, "reporters"), 0);
	assert_string_equal(string_of(part, "name"), "google.com");
	assert_int_equal(integer_of(part, "sessions"), 3400);
	assert_int_equal(integer_of(part, "affected_sessions"), 120);
	assert_int_equal(integer_of(part, "clean_sessions"), 3280);
	assert_string_equal(string_of(part, "first_day"), "2026-05-24");
	assert_string_equal(string_of(part, "last_day"), "2026-05-27");
	part = json_array_get(json_object_get(one, "others"), 1);
	assert_string_equal(string_of(part, "name"), "comcast.net");
	part = json_array_get(json_object_get(one, "hosts"), 0);
	assert_string_equal(string_of(part, "mx"), "mx1.example.org");
	assert_int_equal(integer_of(part, "sessions"), 120);
	assert_true(json_is_null(json_object_get(part, "state")));
	json_decref(root);
}

static void hosts_of_checks_have_a_state_and_times(void **state)
{
	struct explanation_sample s;
	const json_t *host;
	json_t *root;

	(void)state;
	explanation_sample_begin(&s);
	root = explanation_json_reasons(&s.explanation);
	host = json_array_get(
		json_object_get(find(root, REASON_MX_CHECK_FAILED), "hosts"),
		0);
	assert_string_equal(string_of(host, "state"), "certificate_expired");
	assert_int_equal(integer_of(host, "since_time"), 1780315200);
	assert_int_equal(integer_of(host, "certificate_ends"), 1780488000);
	host = json_array_get(
		json_object_get(find(root, REASON_MX_CHECK_FAILED), "hosts"),
		1);
	assert_true(json_is_null(json_object_get(host, "certificate_ends")));
	json_decref(root);
}

static void what_is_not_known_is_null(void **state)
{
	struct explanation_sample s;
	const json_t *one;
	json_t *root;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.evidence = NULL;
	s.explanation.verdict.reasons = REASON_BIT(REASON_ACTIVE_REFUSALS);
	root = explanation_json_reasons(&s.explanation);
	assert_int_equal(json_array_size(root), 1);
	one = json_array_get(root, 0);
	assert_true(json_is_null(json_object_get(one, "since")));
	assert_true(json_is_null(json_object_get(one, "sessions")));
	assert_true(json_is_null(json_object_get(one, "result_type")));
	assert_int_equal(json_array_size(json_object_get(one, "hosts")), 0);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_reason_says_who_how_many_where_and_since_when),
		cmocka_unit_test(hosts_of_checks_have_a_state_and_times),
		cmocka_unit_test(what_is_not_known_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
