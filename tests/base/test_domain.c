#include <string.h>

#include "base/domain.h"
#include "tests/support/cmocka_all.h"

static void normalises_names(void **state)
{
	static const struct {
		const char *name, *normal; /* NULL: refused */
		bool spelling, u_label;
	} cases[] = {
		{"example.org", "example.org", false, false},
		{"Example.ORG.", "example.org", true, false},
		{"_mta-sts.example.org", "_mta-sts.example.org", false, false},
		{"b\xc3\xbc"
	         "cher.example",
	         "xn--bcher-kva.example", false, true},
		{"", NULL, false, false},
		{".", NULL, false, false},
		{"a..b", NULL, false, false},
		{"exa mple.org", NULL, false, false},
		{"192.0.2.1", NULL, false, false},
		{"2001:db8::1", NULL, false, false},
		{"a\"b.example", NULL, false, false},
		{"\xff.example", NULL, false, false},
	};
	struct arena *arena = arena_new(0);
	struct domain_changes changes;
	struct text out;
	struct err err;
	size_t i;
	int result;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		changes = (struct domain_changes){false, false};
		result = domain_normalise(arena, text_of(cases[i].name), &out,
		                          &changes, &err);
		if ((result == 0) != (cases[i].normal != NULL))
			fail_msg("\"%s\"", cases[i].name);
		if (result == 0 && (!text_is(out, cases[i].normal) ||
		                    changes.spelling != cases[i].spelling ||
		                    changes.u_label != cases[i].u_label))
			fail_msg("\"%s\" -> \"%.*s\"", cases[i].name,
			         (int)out.len, out.data);
	}
	arena_free(&arena);
}

static void bounds_labels_and_names(void **state)
{
	struct arena *arena = arena_new(0);
	struct domain_changes changes = {false, false};
	char name[300];
	struct text out;
	struct err err;

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_int_equal(domain_normalise(arena, (struct text){name, 63}, &out,
	                                  &changes, &err),
	                 0);
	assert_int_equal(domain_normalise(arena, (struct text){name, 64}, &out,
	                                  &changes, &err),
	                 -1);
	name[60] = name[121] = name[182] = name[243] = '.';
	assert_int_equal(domain_normalise(arena, (struct text){name, 253}, &out,
	                                  &changes, &err),
	                 0);
	assert_int_equal(domain_normalise(arena, (struct text){name, 254}, &out,
	                                  &changes, &err),
	                 -1);
	arena_free(&arena);
}

static void finds_registrable_parts(void **state)
{
	(void)state;
	assert_true(text_is(domain_registrable(TEXT("a.b.example.co.uk")),
	                    "example.co.uk"));
	assert_true(
		text_is(domain_registrable(TEXT("corp.mail.ru")), "mail.ru"));
	assert_true(text_is(domain_registrable(TEXT("co.uk")), "co.uk"));
	assert_true(text_is(domain_registrable(TEXT("host")), "host"));
	assert_true(text_is(domain_registrable(TEXT("")), ""));
}

static void matches_patterns(void **state)
{
	(void)state;
	assert_true(domain_matches("a.example", TEXT("a.example"), false));
	assert_false(domain_matches("a.example", TEXT("b.a.example"), false));
	assert_true(domain_matches("*.example", TEXT("a.example"), false));
	assert_false(domain_matches("*.example", TEXT("a.b.example"), false));
	assert_true(domain_matches("*.example", TEXT("a.b.example"), true));
	assert_false(domain_matches("*.example", TEXT("example"), true));
	assert_false(domain_matches("*.example", TEXT("badexample"), true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalises_names),
		cmocka_unit_test(bounds_labels_and_names),
		cmocka_unit_test(finds_registrable_parts),
		cmocka_unit_test(matches_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
