#include "base/attr.h"
#include "schema/store/lines.h"
#include "tests/support/cmocka_all.h"

static void check_round_trip(struct arena *arena, struct text *items,
                             size_t count, const char *lines)
{
	const struct text_list list = {items, count};
	struct buf out = BUF_INIT(4096);
	struct text_list back;
	size_t i;

	lines_encode(&list, &out);
	assert_string_equal(buf_text(&out), lines);
	lines_decode((struct text){buf_text(&out), out.len}, arena, &back);
	assert_int_equal(back.count, count);
	for (i = 0; i < count; i++)
		assert_true(text_equal(back.items[i], items[i]));
	buf_free(&out);
}

static void gives_back_what_it_was_given(void **state)
{
	struct text plain[] = {TEXT("version: STSv1"), TEXT("mode: enforce")};
	struct text escaped[] = {TEXT("a\nb"), TEXT("c\\n"), TEXT("\\"),
	                         TEXT("\n\n")};
	struct text empty[] = {TEXT(""), TEXT("a"), TEXT("")};
	struct arena *arena = arena_new(0);

	(void)state;
	check_round_trip(arena, plain, ARRAY_LENGTH(plain),
	                 "version: STSv1\nmode: enforce");
	check_round_trip(arena, escaped, ARRAY_LENGTH(escaped),
	                 "a\\nb\nc\\\\n\n\\\\\n\\n\\n");
	check_round_trip(arena, empty, ARRAY_LENGTH(empty), "\na\n");
	check_round_trip(arena, NULL, 0, "");
	arena_free(&arena);
}

/* A damaged store may hold it. */
static void reads_a_backslash_at_the_end(void **state)
{
	struct arena *arena = arena_new(0);
	struct text_list list;

	(void)state;
	lines_decode(TEXT("a\\\nb\\"), arena, &list);
	assert_int_equal(list.count, 2);
	assert_true(text_is(list.items[0], "a\\"));
	assert_true(text_is(list.items[1], "b\\"));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_was_given),
		cmocka_unit_test(reads_a_backslash_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
