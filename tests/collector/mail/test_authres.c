#include <string.h>

#include "base/attr.h"
#include "collector/mail/authres.h"
#include "tests/support/cmocka_all.h"

/* The domains that passed, parted by blanks, with these ids believed. */
static const char *passes(struct arena *arena, const char *ids,
                          const char *header)
{
	const struct mail_request request = {.authserv_ids = text_of(ids)};
	struct mail mail = {.part_count = 0};
	const char *all = "";
	size_t i;

	authres_parse(arena, text_of(header), &request, &mail);
	for (i = 0; i < mail.authserv_pass_count; i++)
		all = arena_printf(arena, "%s%s%.*s", all, i > 0 ? " " : "",
		                   (int)mail.authserv_passes[i].len,
		                   mail.authserv_passes[i].data);
	return all;
}

#define FIELD "Authentication-Results: mx.example; "

static void reads_the_domains_that_passed(void **state)
{
	static const struct {
		const char *header, *domains;
	} cases[] = {
		{FIELD "dkim=pass header.d=s.example\r\n\r\n", "s.example"},
		{FIELD "dkim=pass header.i=@s.example\r\n\r\n", "s.example"},
		{FIELD "dkim=pass header.i=a@t.example header.d=s.example"
	               "\r\n\r\n",
	         "s.example"},
		{FIELD "dkim=fail header.d=s.example\r\n\r\n", ""},
		{FIELD "dkim=passed header.d=s.example\r\n\r\n", ""},
		{FIELD "spf=pass header.d=s.example\r\n\r\n", ""},
		{FIELD "dkim=pass\r\n\r\n", ""},
		{FIELD "spf=pass smtp.mailfrom=x;\r\n DKIM = PASS "
	               "header.d=s.example;\r\n\tdkim=pass header.d=t.example"
	               "\r\n\r\n",
	         "s.example t.example"},
		{"authentication-results: MX.example 1; dkim=pass "
	         "header.d=s.example\r\n\r\n",
	         "s.example"},
		{"Subject: dkim=pass header.d=s.example\r\n\r\n", ""},
	};
	struct arena *arena = arena_new(0);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (strcmp(passes(arena, "mx.example", cases[i].header),
		           cases[i].domains) != 0)
			fail_msg("%s: %s", cases[i].header,
			         passes(arena, "mx.example", cases[i].header));
	}
	arena_free(&arena);
}

static void comments_and_quotes_say_nothing(void **state)
{
	static const struct {
		const char *header, *domains;
	} cases[] = {
		{FIELD "dkim=pass (a; b (c) d) header.d=s.example\r\n\r\n",
	         "s.example"},
		{FIELD "dkim=fail (; dkim=pass header.d=s.example)\r\n\r\n",
	         ""},
		{FIELD "dkim=fail (\\); dkim=pass header.d=s.example)"
	               "\r\n\r\n",
	         ""},
		{FIELD "dkim=fail reason=\"; dkim=pass header.d=s.example\""
	               "\r\n\r\n",
	         ""},
		{FIELD "dkim=fail reason=\"\\\"; dkim=pass header.d=s.example "
	               "x\"\r\n\r\n",
	         ""},
		{FIELD "dkim=fail (; dkim=pass header.d=s.example\r\n\r\n", ""},
	};
	struct arena *arena = arena_new(0);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (strcmp(passes(arena, "mx.example", cases[i].header),
		           cases[i].domains) != 0)
			fail_msg("%s", cases[i].header);
	}
	arena_free(&arena);
}

static void only_servers_that_are_named_are_believed(void **state)
{
	static const char header[] = FIELD "dkim=pass header.d=s.example"
					   "\r\n\r\n";
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(passes(arena, "a.example mx.example", header),
	                    "s.example");
	assert_string_equal(passes(arena, "x.mx.example mx.exampl", header),
	                    "");
	assert_string_equal(passes(arena, "mx.example.net", header), "");
	assert_string_equal(passes(arena, "", header), "");
	arena_free(&arena);
}

/* Our own server writes its field on top; the sender writes the rest. */
static void what_stands_below_came_with_the_message(void **state)
{
	static const char other[] = "Authentication-Results: a.example; "
				    "dkim=pass header.d=a.example\r\n" FIELD
				    "dkim=fail header.d=s.example\r\n" FIELD
				    "dkim=pass header.d=s.example\r\n\r\n";
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(passes(arena, "mx.example", other), "");
	assert_string_equal(passes(arena, "a.example", other), "a.example");
	arena_free(&arena);
}

static void no_more_domains_than_signatures_are_kept(void **state)
{
	struct mail mail = {.part_count = 0};
	const struct mail_request request = {.authserv_ids =
	                                             TEXT("mx.example")};
	struct arena *arena = arena_new(0);
	struct buf header = BUF_INIT(65536);
	size_t i;

	(void)state;
	buf_add_text(&header, FIELD);
	for (i = 0; i < MAIL_SIGNATURES_MAX + 5; i++)
		buf_printf(&header, "dkim=pass header.d=s%zu.example; ", i);
	buf_add_text(&header, "\r\n\r\n");
	authres_parse(arena, text_of(buf_text(&header)), &request, &mail);
	assert_int_equal(mail.authserv_pass_count, MAIL_SIGNATURES_MAX);
	assert_true(text_is(mail.authserv_passes[MAIL_SIGNATURES_MAX - 1],
	                    "s7.example"));
	buf_free(&header);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_domains_that_passed),
		cmocka_unit_test(comments_and_quotes_say_nothing),
		cmocka_unit_test(only_servers_that_are_named_are_believed),
		cmocka_unit_test(what_stands_below_came_with_the_message),
		cmocka_unit_test(no_more_domains_than_signatures_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
