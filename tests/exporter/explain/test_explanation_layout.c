#include "exporter/explain/explanation_layout.h"
#include "tests/support/cmocka_all.h"

static void paragraphs_break_between_words(void **state)
{
	struct buf text = BUF_INIT(4096), out = BUF_INIT(4096);

	(void)state;
	buf_add_text(&text, "one two three four five six seven eight nine ten "
	                    "eleven or even twelve in 1 200 sessions");
	explanation_layout_add_paragraph(&out, "  ", "    ", &text);
	assert_string_equal(
		buf_text(&out),
		"  one two three four five six seven eight nine "
		"ten eleven or even twelve in\n    1 200 sessions\n");
	assert_int_equal(text.len, 0);
	buf_free(&text);
	buf_free(&out);
}

static void names_are_escaped(void **state)
{
	struct buf out = BUF_INIT(4096);

	(void)state;
	explanation_layout_add_name(&out, TEXT("a\x1b[2J"));
	assert_string_equal(buf_text(&out), "a\\x1b[2J");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs_break_between_words),
		cmocka_unit_test(names_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
