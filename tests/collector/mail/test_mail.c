/*
 * Where the report lies in a message: the shapes that reporters send, and those
 * that are no reports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/mail/mail.h"
#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"

#define JSON "{\"report-id\":\"x\",\"policies\":[],\"date-range\":{}}"
#define BASE64 \
	"eyJyZXBvcnQtaWQiOiJ4IiwicG9saWNpZXMiOltdLCJkYXRlLXJhbmdlIjp7fX0="

#define HEAD                                                     \
	"From: TLS <tlsrpt@s.example>\r\n"                       \
	"TLS-Report-Domain: d.example\r\n"                       \
	"TLS-Report-Submitter: s.example\r\n"                    \
	"Received: from a by b; Wed, 25 Nov 2026 10:00:00 +0000" \
	"\r\n"

#define REPORT                                                               \
	"Content-Type: multipart/report; report-type=tlsrpt; boundary=b\r\n" \
	"\r\n"                                                               \
	"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n"

#define NOT_TYPE QUIRK_BIT(QUIRK_MAIL_NOT_REPORT_TYPE)
#define NO_HEADS QUIRK_BIT(QUIRK_MAIL_NO_REPORT_HEADERS)
#define OPEN     QUIRK_BIT(QUIRK_MAIL_BOUNDARY_OPEN)

struct shape {
	const char *what;
	const char *message;
	size_t parts;
	const char *name; /* of the first */
	bool claims, forwards;
	uint64_t quirks;
};

static const struct shape shapes[] = {
	{"as the RFC has it",
         HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n"
         "Content-Disposition: attachment; filename=\"s!d!1!2.json\"\r\n\r\n" JSON
         "\r\n--b--\r\n",
         1, "s!d!1!2.json", true, false, 0},
	{"LF only, base64, no last boundary",
         "TLS-Report-Domain: d\nTLS-Report-Submitter: s\n"
         "Content-Type: multipart/report; report-type=TLSRPT; boundary=\"b\"\n\n"
         "--b\nContent-Type: application/tlsrpt+json; name=n\n"
         "Content-Transfer-Encoding: base64\n\n" BASE64 "\n",
         1, "n", true, false, OPEN},
	{"base64 with junk and without padding",
         HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\n"
         "eyJyZXBvcnQt aWQiOiJ4Iiwi\r\n*cG9saWNpZXMiOltdLCJkYXRlLXJhbmdlIjp7fX0\r\n--b--\r\n",
         1, "", true, false, 0},
	{"quoted-printable",
         HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
         "{\"report-id\":=22x\",\"policies\":[],=\r\n\"date-range\":{}}"
         "\r\n--b--\r\n",
         1, "", true, false, 0},
	{"a single part",
         HEAD "Content-Type: application/tlsrpt+json\r\n\r\n" JSON "\r\n", 1,
         "", true, false, NOT_TYPE},
	{"multipart/mixed, by its bytes",
         "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: application/octet-stream\r\n"
         "Content-Disposition: attachment; filename*0*=utf-8''a%21; "
         "filename*1=b.json\r\n\r\n" JSON "\r\n--b--\r\n",
         1, "a!b.json", false, false, NOT_TYPE},
	{"two reports",
         HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b--\r\n",
         2, "", true, false, 0},
	{"a part that says so and is none",
         HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+gzip\r\n\r\nnonsense\r\n--b--",
         1, "", true, false, 0},
	{"a report that lacks its part", HEAD REPORT "--b--\r\n", 0, "", true,
         false, 0},
	{"without the report headers",
         "Subject: x\r\n" REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b--\r\n",
         1, "", true, false, NO_HEADS},
	{"forwarded",
         "Subject: Fwd\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
         "--a\r\nContent-Type: message/rfc822\r\n\r\n" HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b--\r\n\r\n--a--\r\n",
         0, "", false, true, NOT_TYPE},
	{"bounced",
         "Subject: Undelivered\r\nContent-Type: multipart/report; "
         "report-type=delivery-status; boundary=a\r\n\r\n"
         "--a\r\nContent-Type: message/rfc822\r\n\r\n" HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b--\r\n\r\n--a--\r\n",
         0, "", false, false, NOT_TYPE},
	{"a last line that says that more follow",
         HEAD REPORT "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
                     "\r\n--b\r\n",
         1, "", true, false, OPEN},
	{"the same in a part, encoded",
         HEAD "Content-Type: multipart/mixed; boundary=a\r\n\r\n"
              "--a\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
              "--a\r\nContent-Type: multipart/report; boundary=b\r\n\r\n"
              "--b\r\nContent-Type: application/tlsrpt+json; name=n\r\n"
              "Content-Transfer-Encoding: base64\r\n\r\n" BASE64
              "\r\n--b\r\n--a--\r\n",
         1, "n", true, false, NOT_TYPE},
	{"the same in a message in it",
         "Subject: Fwd\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
         "--a\r\nContent-Type: message/rfc822\r\n\r\n" HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b\r\n--a\r\n",
         0, "", false, true, NOT_TYPE | OPEN},
	{"a byte order mark before it",
         "\xef\xbb\xbf" HEAD REPORT
         "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
         "\r\n--b--\r\n",
         1, "", true, false, 0},
	{"a ZIP archive",
         HEAD REPORT "--b\r\nContent-Type: application/zip; name=z\r\n\r\n"
                     "PK\x03\x04 and so on\r\n--b--\r\n",
         1, "z", true, false, 0},
	{"a ZIP archive beside the report",
         HEAD REPORT "--b\r\nContent-Type: application/zip; name=z\r\n\r\n"
                     "PK\x03\x04 and so on\r\n"
                     "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
                     "\r\n--b--\r\n",
         1, "", true, false, 0},
	{"a ZIP archive of who knows what",
         "Subject: x\r\nContent-Type: application/zip\r\n\r\nPK\x03\x04\r\n", 0,
         "", false, false, NOT_TYPE},
	{"a boundary in pieces, and another one",
         HEAD "Content-Type: multipart/report; report-type=tlsrpt;\r\n"
              " boundary*0=x; boundary*1=b; boundary=b; boundary=c\r\n\r\n"
              "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" JSON
              "\r\n--b--\r\n",
         0, "", true, false, OPEN},
	{"several parts without a boundary",
         HEAD "Content-Type: multipart/report; report-type=tlsrpt\r\n"
              "Content-Transfer-Encoding: base64\r\n\r\n" BASE64 "\r\n",
         0, "", true, false, 0},
	{"other JSON",
         "Subject: x\r\nContent-Type: application/json\r\n\r\n{\"a\": 1}\r\n",
         0, "", false, false, NOT_TYPE},
	{"text", "Subject: x\r\n\r\nhello\r\n", 0, "", false, false, NOT_TYPE},
	{"nothing", "", 0, "", false, false, NOT_TYPE},
	{"an empty line", "\r\n", 0, "", false, false, NOT_TYPE},
};

