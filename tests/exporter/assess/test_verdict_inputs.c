#include <string.h>

#include "exporter/assess/verdict_inputs.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define TODAY ((int32_t)FIXTURE_DAY + 1)

/* Rows of example.org by the reporters that the store got to know. */
struct example {
	struct fixture *f;
	struct settings settings;
	struct reporters *reporters;
	struct store_sum_row rows[16];
	size_t row_count;
	struct stored_policy policies[2];
	size_t policy_count;
	struct verdict_inputs got;
};

/* Reporters 1, 2 and 3; the first two are of one group. */
enum {
	GOOGLE = 1,
	GMAIL,
	OTHER,
};

static void begin(struct example *e, struct fixture *f, const char *config)
{
	static const char *const signers[] = {
		"google.example", "mail.google.example", "other.example"};
	static const char *const others[] = {NULL};
	const struct settings_sections more = {.others = others};
	struct wish wish = {.successes = 1, .trust = TRUST_DKIM};
	struct err err;
	size_t i;

	*e = (struct example){.f = f};
	for (i = 0; i < 3; i++) {
		wish.signer = signers[i];
		wish.contact = arena_printf(f->arena, "a@%s", signers[i]);
		(void)fixture_add(f, &wish);
	}
	if (reporters_read(NULL, f->store, &e->reporters, &err) < 0 ||
	    settings_read(fixture_file(f, "x.conf", config), f->arena, &more,
	                  &e->settings, &err) < 0)
		fail_msg("%s", err.text);
}

/* A row of ten trials; how it counts and of whom. */
static struct store_sum_row *row(struct example *e, int32_t day,
                                 int64_t reporter, enum count_as count_as)
{
	struct store_sum_row *row = &e->rows[e->row_count++];

	*row = (struct store_sum_row){
		.day = day,
		.type = POLICY_STS,
		.reporter_id = reporter,
		.count_as = count_as,
		.reports = 1,
		.successes = 10,
		.evidence = {.elements = 1, .trials = 10},
	};
	return row;
}

static const struct verdict_input *build(struct example *e)
{
	const struct verdict_inputs_context context = {
		.settings = &e->settings,
		.reporters = e->reporters,
		.today = TODAY,
		.now_minutes = 99,
		.last = TODAY - 2,
	};
	const struct domain_rows domain = {
		.name = TEXT("example.org"),
		.rows = e->rows,
		.row_count = e->row_count,
		.policies = e->policies,
		.policy_count = e->policy_count,
	};

	verdict_inputs_build(&context, &domain, e->f->arena, &e->got);
	return &e->got.input;
}

static void end(struct example *e)
{
	reporters_unref(&e->reporters);
}

static void reporters_of_one_domain_are_one_group(void **state)
{
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state, "domains = example.org\n");
	(void)row(&e, TODAY - 3, GOOGLE, COUNT_AS_DKIM);
	(void)row(&e, TODAY - 3, OTHER, COUNT_AS_DKIM);
	(void)row(&e, TODAY - 3, GMAIL, COUNT_AS_DKIM);
	in = build(&e);
	assert_int_equal(in->row_count, 3);
	assert_int_equal(in->group_count, 2);
	assert_int_equal(in->rows[0].group, in->rows[2].group);
	assert_int_not_equal(in->rows[0].group, in->rows[1].group);
	assert_true(
		text_is(in->groups[in->rows[1].group].name, "other.example"));
	assert_true(
		text_is(in->groups[in->rows[0].group].name, "google.example"));
	end(&e);
}

static void what_nobody_proved_is_a_group_of_its_own(void **state)
{
	const struct verdict_reporter_group *signer, *claim;
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state, "domains = example.org\n");
	(void)row(&e, TODAY - 3, GOOGLE, COUNT_AS_ANONYMOUS);
	(void)row(&e, TODAY - 3, GMAIL, COUNT_AS_AUTHSERV);
	in = build(&e);
	assert_int_equal(in->group_count, 2);
	claim = &in->groups[in->rows[0].group];
	signer = &in->groups[in->rows[1].group];
	assert_true(text_is(claim->name, "google.example (unverified)"));
	assert_true(text_is(signer->name, "google.example"));
	assert_true(claim->anonymous && !signer->anonymous);
	assert_int_equal(signer->known_since, TODAY);
	assert_null(signer->arrivals);
	assert_int_equal(in->now_minutes, 99);
	assert_null(in->probes[0]);
	end(&e);
}

