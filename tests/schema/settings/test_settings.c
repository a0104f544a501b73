#include <string.h>

#include "base/attr.h"
#include "schema/settings/settings.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static int read_text(struct fixture *f, const char *text,
                     struct settings *settings, struct err *err)
{
	static const char *const others[] = {"collector", NULL};

	const struct settings_sections more = {NULL, 0, others};

	memset(settings, 0, sizeof(*settings));
	return settings_read(fixture_file(f, "x.conf", text), f->arena, &more,
	                     settings, err);
}

static void tells_whose_a_domain_is(void **state)
{
	static const struct {
		const char *domain;
		enum settings_domain_match claim;
	} cases[] = {
		{"example.org", SETTINGS_DOMAIN_CONFIGURED},
		{"two.example", SETTINGS_DOMAIN_CONFIGURED},
		{"three.example", SETTINGS_DOMAIN_CONFIGURED},
		{"xn--bcher-kva.example", SETTINGS_DOMAIN_CONFIGURED},
		{"a.b.hosted.example", SETTINGS_DOMAIN_COVERED},
		{"hosted.example", SETTINGS_DOMAIN_FOREIGN},
		{"sub.example.org", SETTINGS_DOMAIN_FOREIGN},
	};
	struct fixture *f = *state;
	struct settings settings;
	struct err err;
	size_t i;

	assert_int_equal(
		read_text(f,
	                  arena_printf(f->arena,
	                               "domains = Example.ORG. two.example "
	                               "*.hosted.example\ndomains_file = %s\n"
	                               "[domain three.example]\n"
	                               "mx_hosts = mx.three.example\n"
	                               "[domain two.example]\n"
	                               "mx_hosts = mx.three.example\n",
	                               fixture_file(f, "list",
	                                            "# ours\nb\xc3\xbc"
	                                            "cher.example\n\n")),
	                  &settings, &err),
		0);
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (settings_domains_match(&settings,
		                           text_of(cases[i].domain)) !=
		    cases[i].claim)
			fail_msg("%s", cases[i].domain);
	}
	(void)settings_domains_of_mx(&settings, TEXT("mx.three.example"), &i);
	assert_int_equal(i, 2);
	assert_null(settings_domains_of_mx(&settings, TEXT("mx.example"), &i));
}

static void a_domain_has_thresholds_of_its_own(void **state)
{
	struct fixture *f = *state;
	const struct thresholds *own, *common;
	struct settings settings;
	struct err err;

	/* [verdict] may stand behind what overrides it. */
	if (read_text(f,
	              "domains = example.org\n[domain two.example]\n"
	              "min_reporters = 1\naccept_reporters = a.example\n"
	              "mode = enforce\nmx = *.Two.example. mx.example\n"
	              "[verdict]\nmax_refusal = 1.2 %\ntrust_https = no\n"
	              "assume_policy_when_missing = false\n"
	              "min_reporters = 3\n",
	              &settings, &err) < 0)
		fail_msg("%s", err.text);
	common = settings_thresholds(&settings, TEXT("example.org"));
	own = settings_thresholds(&settings, TEXT("two.example"));
	assert_int_equal(common->min_reporters, 3);
	assert_int_equal(common->max_refusal, 12000);
	assert_int_equal(common->assume_policy_when_missing, 0);
	assert_int_equal(own->assume_policy_when_missing, 0);
	assert_int_equal(common->accept_reporters.count, 0);
	assert_int_equal(own->min_reporters, 1);
	assert_int_equal(own->max_refusal, 12000);
	assert_int_equal(own->trust_https, TRUST_HTTPS_NO);
	assert_int_equal(own->cell_cap, 200);
	assert_int_equal(own->accept_reporters.count, 1);
	assert_null(settings_find_section(&settings, TEXT("example.org")));
	assert_int_equal(
		settings_find_section(&settings, TEXT("two.example"))->mode, 3);
	assert_string_equal(settings_find_section(&settings,
	                                          TEXT("two.example"))
	                            ->mx.items[0],
	                    "*.two.example");
	assert_int_equal(settings.look_back, 87);
}

static void each_second_word_means_yes(void **state)
{
	static const char *const words[] = {"no",  "yes", "false", "true",
	                                    "off", "on",  "0",     "1"};
	struct fixture *f = *state;
	struct settings settings;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(words); i++) {
		const char *text = arena_printf(
			f->arena,
			"[verdict]\nassume_policy_when_missing = %s\n",
			words[i]);

		assert_int_equal(read_text(f, text, &settings, &err), 0);
		assert_int_equal(settings.thresholds.assume_policy_when_missing,
		                 i % 2);
	}
}

