#include "collector/mail/header.h"
#include "collector/mail/header_sound.h"
#include "tests/support/cmocka_all.h"

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
		cmocka_unit_test(a_header_that_all_read_alike_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
