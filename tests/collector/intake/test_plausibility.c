#include <stdlib.h>

#include "collector/intake/plausibility.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define MX "mx.shared.example"

/* example.org and two.example share an MX host, *.hosted.example is covered. */
static const struct settings *settings_of(struct fixture *f)
{
	static const char text[] = "domains = *.hosted.example\n"
				   "[domain example.org]\nmx_hosts = " MX "\n"
				   "[domain two.example]\nmx_hosts = " MX "\n";
	static const char *const others[] = {NULL};
	const struct settings_sections more = {.others = others};
	struct settings *settings = arena_alloc(f->arena, sizeof(*settings));
	struct err err;

	if (settings_read(fixture_file(f, "x.conf", text), f->arena, &more,
	                  settings, &err) < 0)
		fail_msg("%s", err.text);
	return settings;
}

/* --- the range ----------------------------------------------------------- */

/* What is said of a report of that range: REFUSALS when it is accepted. */
static enum refusal range(struct fixture *f, int64_t begin, int64_t end,
                          bool *late)
{
	struct report report = {.begin = begin, .end = end};
	enum refusal refusal = REFUSALS;
	struct err err;

	if (plausibility_check_range(&report, settings_of(f), FIXTURE_NOW,
	                             &refusal, &err) == 0)
		assert_int_equal(refusal, REFUSALS);
	else
		assert_int_equal(err.code, ERR_MALFORMED);
	*late = report.quirks == QUIRK_BIT(QUIRK_LATE);
	return refusal;
}

static void refuses_a_range_that_ends_in_the_future(void **state)
{
	const int64_t latest = FIXTURE_NOW + LIMIT_FUTURE_SECONDS;
	bool late;

	assert_int_equal(range(*state, FIXTURE_NOW, latest, &late), REFUSALS);
	assert_int_equal(range(*state, FIXTURE_NOW, latest + 1, &late),
	                 REFUSAL_DATE_RANGE);
}

static void refuses_a_range_of_more_than_eight_days(void **state)
{
	const int64_t begin = FIXTURE_NOW - LIMIT_RANGE_SECONDS;
	bool late;

	assert_int_equal(range(*state, begin, FIXTURE_NOW, &late), REFUSALS);
	assert_int_equal(range(*state, begin - 1, FIXTURE_NOW, &late),
	                 REFUSAL_DATE_RANGE);
}

static void refuses_a_day_older_than_the_retention(void **state)
{
	struct fixture *f = *state;
	const int64_t oldest =
		(FIXTURE_DAY + 1 - settings_of(f)->retention_days) * 86400;
	bool late;

	assert_int_equal(range(f, oldest, oldest + 86399, &late), REFUSALS);
	assert_int_equal(range(f, oldest - 86400, oldest - 1, &late),
	                 REFUSAL_TOO_OLD);
}

static void flags_a_report_that_comes_late(void **state)
{
	const int64_t end = FIXTURE_NOW - LIMIT_LATE_SECONDS;
	bool late;

	assert_int_equal(range(*state, end - 86400, end, &late), REFUSALS);
	assert_false(late);
	assert_int_equal(range(*state, end - 86400, end - 1, &late), REFUSALS);
	assert_true(late);
}

/* --- the domains --------------------------------------------------------- */

/* A report about these domains, a session more for each. */
struct example {
	struct report report;
	struct plausibility_origins origins;
	struct text foreign;
	struct err err;
};

static void example_of(struct fixture *f, struct example *e,
                       const char *const *domains, size_t count)
{
	size_t i;

	*e = (struct example){.report.policy_count = count};
	e->report.policies =
		arena_array(f->arena, count, sizeof(*e->report.policies));
	for (i = 0; i < count; i++) {
		e->report.policies[i].type = POLICY_TLSA;
		e->report.policies[i].domain = text_of(domains[i]);
		e->report.policies[i].successes = (int64_t)i + 1;
	}
}

#define EXAMPLE(f, e, ...)                                      \
	example_of(f, e, (const char *const[]){__VA_ARGS__},    \
	           sizeof((const char *const[]){__VA_ARGS__}) / \
	                   sizeof(const char *))

static int check(struct fixture *f, struct example *e)
{
	return plausibility_check_domains(&e->report, settings_of(f), f->arena,
	                                  &e->origins, &e->foreign, &e->err);
}

/* The domains that are left, sorted, parted by blanks. */
static const char *left(struct fixture *f, const struct example *e)
{
	struct text *names =
		arena_array(f->arena, e->report.policy_count, sizeof(*names));
	const char *all = "";
	size_t i;

	for (i = 0; i < e->report.policy_count; i++)
		names[i] = e->report.policies[i].domain;
	qsort(names, i, sizeof(*names), text_order_items);
	for (i = 0; i < e->report.policy_count; i++)
		all = arena_printf(f->arena, "%s%s%.*s", all, i > 0 ? " " : "",
		                   (int)names[i].len, names[i].data);
	return all;
}

