#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "exporter/metrics/families.h"
#include "exporter/model/model.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* At FIXTURE_NOW, noon of 2026-06-02, the newest settled day is 2026-05-31. */
#define LAST_DAY (FIXTURE_DAY - 1)

struct page {
	struct fixture *f;
	struct config *config;
	struct model *model;
	struct buf text;
};

static void page_open(struct page *page, struct fixture *f, const char *config)
{
	struct err err;

	*page = (struct page){.f = f, .text = BUF_INIT(1 << 24)};
	if (config_read(fixture_file(f, "x.conf", config), &page->config,
	                &err) < 0)
		fail_msg("%s", err.text);
	page->model = model_new();
}

static void page_close(struct page *page)
{
	model_free(&page->model);
	config_unref(&page->config);
	buf_free(&page->text);
}

static const char *page_render(struct page *page, unsigned int groups)
{
	const uint64_t answers[4] = {0};
	const char *const handlers[] = {"other"};
	struct self_figures self = {.loaded = true,
	                            .handlers = handlers,
	                            .handler_count = 1,
	                            .answers = answers};
	const struct families_request what = {.groups = groups};
	struct snapshot *snapshot;
	struct err err;

	if (model_refresh(page->model, page->f->store, page->config,
	                  FIXTURE_NOW, &err) < 0)
		fail_msg("%s", err.text);
	buf_reset(&page->text);
	snapshot = model_get(page->model);
	families_render(snapshot, &what, &self, &page->text);
	snapshot_unref(&snapshot);
	return buf_text(&page->text);
}

static void assert_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	if (found == NULL || (found != text && found[-1] != '\n') ||
	    found[strlen(line)] != '\n')
		fail_msg("no line \"%s\" in\n%s", line, text);
}

static void configured_domains_are_there_from_the_start(void **state)
{
	struct page page;
	const char *text;

	page_open(&page, *state, "domains = example.org two.example\n");
	text = page_render(&page, (1U << METRIC_GROUP_SELF) - 1);
	assert_line(text, "tlsrpt_window_sessions{domain=\"two.example\","
	                  "policy_type=\"sts\"} 0");
	assert_line(text, "tlsrpt_recent_failed_sessions{domain=\"example.org\""
	                  ",policy_type=\"sts\"} 0");
	assert_null(strstr(text, "tlsrpt_window_reporter_sessions"));
	page_close(&page);
}

static void days_fall_into_window_day_and_recent(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 10,
	                    .failures = 1,
	                    .result = "certificate-expired"};
	const struct {
		int64_t day;
		const char *id;
	} reports[] = {
		{LAST_DAY, "a"},
		{LAST_DAY - 13, "b"},
		{LAST_DAY - 14, "c"},
		{LAST_DAY + 1, "d"},
	};
	struct page page;
	const char *text;
	size_t i;

	page_open(&page, f, "domains = example.org\n");
	for (i = 0; i < ARRAY_LENGTH(reports); i++) {
		wish.day = reports[i].day;
		wish.id = reports[i].id;
		(void)fixture_add(f, &wish);
		/* Each change is followed; the last one is checked whole. */
		(void)page_render(&page, 1U << METRIC_GROUP_WINDOW);
	}
	text = page_render(&page, (1U << METRIC_GROUPS) - 1);
	assert_line(text, "tlsrpt_window_sessions{domain=\"example.org\","
	                  "policy_type=\"sts\"} 22");
	assert_line(text, "tlsrpt_window_failed_sessions{domain=\"example.org\""
	                  ",policy_type=\"sts\"} 2");
	assert_line(text, "tlsrpt_window_failure_detail_sessions{domain=\""
	                  "example.org\",policy_type=\"sts\",result_type=\""
	                  "certificate-expired\"} 2");
	assert_line(text, "tlsrpt_window_covered_dates{domain=\"example.org\"} "
	                  "2");
	assert_line(text, "tlsrpt_window_reports{domain=\"example.org\"} 2");
	assert_line(text, "tlsrpt_window_reporters{domain=\"example.org\"} 1");
	assert_line(text, "tlsrpt_day_sessions{domain=\"example.org\","
	                  "policy_type=\"sts\"} 11");
	assert_line(text, "tlsrpt_recent_sessions{domain=\"example.org\","
	                  "policy_type=\"sts\"} 11");
	assert_line(text, "tlsrpt_window_reporter_sessions{domain=\""
	                  "example.org\",reporter=\"sender.example "
	                  "(unverified)\"} 22");
	assert_line(text, "tlsrpt_window_end_timestamp_seconds 1780272000");
	assert_line(text, "tlsrpt_database_reports 4");
	assert_line(text, "tlsrpt_domain_last_report_end_timestamp_seconds{"
	                  "domain=\"example.org\"} 1780358400");
	page_close(&page);
}

