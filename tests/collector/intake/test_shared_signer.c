#include "base/attr.h"
#include "collector/intake/shared_signer.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static const struct {
	const char *domain, *from; /* the address that is signed */
	bool mailbox;
} cases[] = {
	/* Whoever has a domain of its own. */
	{"s.example", "anybody@s.example", false},
	{"s.example", "", false},
	/* Where anybody gets a mailbox. */
	{"mail.ru", "x@mail.ru", true},
	{"corp.mail.ru", "x@corp.mail.ru", false},
	{"comcast.net", "noreply@comcast.net", false},
	{"comcast.net", "user@comcast.net", true},
	{"comcast.net", "", true},
	/* Two services that sign for their users. */
	{"google.com", "noreply-smtp-tls-reporting@google.com", false},
	{"google.com", "calendar-notification@google.com", true},
	{"google.com", "", true},
	{"accounts.google.com", "no-reply@accounts.google.com", true},
	{"smtp-tls.google.com", "noreply-smtp-tls-reporting@google.com", false},
	{"microsoft.com", "tlsrpt-noreply@microsoft.com", false},
	{"microsoft.com", "microsoft-noreply@microsoft.com", true},
	{"email.microsoft.com", "x@email.microsoft.com", true},
	/* The other's reporter is nobody's here. */
	{"google.com", "tlsrpt-noreply@microsoft.com", true},
	{"microsoft.com", "noreply-smtp-tls-reporting@google.com", true},
	{"mail.ru", "noreply-smtp-tls-reporting@google.com", true},
	/* What only looks like it. */
	{"google.com.example", "x@google.com.example", false},
	{"google.com", "x@noreply-smtp-tls-reporting@google.com", true},
	{"google.com", "noreply-smtp-tls-reporting@google.com.example", true},
	{"google.com", "noreply-smtp-tls-reporting@mail.google.com", true},
	/* An operator knows better. */
	{"workspace.google.com", "tls@google.com", false},
	{"google.com", "noreply@comcast.net", true},
};

static void an_address_makes_a_mailbox_a_reporter(void **state)
{
	struct fixture *f = *state;
	struct config *config;
	struct err err;
	size_t i;

	if (config_read(fixture_file(f, "signer.conf",
	                             "domains = *\n[reporters]\naddresses = "
	                             "noreply@comcast.net Tls@Google.com\n"),
	                false, &config, &err) < 0)
		fail_msg("%s", err.text);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (shared_signer_proves_mailbox(
			    f->arena, config, text_of(cases[i].domain),
			    text_of(cases[i].from)) != cases[i].mailbox)
			fail_msg("%s signs for %s", cases[i].domain,
			         cases[i].from);
	}
	config_unref(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_makes_a_mailbox_a_reporter),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
