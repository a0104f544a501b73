#include <string.h>

#include "base/buf.h"
#include "schema/rules/sts_policy.h"
#include "tests/support/cmocka_all.h"

/* --- reading ------------------------------------------------------------- */

static struct sts_policy parse(struct arena *arena, const char *const *lines,
                               size_t count)
{
	struct text *items = arena_array(arena, count, sizeof(*items));
	struct text_list list = {items, count};
	struct sts_policy policy;
	size_t i;

	for (i = 0; i < count; i++)
		items[i] = text_of(lines[i]);
	sts_policy_parse(arena, &list, &policy);
	return policy;
}

#define PARSE(arena, ...)                                  \
	parse(arena, (const char *const[]){__VA_ARGS__},   \
	      sizeof((const char *const[]){__VA_ARGS__}) / \
	              sizeof(const char *))

static void reads_what_senders_write(void **state)
{
	struct arena *arena = arena_new(0);
	struct sts_policy policy =
		PARSE(arena, "version: STSv1", "mode: enforce",
	              "mx: MX2.example.org.", "mx: *.Example.net",
	              "mx: mx2.example.org", "max_age: 604800");

	(void)state;
	assert_int_equal(policy.mode, STS_MODE_ENFORCE);
	assert_int_equal(policy.max_age, 604800);
	assert_int_equal(policy.mx_count, 2);
	assert_true(text_is(policy.mx[0], "*.example.net"));
	assert_true(text_is(policy.mx[1], "mx2.example.org"));
	arena_free(&arena);
}

static void reads_a_file_in_one_element(void **state)
{
	struct arena *arena = arena_new(0);
	struct sts_policy policy = PARSE(
		arena,
		"version: STSv1\r\nmode:testing\r\nmx: a.example\r\nmx: b.example"
		"\r\nmax_age: 86400\r\n");

	(void)state;
	assert_int_equal(policy.mode, STS_MODE_TESTING);
	assert_int_equal(policy.mx_count, 2);
	assert_int_equal(policy.max_age, 86400);
	arena_free(&arena);
}

static void passes_over_nonsense(void **state)
{
	struct arena *arena = arena_new(0);
	struct sts_policy policy =
		PARSE(arena, "mode: sometimes", "max_age: -5", "no colon", "",
	              "mx:", ": value", "max_age: 99999999999999999999");

	(void)state;
	assert_int_equal(policy.mode, STS_MODE_UNKNOWN);
	assert_int_equal(policy.max_age, 0);
	arena_free(&arena);
}

static void the_order_of_patterns_is_nothing(void **state)
{
	struct arena *arena = arena_new(0);
	struct sts_policy a = PARSE(arena, "mx: a.example", "mx: b.example");
	struct sts_policy b = PARSE(arena, "mx: B.example.", "mx: a.example");
	struct sts_policy c = PARSE(arena, "mx: a.example");
	struct sts_policy d = PARSE(arena, "mx: a.example", "mx: c.example");

	(void)state;
	assert_memory_equal(a.set, b.set, DIGEST_SIZE);
	assert_memory_not_equal(a.set, c.set, DIGEST_SIZE);
	assert_memory_not_equal(a.set, d.set, DIGEST_SIZE);
	assert_int_equal(sts_policy_compare(&a, &b), 0);
	assert_int_not_equal(sts_policy_compare(&a, &c), 0);
	b.mode = STS_MODE_ENFORCE;
	assert_int_not_equal(sts_policy_compare(&a, &b), 0);
	arena_free(&arena);
}

/* --- hosts --------------------------------------------------------------- */

static void patterns_cover_one_label(void **state)
{
	(void)state;
	assert_true(sts_policy_mx_matches(TEXT("*.example.net"),
	                                  TEXT("mx1.Example.NET.")));
	assert_true(sts_policy_mx_matches(TEXT("mx1.example.net."),
	                                  TEXT("mx1.example.net")));
	assert_false(sts_policy_mx_matches(TEXT("*.example.net"),
	                                   TEXT("a.b.example.net")));
	assert_false(sts_policy_mx_matches(TEXT("*.example.net"),
	                                   TEXT("example.net")));
	assert_false(sts_policy_mx_matches(TEXT("*.example.net"), TEXT("")));
	assert_false(sts_policy_mx_matches(TEXT("*.example.net"),
	                                   TEXT(".example.net")));
	assert_false(sts_policy_mx_matches(TEXT("mx1.example.net"),
	                                   TEXT("mx2.example.net")));
}

static void a_policy_covers_what_one_pattern_does(void **state)
{
	struct arena *arena = arena_new(0);
	const struct sts_policy policy =
		PARSE(arena, "mx: mx1.example.org", "mx: *.example.net");

	(void)state;
	assert_true(sts_policy_covers(policy.mx, policy.mx_count,
	                              TEXT("mx2.example.net")));
	assert_false(sts_policy_covers(policy.mx, policy.mx_count,
	                               TEXT("mx2.example.org")));
	assert_false(sts_policy_covers(policy.mx, 0, TEXT("mx1.example.org")));
	arena_free(&arena);
}

/* --- printing ------------------------------------------------------------ */

static void prints_what_it_reads(void **state)
{
	static const char file[] = "version: STSv1\nmode: enforce\n"
				   "mx: *.example.net\nmx: mx1.example.org\n"
				   "max_age: 86400\n";
	struct arena *arena = arena_new(0);
	const struct sts_policy policy = PARSE(arena, file);
	struct buf out = BUF_INIT(4096);

	(void)state;
	sts_policy_print(policy.mode, policy.mx, policy.mx_count,
	                 policy.max_age, &out);
	assert_string_equal(buf_text(&out), file);
	buf_reset(&out);
	sts_policy_print(policy.mode, policy.mx, 0, policy.max_age, &out);
	assert_int_equal(out.len, 0);
	buf_free(&out);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_senders_write),
		cmocka_unit_test(reads_a_file_in_one_element),
		cmocka_unit_test(passes_over_nonsense),
		cmocka_unit_test(the_order_of_patterns_is_nothing),
		cmocka_unit_test(patterns_cover_one_label),
		cmocka_unit_test(a_policy_covers_what_one_pattern_does),
		cmocka_unit_test(prints_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
