/* Who is believed to have sent a mail. */
#include <stdio.h>
#include <string.h>

#include "collector/intake/authentication.h"
#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define DAY 86400

struct assessed {
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

static const struct assessed cases[] = {
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
	{"a service's reporter",
         "google.com",
         "noreply-smtp-tls-reporting@google.com",
         "google.com",
         {{"google.com", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "google.com",
         false},
	{"what a service signs for a user",
         "google.com",
         "calendar-notification@google.com",
         "google.com",
         {{"google.com", AUTH_PASS}},
         0,
         TRUST_NONE,
         AUTH_SHARED_SIGNER,
         "",
         false},
	{"a service's mail with a reporter of its own",
         "google.com",
         "tlsrpt@s.example",
         "google.com",
         {{"google.com", AUTH_PASS}, {"s.example", AUTH_PASS}},
         0,
         TRUST_DKIM,
         AUTH_PASS,
         "s.example",
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

static void fill_mail(const struct assessed *one, struct mail *mail)
{
	size_t i;

	*mail = (struct mail){.received = FIXTURE_NOW - one->age};
	mail->from = text_of(one->from);
	mail->submitter = text_of(one->submitter);
	for (i = 0; i < 2 && one->signatures[i].domain != NULL; i++) {
		mail->signatures[i].domain = text_of(one->signatures[i].domain);
		mail->signatures[i].result = one->signatures[i].result;
		mail->signatures[i].covers_reading = true;
		mail->signatures[i].covers_from = true;
		mail->signature_count++;
	}
}

static struct report *report_of(struct fixture *f, const char *contact_domain)
{
	char contact[128];

	(void)snprintf(contact, sizeof(contact), "tlsrpt@%s", contact_domain);
	return fixture_report(f, &(struct wish){.contact = contact});
}

static void every_case(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(
		f, "[reporters]\naddresses = noreply@comcast.net\n");
	struct authentication_result result;
	struct report *report;
	struct mail mail;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill_mail(&cases[i], &mail);
		report = report_of(f, cases[i].contact);
		authentication_assess(
			f->arena, config,
			&(struct authentication_input){&mail, NULL, report},
			FIXTURE_NOW, &result);
		if (result.trust != cases[i].trust ||
		    result.authentication != cases[i].why ||
		    result.dns_pending != cases[i].wait ||
		    !text_is(result.signer, cases[i].signer))
			fail_msg("%s: %s, %s, %.*s, %d", cases[i].what,
			         trust_name(result.trust),
			         trust_authentication_name(
					 result.authentication),
			         (int)result.signer.len, result.signer.data,
			         result.dns_pending);
	}
	config_unref(&config);
}

/* What one signature of s.example covers, and what the mail says. */
struct reading {
	const char *what;
	const char *subject; /* D S, or NULL */
	const char *fields;  /* of TLS-Report-Domain and -Submitter, or NULL */
	const char *type;    /* of the part */
	bool covers_reading, covers_subject, covers_fields;
	bool framed, report_type;
	enum authentication why;
};

#define OURS "example.org s.example"

static const struct reading readings[] = {
	{"as the RFC has it", OURS, OURS, "application/tlsrpt+gzip", true, true,
         true, true, true, AUTH_PASS},
	{"by the type alone", NULL, NULL, "application/json", true, false,
         false, false, true, AUTH_PASS},
	{"by the part's type alone", NULL, NULL, "application/tlsrpt+json",
         true, false, false, false, false, AUTH_PASS},
	/* A contact form: what a stranger wrote, signed as text. */
	{"nothing signed says report", "x y", NULL, "text/plain", true, true,
         false, false, false, AUTH_UNCOVERED},
	{"the subject says report", OURS, NULL, "text/plain", true, true, false,
         false, false, AUTH_PASS},
	/* As Google signs. */
	{"the body shows it, and the subject", OURS, NULL,
         "application/tlsrpt+gzip", false, true, false, true, true, AUTH_PASS},
	{"the body shows it, and the fields", NULL, OURS,
         "application/tlsrpt+gzip", false, false, true, true, true, AUTH_PASS},
	{"the submitter is a host of the signer", "example.org mail.s.example",
         NULL, "application/tlsrpt+gzip", false, true, false, true, true,
         AUTH_PASS},
	{"the body does not show it", OURS, OURS, "application/tlsrpt+gzip",
         false, true, true, false, true, AUTH_UNCOVERED},
	{"nothing is covered", OURS, OURS, "application/tlsrpt+gzip", false,
         false, false, true, true, AUTH_UNCOVERED},
	{"another domain", "other.example s.example", NULL,
         "application/tlsrpt+gzip", false, true, false, true, true,
         AUTH_UNCOVERED},
	{"another submitter", "example.org other.example", NULL,
         "application/tlsrpt+gzip", false, true, false, true, true,
         AUTH_UNCOVERED},
	{"no submitter", "example.org", NULL, "application/tlsrpt+gzip", false,
         true, false, true, true, AUTH_UNCOVERED},
};

static void two_words(const char *line, struct text *a, struct text *b)
{
	struct text rest = text_of(line != NULL ? line : "");

	*a = TEXT("");
	(void)text_next(&rest, ' ', a);
	*b = rest;
}

static void what_is_read_is_covered(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(f, "");
	struct report *report = report_of(f, "s.example");
	struct authentication_result result;
	struct mail_part part;
	struct mail mail;
	size_t i;

	for (i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
		const struct reading *one = &readings[i];

		mail = (struct mail){.received = FIXTURE_NOW,
		                     .framed = one->framed,
		                     .report_type = one->report_type,
		                     .signature_count = 1};
		two_words(one->subject, &mail.subject_domain,
		          &mail.subject_submitter);
		two_words(one->fields, &mail.domain, &mail.submitter);
		part = (struct mail_part){.type = text_of(one->type)};
		mail.signatures[0] = (struct mail_signature){
			.domain = TEXT("s.example"),
			.result = AUTH_PASS,
			.covers_reading = one->covers_reading,
			.covers_subject = one->covers_subject,
			.covers_domain = one->covers_fields,
			.covers_submitter = one->covers_fields};
		authentication_assess(
			f->arena, config,
			&(struct authentication_input){&mail, &part, report},
			FIXTURE_NOW, &result);
		if (result.authentication != one->why ||
		    result.trust !=
		            (one->why == AUTH_PASS ? TRUST_DKIM : TRUST_NONE))
			fail_msg("%s: %s, %s", one->what,
			         trust_name(result.trust),
			         trust_authentication_name(
					 result.authentication));
	}
	config_unref(&config);
}

static void an_ambiguous_header_proves_nothing(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(f, "");
	struct report *report = report_of(f, "s.example");
	struct mail mail = {
		.received = FIXTURE_NOW,
		.signatures = {{.domain = TEXT(""), .result = AUTH_AMBIGUOUS}},
		.signature_count = 1};
	struct authentication_result result;

	authentication_assess(f->arena, config,
	                      &(struct authentication_input){&mail, NULL,
	                                                     report},
	                      FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_NONE);
	assert_int_equal(result.authentication, AUTH_AMBIGUOUS);
	assert_false(result.dns_pending);
	config_unref(&config);
}

static void a_server_of_ours_vouches(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(f, "");
	struct report *report = report_of(f, "s.example");
	struct mail mail = {.received = FIXTURE_NOW,
	                    .from = TEXT("a@s.example"),
	                    .authserv_passes = {TEXT("x.example"),
	                                        TEXT("s.example")},
	                    .authserv_pass_count = 2,
	                    .framed = true,
	                    .subject_domain = TEXT("example.org"),
	                    .subject_submitter = TEXT("s.example")};
	const struct authentication_input input = {&mail, NULL, report};
	struct authentication_result result;

	/* The signature is gone: the body leaves no choice. */
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_AUTHSERV);
	assert_true(text_is(result.signer, "s.example"));
	mail.framed = false;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_NONE);
	assert_int_equal(result.authentication, AUTH_UNCOVERED);
	/* The server has changed something; it says what was signed. */
	mail.signatures[0].domain = TEXT("s.example");
	mail.signatures[0].result = AUTH_FAILED;
	mail.signatures[0].covers_reading = true;
	mail.signatures[1] = mail.signatures[0];
	mail.signature_count = 2;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_AUTHSERV);
	/* Which of two passed is not known: both must cover it, and all must
	   have been seen. */
	mail.signatures[1].covers_reading = false;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.authentication, AUTH_UNCOVERED);
	mail.signature_count = 1;
	mail.more_signatures = true;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.authentication, AUTH_UNCOVERED);
	mail.more_signatures = false;
	mail.signatures[0].result = AUTH_LENGTH_LIMITED;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.authentication, AUTH_UNCOVERED);
	/* A signature that we have verified is worth more. */
	mail.signatures[0].result = AUTH_PASS;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_DKIM);
	config_unref(&config);
}