static void an_anchor_is_one_by_its_signature(void **state)
{
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state,
	      "domains = example.org\n[verdict]\n"
	      "anchor_reporters = google.example\n");
	(void)row(&e, TODAY - 3, GMAIL, COUNT_AS_DKIM);
	(void)row(&e, TODAY - 3, GMAIL, COUNT_AS_ANONYMOUS);
	(void)row(&e, TODAY - 3, OTHER, COUNT_AS_DKIM);
	in = build(&e);
	assert_true(in->groups[in->rows[0].group].anchor);
	assert_false(in->groups[in->rows[1].group].anchor);
	assert_false(in->groups[in->rows[2].group].anchor);
	end(&e);
}

static void records_of_nothing_are_no_evidence(void **state)
{
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state, "domains = example.org\n");
	row(&e, TODAY - 3, OTHER, COUNT_AS_DKIM)->evidence.trials = 0;
	in = build(&e);
	assert_int_equal(in->row_count, 1);
	assert_true(in->rows[0].succeeded);
	e.rows[0].successes = 0;
	e.rows[0].failures = 1;
	in = build(&e);
	assert_int_equal(in->row_count, 1);
	assert_false(in->rows[0].succeeded);
	e.rows[0].failures = 0;
	assert_int_equal(build(&e)->row_count, 0);
	e.rows[0].evidence.dane = 1;
	assert_int_equal(build(&e)->row_count, 1);
	end(&e);
}

static void what_proves_nothing_is_said_and_not_counted(void **state)
{
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state, "domains = example.org\n");
	(void)row(&e, TODAY - 3, OTHER, COUNT_AS_DISPLACED);
	in = build(&e);
	assert_int_equal(in->row_count, 0);
	assert_false(in->ignored);
	(void)row(&e, TODAY - 3, OTHER, COUNT_AS_NONE);
	in = build(&e);
	assert_int_equal(in->row_count, 0);
	assert_true(in->ignored);
	end(&e);
}

static void the_future_is_no_evidence(void **state)
{
	struct example e;

	begin(&e, *state, "domains = example.org\n");
	(void)row(&e, TODAY, OTHER, COUNT_AS_DKIM);
	(void)row(&e, TODAY + 1, OTHER, COUNT_AS_DKIM);
	assert_int_equal(build(&e)->row_count, 1);
	assert_int_equal(e.got.input.rows[0].day, TODAY);
	end(&e);
}

static void trust_https_says_what_anonymous_reports_are_worth(void **state)
{
	static const struct {
		const char *value;
		size_t rows;
		bool proved, ignored, limited;
	} cases[] = {
		{"limited", 1, false, false, true},
		{"yes", 1, true, false, false},
		{"no", 0, false, true, false},
	};
	const struct verdict_input *in;
	struct fixture *f = *state;
	struct example e;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		begin(&e, f,
		      arena_printf(f->arena,
		                   "domains = example.org\n[verdict]\n"
		                   "trust_https = %s\n",
		                   cases[i].value));
		(void)row(&e, TODAY - 3, OTHER, COUNT_AS_ANONYMOUS);
		in = build(&e);
		assert_int_equal(in->row_count, cases[i].rows);
		if (in->row_count > 0)
			assert_int_equal(
				!in->groups[in->rows[0].group].anonymous,
				cases[i].proved);
		assert_int_equal(in->ignored, cases[i].ignored);
		assert_int_equal(in->limited, cases[i].limited);
		end(&e);
	}
}

static void the_configuration_names_reporters(void **state)
{
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state,
	      "domains = example.org\n[verdict]\n"
	      "reporters = google.example\n"
	      "accept_reporters = mail.google.example\n");
	(void)row(&e, TODAY - 4, OTHER, COUNT_AS_DKIM);
	(void)row(&e, TODAY - 3, GOOGLE, COUNT_AS_DKIM);
	in = build(&e);
	assert_int_equal(in->row_count, 1);
	assert_true(in->ignored);
	assert_false(in->groups[in->rows[0].group].accepted);
	(void)row(&e, TODAY - 3, GMAIL, COUNT_AS_DKIM);
	in = build(&e);
	assert_int_equal(in->row_count, 2);
	assert_true(in->groups[in->rows[0].group].accepted);
	assert_false(in->groups[in->rows[0].group].failures_only);
	end(&e);
}

