/* The parts of a body by its boundary. */
#include "collector/mail/multipart.h"
#include "tests/support/cmocka_all.h"

struct split {
	const char *body; /* with the boundary "b" */
	const char *parts[3];
	bool framed, closed;
};

static const struct split splits[] = {
	{"--b\r\none\r\n--b\r\ntwo\r\n\r\n--b--\r\n",
         {"one", "two\r\n"},
         true,
         true},
	{"--b\none\n--b--", {"one"}, true, true},
	/* The last line says that more follow, or there is none. */
	{"--b\none\n--b\n", {"one"}, true, false},
	{"--b\none\n--b", {"one"}, true, false},
	{"--b\none\n", {"one"}, false, false},
	/* Blanks behind it are no part of it; empty lines are no text. */
	{"\r\n\r\n--b \t\r\none\r\n--b--  \r\n\r\n", {"one"}, true, true},
	{"Hello\n--b\none\n--b--\n", {"one"}, false, true},
	{"--b\none\n--b--\nGood bye\n", {"one"}, false, true},
	/* A longer one is another. */
	{"--bb\none\n--b--\n", {NULL}, false, true},
	{"--b\none\n--b--b\n--b---\n--b--\n",
         {"one\n--b--b\n--b---"},
         true,
         true},
	{" --b\none\n--b--\n", {NULL}, false, true},
	{"--b--\n", {NULL}, false, true},
	{"--b\n--b--\n", {""}, true, true},
	{"--b\n", {NULL}, true, false},
	{"text\n", {NULL}, false, false},
	{"", {NULL}, false, false},
};

static void bodies_are_split(void **state)
{
	struct text rest, part;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		rest = text_of(splits[i].body);
		if (multipart_is_framed(rest, TEXT("b")) != splits[i].framed ||
		    multipart_is_closed(rest, TEXT("b")) != splits[i].closed)
			fail_msg("%zu: framed or closed", i);
		for (k = 0; k < 3; k++) {
			if (!multipart_next(&rest, TEXT("b"), &part)) {
				assert_null(splits[i].parts[k]);
				break;
			}
			assert_non_null(splits[i].parts[k]);
			if (!text_is(part, splits[i].parts[k]))
				fail_msg("%zu, %zu: %.*s", i, k, (int)part.len,
				         part.data);
		}
	}
}

static void odd_boundaries_are_none(void **state)
{
	char name[256];
	size_t i;

	(void)state;
	assert_true(multipart_is_boundary(TEXT("----=_Part (0) '1'")));
	assert_false(multipart_is_boundary(TEXT("")));
	assert_false(multipart_is_boundary(TEXT("a ")));
	assert_false(multipart_is_boundary(TEXT("a\"b")));
	assert_false(multipart_is_boundary(TEXT("a\\b")));
	assert_false(multipart_is_boundary(TEXT("a\nb")));
	assert_false(multipart_is_boundary(TEXT("a\0b")));
	assert_false(multipart_is_boundary(TEXT("\xc3\xa4")));
	for (i = 0; i < sizeof(name); i++)
		name[i] = 'x';
	assert_true(multipart_is_boundary((struct text){name, 200}));
	assert_false(multipart_is_boundary((struct text){name, 201}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_split),
		cmocka_unit_test(odd_boundaries_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
