#include <string.h>

#include "base/attr.h"
#include "schema/settings/settings.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* 0, or -1 with the sentence. */
static int read_text(struct fixture *f, const char *text, struct err *err)
{
	static const char *const others[] = {NULL};
	const struct settings_sections more = {NULL, 0, others};
	struct settings settings = {0};

	return settings_read(fixture_file(f, "x.conf", text), f->arena, &more,
	                     &settings, err);
}

/* One step further is a contradiction, of which the key that stands in the
   file is blamed. */
static const struct {
	const char *right, *wrong, *says;
} pairs[] = {
	{"window_days = 84", "window_days = 84\nmax_window_days = 83",
         ":3: window_days: 84 is more than max_window_days, 83: the window "
         "only grows; lower window_days or raise max_window_days"},
	{"recent_days = 14", "window_days = 7\nrecent_days = 8",
         ":4: recent_days: 8 is more than window_days, 7"},
	{"min_covered_days = 84",
         "min_covered_days = 11\nwindow_days = 7\n"
         "max_window_days = 10\nlimited_days = 10\n"
         "recur_days = 10",
         ":3: min_covered_days: 11 is more than max_window_days, 10"},
	{"exit_covered_days = 10", "exit_covered_days = 11",
         ":3: exit_covered_days: 11 is more than min_covered_days, 10"},
	{"max_refusal = 1.5 %", "max_refusal = 0.015001",
         ":3: max_refusal: 0.015001 is more than exit_refusal, 0.015: a "
         "domain that is ready must not need more than to become so; lower "
         "max_refusal or raise exit_refusal"},
	{"exit_refusal = 1 %", "exit_refusal = 0.9 %",
         ":3: exit_refusal: 0.009 is less than max_refusal, 0.01: a domain "
         "that is ready must not need more than to become so; raise "
         "exit_refusal or lower max_refusal"},
	{"limited_days = 84", "limited_days = 57\nmax_window_days = 56",
         ":3: limited_days: 57 is more than max_window_days, 56"},
	{"limited_covered_days = 28", "limited_covered_days = 29",
         ":3: limited_covered_days: 29 is more than limited_days, 28"},
	{"agreed_ratio = 1 %", "agreed_ratio = 1.1 %",
         ":3: agreed_ratio: 0.011 is more than active_ratio, 0.01"},
	{"active_ratio = 10 %", "bad_day_ratio = 0.9 %",
         ":3: bad_day_ratio: 0.009 is less than active_ratio, 0.01"},
	{"recur_gap_days = 55", "recur_gap_days = 56",
         ":3: recur_gap_days: 56 is not less than recur_days, 56: the days "
         "are looked for in that time; lower recur_gap_days or raise "
         "recur_days"},
	{"recur_days = 3", "recur_days = 2",
         ":3: recur_days: 2 is not more than recur_gap_days, 2: the days are "
         "looked for in that time; raise recur_days or lower "
         "recur_gap_days"},
	{"max_window_days = 56", "max_window_days = 55",
         ":3: max_window_days: 55 is less than recur_days, 56"},
	{"stale_days = 21", "stale_days = 22",
         ":3: stale_days: 22 is more than stale_days_max, 21"},
	{"warn_ratio = 5 %", "warn_ratio = 5.1 %",
         ":3: warn_ratio: 0.051 is more than rollback_ratio, 0.05"},
	{"warn_min = 10", "rollback_min = 2\ntotal_min = 1",
         ":3: rollback_min: 2 is less than warn_min, 3"},
	{"rollback_ratio = 50 %", "rollback_ratio = 51 %",
         ":3: rollback_ratio: 0.51 is more than total_ratio, 0.5"},
	{"total_min = 10", "total_min = 11",
         ":3: total_min: 11 is more than rollback_min, 10"},
	{"few_days = 2", "few_days = 1",
         ":3: few_days: 1 is less than enforce_recent_days, 2: few accusers "
         "must go uncontradicted for longer"},
	{"standing_days = 7", "standing_days = 6",
         ":3: standing_days: 6 is less than standing_report_days, 7"},
	{"standing_days = 0\nstanding_report_days = 0",
         "standing_report_days = 29",
         ":3: standing_report_days: 29 is more than standing_days, 28"},
	{"probe_minutes = 1559", "probe_minutes = 1560",
         ":3: probe_minutes: 1560 is not less than 60 times "
         "probe_stale_hours, 26: a check would be too old before it is a "
         "fault; lower probe_minutes or raise probe_stale_hours"},
	{"rollout_minutes = 1559", "probe_stale_hours = 3",
         ":3: probe_stale_hours: 60 times 3 is not more than "
         "rollout_minutes, 180"},
	{"window_days = 21", "window_days = 20",
         ":3: window_days: is not a multiple of 7"},
	{"alpha = 0.999999", "alpha = 1",
         ":3: alpha: \"1\" is out of range; 1e-06 to 0.999999 is right"},
};