static void leaves_out_policies_of_foreign_domains(void **state)
{
	struct example e;

	EXAMPLE(*state, &e, "foreign.example", "example.org", "other.example");
	assert_int_equal(check(*state, &e), 0);
	assert_string_equal(left(*state, &e), "example.org");
	assert_int_equal(e.report.policies[0].successes, 2);
	assert_int_equal(e.report.quirks, QUIRK_BIT(QUIRK_DOMAIN_FOREIGN));
}

static void refuses_a_report_of_foreign_domains_alone(void **state)
{
	struct example e;

	EXAMPLE(*state, &e, "foreign.example", "other.example");
	assert_int_equal(check(*state, &e), -1);
	assert_int_equal(e.err.code, ERR_MALFORMED);
	assert_true(text_is(e.foreign, "foreign.example"));
}

static void accepts_a_report_without_policies(void **state)
{
	struct example e;

	example_of(*state, &e, NULL, 0);
	assert_int_equal(check(*state, &e), 0);
	assert_int_equal(e.report.policy_count, 0);
	assert_int_equal(e.report.quirks, 0);
}

static void tells_a_configured_domain_from_a_covered_one(void **state)
{
	struct example e;

	EXAMPLE(*state, &e, "two.example", "a.hosted.example", "");
	assert_int_equal(check(*state, &e), 0);
	assert_string_equal(left(*state, &e), " a.hosted.example two.example");
	assert_true(e.origins.configured[0]);
	assert_false(e.origins.configured[1]);
	assert_true(e.origins.configured[2]);
	assert_int_equal(e.report.quirks, 0);
}

static void books_an_mx_host_on_each_of_its_domains(void **state)
{
	struct example e;

	EXAMPLE(*state, &e, "a.hosted.example", MX);
	assert_int_equal(check(*state, &e), 0);
	assert_string_equal(left(*state, &e),
	                    "a.hosted.example example.org two.example");
	assert_false(e.origins.of_mx[0]);
	assert_true(e.origins.of_mx[1] && e.origins.of_mx[2]);
	assert_true(e.origins.configured[1] && e.origins.configured[2]);
	assert_int_equal(e.report.policies[2].successes, 2);
}

static void counts_sessions_of_a_domain_and_its_mx_host_once(void **state)
{
	struct example e;

	EXAMPLE(*state, &e, "example.org", MX);
	e.report.policies[1].successes = e.report.policies[0].successes;
	assert_int_equal(check(*state, &e), 0);
	assert_string_equal(left(*state, &e), "example.org two.example");
	EXAMPLE(*state, &e, "example.org", MX);
	e.report.policies[1].successes = e.report.policies[0].successes;
	e.report.policies[1].failures = 1;
	assert_int_equal(check(*state, &e), 0);
	assert_string_equal(left(*state, &e),
	                    "example.org example.org two.example");
}

/* Two lines of mx_hosts allow for as many elements more as four each. */
static void bounds_the_elements_that_mx_hosts_makes(void **state)
{
	const char *domains[2 * LIMIT_MX_ELEMENTS + 1];
	struct example e;
	size_t i;

	for (i = 0; i < 2 * LIMIT_MX_ELEMENTS + 1; i++)
		domains[i] = MX;
	example_of(*state, &e, domains, i - 1);
	assert_int_equal(check(*state, &e), 0);
	assert_int_equal(e.report.policy_count, 2 * (i - 1));
	example_of(*state, &e, domains, i);
	assert_int_equal(check(*state, &e), -1);
	assert_int_equal(e.err.code, ERR_TOO_LARGE);
	assert_int_equal(e.foreign.len, 0);
}

static void bounds_the_details_that_mx_hosts_makes(void **state)
{
	struct example e;

	EXAMPLE(*state, &e, MX);
	e.report.policies[0].detail_count = LIMIT_MX_DETAILS / 2;
	assert_int_equal(check(*state, &e), 0);
	EXAMPLE(*state, &e, MX);
	e.report.policies[0].detail_count = LIMIT_MX_DETAILS / 2 + 1;
	assert_int_equal(check(*state, &e), -1);
	assert_int_equal(e.err.code, ERR_TOO_LARGE);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_a_range_that_ends_in_the_future),
		TEST(refuses_a_range_of_more_than_eight_days),
		TEST(refuses_a_day_older_than_the_retention),
		TEST(flags_a_report_that_comes_late),
		TEST(leaves_out_policies_of_foreign_domains),
		TEST(refuses_a_report_of_foreign_domains_alone),
		TEST(accepts_a_report_without_policies),
		TEST(tells_a_configured_domain_from_a_covered_one),
		TEST(books_an_mx_host_on_each_of_its_domains),
		TEST(counts_sessions_of_a_domain_and_its_mx_host_once),
		TEST(bounds_the_elements_that_mx_hosts_makes),
		TEST(bounds_the_details_that_mx_hosts_makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