static void what_does_not_count_is_said(void **state)
{
	struct fixture *f = *state;
	struct wish junk = {.successes = 5,
	                    .unproved = true,
	                    .day = LAST_DAY,
	                    .id = "junk"};
	struct wish first = {.successes = 7, .day = LAST_DAY};
	struct wish second = {.successes = 9, .day = LAST_DAY};
	struct page page;
	const char *text;

	page_open(&page, f, "domains = example.org\n");
	(void)fixture_add(f, &junk);
	(void)fixture_add(f, &first);
	(void)fixture_add(f, &second);
	text = page_render(&page, (1U << METRIC_GROUPS) - 1);
	assert_line(text, "tlsrpt_window_uncounted_sessions{domain=\""
	                  "example.org\",why=\"unauthenticated\"} 5");
	assert_line(text, "tlsrpt_window_uncounted_sessions{domain=\""
	                  "example.org\",why=\"conflict\"} 9");
	assert_line(text, "tlsrpt_window_sessions{domain=\"example.org\","
	                  "policy_type=\"sts\"} 7");
	page_close(&page);
}

static void signed_and_unsigned_never_share_a_series(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 5, .day = LAST_DAY};
	struct page page;
	const char *text;

	page_open(&page, f, "domains = example.org\n");
	(void)fixture_add(f, &wish);
	wish.id = "id-2";
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	(void)fixture_add(f, &wish);
	text = page_render(&page, 1U << METRIC_GROUP_REPORTER);
	assert_line(text, "tlsrpt_day_reporter_sessions{domain=\"example.org\","
	                  "reporter=\"sender.example\"} 5");
	assert_line(text, "tlsrpt_day_reporter_sessions{domain=\"example.org\","
	                  "reporter=\"sender.example (unverified)\"} 5");
	page_close(&page);
}

static void many_domains_are_summed_up(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.day = LAST_DAY};
	char domain[32];
	struct page page;
	const char *text;
	int i;

	page_open(&page, f,
	          "domains = d0.example d1.example d2.example d3.example\n"
	          "[exporter]\nmax_domains = 2\n");
	wish.domain = domain;
	for (i = 0; i < 4; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		wish.successes = 10 * (i + 1);
		(void)fixture_add(f, &wish);
	}
	text = page_render(&page, (1U << METRIC_GROUPS) - 1);
	assert_line(text, "tlsrpt_window_sessions{domain=\"d3.example\","
	                  "policy_type=\"sts\"} 40");
	assert_line(text, "tlsrpt_window_sessions{domain=\"_other\","
	                  "policy_type=\"sts\"} 30");
	assert_null(strstr(text, "d0.example"));
	assert_line(text, "tlsrpt_known_domains 4");
	assert_line(text, "tlsrpt_exported_domains 2");
	page_close(&page);
}

static void who_must_be_seen_comes_first(void **state)
{
	struct fixture *f = *state;
	struct wish large = {
		.day = LAST_DAY, .domain = "large.example", .successes = 5000};
	struct wish failing = {.day = LAST_DAY,
	                       .domain = "small.example",
	                       .failures = 5,
	                       .result = "certificate-expired"};
	struct page page;
	const char *text;

	page_open(&page, f,
	          "domains = large.example small.example\n"
	          "[exporter]\nmax_domains = 1\n");
	(void)fixture_add(f, &large);
	(void)fixture_add(f, &failing);
	text = page_render(&page, (1U << METRIC_GROUPS) - 1);
	assert_line(text,
	            "tlsrpt_domain_verdict_code{domain=\"small.example\"} 4");
	assert_null(strstr(text, "large.example"));
	assert_line(text, "tlsrpt_domains{verdict=\"blocked\"} 1");
	assert_line(text, "tlsrpt_domains{verdict=\"collecting\"} 1");
	page_close(&page);
}

