#include "base/arena.h"
#include "base/text.h"
#include "tests/support/cmocka_all.h"

static void reads_whole_numbers_only(void **state)
{
	static const struct {
		const char *text;
		bool valid;
		int64_t number;
	} cases[] = {
		{"0", true, 0},
		{"-1", true, -1},
		{"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN},
		{"9223372036854775808", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{"1 ", false, 0},
		{"+1", false, 0},
		{"0x1", false, 0},
	};
	int64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		number = 0;
		if (text_integer(text_of(cases[i].text), &number) !=
		            cases[i].valid ||
		    number != cases[i].number)
			fail_msg("\"%s\"", cases[i].text);
	}
}

static void knows_utf8(void **state)
{
	static const struct {
		const char *bytes;
		bool valid;
	} cases[] = {
		{"plain", true},
		{"\xc3\xa9", true},
		{"\xf0\x9f\x98\x80", true},
		{"\xc0\x80", false},
		{"\xed\xa0\x80", false},
		{"\xf4\x90\x80\x80", false},
		{"\xe2\x82", false},
		{"\x80", false},
		{"\xff", false},
		{"\xe0\x80\xaf", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (text_is_utf8(text_of(cases[i].bytes)) != cases[i].valid)
			fail_msg("case %zu", i);
	}
}

static void cuts_between_characters(void **state)
{
	(void)state;
	assert_int_equal(text_cut(TEXT("a\xc3\xa9"), 2).len, 1);
	assert_int_equal(text_cut(TEXT("a\xc3\xa9"), 3).len, 3);
	assert_int_equal(text_cut(TEXT("abc"), 2).len, 2);
}

static void splits_with_empty_pieces(void **state)
{
	struct text rest = TEXT("a,,b"), piece;

	(void)state;
	assert_true(text_next(&rest, ',', &piece));
	assert_true(text_is(piece, "a"));
	assert_true(text_next(&rest, ',', &piece));
	assert_true(text_is(piece, ""));
	assert_true(text_next(&rest, ',', &piece));
	assert_true(text_is(piece, "b"));
	assert_false(text_next(&rest, ',', &piece));
}

static void measures_distance(void **state)
{
	(void)state;
	assert_int_equal(text_distance("listen", "listen", 3), 0);
	assert_int_equal(text_distance("lisen", "listen", 3), 1);
	assert_int_equal(text_distance("kitten", "sitting", 3), 3);
	assert_int_equal(text_distance("a", "abcdefgh", 3), 4);
}

static void lowers_ascii_only(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_true(text_equal(text_lower(arena, TEXT("AbZ[@\xc3\x84")),
	                       TEXT("abz[@\xc3\x84")));
	assert_int_equal(text_lower(arena, TEXT("")).len, 0);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_whole_numbers_only),
		cmocka_unit_test(knows_utf8),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(splits_with_empty_pieces),
		cmocka_unit_test(measures_distance),
		cmocka_unit_test(lowers_ascii_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
