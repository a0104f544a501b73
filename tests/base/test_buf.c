#include <string.h>

#include "base/buf.h"
#include "tests/support/cmocka_all.h"

static void latches_when_full(void **state)
{
	struct buf buf = BUF_INIT(5);

	(void)state;
	buf_add_text(&buf, "abc");
	buf_add_text(&buf, "def");
	assert_true(buf.full);
	buf_add_text(&buf, "x");
	assert_string_equal(buf_text(&buf), "abc");
	buf_reset(&buf);
	buf_add_text(&buf, "abcde");
	assert_false(buf.full);
	assert_string_equal(buf_text(&buf), "abcde");
	buf_free(&buf);
}

static void writes_numbers(void **state)
{
	struct buf buf = BUF_INIT(200);

	(void)state;
	buf_add_integer(&buf, 0);
	buf_add_char(&buf, ' ');
	buf_add_integer(&buf, INT64_MIN);
	buf_add_char(&buf, ' ');
	buf_add_integer(&buf, INT64_MAX);
	buf_printf(&buf, " %s", "end");
	assert_string_equal(buf_text(&buf),
	                    "0 -9223372036854775808 9223372036854775807 end");
	buf_free(&buf);
}

static void shows_nothing_that_misleads(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain \xc3\xa9", "plain \xc3\xa9"},
		{"a\nb\r\x1b[2J", "a\\x0ab\\x0d\\x1b[2J"},
		{"\x7f", "\\x7f"},
		{"\xc2\x9b", "\\xc2\\x9b"},
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"back\\slash", "back\\\\slash"},
	};
	struct buf buf = BUF_INIT(200);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&buf);
		buf_add_printable(&buf, cases[i].in, strlen(cases[i].in), 100);
		assert_string_equal(buf_text(&buf), cases[i].out);
	}
	buf_reset(&buf);
	buf_add_printable(&buf, "abcdef", 6, 3);
	assert_string_equal(buf_text(&buf), "abc...");
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latches_when_full),
		cmocka_unit_test(writes_numbers),
		cmocka_unit_test(shows_nothing_that_misleads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