static void new_domains_take_their_places(void **state)
{
	static const char *const names[] = {"m.example", "z.example",
	                                    "a.example", "n.example"};
	struct fixture *f = *state;
	struct wish wish = {.day = LAST_DAY};
	const struct domain_figures *const *domains;
	struct snapshot *snapshot;
	struct page page;
	size_t count, i;

	page_open(&page, f,
	          "domains = m.example\ndomains = *\n[exporter]\n"
	          "max_domains = 3\n");
	for (i = 0; i < ARRAY_LENGTH(names); i++) {
		wish.domain = names[i];
		wish.successes = (int64_t)i + 1;
		(void)fixture_add(f, &wish);
		/* The model follows each of them. */
		(void)page_render(&page, (1U << METRIC_GROUPS) - 1);
		snapshot = model_get(page.model);
		(void)snapshot_domains(snapshot, &count);
		assert_int_equal(count, i + 1);
		snapshot_unref(&snapshot);
	}
	snapshot = model_get(page.model);
	domains = snapshot_domains(snapshot, &count);
	for (i = 1; i < count; i++)
		assert_true(strcmp(domains[i - 1]->name.data,
		                   domains[i]->name.data) < 0);
	for (i = 0; i < count; i++) {
		assert_ptr_equal(snapshot_find(snapshot, domains[i]->name),
		                 domains[i]);
		assert_int_equal(domains[i]->window[POLICY_STS].sessions > 0,
		                 1);
	}
	/* There is room for three until all is chosen again. */
	assert_false(snapshot_find(snapshot, TEXT("n.example"))->exported);
	assert_true(snapshot_find(snapshot, TEXT("a.example"))->exported);
	snapshot_unref(&snapshot);
	page_close(&page);
}

static void the_largest_reporters_are_named(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.day = LAST_DAY};
	char contact[32];
	struct page page;
	const char *text;
	int i;

	page_open(&page, f,
	          "domains = example.org\n[exporter]\ntop_reporters = 2\n");
	wish.contact = contact;
	for (i = 0; i < 5; i++) {
		(void)snprintf(contact, sizeof(contact), "a@r%d.example", i);
		wish.successes = i + 1;
		(void)fixture_add(f, &wish);
	}
	text = page_render(&page, 1U << METRIC_GROUP_REPORTER);
	assert_line(text, "tlsrpt_window_reporter_sessions{domain=\""
	                  "example.org\",reporter=\"r4.example (unverified)\"} "
	                  "5");
	assert_line(text, "tlsrpt_window_reporter_sessions{domain=\""
	                  "example.org\",reporter=\"_other\"} 6");
	assert_null(strstr(text, "r2.example"));
	page_close(&page);
}

/* Daily reports of a signer up to and with the last day. */
static void add_daily(struct fixture *f, const char *signer, int64_t last_day,
                      int days)
{
	struct wish wish = {
		.signer = signer, .successes = 5, .trust = TRUST_DKIM};
	int i;

	wish.contact = arena_printf(f->arena, "tlsrpt@%s", signer);
	for (i = 0; i < days; i++) {
		wish.day = last_day - i;
		wish.id = arena_printf(f->arena, "%s-%d", signer, i);
		wish.received = (wish.day + 1) * 86400 + 3600;
		(void)fixture_add(f, &wish);
	}
}

static void reporters_that_fall_silent_are_named(void **state)
{
	struct fixture *f = *state;
	struct page page;
	const char *text;

	page_open(&page, f,
	          "domains = example.org\n[exporter]\ntop_reporters = 3\n");
	add_daily(f, "mail.silent.example", LAST_DAY - 4, 8);
	add_daily(f, "late.example", LAST_DAY - 3, 9);
	add_daily(f, "daily.example", LAST_DAY, 10);
	add_daily(f, "seldom.example", LAST_DAY - 4, 6);
	text = page_render(&page, 1U << METRIC_GROUP_REPORTER);
	assert_line(text, "tlsrpt_reporter_silent{domain=\"example.org\","
	                  "reporter=\"silent.example\"} 1");
	assert_line(text, "tlsrpt_reporter_silent{domain=\"example.org\","
	                  "reporter=\"late.example\"} 0");
	assert_line(text, "tlsrpt_reporter_silent{domain=\"example.org\","
	                  "reporter=\"daily.example\"} 0");
	assert_null(strstr(text, "silent{domain=\"example.org\",reporter=\""
	                         "seldom.example\""));
	/* It comes again. */
	add_daily(f, "mail.silent.example", LAST_DAY + 1, 1);
	text = page_render(&page, 1U << METRIC_GROUP_REPORTER);
	assert_line(text, "tlsrpt_reporter_silent{domain=\"example.org\","
	                  "reporter=\"silent.example\"} 0");
	page_close(&page);
}

static void silent_reporters_are_as_few_as_others(void **state)
{
	struct fixture *f = *state;
	struct page page;
	const char *text;

	page_open(&page, f,
	          "domains = example.org\n[exporter]\ntop_reporters = 1\n");
	add_daily(f, "silent.example", LAST_DAY - 4, 8);
	add_daily(f, "daily.example", LAST_DAY, 30);
	text = page_render(&page, 1U << METRIC_GROUP_REPORTER);
	assert_line(text, "tlsrpt_reporter_silent{domain=\"example.org\","
	                  "reporter=\"silent.example\"} 1");
	assert_null(strstr(text, "silent{domain=\"example.org\",reporter=\""
	                         "daily.example\""));
	page_close(&page);
}

