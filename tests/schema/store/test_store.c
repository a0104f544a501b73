#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "base/digest.h"
#include "base/file.h"
#include "schema/limits.h"
#include "schema/store/admin.h"
#include "schema/store/write.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static void stores_a_report_once(void **state)
{
	const struct wish wish = {.successes = 40,
	                          .failures = 2,
	                          .result = "certificate-expired"};
	struct fixture *f = *state;
	struct store_added added = fixture_add(f, &wish);

	assert_int_equal(added.outcome, OUTCOME_STORED);
	added = fixture_add(f, &wish);
	assert_int_equal(added.outcome, OUTCOME_DUPLICATE);
	assert_int_equal(added.report_id, 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 1);
	assert_int_equal(
		fixture_number(f, "SELECT sum(successes) FROM day_sum"), 40);
	assert_int_equal(fixture_number(f, "SELECT sum(refused) FROM day_sum"),
	                 2);
	assert_int_equal(
		fixture_number(f, "SELECT sum(sessions) FROM day_result WHERE "
	                          "result_type = 2"),
		2);
	assert_int_equal(fixture_number(f,
	                                "SELECT rows FROM usage WHERE name = "
	                                "'reports'"),
	                 1);
	assert_int_equal(fixture_number(f, "SELECT value FROM counter WHERE "
	                                   "name = 'ingested_sessions'"),
	                 42);
}

static void assert_texts(struct text a, struct text b)
{
	assert_true(text_equal(a, b));
}

static void assert_lists(const struct text_list *a, const struct text_list *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++)
		assert_texts(a->items[i], b->items[i]);
}

static void assert_details(const struct report_detail *a,
                           const struct report_detail *b)
{
	assert_int_equal(a->type, b->type);
	assert_texts(a->type_text, b->type_text);
	assert_int_equal(a->sessions, b->sessions);
	assert_memory_equal(&a->sending_ip, &b->sending_ip,
	                    sizeof(a->sending_ip));
	assert_memory_equal(&a->receiving_ip, &b->receiving_ip,
	                    sizeof(a->receiving_ip));
	assert_texts(a->receiving_mx, b->receiving_mx);
	assert_texts(a->helo, b->helo);
	assert_texts(a->reason, b->reason);
	assert_texts(a->additional, b->additional);
}

static void assert_reports(const struct report *a, const struct report *b)
{
	size_t i, k;

	assert_texts(a->organization, b->organization);
	assert_texts(a->contact, b->contact);
	assert_texts(a->id, b->id);
	assert_int_equal(a->begin, b->begin);
	assert_int_equal(a->end, b->end);
	assert_true(a->quirks == b->quirks);
	assert_int_equal(a->policy_count, b->policy_count);
	for (i = 0; i < a->policy_count; i++) {
		assert_int_equal(a->policies[i].type, b->policies[i].type);
		assert_texts(a->policies[i].type_text,
		             b->policies[i].type_text);
		assert_texts(a->policies[i].domain, b->policies[i].domain);
		assert_lists(&a->policies[i].policy_string,
		             &b->policies[i].policy_string);
		assert_lists(&a->policies[i].mx_hosts,
		             &b->policies[i].mx_hosts);
		assert_int_equal(a->policies[i].successes,
		                 b->policies[i].successes);
		assert_int_equal(a->policies[i].failures,
		                 b->policies[i].failures);
		assert_int_equal(a->policies[i].detail_count,
		                 b->policies[i].detail_count);
		for (k = 0; k < a->policies[i].detail_count; k++)
			assert_details(&a->policies[i].details[k],
			               &b->policies[i].details[k]);
	}
}

