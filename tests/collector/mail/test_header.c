#include <string.h>

#include "collector/mail/header.h"
#include "collector/mail/header_date.h"
#include "collector/mail/header_sound.h"
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

static void dates(void **state)
{
	int64_t seconds = 0;

	(void)state;
	assert_true(
		header_date(TEXT("Wed, 25 Nov 2026 10:02:03 +0100"), &seconds));
	assert_int_equal(seconds, 1795597323);
	assert_true(header_date(TEXT("5 jan 2026 01:02 GMT"), &seconds));
	assert_int_equal(seconds, 1767574920);
	assert_true(header_date(TEXT("5 Jan 2026 01:02 -0530 (x)"), &seconds));
	assert_int_equal(seconds, 1767574920 + 19800);
	assert_false(header_date(TEXT("31 Feb 2026 01:02:03 +0000"), &seconds));
	assert_false(header_date(TEXT("yesterday"), &seconds));
	assert_false(header_date(TEXT("1 Jan 2026 25:00:00 +0000"), &seconds));
	assert_false(header_date(TEXT(""), &seconds));
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

#define HEADER(literal) (literal), sizeof(literal) - 1

static const struct {
	bool sound;
	const char *data;
	size_t len;
} headers[] = {
	{true, HEADER("From: a\r\nSubject: b\r\n\r\n")},
	{true, HEADER("From: a\nSubject:\n b\n\n")},
	{true, HEADER("X: a\r\n\tb \r\nX: again\r\nReceived:\r\n x\r\n\r\n")},
	{true, HEADER("Subject: \xc3\xa4\r\n{\"x\": y\r\n\r\n")},
	{true, HEADER("\r\n")},
	/* The body is no business of the header. */
	{true, HEADER("From: a\r\n\r\nFrom: b\rx\n")},
	{false, HEADER("")},
	{false, HEADER("From: a\r\n")},
	{false, HEADER("From: a\r\nno field\r\n\r\n")},
	{false, HEADER("--limit\r\nFrom: a\r\n\r\n")},
	{false, HEADER(" From: a\r\n\r\n")},
	{false, HEADER("From : a\r\n\r\n")},
	{false, HEADER("From\t: a\r\n\r\n")},
	{false, HEADER("Fr om: a\r\n\r\n")},
	{false, HEADER(": a\r\n\r\n")},
	{false, HEADER("Fr\xc3\xb6m: a\r\n\r\n")},
	{false, HEADER("From: a\r\n \r\n\r\n")},
	{false, HEADER("From: a\r\n \t\r\n b\r\n\r\n")},
	{false, HEADER("From: a\rb\r\n\r\n")},
	{false, HEADER("From: a\r\r\n\r\n")},
	{false, HEADER("From: a\nTo: b\r\n\r\n")},
	{false, HEADER("From: a\r\nTo: b\n\r\n")},
	{false, HEADER("From: a\r\n\n")},
	{false, HEADER("From: a\0b\r\n\r\n")},
	{false, HEADER("From: a\x7f\r\n\r\n")},
	{false, HEADER("From: a\x1b\r\n\r\n")},
	{false, HEADER("From: a\r\nX: y\r\nFROM: b\r\n\r\n")},
	{false, HEADER("Subject: a\r\nsubject: b\r\n\r\n")},
	{false, HEADER("Date: a\r\nDate: a\r\n\r\n")},
	{false, HEADER("Content-Type: a\r\nContent-type: b\r\n\r\n")},
	{false, HEADER("Content-Transfer-Encoding: a\r\n"
                       "Content-Transfer-Encoding: a\r\n\r\n")},
	{false, HEADER("MIME-Version: 1.0\r\nMime-Version: 1.0\r\n\r\n")},
	{false, HEADER("TLS-Report-Domain: a\r\nTLS-Report-Domain: b\r\n\r\n")},
	{false,
         HEADER("TLS-Report-Submitter: a\r\nTLS-Report-Submitter: b\r\n\r\n")},
};

static void a_header_that_all_read_alike_is_sound(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const struct text header = {headers[i].data, headers[i].len};

		if (mail_header_is_sound((
			    struct text){header.data, header_length(header)}) !=
		    headers[i].sound)
			fail_msg("%zu: %s", i, header.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_and_unfolded),
		cmocka_unit_test(parameters),
		cmocka_unit_test(addresses),
		cmocka_unit_test(dates),
		cmocka_unit_test(a_subject_is_all_of_it),
		cmocka_unit_test(file_names),
		cmocka_unit_test(a_header_that_all_read_alike_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
