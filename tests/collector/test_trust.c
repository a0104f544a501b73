/* Who is believed to have sent a mail. */
#include <string.h>

#include "collector/trust.h"
#include "schema/quirk.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define DAY 86400

struct judged {
	const char *what;
	const char *contact; /* the domain of contact-info */
	const char *from;
	const char *submitter;
	struct {
		const char *domain;
		enum authentication result;
	} signatures[2];
	int64_t age; /* of the mail */
	enum trust trust;
	enum authentication why;
	const char *signer;
	bool wait;
};

static const struct judged cases[] = {
	{"by contact-info",
         "s.example",
         "a@x.example",
         "",
         {{"s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
         false},
	{"by a subdomain",
         "s.example",
         "",
         "",
         {{"mail.s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "mail.s.example",
         false},
	{"by From",
         "other.example",
         "a@s.example",
         "",
         {{"s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
         false},
	{"by the submitter",
         "other.example",
         "",
         "s.example",
         {{"S.Example.", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
         false},
	{"for another",
         "other.example",
         "a@other.example",
         "",
         {{"s.example", AUTH_PASS}},
         0,
         TRUST_NONE,
         AUTH_UNALIGNED,
         "",
         false},
	{"no signature",
         "s.example",
         "",
         "",
         {{NULL, 0}},
         0,
         TRUST_NONE,
         AUTH_UNSIGNED,
         "",
         false},
	{"the better of two",
         "s.example",
         "a@x.example",
         "",
         {{"x.example", AUTH_PASS}, {"s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
         false},
	{"one of two",
         "s.example",
         "",
         "",
         {{"s.example", AUTH_FAILED}, {"s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
         false},
	{"failed",
         "s.example",
         "",
         "",
         {{"s.example", AUTH_FAILED}},
         0,
         TRUST_NONE,
         AUTH_FAILED,
         "",
         false},
	{"no key",
         "s.example",
         "",
         "",
         {{"s.example", AUTH_KEY_MISSING}},
         13 * DAY,
         TRUST_NONE,
         AUTH_KEY_MISSING,
         "",
         false},
	{"a key that is gone",
         "s.example",
         "",
         "",
         {{"s.example", AUTH_KEY_MISSING}},
         15 * DAY,
         TRUST_ANONYMOUS,
         AUTH_KEY_GONE,
         "",
         false},
	{"a foreign key that is gone",
         "s.example",
         "",
         "",
         {{"x.example", AUTH_KEY_MISSING}},
         15 * DAY,
         TRUST_NONE,
         AUTH_UNALIGNED,
         "",
         false},
	{"trouble",
         "s.example",
         "",
         "",
         {{"s.example", AUTH_TROUBLE}},
         0,
         TRUST_NONE,
         AUTH_TROUBLE,
         "",
         true},
	{"trouble with a foreign one",
         "s.example",
         "",
         "",
         {{"x.example", AUTH_TROUBLE}},
         0,
         TRUST_NONE,
         AUTH_UNALIGNED,
         "",
         false},
	{"trouble, but another passes",
         "s.example",
         "",
         "",
         {{"s.example", AUTH_TROUBLE}, {"s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
         false},
	{"anybody's",
         "mail.ru",
         "x@mail.ru",
         "",
         {{"mail.ru", AUTH_PASS}},
         0,
         TRUST_NONE,
         AUTH_SHARED_SIGNER,
         "",
         false},
	{"a host of the same",
         "corp.mail.ru",
         "x@corp.mail.ru",
         "",
         {{"corp.mail.ru", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "corp.mail.ru",
         false},
	{"a listed address",
         "comcast.net",
         "noreply@comcast.net",
         "",
         {{"comcast.net", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "comcast.net",
         false},
	{"another address",
         "comcast.net",
         "user@comcast.net",
         "",
         {{"comcast.net", AUTH_PASS}},
         0,
         TRUST_NONE,
         AUTH_SHARED_SIGNER,
         "",
         false},
	{"no name at all",
         "",
         "",
         "",
         {{"not a name", AUTH_PASS}},
         0,
         TRUST_NONE,
         AUTH_UNALIGNED,
         "",
         false},
};

static struct config *read_config(struct fixture *f, const char *more)
{
	struct buf text = BUF_INIT(4096);
	struct config *config;
	struct err err;

	buf_printf(&text, "domains = *\n%s", more);
	if (config_read(fixture_file(f, "trust.conf", buf_text(&text)), false,
	                &config, &err) < 0)
		fail_msg("%s", err.text);
	buf_free(&text);
	return config;
}

static void fill_mail(const struct judged *one, struct mail *mail)
{
	size_t i;

	*mail = (struct mail){.received = FIXTURE_NOW - one->age};
	mail->from = text_of(one->from);
	mail->submitter = text_of(one->submitter);
	for (i = 0; i < 2 && one->signatures[i].domain != NULL; i++) {
		mail->signatures[i].domain = text_of(one->signatures[i].domain);
		mail->signatures[i].result = one->signatures[i].result;
		mail->signature_count++;
	}
}

static void every_case(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(
		f, "[reporters]\naddresses = noreply@comcast.net\n");
	struct judgement judgement;
	struct mail mail;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill_mail(&cases[i], &mail);
		trust_judge(f->arena, config, &mail, text_of(cases[i].contact),
		            FIXTURE_NOW, &judgement);
		if (judgement.trust != cases[i].trust ||
		    judgement.authentication != cases[i].why ||
		    judgement.wait != cases[i].wait ||
		    !text_is(judgement.signer, cases[i].signer))
			fail_msg("%s: %s, %s, %.*s, %d", cases[i].what,
			         trust_name(judgement.trust),
			         authentication_name(judgement.authentication),
			         (int)judgement.signer.len,
			         judgement.signer.data, judgement.wait);
	}
	config_unref(&config);
}

static void a_server_of_ours_vouches(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(f, "");
	struct mail mail = {.received = FIXTURE_NOW,
	                    .from = TEXT("a@s.example"),
	                    .vouched = {TEXT("x.example"), TEXT("s.example")},
	                    .vouched_count = 2};
	struct judgement judgement;

	trust_judge(f->arena, config, &mail, TEXT("s.example"), FIXTURE_NOW,
	            &judgement);
	assert_int_equal(judgement.trust, TRUST_AUTHSERV);
	assert_true(text_is(judgement.signer, "s.example"));
	/* A signature that we have verified is worth more. */
	mail.signatures[0].domain = TEXT("s.example");
	mail.signatures[0].result = AUTH_PASS;
	mail.signature_count = 1;
	trust_judge(f->arena, config, &mail, TEXT("s.example"), FIXTURE_NOW,
	            &judgement);
	assert_int_equal(judgement.trust, TRUST_DKIM);
	config_unref(&config);
}

static void hints_only_fill_gaps(void **state)
{
	struct fixture *f = *state;
	const struct mail_signature by = {.covers_domain = true};
	const struct mail_part part = {.name = TEXT("s!File.Example!1!2.json")};
	struct mail mail = {.domain = TEXT("Head.Example"),
	                    .submitter = TEXT("sender.example")};
	struct report *report =
		fixture_report(f, &(struct wish){.domain = "example.org"});

	/* What is there stays, and is said to disagree. */
	assert_false(trust_use_hints(f->arena, report, &mail, &part, &by));
	assert_true(text_is(report->policies[0].domain, "example.org"));
	assert_true(report->quirks & QUIRK_BIT(QUIRK_HINT_DISAGREES));
	/* The header before the file's name. */
	report = fixture_report(f, &(struct wish){.domain = "example.org"});
	report->policies[0].domain = TEXT("");
	assert_false(trust_use_hints(f->arena, report, &mail, &part, &by));
	assert_true(text_is(report->policies[0].domain, "head.example"));
	assert_true(report->quirks & QUIRK_BIT(QUIRK_DOMAIN_FROM_HINT));
	/* Nobody signed it. */
	report->policies[0].domain = TEXT("");
	assert_true(trust_use_hints(f->arena, report, &mail, &part, NULL));
	/* In a signed part the name is signed; beside the body it is not. */
	mail.domain = TEXT("");
	report->policies[0].domain = TEXT("");
	assert_false(trust_use_hints(f->arena, report, &mail, &part, &by));
	assert_true(text_is(report->policies[0].domain, "file.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
		cmocka_unit_test(a_server_of_ours_vouches),
		cmocka_unit_test(hints_only_fill_gaps),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