/* JSON -> struct -> tables -> struct: nothing is lost on the way. */
static void gives_back_what_it_took(void **state)
{
	static const char *const names[] = {
		"plain",       "two-policies",         "reason-hostile",
		"list-nested", "result-unknown",       "policy-type-unknown",
		"nul-in-id",   "policy-string-nested",
	};
	static const bool configured[] = {true, true};
	struct fixture *f = *state;
	struct buf json = BUF_INIT(1 << 20);
	struct report *report, *loaded;
	struct identity identity;
	struct store_entry entry = {
		.configured = configured,
		.identity = &identity,
		.trust = TRUST_ANONYMOUS,
		.received = FIXTURE_NOW,
		.anonymous_bytes = 1 << 30,
	};
	uint8_t digest[DIGEST_SIZE] = {0};
	struct store_added added;
	struct err err;
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(names); i++) {
		(void)snprintf(path, sizeof(path), "reports/%s.json", names[i]);
		json = BUF_INIT(1 << 20);
		fixture_read(path, &json);
		assert_int_equal(report_parse(f->arena, json.data, json.len,
		                              &report, NULL, &err),
		                 0);
		/* The key is not what this is about: make each its own. */
		digest[0] = (uint8_t)i;
		report->begin -= (int64_t)i * 86400;
		report->end -= (int64_t)i * 86400;
		identity_of(f->arena, report, TRUST_ANONYMOUS, TEXT(""), digest,
		            &identity);
		entry.report = report;
		assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
		assert_int_equal(store_add(f->store, &entry, &added, &err), 0);
		assert_int_equal(store_commit(f->store, &err), 0);
		assert_int_equal(added.outcome, OUTCOME_STORED);
		assert_int_equal(store_load(f->store, added.report_id, f->arena,
		                            &loaded, &err),
		                 0);
		assert_reports(report, loaded);
		buf_free(&json);
	}
}

static void one_reporter_has_its_number_of_reports(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1};
	struct store_added added;
	char id[32];
	int i;

	wish.id = id;
	for (i = 0; i <= LIMIT_REPORTS_A_DAY; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		added = fixture_add(f, &wish);
		assert_int_equal(added.outcome, i < LIMIT_REPORTS_A_DAY
		                                        ? OUTCOME_STORED
		                                        : OUTCOME_REFUSED);
	}
	assert_int_equal(added.refusal, REFUSAL_OVER_QUOTA);
	/* Neither another day, nor another reporter, nor the one who signs is
	   kept out by it. */
	wish.day = FIXTURE_DAY - 1;
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	wish.day = 0;
	wish.contact = "x@other.example";
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	wish.contact = NULL;
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	assert_int_equal(fixture_number(f, "SELECT sum(reports) FROM day_sum"),
	                 LIMIT_REPORTS_A_DAY + 3);
}

static void strangers_have_a_budget(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1, .anonymous_bytes = 3000};
	int64_t used;
	char id[32];
	int i;

	wish.id = id;
	for (i = 0; i < 50; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)fixture_add(f, &wish);
	}
	used = fixture_number(
		f, "SELECT bytes FROM usage WHERE name = 'anonymous'");
	assert_true(used > 1500 && used <= 3000);
	(void)snprintf(id, sizeof(id), "signed");
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	assert_int_equal(fixture_number(f, "SELECT bytes FROM usage WHERE "
	                                   "name = 'anonymous'"),
	                 used);
}

static void strangers_have_so_many_texts(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.failures = 1, .result = "validation-failure"};
	struct store_added added;
	char id[32], reason[32];
	struct err err;
	int i;

	wish.id = id;
	wish.reason = reason;
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	for (i = 0; i < LIMIT_DISTINCT + 50; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)snprintf(reason, sizeof(reason), "reason %d", i);
		wish.day = FIXTURE_DAY - 1 - i / 60;
		assert_int_equal(fixture_add_open(f, &wish, &added, &err), 0);
		assert_int_equal(added.outcome, OUTCOME_STORED);
		if (i % 500 == 0)
			arena_reset(f->arena, 64 << 20);
	}
	assert_int_equal(store_commit(f->store, &err), 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM reason"),
	                 LIMIT_DISTINCT + 1);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM reason WHERE "
	                                   "text = '_other'"),
	                 1);
}

