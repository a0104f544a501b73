#include <string.h>

#include "collector/mail/header.h"
#include "tests/support/cmocka_all.h"

static void check(struct text text, const char *wanted)
{
	if (!text_is(text, wanted))
		fail_msg("\"%.*s\", not \"%s\"", (int)text.len, text.data,
		         wanted);
}

static void fields_are_found_and_unfolded(void **state)
{
	const struct text header = TEXT(
		"From: a@b.example\r\nno field at all\r\nSubject: one\r\n"
		"\ttwo\r\n  three\r\nX : y\nSUBJECT: again\n\nFrom: body\n");
	struct arena *arena = arena_new(0);
	struct text value;

	(void)state;
	assert_int_equal(header_find(header, "subject", arena, &value), 2);
	check(value, "one two three");
	assert_int_equal(header_find(header, "X", arena, &value), 1);
	check(value, "y");
	assert_int_equal(header_find(header, "From", arena, &value), 1);
	assert_int_equal(header_find(header, "To", arena, &value), 0);
	check(value, "");
	assert_int_equal(header_length(header), header.len - 11);
	arena_free(&arena);
}

static void check_parameter(const char *value, const char *wanted)
{
	struct arena *arena = arena_new(0);
	struct text out;
	bool found = header_parameter(text_of(value), "filename", arena, &out);

	if (wanted == NULL)
		assert_false(found);
	else if (!found)
		fail_msg("nothing in %s", value);
	else
		check(out, wanted);
	arena_free(&arena);
}

static void parameters(void **state)
{
	(void)state;
	check_parameter("attachment; filename=a.json", "a.json");
	check_parameter("attachment; x=\"y; filename=no\"; FileName = \"a b\"",
	                "a b");
	check_parameter("attachment; filename=\"a\\\"b\"", "a\"b");
	check_parameter("attachment; filename*=utf-8''a%21b.json", "a!b.json");
	check_parameter("attachment; filename*0=\"goo\"; filename*1=gle.json",
	                "google.json");
	check_parameter("a; filename*1=b; filename*0*=us-ascii'en'a%20; "
	                "filename*3=never",
	                "a b");
	/* The first of two stands. */
	check_parameter("attachment; filename=a; filename=b", "a");
	check_parameter("attachment; name=a", NULL);
	check_parameter("attachment; filename*x=a", NULL);
	check_parameter("", NULL);
	check(header_main_value(TEXT(" Text/HTML (a comment); x=y")),
	      "Text/HTML");
}

static void addresses(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	check(header_address(TEXT("\"a, b\" <Tlsrpt@Sender.Example>"), arena),
	      "tlsrpt@sender.example");
	check(header_address(TEXT("plain@sender.example"), arena),
	      "plain@sender.example");
	check(header_address(TEXT("a@b.example, c@d.example"), arena), "");
	check(header_address(TEXT("nobody"), arena), "");
	check(header_address(TEXT("<a@b.example> and more"), arena), "");
	check(header_address(TEXT(""), arena), "");
	arena_free(&arena);
}

static const struct {
	const char *subject, *domain, *submitter;
} subjects[] = {
	/* As Google, Microsoft, Mail.ru (unfolded), sys4 and Stalwart write it.
         */
	{"Report Domain: d.example Submitter: s.example Report-ID: "
         "<2026.09.03T00.00.00Z+d.example@s.example>",
         "d.example", "s.example"},
	{"Report Domain: d.example Submitter: s.example Report-ID: "
         "133198585438131172+d.example",
         "d.example", "s.example"},
	{"Report Domain: d.example Submitter: s.example Report-ID: 1331985854+",
         "d.example", "s.example"},
	{"Report  Domain: d.example", "", ""},
	{" Report Domain:   d.example\tSubmitter: s.example   Report-ID: <1@x> ",
         "d.example", "s.example"},
	{"Report Domain: d.example Submitter: s.example Report-ID: "
         "<2026-09-20T00:00:00Z_idx1_d.example@s.example>",
         "d.example", "s.example"},
	{"Report Domain: d.example Submitter: s.example Report-ID: "
         "<1726358400_1234567890>",
         "d.example", "s.example"},
	{"Something else", "", ""},
	/* A title that a stranger chose is none, whatever a service writes
           around it. */
	{"Re: Report Domain: d.example Submitter: s Report-ID: <1@x>", "", ""},
	{"Report Domain: d.example by Submitter: s Report-ID: <1@x>",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: <1@x> - a "
         "comment",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: <1@x> (#12)",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: (#12)",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: #12",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: updated",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: <1@x>]",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: <1@x",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID: <>",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example Report-ID:",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example - a comment",
         "d.example", ""},
	{"Report Domain: d.example Submitter: s.example", "d.example", ""},
	{"Report Domain: Submitter: s.example Report-ID: <1@x>",
         "Submitter:", ""},
	{"Report Domain: d.example", "d.example", ""},
	{"", "", ""},
};

/* The submitter, who may be the signer, is found where nothing else stands in
   the subject. */
static void a_subject_is_all_of_it(void **state)
{
	struct text domain, submitter;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		header_subject(text_of(subjects[i].subject), &domain,
		               &submitter);
		check(domain, subjects[i].domain);
		if (!text_is(submitter, subjects[i].submitter))
			fail_msg("%s: \"%.*s\"", subjects[i].subject,
			         (int)submitter.len, submitter.data);
	}
}

static void file_names(void **state)
{
	(void)state;
	check(header_filename_domain(
		      TEXT("s.example!d.example!1!2!id.json.gz")),
	      "d.example");
	check(header_filename_domain(TEXT("tlsrpt.json")), "");
	check(header_filename_domain(TEXT("a!b!c!d!e!f")), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_and_unfolded),
		cmocka_unit_test(parameters),
		cmocka_unit_test(addresses),
		cmocka_unit_test(a_subject_is_all_of_it),
		cmocka_unit_test(file_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
