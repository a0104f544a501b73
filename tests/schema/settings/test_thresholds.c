#include <string.h>

#include "schema/settings/thresholds.h"
#include "tests/support/cmocka_all.h"

static void a_name_stands_for_one_number(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		assert_non_null(thresholds_options[i].key);
		for (k = 0; k < i; k++) {
			assert_string_not_equal(thresholds_options[i].key,
			                        thresholds_options[k].key);
			assert_int_not_equal(thresholds_options[i].offset,
			                     thresholds_options[k].offset);
		}
	}
}

static void options_of_a_domain_have_no_defaults(void **state)
{
	struct option_spec specs[THRESHOLDS_COUNT];
	size_t i;

	(void)state;
	thresholds_specs(1000, specs);
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		assert_string_equal(specs[i].key, thresholds_options[i].key);
		assert_null(specs[i].fallback);
		assert_int_equal(specs[i].offset,
		                 thresholds_options[i].offset + 1000);
	}
}

static void what_no_line_has_set_is_inherited(void **state)
{
	static const char *names[] = {"a.example"};
	const struct thresholds from = {.window_days = 28,
	                                .alpha = 7,
	                                .standing_days = 9,
	                                .trust_https = TRUST_HTTPS_NO,
	                                .accept_reporters = {.items = names,
	                                                     .count = 1}};
	struct thresholds own;

	(void)state;
	thresholds_unset(&own);
	own.alpha = 50000;
	own.standing_days = 0;
	thresholds_inherit(&own, &from);
	assert_int_equal(own.window_days, 28);
	assert_int_equal(own.alpha, 50000);
	/* Zero is a number that a line may set. */
	assert_int_equal(own.standing_days, 0);
	assert_int_equal(own.trust_https, TRUST_HTTPS_NO);
	assert_int_equal(own.accept_reporters.count, 1);
	assert_int_equal(own.reporters.count, 0);
}

static void a_list_of_its_own_takes_the_place_of_the_common_one(void **state)
{
	static const char *common[] = {"a.example", "b.example"};
	static const char *named[] = {"c.example"};
	const struct thresholds from = {
		.reporters = {.items = common, .count = 2}};
	struct thresholds own;

	(void)state;
	thresholds_unset(&own);
	own.reporters.items = named;
	own.reporters.count = 1;
	thresholds_inherit(&own, &from);
	assert_int_equal(own.reporters.count, 1);
	assert_string_equal(own.reporters.items[0], "c.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_stands_for_one_number),
		cmocka_unit_test(options_of_a_domain_have_no_defaults),
		cmocka_unit_test(what_no_line_has_set_is_inherited),
		cmocka_unit_test(
			a_list_of_its_own_takes_the_place_of_the_common_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