/* Of a service that signs for its users it is From that counts: as the server
   left it, and as its signature covers it. */
static void a_server_of_ours_vouches_for_a_service(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(f, "");
	struct report *report = report_of(f, "microsoft.com");
	struct mail mail = {.received = FIXTURE_NOW,
	                    .from = TEXT("tlsrpt-noreply@microsoft.com"),
	                    .authserv_passes = {TEXT("microsoft.com")},
	                    .authserv_pass_count = 1,
	                    .framed = true,
	                    .subject_domain = TEXT("example.org"),
	                    .subject_submitter = TEXT("microsoft.com")};
	const struct authentication_input input = {&mail, NULL, report};
	struct authentication_result result;

	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_AUTHSERV);
	mail.from = TEXT("no-reply@sharepoint.microsoft.com");
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_NONE);
	assert_int_equal(result.authentication, AUTH_SHARED_SIGNER);
	/* A signature that does not cover From says nothing of it. */
	mail.from = TEXT("tlsrpt-noreply@microsoft.com");
	mail.signatures[0] =
		(struct mail_signature){.domain = TEXT("microsoft.com"),
	                                .result = AUTH_FAILED,
	                                .covers_reading = true,
	                                .covers_subject = true,
	                                .covers_from = true};
	mail.signature_count = 1;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_AUTHSERV);
	mail.signatures[0].covers_from = false;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.authentication, AUTH_SHARED_SIGNER);
	/* Nor does one that was not looked at. */
	mail.signatures[0].covers_from = true;
	mail.more_signatures = true;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_NONE);
	config_unref(&config);
}

