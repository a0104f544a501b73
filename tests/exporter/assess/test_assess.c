/*
 * From reports in a real store to a verdict: what somebody reaches who owns
 * domains, signs with them, and has no patience.
 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "exporter/assess/assess.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define DAY   INT64_C(86400)
#define TODAY (FIXTURE_DAY + 1) /* of FIXTURE_NOW */
#define LAST  (FIXTURE_DAY - 1) /* the newest settled day */

#define TESTING "mode: testing\nmx: mx.example.org"
#define ENFORCE "mode: enforce\nmx: mx.example.org"

struct world {
	struct fixture *f;
	struct settings settings;
	int64_t number; /* of reports so far */
	/* what came of it */
	struct verdict verdict;
	struct policy_in_force policy;
	const char *mx; /* patterns of the policy in force */
	enum sts_mode other_mode;
	struct verdict_reporter_group groups[16];
	struct verdict_witness witnesses[16];
	size_t group_count;
	size_t old_rows;
	int32_t clean_enforce_days;
	bool times_missing;
};

/* --- reports ------------------------------------------------------------- */

static void open_world(struct world *w, struct fixture *f)
{
	static const char *const others[] = {NULL};
	const struct settings_sections more = {.others = others};
	struct err err;

	*w = (struct world){.f = f};
	if (settings_read(fixture_file(f, "x.conf", "domains = example.org\n"),
	                  f->arena, &more, &w->settings, &err) < 0 ||
	    store_begin(f->store, FIXTURE_NOW, &err) < 0)
		fail_msg("%s", err.text);
}

/* One report of 50 sessions, refused of them refused. It comes the day after,
   at three, or when `received` says. */