/* Signed reports of five weeks make a reporter of standing; refusals of one
   that is new, and of nobody in particular, are told apart. */
static void who_counts_and_who_refuses_is_shown(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.failures = 4,
	                    .successes = 8,
	                    .result = "certificate-expired",
	                    .day = LAST_DAY,
	                    .signer = "new.example",
	                    .contact = "tlsrpt@new.example",
	                    .trust = TRUST_DKIM};
	struct page page;
	const char *text;

	page_open(&page, f,
	          "[domain example.org]\nmode = enforce\n"
	          "mx = mx.example.org\n");
	add_daily(f, "old.example", LAST_DAY, 36);
	(void)fixture_add(f, &wish);
	wish.trust = TRUST_NONE;
	wish.signer = NULL;
	wish.contact = "tlsrpt@any.example";
	wish.failures = 6;
	(void)fixture_add(f, &wish);
	text = page_render(&page, (1U << METRIC_GROUPS) - 1);
	assert_line(text, "tlsrpt_verdict_standing_reporters{domain=\""
	                  "example.org\"} 1");
	assert_line(text, "tlsrpt_verdict_newcomer_reporters{domain=\""
	                  "example.org\"} 2");
	assert_line(text, "tlsrpt_verdict_accusing_reporters{domain=\""
	                  "example.org\"} 0");
	assert_line(text, "tlsrpt_refusing_reporter_sessions{domain=\""
	                  "example.org\",reporter=\"new.example\"} 12");
	assert_line(text, "tlsrpt_refusing_reporter_refused_sessions{domain=\""
	                  "example.org\",reporter=\"new.example\"} 4");
	assert_line(text, "tlsrpt_refusing_reporter_refused_sessions{domain=\""
	                  "example.org\",reporter=\"any.example "
	                  "(unverified)\"} 6");
	assert_null(strstr(text, "refused_sessions{domain=\"example.org\","
	                         "reporter=\"old.example\"}"));
	page_close(&page);
}

/* A domain that is no longer configured has no series, whatever the store
   holds. */
static void foreign_domains_have_no_series(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.domain = "gone.example", .day = LAST_DAY};
	struct page page;

	page_open(&page, f, "domains = example.org\n");
	(void)fixture_add(f, &wish);
	assert_null(strstr(page_render(&page, (1U << METRIC_GROUPS) - 1),
	                   "gone.example"));
	page_close(&page);
}

static void settles_after_its_hours(void **state)
{
	(void)state;
	/* 2026-06-01 ends on 2026-06-02T00:00Z and settles 36 h later. */
	assert_int_equal(model_settled_day(1780358400 + 36 * 3600 - 1, 36),
	                 LAST_DAY);
	assert_int_equal(model_settled_day(1780358400 + 36 * 3600, 36),
	                 LAST_DAY + 1);
}

/* The whole page after a known set of reports, as a file: tests/golden. What
   changes from run to run is left out. */
static void the_page_is_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 40,
	                    .failures = 2,
	                    .result = "certificate-expired",
	                    .day = LAST_DAY};
	struct buf golden = BUF_INIT(1 << 20);
	struct page page;
	const char *text;

	page_open(&page, f, "domains = example.org\n");
	(void)fixture_add(f, &wish);
	wish.id = "id-2";
	wish.tlsa = true;
	wish.result = "tlsa-invalid";
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	(void)fixture_add(f, &wish);
	text = page_render(&page, (1U << METRIC_GROUP_SELF) - 1);
	fixture_read("../golden/metrics.txt", &golden);
	if (strcmp(text, buf_text(&golden)) != 0) {
		FILE *actual = fopen("metrics.actual.txt", "we");

		assert_non_null(actual);
		(void)fputs(text, actual);
		(void)fclose(actual);
		fail_msg("%s", "compare tests/golden/metrics.txt with "
		               "metrics.actual.txt");
	}
	buf_free(&golden);
	page_close(&page);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(configured_domains_are_there_from_the_start),
		TEST(days_fall_into_window_day_and_recent),
		TEST(what_does_not_count_is_said),
		TEST(signed_and_unsigned_never_share_a_series),
		TEST(many_domains_are_summed_up),
		TEST(who_must_be_seen_comes_first),
		TEST(new_domains_take_their_places),
		TEST(the_largest_reporters_are_named),
		TEST(reporters_that_fall_silent_are_named),
		TEST(silent_reporters_are_as_few_as_others),
		TEST(who_counts_and_who_refuses_is_shown),
		TEST(foreign_domains_have_no_series),
		TEST(settles_after_its_hours),
		TEST(the_page_is_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