/* The server names i=, which may be below d= of the signature. */
static void a_server_of_ours_names_a_subdomain(void **state)
{
	struct fixture *f = *state;
	struct config *config = read_config(f, "");
	struct report *report = report_of(f, "s.example");
	struct mail mail = {.received = FIXTURE_NOW,
	                    .from = TEXT("a@s.example"),
	                    .authserv_passes = {TEXT("x.example"),
	                                        TEXT("mail.s.example")},
	                    .authserv_pass_count = 2,
	                    .framed = true,
	                    .subject_domain = TEXT("example.org"),
	                    .subject_submitter = TEXT("s.example")};
	const struct authentication_input input = {&mail, NULL, report};
	struct authentication_result result;

	/* What that signature covers is asked ... */
	mail.signatures[0].domain = TEXT("s.example");
	mail.signatures[0].result = AUTH_LENGTH_LIMITED;
	mail.signatures[0].covers_reading = true;
	mail.signature_count = 1;
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.authentication, AUTH_UNCOVERED);
	/* ... and not what that of another domain covers. */
	mail.signatures[0].domain = TEXT("il.s.example");
	authentication_assess(f->arena, config, &input, FIXTURE_NOW, &result);
	assert_int_equal(result.trust, TRUST_AUTHSERV);
	config_unref(&config);
}

static void hints_only_fill_gaps(void **state)
{
	struct fixture *f = *state;
	struct mail_signature by = {.covers_domain = true};
	const struct mail_part part = {.name = TEXT("s!File.Example!1!2.json")};
	struct mail mail = {.domain = TEXT("Head.Example"),
	                    .submitter = TEXT("sender.example")};
	struct report *report =
		fixture_report(f, &(struct wish){.domain = "example.org"});
	struct text missing;
	bool covered;

	/* What is there stays, and is said to disagree. */
	missing = authentication_read_hints(f->arena, report, &mail, &part, &by,
	                                    &covered);
	assert_true(covered && missing.len == 0);
	assert_true(report->quirks & QUIRK_BIT(QUIRK_HINT_DISAGREES));
	authentication_fill_domain(report, TEXT("x.example"));
	assert_true(text_is(report->policies[0].domain, "example.org"));
	/* The header before the file's name. */
	report = fixture_report(f, &(struct wish){.domain = "example.org"});
	report->policies[0].domain = TEXT("");
	missing = authentication_read_hints(f->arena, report, &mail, &part, &by,
	                                    &covered);
	assert_true(covered && text_is(missing, "head.example"));
	assert_int_equal(report->policies[0].domain.len, 0);
	authentication_fill_domain(report, missing);
	assert_true(text_is(report->policies[0].domain, "head.example"));
	assert_true(report->quirks & QUIRK_BIT(QUIRK_DOMAIN_FROM_HINT));
	/* Nobody signed it. */
	report->policies[0].domain = TEXT("");
	(void)authentication_read_hints(f->arena, report, &mail, &part, NULL,
	                                &covered);
	assert_false(covered);
	/* In a signed part the name is signed; beside the body it is not. */
	mail.domain = TEXT("");
	missing = authentication_read_hints(f->arena, report, &mail, &part, &by,
	                                    &covered);
	assert_true(covered && text_is(missing, "file.example"));
	/* What is signed before what is not, whatever it is. */
	by.covers_domain = false;
	mail.domain = TEXT("Head.Example");
	missing = authentication_read_hints(f->arena, report, &mail, &part, &by,
	                                    &covered);
	assert_true(covered && text_is(missing, "file.example"));
	by.covers_subject = true;
	mail.subject_domain = TEXT("subject.example");
	missing = authentication_read_hints(f->arena, report, &mail, &part, &by,
	                                    &covered);
	assert_true(covered && text_is(missing, "subject.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
		cmocka_unit_test(what_is_read_is_covered),
		cmocka_unit_test(an_ambiguous_header_proves_nothing),
		cmocka_unit_test(a_server_of_ours_vouches),
		cmocka_unit_test(a_server_of_ours_vouches_for_a_service),
		cmocka_unit_test(a_server_of_ours_names_a_subdomain),
		cmocka_unit_test(hints_only_fill_gaps),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