static enum mail_key_state no_key(void *cls, const char *name, char *out,
                                  size_t size)
{
	(void)name;
	(void)out;
	(void)size;
	(*(int *)cls)++;
	return MAIL_KEY_MISSING;
}

static void read_one(struct arena *arena, const char *text,
                     const struct mail_request *request, struct mail *mail)
{
	struct mail_parser *parser = mail_parser_open();
	size_t len = strlen(text);
	char *message = arena_alloc(arena, len + MAIL_PADDING);

	memcpy(message, text, len);
	mail_parse(parser, arena, (struct text){message, len}, request, mail);
	mail_parser_close(&parser);
}

static void check_shape(const struct shape *shape)
{
	const struct mail_request request = {.now = 1795700000,
	                                     .part_max = 4096};
	struct arena *arena = arena_new(0);
	struct mail mail;

	read_one(arena, shape->message, &request, &mail);
	if (mail.part_count != shape->parts ||
	    mail.claims_report != shape->claims ||
	    mail.forwards != shape->forwards || mail.quirks != shape->quirks)
		fail_msg("%s: %zu parts, claims %d, forwards %d, quirks %llx",
		         shape->what, mail.part_count, mail.claims_report,
		         mail.forwards, (unsigned long long)mail.quirks);
	if (mail.part_count > 0 && !text_is(mail.parts[0].name, shape->name))
		fail_msg("%s: name %.*s", shape->what,
		         (int)mail.parts[0].name.len, mail.parts[0].name.data);
	arena_free(&arena);
}

static void every_shape(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		check_shape(&shapes[i]);
}

static void what_a_part_holds(void **state)
{
	const struct mail_request request = {.now = 1795700000,
	                                     .part_max = 4096};
	struct arena *arena = arena_new(0);
	struct mail mail;
	size_t i;

	(void)state;
	/* Whatever its coding, it is the same JSON. */
	for (i = 0; i < 4; i++) {
		read_one(arena, shapes[i].message, &request, &mail);
		assert_int_equal(mail.part_count, 1);
		if (!text_is(text_trim(mail.parts[0].data), JSON))
			fail_msg("%s: %.*s", shapes[i].what,
			         (int)mail.parts[0].data.len,
			         mail.parts[0].data.data);
	}
	read_one(arena, shapes[0].message, &request, &mail);
	assert_true(text_is(mail.from, "tlsrpt@s.example"));
	assert_true(text_is(mail.domain, "d.example"));
	assert_int_equal(mail.received, 1795600800);
	arena_free(&arena);
}

static void parts_over_the_limit_are_said(void **state)
{
	const struct mail_request request = {.now = 1795700000, .part_max = 10};
	struct arena *arena = arena_new(0);
	struct mail mail;

	(void)state;
	read_one(arena, shapes[0].message, &request, &mail);
	assert_int_equal(mail.part_count, 1);
	assert_true(mail.parts[0].too_large);
	assert_int_equal(mail.parts[0].data.len, 0);
	arena_free(&arena);
}

/* 20 signatures are 8 questions, and mail without a report is none. */
static void few_signatures_are_looked_at(void **state)
{
	static const char signature[] =
		"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; "
		"d=s.example; s=x; h=From;\r\n"
		" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
		" b=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n";
	int asked = 0, i;
	const struct mail_request request = {.now = 1795700000,
	                                     .part_max = 4096,
	                                     .dkim = true,
	                                     .lookup = no_key,
	                                     .cls = &asked};
	struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(65536);
	struct mail mail;

	(void)state;
	for (i = 0; i < 20; i++)
		buf_add_text(&text, signature);
	buf_add_text(&text, shapes[0].message);
	read_one(arena, buf_text(&text), &request, &mail);
	assert_int_equal(mail.signature_count, MAIL_SIGNATURES_MAX);
	assert_int_equal(asked, MAIL_SIGNATURES_MAX);
	asked = 0;
	buf_reset(&text);
	buf_add_text(&text, signature);
	buf_add_text(&text, "Subject: x\r\n\r\nhello\r\n");
	read_one(arena, buf_text(&text), &request, &mail);
	assert_int_equal(asked, 0);
	buf_free(&text);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape),
		cmocka_unit_test(what_a_part_holds),
		cmocka_unit_test(parts_over_the_limit_are_said),
		cmocka_unit_test(few_signatures_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
