#include <string.h>

#include "base/arena.h"
#include "tests/support/cmocka_all.h"

static void gives_zeroed_aligned_memory(void **state)
{
	struct arena *arena = arena_new(0);
	unsigned char *memory;
	size_t i;

	(void)state;
	for (i = 1; i < 5000; i += 7) {
		memory = arena_alloc(arena, i);
		assert_int_equal((uintptr_t)memory % 16, 0);
		assert_int_equal(memory[0] | memory[i - 1], 0);
		memset(memory, 0xff, i);
	}
	arena_reset(arena, 0);
	memory = arena_alloc(arena, 100);
	assert_int_equal(memory[0], 0);
	arena_free(&arena);
	assert_null(arena);
}

static void stops_at_its_limit(void **state)
{
	struct arena *arena = arena_new(1008);

	(void)state;
	assert_non_null(arena_try(arena, 608));
	assert_null(arena_try(arena, 401));
	assert_non_null(arena_try(arena, 400));
	assert_null(arena_try(arena, 1));
	assert_int_equal(arena_used(arena), 1008);
	/* What is ours is not bound by it. */
	assert_non_null(arena_alloc(arena, 100000));
	arena_reset(arena, 10);
	assert_null(arena_try(arena, 11));
	arena_free(&arena);
}

static void prints_and_copies(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_copy(arena, "abcdef", 3), "abc");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_memory),
		cmocka_unit_test(stops_at_its_limit),
		cmocka_unit_test(prints_and_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
