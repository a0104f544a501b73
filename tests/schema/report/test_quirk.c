#include <string.h>

#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"

static void each_quirk_has_a_name_of_its_own(void **state)
{
	const char *name;
	int i, k;

	(void)state;
	for (i = 0; i < QUIRKS; i++) {
		name = quirk_name((enum quirk)i);
		assert_non_null(name);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz"
		                              "0123456789-"),
		                 strlen(name));
		for (k = 0; k < i; k++)
			assert_string_not_equal(name,
			                        quirk_name((enum quirk)k));
	}
}

/* The bits are stored: the first, one between and the last. */
static void names_stay_with_their_bits(void **state)
{
	(void)state;
	assert_string_equal(quirk_name((enum quirk)0), "gzip-trailing-zeros");
	assert_string_equal(quirk_name((enum quirk)20), "late");
	assert_string_equal(quirk_name((enum quirk)34), "count-is-string");
	assert_string_equal(quirk_name((enum quirk)49), "mail-boundary-open");
}

static void prints_all_names_parted_by_blanks(void **state)
{
	struct buf text = BUF_INIT(8192);

	(void)state;
	quirk_print_names(0, &text);
	assert_string_equal(buf_text(&text), "");
	quirk_print_names(QUIRK_BIT(QUIRK_MAIL_BOUNDARY_OPEN) |
	                          QUIRK_BIT(QUIRK_GZIP_TRAILING_ZEROS) |
	                          QUIRK_BIT(QUIRK_LATE),
	                  &text);
	assert_string_equal(buf_text(&text),
	                    "gzip-trailing-zeros late mail-boundary-open");
	buf_free(&text);
}

/* Of a newer store that knows more of them. */
static void bits_without_a_name_are_passed_over(void **state)
{
	struct buf text = BUF_INIT(8192);

	(void)state;
	quirk_print_names(QUIRK_BIT(QUIRK_LATE) | QUIRK_BIT(QUIRKS), &text);
	assert_string_equal(buf_text(&text), "late");
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_quirk_has_a_name_of_its_own),
		cmocka_unit_test(names_stay_with_their_bits),
		cmocka_unit_test(prints_all_names_parted_by_blanks),
		cmocka_unit_test(bits_without_a_name_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