static void a_contradiction_is_a_sentence_with_its_cure(void **state)
{
	struct fixture *f = *state;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(pairs); i++) {
		const char *right = arena_printf(f->arena, "\n[verdict]\n%s\n",
		                                 pairs[i].right);
		const char *wrong = arena_printf(f->arena, "\n[verdict]\n%s\n",
		                                 pairs[i].wrong);

		if (read_text(f, right, &err) < 0)
			fail_msg("%s: %s", right, err.text);
		if (read_text(f, wrong, &err) == 0)
			fail_msg("%s is taken", wrong);
		if (strstr(err.text, pairs[i].says) == NULL)
			fail_msg("%s: %s", wrong, err.text);
	}
}

static void a_domain_is_blamed_for_what_it_sets(void **state)
{
	static const char *const cases[][2] = {
		/* It stands in the domain's section, */
		{"[domain x.example]\nmax_refusal = 2 %\n",
	         "x.conf:2: max_refusal: 0.02 is more than exit_refusal, "
	         "0.015"},
		/* contradicts what it inherits, */
		{"[verdict]\nmax_refusal = 1.2 %\n[domain x.example]\n"
	         "exit_refusal = 1.1 %\n",
	         "x.conf:2: max_refusal: 0.012 is more than exit_refusal, "
	         "0.011"},
		/* or is wrong for all. */
		{"[domain x.example]\nmax_refusal = 1 %\n[verdict]\n"
	         "exit_refusal = 0.5 %\n",
	         "x.conf:4: exit_refusal: 0.005 is less than max_refusal, "
	         "0.01"},
	};
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (read_text(*state, cases[i][0], &err) == 0)
			fail_msg("%s is taken", cases[i][0]);
		if (strstr(err.text, cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], err.text);
	}
	assert_int_equal(read_text(*state,
	                           "[verdict]\nmax_refusal = 2 %\n"
	                           "exit_refusal = 3 %\n[domain x.example]\n"
	                           "max_refusal = 3 %\n",
	                           &err),
	                 0);
}

static void lists_of_reporters_name_reporters(void **state)
{
	static const char *const right[] = {
		"reporters = any",
		"reporters = a.example B.Example Some_Company_Inc.",
		"reporters =",
		"anchor_reporters =",
		"anchor_reporters = a.example xn--bcher-kva.example",
		"accept_reporters = Some_Company",
		"failures_only_reporters = a.example",
	};
	static const char *const wrong[][2] = {
		{"reporters = a.example any",
	         ":2: reporters: \"any\" stands alone, and under "
	         "\"reporters\" only; remove it or the other names"},
		{"reporters = *.example",
	         ":2: reporters: \"*.example\" is a pattern; write "
	         "example.org, which stands for all names below it"},
		{"anchor_reporters = any",
	         ":2: anchor_reporters: \"any\" stands alone"},
		{"anchor_reporters = google.com Some_Company",
	         ":2: anchor_reporters: \"Some_Company\" is no domain name; "
	         "write the domain that the reporter signs with"},
		{"anchor_reporters = a@b.example",
	         ":2: anchor_reporters: \"a@b.example\" is an address; write "
	         "its domain"},
		{"anchor_reporters = a..b",
	         ":2: anchor_reporters: \"a..b\" is no domain name"},
		{"accept_reporters = https://a.example/",
	         ":2: accept_reporters: \"https://a.example/\" is a URL; "
	         "write the reporter's domain"},
		{"accept_reporters = any", ":2: accept_reporters: \"any\""},
		{"failures_only_reporters = a.example x@y",
	         ":2: failures_only_reporters: \"x@y\" is an address"},
	};
	struct fixture *f = *state;
	struct err err;
	const char *text;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(right); i++) {
		text = arena_printf(f->arena, "[verdict]\n%s\n", right[i]);
		if (read_text(f, text, &err) < 0)
			fail_msg("%s: %s", text, err.text);
	}
	for (i = 0; i < ARRAY_LENGTH(wrong); i++) {
		text = arena_printf(f->arena, "[verdict]\n%s\n", wrong[i][0]);
		if (read_text(f, text, &err) == 0)
			fail_msg("%s is taken", text);
		if (strstr(err.text, wrong[i][1]) == NULL)
			fail_msg("%s: %s", text, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_contradiction_is_a_sentence_with_its_cure),
		cmocka_unit_test(a_domain_is_blamed_for_what_it_sets),
		cmocka_unit_test(lists_of_reporters_name_reporters),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
