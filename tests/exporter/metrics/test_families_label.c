#include <string.h>

#include "exporter/metrics/families_private.h"
#include "tests/support/cmocka_all.h"

static const char *const handlers[] = {"/metrics", "other"};
static const struct self_figures self = {.handlers = handlers,
                                         .handler_count = 2};
static const struct render render = {.self = &self};

/* Of labels of samples that are listed, the values are not known before. */
static void every_label_has_a_name_and_every_value_a_word(void **state)
{
	unsigned int i;
	int label;

	(void)state;
	for (label = LABEL_NONE + 1; label < FAMILY_LABELS; label++) {
		assert_non_null(families_label_name((enum family_label)label));
		if (label >= LABEL_MAILBOX)
			continue;
		i = families_label_first((enum family_label)label);
		assert_true(i < families_label_end(&render,
		                                   (enum family_label)label));
		for (;
		     i < families_label_end(&render, (enum family_label)label);
		     i++)
			assert_true(strlen(families_label_value(
					    &render, (enum family_label)label,
					    i)) > 0);
	}
}

static void values_are_those_of_the_enums(void **state)
{
	(void)state;
	assert_string_equal(families_label_value(&render, LABEL_RESULT_TYPE,
	                                         RESULT_TLSA_INVALID),
	                    "tlsa-invalid");
	assert_string_equal(families_label_value(&render, LABEL_VERDICT,
	                                         VERDICT_STALE),
	                    "stale");
	assert_string_equal(families_label_value(&render, LABEL_CHANNEL,
	                                         CHANNEL_MBOX),
	                    "mbox");
	assert_string_equal(families_label_value(&render, LABEL_OPERATION,
	                                         FAMILY_OPERATION_WRITE),
	                    "write");
	assert_int_equal(families_label_end(&render, LABEL_REASON),
	                 VERDICT_REASONS);
}

/* What was not asked is no result. */
static void authentications_begin_with_a_result(void **state)
{
	(void)state;
	assert_int_equal(families_label_first(LABEL_AUTHENTICATION), AUTH_PASS);
	assert_int_equal(families_label_first(LABEL_OUTCOME), 0);
}

static void handlers_are_those_of_the_server(void **state)
{
	(void)state;
	assert_int_equal(families_label_end(&render, LABEL_HANDLER), 2);
	assert_string_equal(families_label_value(&render, LABEL_HANDLER, 1),
	                    "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_label_has_a_name_and_every_value_a_word),
		cmocka_unit_test(values_are_those_of_the_enums),
		cmocka_unit_test(authentications_begin_with_a_result),
		cmocka_unit_test(handlers_are_those_of_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