/* What strangers have used up is not what signed reports have. */
static void a_signed_report_has_its_texts_after_a_flood(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.failures = 1, .result = "validation-failure"};
	struct store_added added;
	char id[32], reason[32];
	struct err err;
	int i;

	wish.id = id;
	wish.reason = reason;
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	for (i = 0; i < LIMIT_DISTINCT + 2; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)snprintf(reason, sizeof(reason), "reason %d", i);
		wish.day = FIXTURE_DAY - 1 - i / 60;
		assert_int_equal(fixture_add_open(f, &wish, &added, &err), 0);
		if (i % 500 == 0)
			arena_reset(f->arena, 64 << 20);
	}
	assert_int_equal(store_commit(f->store, &err), 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM reason WHERE "
	                                   "text = 'reason 4097'"),
	                 0);
	/* The last of them again, signed; and a new one. */
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	assert_true(fixture_add(f, &wish).trust_raised);
	wish.reason = "a reason of its own";
	wish.id = "signed";
	(void)fixture_add(f, &wish);
	assert_int_equal(fixture_count_details(f, "trust = 3", "reason 4097"),
	                 1);
	assert_int_equal(fixture_count_details(f, "trust = 3",
	                                       "a reason of its own"),
	                 1);
	assert_int_equal(fixture_number(f, "SELECT reasons FROM domain"), 2);
	assert_int_equal(fixture_number(f, "SELECT sum(sessions) FROM "
	                                   "day_result"),
	                 LIMIT_DISTINCT + 3);
}

static void add_policies(struct buf *more, int first, size_t count)
{
	size_t i;

	buf_reset(more);
	for (i = 0; i < count; i++)
		buf_printf(more,
		           ",{\"policy\":{\"policy-type\":\"sts\","
		           "\"policy-domain\":\"example.org\","
		           "\"policy-string\":[\"mx: %d.example.org\"]},"
		           "\"summary\":{\"total-successful-session-count\":1,"
		           "\"total-failure-session-count\":0}}",
		           first + (int)i);
}

/* Whoever has a domain can sign: he must not take the policy from the reports
   of others. */
static void no_signer_takes_the_policy_from_another(void **state)
{
	static const char of_google[] =
		"SELECT count(DISTINCT t.id) FROM day_sum AS s JOIN "
		"policy_text AS t ON t.id = s.policy_id JOIN reporter ON "
		"reporter.id = s.reporter_id WHERE reporter.name = 'google.com' AND t.policy_string <> "
		"'_other'";
	const size_t most = LIMIT_POLICIES - 1;
	struct fixture *f = *state;
	struct buf more = BUF_INIT(1 << 20);
	struct wish wish = {.trust = TRUST_DKIM,
	                    .successes = 1,
	                    .contact = "a@evil.example",
	                    .signer = "evil.example"};
	int64_t texts;
	char id[32];
	int i;

	wish.id = id;
	for (i = 0; i < 6; i++) {
		(void)snprintf(id, sizeof(id), "evil-%d", i);
		add_policies(&more, i * (int)most, most);
		wish.more = buf_text(&more);
		assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
		arena_reset(f->arena, 64 << 20);
	}
	texts = fixture_number(f, "SELECT count(*) FROM policy_text");
	assert_int_equal(texts, LIMIT_DISTINCT + 1);
	wish.contact = "a@google.com";
	wish.signer = "google.com";
	for (i = 0; i < 3; i++) {
		(void)snprintf(id, sizeof(id), "google-%d", i);
		add_policies(&more, 100000 + 8 * i, 8);
		wish.more = buf_text(&more);
		(void)fixture_add(f, &wish);
	}
	assert_int_equal(fixture_number(f, of_google), LIMIT_OWN_POLICIES);
	/* One of them was there: all reports begin with it. */
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM policy_text"),
	                 texts + LIMIT_OWN_POLICIES - 1);
	buf_free(&more);
}

