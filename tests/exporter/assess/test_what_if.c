#include <string.h>

#include "base/attr.h"
#include "exporter/assess/what_if.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void add(struct fixture *f, const char *signer, const char *domain)
{
	const struct wish wish = {
		.successes = 1,
		.trust = TRUST_DKIM,
		.signer = signer,
		.contact = arena_printf(f->arena, "a@%s", signer),
		.domain = domain,
	};

	(void)fixture_add(f, &wish);
}

/* Checks one name against some domains, none: the fleet. */
static int check(const struct fixture *f, const char *without,
                 const char *accept, const char *domain, struct err *err)
{
	struct what_if what_if = {0};
	struct text name = text_of(domain);
	struct reporters *reporters;
	int result;

	if (without != NULL)
		what_if.without = (struct option_list){&without, 1};
	if (accept != NULL)
		what_if.accept = (struct option_list){&accept, 1};
	if (reporters_read(NULL, f->store, &reporters, err) < 0)
		fail_msg("%s", err->text);
	result = what_if_check(&what_if, f->store, reporters, &name,
	                       name.len > 0 ? 1 : 0, err);
	reporters_unref(&reporters);
	return result;
}

static void assert_unknown(const struct fixture *f, const char *without,
                           const char *accept, const char *domain,
                           const char *sentence)
{
	struct err err;

	assert_int_equal(check(f, without, accept, domain, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_string_equal(err.text, sentence);
}

static void a_name_is_a_reporters_or_its_groups(void **state)
{
	struct fixture *f = *state;
	struct err err;

	add(f, "mail.big.example", "example.org");
	add(f, "small.example", "example.org");
	assert_int_equal(check(f, "big.example", NULL, "example.org", &err), 0);
	assert_int_equal(
		check(f, "Mail.Big.Example", NULL, "example.org", &err), 0);
	assert_int_equal(check(f, NULL, "small.example", "example.org", &err),
	                 0);
	assert_int_equal(check(f, "small.example", "mail.big.example",
	                       "example.org", &err),
	                 0);
	assert_unknown(f, "big", NULL, "example.org",
	               "no report is of a reporter \"big\" there; there are "
	               "reports of big.example, small.example");
}

static void a_name_that_only_another_domain_has_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct err err;

	add(f, "one.example", "example.org");
	add(f, "other.example", "example.net");
	assert_unknown(f, "one.example", "other.example", "example.org",
	               "no report is of a reporter \"other.example\" there; "
	               "there are reports of one.example");
	assert_int_equal(check(f, "one.example", "other.example", "", &err), 0);
	assert_unknown(f, "none.example", NULL, "",
	               "no report is of a reporter \"none.example\" on any "
	               "domain; there are reports of one.example, "
	               "other.example");
}

static void what_was_typed_reaches_no_terminal_raw(void **state)
{
	struct fixture *f = *state;

	assert_unknown(f, "\x1b[2J", NULL, "",
	               "no report is of a reporter \"\\x1b[2J\" on any "
	               "domain; there is no report yet");
}

static void many_names_are_not_all_listed(void **state)
{
	struct fixture *f = *state;
	struct err err;
	int i;

	for (i = 0; i < 100; i++)
		add(f, arena_printf(f->arena, "n%02d.example", i),
		    "example.org");
	assert_int_equal(check(f, "none.example", NULL, "example.org", &err),
	                 -1);
	assert_non_null(strstr(err.text, "n00.example, n01.example"));
	assert_non_null(strstr(err.text, "n15.example and others"));
	assert_null(strstr(err.text, "n16.example"));
}

static void without_a_store_nobody_is_known(void **state)
{
	const char *name = "google.com";
	const struct what_if what_if = {.without = {&name, 1}};
	struct reporters *reporters = reporters_new();
	struct err err;

	(void)state;
	assert_int_equal(
		what_if_check(&what_if, NULL, reporters, NULL, 0, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	reporters_unref(&reporters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_name_is_a_reporters_or_its_groups, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_name_that_only_another_domain_has_is_unknown,
			fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			what_was_typed_reaches_no_terminal_raw, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(many_names_are_not_all_listed,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test(without_a_store_nobody_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