static void unsigned_reports_of_a_signer_count_against_only(void **state)
{
	const struct verdict_input *in;
	struct example e;
	int32_t day;

	begin(&e, *state, "domains = example.org\n");
	for (day = TODAY - 6; day < TODAY - 2; day++) {
		(void)row(&e, day, GOOGLE, COUNT_AS_ANONYMOUS);
		(void)row(&e, day, GOOGLE, COUNT_AS_DKIM);
	}
	(void)row(&e, TODAY - 3, OTHER, COUNT_AS_ANONYMOUS);
	in = build(&e);
	assert_int_equal(in->row_count, 9);
	/* Two signed days are too few, the third is enough. */
	assert_false(in->rows[0].against_only || in->rows[2].against_only);
	assert_true(in->rows[4].against_only && in->rows[6].against_only);
	assert_false(in->rows[5].against_only);
	assert_false(in->rows[8].against_only);
	end(&e);
}

static void tells_which_policy_a_row_was_of(void **state)
{
	const struct verdict_input *in;
	struct example e;
	int64_t i;

	begin(&e, *state, "domains = example.org\n");
	e.policy_count = 2;
	for (i = 0; i < 2; i++) {
		struct text lines[] = {TEXT("version: STSv1"),
		                       TEXT("mode: testing"),
		                       i == 0 ? TEXT("mx: old.example")
		                              : TEXT("mx: new.example")};
		const struct text_list list = {lines, 3};

		e.policies[i].id = 10 + i;
		e.policies[i].first_day = TODAY - 5 + (int32_t)i;
		e.policies[i].first_proved = e.policies[i].first_day;
		sts_policy_parse(e.f->arena, &list, &e.policies[i].policy);
	}
	row(&e, TODAY - 5, OTHER, COUNT_AS_DKIM)->policy_id = 10;
	row(&e, TODAY - 4, OTHER, COUNT_AS_DKIM)->policy_id = 11;
	row(&e, TODAY - 3, OTHER, COUNT_AS_DKIM)->policy_id = 12;
	in = build(&e);
	assert_int_equal(in->rows[0].match, POLICY_MATCH_OLD);
	assert_int_equal(in->rows[1].match, POLICY_MATCH_CURRENT);
	assert_int_equal(in->rows[2].match, POLICY_MATCH_MISSING);
	assert_int_equal(in->mode, STS_MODE_TESTING);
	assert_int_equal(in->mx_count, 1);
	assert_true(text_is(in->mx[0], "new.example"));
	assert_int_equal(in->since, TODAY - 4);
	end(&e);
}

/* Enforced since seven days, the last of them not settled. */
static void counts_the_clean_days_of_enforcing(void **state)
{
	struct text lines[] = {TEXT("version: STSv1"), TEXT("mode: enforce"),
	                       TEXT("mx: new.example")};
	const struct text_list list = {lines, 3};
	struct store_sum_row *bad;
	struct example e;

	begin(&e, *state, "domains = example.org\n");
	e.policy_count = 1;
	e.policies[0].id = 10;
	e.policies[0].first_day = e.policies[0].first_proved = TODAY - 7;
	sts_policy_parse(e.f->arena, &list, &e.policies[0].policy);
	bad = row(&e, TODAY - 7, OTHER, COUNT_AS_DKIM);
	bad->policy_id = 10;
	bad = row(&e, TODAY - 5, OTHER, COUNT_AS_DKIM);
	bad->policy_id = 10;
	assert_int_equal(build(&e)->clean_enforce_days, 6);
	bad->evidence.trials = bad->evidence.refused = 1000;
	assert_int_equal(build(&e)->clean_enforce_days, 3);
	end(&e);
}

static void mx_hosts_of_the_section_are_looked_at(void **state)
{
	const struct verdict_input *in;
	struct example e;

	begin(&e, *state,
	      "[domain example.org]\nmx_hosts = mx1.example.org "
	      "mx2.example.org\n[domain two.example]\nmx_hosts = x.example\n");
	in = build(&e);
	assert_int_equal(in->host_count, 2);
	assert_true(text_is(in->hosts[1], "mx2.example.org"));
	end(&e);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reporters_of_one_domain_are_one_group),
		TEST(what_nobody_proved_is_a_group_of_its_own),
		TEST(an_anchor_is_one_by_its_signature),
		TEST(records_of_nothing_are_no_evidence),
		TEST(what_proves_nothing_is_said_and_not_counted),
		TEST(the_future_is_no_evidence),
		TEST(trust_https_says_what_anonymous_reports_are_worth),
		TEST(the_configuration_names_reporters),
		TEST(unsigned_reports_of_a_signer_count_against_only),
		TEST(tells_which_policy_a_row_was_of),
		TEST(counts_the_clean_days_of_enforcing),
		TEST(mx_hosts_of_the_section_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