/* It would be in no series, and no quota would hold it. */
static void a_report_without_a_domain_is_refused(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.domain = "", .successes = 1};
	struct store_added added = fixture_add(f, &wish);

	assert_int_equal(added.outcome, OUTCOME_REFUSED);
	assert_int_equal(added.refusal, REFUSAL_UNKNOWN_DOMAIN);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 0);
	/* Beside an element with one it is kept. */
	wish.domain = "example.org";
	wish.more = ",{\"policy\":{\"policy-type\":\"sts\"},\"summary\":{"
		    "\"total-successful-session-count\":5,"
		    "\"total-failure-session-count\":0}}";
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	assert_int_equal(
		fixture_number(f, "SELECT sum(successes) FROM day_sum"), 1);
}

static void patterns_admit_up_to_a_ceiling(void **state)
{
	static const bool configured[] = {false};
	struct fixture *f = *state;
	struct identity identity;
	struct store_entry entry = {
		.configured = configured,
		.identity = &identity,
		.trust = TRUST_ANONYMOUS,
		.received = FIXTURE_NOW,
		.may_admit = true,
		.max_admitted = 2,
		.anonymous_bytes = 1 << 30,
	};
	static const uint8_t digest[DIGEST_SIZE] = {0};
	const char *const domains[] = {"a.example", "b.example", "c.example",
	                               "a.example"};
	struct store_added added;
	struct wish wish = {0};
	struct err err;
	size_t i;

	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	for (i = 0; i < 4; i++) {
		wish.domain = domains[i];
		wish.id = arena_printf(f->arena, "id-%zu", i);
		entry.report = fixture_report(f, &wish);
		/* Who may not admit meets what was admitted. */
		entry.may_admit = i < 3;
		identity_of(f->arena, entry.report, TRUST_ANONYMOUS, TEXT(""),
		            digest, &identity);
		assert_int_equal(store_add(f->store, &entry, &added, &err), 0);
		assert_int_equal(added.outcome,
		                 i == 2 ? OUTCOME_REFUSED : OUTCOME_STORED);
	}
	assert_int_equal(store_commit(f->store, &err), 0);
	assert_int_equal(fixture_number(f, "SELECT sum(admitted) FROM domain"),
	                 2);
}

static void knows_when_a_reporter_came_first(void **state)
{
	static const int64_t hours[] = {50, 20, 70};
	struct fixture *f = *state;
	struct wish wish = {0};
	size_t i;

	/* An archive need not be imported in order. */
	for (i = 0; i < ARRAY_LENGTH(hours); i++) {
		wish.id = arena_printf(f->arena, "id-%zu", i);
		wish.received = FIXTURE_NOW + hours[i] * 3600;
		(void)fixture_add(f, &wish);
	}
	assert_int_equal(fixture_number(f,
	                                "SELECT first_received FROM reporter"),
	                 FIXTURE_NOW + 20 * 3600);
}

/* What strangers add to it must not keep reports out. */
static void a_counter_that_is_full_stays(void **state)
{
	struct fixture *f = *state;
	const struct wish wish = {.successes = 5};
	struct err err;

	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	store_counter_add(f->store, "ingested_sessions", "", "", INT64_MAX - 3);
	assert_int_equal(store_commit(f->store, &err), 0);
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	assert_true(fixture_number(f, "SELECT value FROM counter WHERE name = "
	                              "'ingested_sessions'") == INT64_MAX);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"), 1);
}

static void waits_when_the_clock_is_behind(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1};
	struct err err;

	(void)fixture_add(f, &wish);
	assert_int_equal(store_begin(f->store,
	                             FIXTURE_NOW - LIMIT_CLOCK_SECONDS - 1,
	                             &err),
	                 -1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_true(store_clock_is_behind(f->store));
	assert_int_equal(store_begin(f->store, FIXTURE_NOW - 60, &err), 0);
	assert_false(store_clock_is_behind(f->store));
	store_rollback(f->store);
}