static void add(struct world *w, const char *signer, const char *policy,
                int64_t day, int64_t refused, int64_t received)
{
	const struct wish wish = {
		.trust = TRUST_DKIM,
		.signer = signer,
		.contact = arena_printf(w->f->arena, "tlsrpt@%s", signer),
		.id = arena_printf(w->f->arena, "%lld", (long long)w->number++),
		.day = day,
		.successes = 50 - refused,
		.failures = refused,
		.result = refused > 0 ? "certificate-expired" : NULL,
		.policy = policy,
		.received = received != 0 ? received
	                                  : (day + 1) * DAY + 3 * 3600,
	};
	struct store_added added;
	struct err err;

	if (fixture_add_open(w->f, &wish, &added, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(added.outcome, OUTCOME_STORED);
}

/* A report a day for so many days, that come when they should. */
static void add_daily(struct world *w, const char *signer, const char *policy,
                      int64_t days, int64_t refused)
{
	int64_t day;

	for (day = TODAY - days; day < TODAY; day++)
		add(w, signer, policy, day, refused, 0);
}

/* The same, and one of today, that come all at once. */
static void add_backdated(struct world *w, const char *signer,
                          const char *policy, int64_t days, int64_t refused,
                          int64_t received)
{
	int64_t day;

	for (day = TODAY - days; day <= TODAY; day++)
		add(w, signer, policy, day, refused, received);
}

/* Two that nobody can sign for, and a partner: 60 days without a fault. */
static void add_honest(struct world *w, const char *policy)
{
	add_daily(w, "google.com", policy, 60, 0);
	add_daily(w, "microsoft.com", policy, 60, 0);
	add_daily(w, "partner.example", policy, 60, 0);
}

/* --- verdicts ------------------------------------------------------------ */

static void take(void *cls, size_t i, const struct assessment *assessment)
{
	struct world *w = cls;
	const struct verdict_input *in = assessment->input;
	size_t k;

	(void)i;
	w->verdict = *assessment->verdict;
	w->policy = *assessment->policy;
	w->mx = "";
	for (k = 0; k < w->policy.policy.mx_count; k++)
		w->mx = arena_printf(w->f->arena, "%s%.*s ", w->mx,
		                     (int)w->policy.policy.mx[k].len,
		                     w->policy.policy.mx[k].data);
	w->other_mode = w->policy.other != NULL ? w->policy.other->policy.mode
	                                        : STS_MODE_UNKNOWN;
	w->group_count = in->group_count;
	assert_true(in->group_count <= ARRAY_LENGTH(w->groups));
	for (k = 0; k < in->group_count; k++) {
		w->groups[k] = in->groups[k];
		w->groups[k].name = text_of(arena_printf(
			w->f->arena, "%.*s", (int)in->groups[k].name.len,
			in->groups[k].name.data));
		w->witnesses[k] = assessment->verdict->witnesses[k];
	}
	w->old_rows = 0;
	for (k = 0; k < in->row_count; k++)
		w->old_rows += in->rows[k].match == POLICY_MATCH_OLD;
	w->clean_enforce_days = in->clean_enforce_days;
	w->times_missing = assessment->times_missing;
}

/* What is known `ago` days before today. */
static void assess(struct world *w, int32_t ago)
{
	const struct assess_domain domain = {1, TEXT("example.org")};
	struct assess_request request = {
		.store = w->f->store,
		.at = {.settings = &w->settings,
	               .today = (int32_t)TODAY - ago,
	               .now_minutes = 720,
	               .last = (int32_t)LAST - ago},
		.on_assessment = take,
		.cls = w,
	};
	struct reporters *reporters;
	struct err err;

	if (reporters_read(NULL, w->f->store, &reporters, &err) < 0)
		fail_msg("%s", err.text);
	request.at.reporters = reporters;
	if (assess_domains(&request, &domain, 1, &err) < 0)
		fail_msg("%s", err.text);
	reporters_unref(&reporters);
}

static bool says(const struct world *w, enum verdict_reason reason)
{
	return (w->verdict.reasons & REASON_BIT(reason)) != 0;
}

static size_t group_of(const struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->group_count; i++) {
		if (text_is(w->groups[i].name, name))
			return i;
	}
	fail_msg("no group %s", name);
	return 0;
}

static void assert_policy(const struct world *w, enum sts_mode mode,
                          int64_t since)
{
	assert_int_equal(w->policy.policy.mode, mode);
	assert_string_equal(w->mx, "mx.example.org ");
	assert_int_equal(w->policy.since, since);
}

/* --- what newcomers reach -------------------------------------------------- */

static void two_names_of_a_minute_end_no_policy_and_no_enforcing(void **state)
{
	struct world w;

	open_world(&w, *state);
	add_honest(&w, ENFORCE);
	assess(&w, 0);
	assert_int_equal(w.verdict.state, VERDICT_ENFORCE_OK);
	assert_policy(&w, STS_MODE_ENFORCE, TODAY - 60);
	assert_int_equal(w.clean_enforce_days, 59);
	/* They refuse everything, say that there is no policy any more, and
	   have known it for two months. */
	add_backdated(&w, "evil.example", "mode: none", 60, 50, FIXTURE_NOW);
	add_backdated(&w, "worse.example", "mode: none", 60, 50, FIXTURE_NOW);
	assess(&w, 0);
	assert_int_equal(w.verdict.state, VERDICT_ENFORCE_WARNING);
	assert_true(says(&w, REASON_NEWCOMER_REFUSALS));
	assert_policy(&w, STS_MODE_ENFORCE, TODAY - 60);
	assert_int_equal(w.policy.enforced_since, TODAY - 60);
	assert_int_equal(w.other_mode, STS_MODE_NONE);
	/* The advice is more careful than it was, which costs nothing. */
	assert_int_equal(w.clean_enforce_days, 0);
	/* A day before, nobody had heard of them. */
	assess(&w, 1);
	assert_policy(&w, STS_MODE_ENFORCE, TODAY - 60);
	assert_true(w.verdict.state != VERDICT_ENFORCE_ROLLBACK);
}

static void two_names_of_a_minute_hold_up_and_no_more(void **state)
{
	struct world w;

	open_world(&w, *state);
	add_honest(&w, TESTING);
	assess(&w, 0);
	assert_int_equal(w.verdict.state, VERDICT_READY);
	add_backdated(&w, "evil.example", TESTING, 3, 50, FIXTURE_NOW);
	add_backdated(&w, "worse.example", TESTING, 3, 50, FIXTURE_NOW);
	assess(&w, 0);
	assert_int_equal(w.verdict.state, VERDICT_COLLECTING);
	assert_true(says(&w, REASON_NEWCOMER_REFUSALS));
	assert_policy(&w, STS_MODE_TESTING, TODAY - 60);
}

/* An own set of hosts, so that what others say is of an old policy. */
static void another_set_of_hosts_makes_nothing_old(void **state)
{
	static const char *const spellings[] = {
		"mode: testing\nmx: mx.evil.example",
		"mode: testing\nmx: MX.EXAMPLE.ORG\nmx: mx2.example.org",
		"mode: none",
	};
	struct world w;
	size_t i;

	open_world(&w, *state);
	add_honest(&w, TESTING);
	for (i = 0; i < ARRAY_LENGTH(spellings); i++) {
		add_backdated(&w, "evil.example", spellings[i], 60, 0,
		              FIXTURE_NOW);
		add_backdated(&w, "worse.example", spellings[i], 60, 0,
		              FIXTURE_NOW);
		assess(&w, 0);
		assert_int_equal(w.verdict.state, VERDICT_READY);
		assert_policy(&w, STS_MODE_TESTING, TODAY - 60);
		assert_int_equal(w.old_rows, (i + 1) * 122);
	}
	/* The same in capitals is the same. */
	add(&w, "google.com", "mode: testing\nmx: MX.Example.ORG.", TODAY - 1,
	    0, 0);
	assess(&w, 0);
	assert_policy(&w, STS_MODE_TESTING, TODAY - 60);
}

/* The main sender's mail is refused. Two names are eight days old, date their
   reports back, and know another set of hosts. */
static void names_of_a_week_mend_no_domain(void **state)
{
	static const char *const hosts = "mode: testing\nmx: mx.evil.example";
	struct world w;
	int64_t ago;

	open_world(&w, *state);
	add_daily(&w, "main.example", TESTING, 60, 25);
	add_daily(&w, "partner.example", TESTING, 60, 25);
	assess(&w, 0);
	assert_int_equal(w.verdict.state, VERDICT_BLOCKED);
	for (ago = 8; ago >= 0; ago--) {
		add_backdated(&w, "evil.example", hosts, 60 - ago, 0,
		              FIXTURE_NOW - ago * DAY);
		add_backdated(&w, "worse.example", hosts, 60 - ago, 0,
		              FIXTURE_NOW - ago * DAY);
	}
	assess(&w, 0);
	assert_int_equal(w.verdict.state, VERDICT_BLOCKED);
	assert_policy(&w, STS_MODE_TESTING, TODAY - 60);
	assert_false(w.witnesses[group_of(&w, "evil.example")].standing);
}

static void hosts_of_a_name_are_no_second_witness(void **state)
{
	struct world w;

	open_world(&w, *state);
	add_daily(&w, "evil.example", TESTING, 60, 0);
	add_daily(&w, "mail.evil.example", TESTING, 60, 0);
	add_daily(&w, "mx.a.evil.example", TESTING, 60, 0);
	assess(&w, 0);
	assert_int_equal(w.group_count, 1);
	assert_int_equal(w.verdict.numbers.reporters, 1);
	assert_true(says(&w, REASON_FEW_REPORTERS));
	assert_int_not_equal(w.verdict.state, VERDICT_READY);
}

/* Forty days that come in an hour are one arrival, however long the name has
   been known. */
static void a_report_that_is_dated_back_earns_no_standing(void **state)
{
	const struct verdict_witness *witness;
	struct world w;
	int64_t ago;

	open_world(&w, *state);
	add_honest(&w, TESTING);
	add(&w, "evil.example", TESTING, TODAY - 40, 0, 0);
	add_backdated(&w, "evil.example", TESTING, 39, 0, FIXTURE_NOW);
	assess(&w, 0);
	witness = &w.witnesses[group_of(&w, "evil.example")];
	assert_int_equal(witness->known_days, 39);
	assert_int_equal(witness->report_days, 41);
	assert_int_equal(witness->arrival_days, 2);
	assert_false(witness->standing);
	/* On seven days, it is patience. */
	for (ago = 1; ago <= 5; ago++)
		add(&w, "evil.example", TESTING, TODAY - 39, 0,
		    FIXTURE_NOW - ago * DAY);
	assess(&w, 0);
	witness = &w.witnesses[group_of(&w, "evil.example")];
	assert_int_equal(witness->arrival_days, 7);
	assert_true(witness->standing);
	/* Not yet three days ago. */
	assess(&w, 3);
	witness = &w.witnesses[group_of(&w, "evil.example")];
	assert_int_equal(witness->arrival_days, 4);
	assert_false(witness->standing);
}

/* What lay here unproved has not been proved since. */
static void a_proof_that_comes_later_earns_no_age(void **state)
{
	const struct verdict_witness *witness;
	struct wish wish = {.successes = 50,
	                    .contact = "tlsrpt@evil.example",
	                    .policy = TESTING};
	struct store_added added;
	struct world w;
	struct err err;
	int64_t day;
	int round;

	open_world(&w, *state);
	add_honest(&w, TESTING);
	for (round = 0; round < 2; round++) {
		for (day = TODAY - 60; day < TODAY; day++) {
			wish.id = arena_printf(w.f->arena, "evil-%lld",
			                       (long long)day);
			wish.day = day;
			wish.received = round == 0 ? (day + 1) * DAY
			                           : FIXTURE_NOW;
			if (fixture_add_open(w.f, &wish, &added, &err) < 0)
				fail_msg("%s", err.text);
			assert_int_equal(added.trust_raised, round == 1);
		}
		wish.trust = TRUST_DKIM;
		wish.signer = "evil.example";
	}
	assess(&w, 0);
	witness = &w.witnesses[group_of(&w, "evil.example")];
	assert_int_equal(witness->report_days, 60);
	assert_int_equal(witness->known_days, 0);
	assert_int_equal(witness->arrival_days, 1);
	assert_false(witness->standing);
	assert_true(says(&w, REASON_NEWCOMERS_NOT_COUNTED));
}

/* --- what patience reaches ------------------------------------------------- */

static void a_policy_that_two_of_standing_show_is_in_force(void **state)
{
	struct world w;
	int64_t day;

	open_world(&w, *state);
	add_honest(&w, TESTING);
	for (day = TODAY - 5; day < TODAY; day++)
		add(&w, "google.com", "mode: testing\nmx: new.example.org", day,
		    0, 0);
	assess(&w, 0);
	assert_policy(&w, STS_MODE_TESTING, TODAY - 60);
	add(&w, "microsoft.com", "mode: testing\nmx: new.example.org",
	    TODAY - 1, 0, 0);
	add(&w, "partner.example", TESTING, TODAY - 1, 0, 0);
	assess(&w, 0);
	assert_string_equal(w.mx, "new.example.org ");
	assert_int_equal(w.policy.since, TODAY - 5);
}

/* --- what the store does not know ------------------------------------------ */

static void change(struct world *w, const char *sql)
{
	char *message = NULL;
	struct err err;
	sqlite3 *db;

	assert_int_equal(store_commit(w->f->store, &err), 0);
	assert_int_equal(sqlite3_open(w->f->store_path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	(void)sqlite3_close(db);
	assert_int_equal(store_begin(w->f->store, FIXTURE_NOW, &err), 0);
}

static void what_is_not_recorded_is_taken_as_absent(void **state)
{
	const struct verdict_witness *witness;
	struct world w;

	open_world(&w, *state);
	add_honest(&w, TESTING);
	assess(&w, 0);
	assert_false(w.times_missing);
	change(&w, "UPDATE reporter SET first_proved = NULL WHERE name = "
	           "'partner.example'");
	assess(&w, 0);
	assert_true(w.times_missing);
	assert_int_equal(w.verdict.state, VERDICT_READY);
	witness = &w.witnesses[group_of(&w, "partner.example")];
	assert_int_equal(witness->known_days, 60);
	assert_int_equal(witness->arrival_days, 60);
	change(&w, "UPDATE reporter SET first_proved = first_received");
	change(&w, "UPDATE day_sum SET arrived = 0");
	assess(&w, 0);
	assert_true(w.times_missing);
	assert_int_equal(w.verdict.state, VERDICT_READY);
	witness = &w.witnesses[group_of(&w, "partner.example")];
	assert_true(witness->arrival_days == INT64_MAX);
	assert_true(witness->standing);
}

static int close_world(void **state)
{
	struct fixture *f = *state;

	store_rollback(f->store);
	return fixture_teardown(state);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, fixture_setup, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_names_of_a_minute_end_no_policy_and_no_enforcing),
		TEST(two_names_of_a_minute_hold_up_and_no_more),
		TEST(another_set_of_hosts_makes_nothing_old),
		TEST(names_of_a_week_mend_no_domain),
		TEST(hosts_of_a_name_are_no_second_witness),
		TEST(a_report_that_is_dated_back_earns_no_standing),
		TEST(a_proof_that_comes_later_earns_no_age),
		TEST(a_policy_that_two_of_standing_show_is_in_force),
		TEST(what_is_not_recorded_is_taken_as_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
