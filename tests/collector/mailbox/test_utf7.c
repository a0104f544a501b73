#include <string.h>

#include "collector/mailbox/utf7.h"
#include "tests/support/cmocka_all.h"

static void check(const char *name, const char *wanted)
{
	struct arena *arena = arena_new(1 << 16);

	assert_string_equal(utf7_folder(arena, name), wanted);
	arena_free(&arena);
}

static void ascii_stays(void **state)
{
	(void)state;
	check("", "");
	check("INBOX", "INBOX");
	check("TLS reports/2026~", "TLS reports/2026~");
	check("a+b", "a+b");
	check("R&D", "R&-D");
	check("&&", "&-&-");
}

/* The examples of RFC 3501 section 5.1.3, and what its rules give. */
static void the_rest_is_shifted(void **state)
{
	(void)state;
	check("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac"
	      "\xe8\xaa\x9e",
	      "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
	check("\xe2\x98\xba!", "&Jjo-!");
	check("Entw\xc3\xbcrfe", "Entw&APw-rfe");
	check("\xe2\x98\xba&", "&Jjo-&-");
	/* A pair of surrogates. */
	check("\xf0\x9f\x97\x91", "&2D3d0Q-");
	check("tab\there", "tab&AAk-here");
}

static void no_utf8_is_no_folder(void **state)
{
	(void)state;
	check("a\xff", "a&,,0-");
	check("\xc3", "&,,0-");
	check("\xff.\xff.", "&,,0-.&,,0-.");
	check("\xed\xa0\x80", "&,,3,,f,9-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_stays),
		cmocka_unit_test(the_rest_is_shifted),
		cmocka_unit_test(no_utf8_is_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