/* A true SQLITE_FULL: the file may have no more pages than it has. */
static void a_full_disk_loses_nothing_and_recovers(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1};
	struct store_added added;
	struct err err;
	char id[32];
	int result = 0, i, stored = 0;

	wish.id = id;
	assert_int_equal(store_limit_pages(f->store, 80), 0);
	for (i = 0; i < 5000 && result == 0; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		wish.day = FIXTURE_DAY - i / 60;
		arena_reset(f->arena, 64 << 20);
		assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
		result = fixture_add_open(f, &wish, &added, &err);
		if (result == 0)
			result = store_commit(f->store, &err);
		else
			store_rollback(f->store);
		stored += result == 0;
	}
	assert_int_equal(result, -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM report"),
	                 stored);
	assert_int_equal(store_limit_pages(f->store, 100000), 0);
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
}

static void waits_for_another_writer(void **state)
{
	struct fixture *f = *state;
	struct store *second;
	struct err err;

	assert_int_equal(store_open(f->store_path, STORE_WRITE, &second, &err),
	                 0);
	store_limit_wait(second, 50);
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	assert_int_equal(store_begin(second, FIXTURE_NOW, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	store_rollback(f->store);
	assert_int_equal(store_begin(second, FIXTURE_NOW, &err), 0);
	store_rollback(second);
	store_close(&second);
}

/* Two writers, each with its own cache of ids: neither uses one that the other
   has deleted. */
static void two_writers_do_not_mislead_each_other(void **state)
{
	struct fixture *f = *state, other = *f;
	struct wish wish = {.failures = 1,
	                    .result = "validation-failure",
	                    .reason = "once",
	                    .day = FIXTURE_DAY - 300};
	struct err err;
	bool more = true;

	assert_int_equal(
		store_open(f->store_path, STORE_WRITE, &other.store, &err), 0);
	(void)fixture_add(f, &wish);
	while (more)
		assert_int_equal(store_expire(other.store, FIXTURE_NOW,
		                              FIXTURE_DAY + 290, 0, &more,
		                              &err),
		                 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM reason"), 0);
	wish.day = FIXTURE_DAY;
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM reason"), 1);
	assert_int_equal(fixture_count_details(f, "true", NULL), 1);
	store_close(&other.store);
}

static void refuses_what_is_no_store(void **state)
{
	struct fixture *f = *state;
	struct store *store = NULL;
	struct err err;
	sqlite3 *db;
	const char *path;

	path = fixture_file(f, "text.db", "this is no database, but a text");
	assert_int_equal(store_open(path, STORE_WRITE, &store, &err), -1);
	path = arena_printf(f->arena, "%s/other.db", f->folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)sqlite3_exec(db, "CREATE TABLE x (y)", NULL, NULL, NULL);
	(void)sqlite3_close(db);
	assert_int_equal(store_open(path, STORE_WRITE, &store, &err), -1);
	assert_non_null(strstr(err.text, "another program"));
	assert_int_equal(
		store_open("/nonexistent/x.db", STORE_READ, &store, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	path = arena_printf(f->arena, "%s/newer.db", f->folder);
	assert_int_equal(store_open(path, STORE_WRITE, &store, &err), 0);
	store_close(&store);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	(void)sqlite3_close(db);
	assert_int_equal(store_open(path, STORE_READ, &store, &err), -1);
	assert_non_null(strstr(err.text, "has version 99"));
	assert_null(store);
}

static void its_file_is_for_the_group(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->store_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stores_a_report_once),
		TEST(gives_back_what_it_took),
		TEST(one_reporter_has_its_number_of_reports),
		TEST(strangers_have_a_budget),
		TEST(strangers_have_so_many_texts),
		TEST(a_signed_report_has_its_texts_after_a_flood),
		TEST(no_signer_takes_the_policy_from_another),
		TEST(a_report_without_a_domain_is_refused),
		TEST(patterns_admit_up_to_a_ceiling),
		TEST(knows_when_a_reporter_came_first),
		TEST(a_counter_that_is_full_stays),
		TEST(waits_when_the_clock_is_behind),
		TEST(a_full_disk_loses_nothing_and_recovers),
		TEST(waits_for_another_writer),
		TEST(two_writers_do_not_mislead_each_other),
		TEST(refuses_what_is_no_store),
		TEST(its_file_is_for_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