static void says_what_is_wrong_with_thresholds(void **state)
{
	static const char *const cases[][2] = {
		{"[verdict]\nwindow_days = 15\n",
	         ":3: window_days: is not a multiple of 7"},
		{"[verdict]\nmax_window_days = 7\n",
	         ":3: max_window_days: 7 is less than window_days, 14"},
		{"[domain x.example]\nwindow_days = 21\nmax_window_days = 14\n",
	         ":3: window_days: 21 is more than max_window_days, 14"},
		{"[verdict]\nmax_refusal = 2\n", "out of range; 1e-06 to 1"},
		{"[verdict]\ntrust_https = maybe\n", "one of limited, yes, no"},
		{"[verdict]\nmax_refusals = 1 %\n",
	         "did you mean \"max_refusal\"?"},
		{"[domain x.example]\nmx = *.*\n", "is no host name"},
		{"[domain x.example]\nmode = enforced\n",
	         "reported, none, testing, enforce"},
	};
	struct fixture *f = *state;
	struct settings settings;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *text = arena_printf(
			f->arena, "domains = example.org\n%s", cases[i][0]);

		if (read_text(f, text, &settings, &err) == 0)
			fail_msg("%s is taken", text);
		if (strstr(err.text, cases[i][1]) == NULL)
			fail_msg("%s: %s", text, err.text);
	}
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"\ndomains = exa_mple..org\n",
	         "x.conf:2: domains: \"exa_mple..org\" is no domain name; write "
	         "example.org, *.example.org or *"},
		{"domains = a.example\nretention_days = 10\n",
	         "x.conf:2: retention_days: \"10\" is out of range"},
		{"[domain a b]\n", "is no domain name"},
		{"[domain a.example]\nmx_hosts = -- ..\n",
	         "mx_hosts: \"..\" is no host name"},
		{"[domain a.example]\n[domain A.example]\n",
	         "[domain a.example] stands above already"},
		{"domains_file = /nonexistent/list\n",
	         "x.conf:1: domains_file: /nonexistent/list: No such file or "
	         "directory"},
	};
	struct settings settings;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (read_text(*state, cases[i].text, &settings, &err) == 0)
			fail_msg("taken: %s", cases[i].text);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s\nsays %s", cases[i].text, err.text);
	}
	assert_int_equal(read_text(*state, "", &settings, &err), 0);
	assert_int_equal(settings_require_domain(&settings, &err), -1);
	assert_non_null(strstr(err.text, "domains = example.org"));
}

static void add_line(void *cls, const char *sentence)
{
	buf_printf(cls, "%s\n", sentence);
}

static void a_key_of_an_older_release_is_read_past(void **state)
{
	struct buf said = BUF_INIT(4096);
	struct settings settings;
	struct err err;

	if (read_text(*state,
	              "domains = example.org\n[verdict]\nwitness_days = 10\n"
	              "standing_days = 35\n[domain two.example]\n"
	              "witness_days = 3\n",
	              &settings, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(settings.thresholds.standing_days, 35);
	assert_int_equal(settings.thresholds.window_days, 14);
	options_each_removed(settings.options, add_line, &said);
	assert_non_null(strstr(buf_text(&said),
	                       "x.conf:3: witness_days has no effect any more; "
	                       "remove this line, and see standing_days\n"));
	assert_non_null(strstr(buf_text(&said), "x.conf:6: witness_days"));
	buf_reset(&said);
	settings_print_changes(&settings, &said);
	assert_string_equal(buf_text(&said),
	                    "[verdict] standing_days = 35 (default 28)\n");
	buf_free(&said);
}

static void names_the_thresholds_that_are_not_the_default(void **state)
{
	struct buf said = BUF_INIT(4096);
	struct settings settings;
	struct err err;

	assert_int_equal(
		read_text(*state,
	                  "domains = example.org\nretention_days = 500\n"
	                  "[domain two.example]\nwindow_days = 14\n"
	                  "mode = testing\naccept_reporters = a.example\n"
	                  "[verdict]\ncell_cap = 200\nmax_refusal = 0.5 %\n"
	                  "accept_reporters = One_Ltd\n",
	                  &settings, &err),
		0);
	settings_print_changes(&settings, &said);
	assert_string_equal(
		buf_text(&said),
		"[domain two.example] window_days = 14\n"
		"[domain two.example] accept_reporters = a.example\n"
		"[verdict] max_refusal = 0.5 % (default 0.01)\n"
		"[verdict] accept_reporters = One_Ltd (default none)\n");
	buf_free(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_whose_a_domain_is),
		cmocka_unit_test(a_domain_has_thresholds_of_its_own),
		cmocka_unit_test(a_key_of_an_older_release_is_read_past),
		cmocka_unit_test(names_the_thresholds_that_are_not_the_default),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(each_second_word_means_yes),
		cmocka_unit_test(says_what_is_wrong_with_thresholds),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
