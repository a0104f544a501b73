#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "base/timestamp.h"
#include "schema/store/read.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define DAY INT64_C(86400)
/* When a report of FIXTURE_DAY arrives, and that of the day after. */
#define FIRST  ((FIXTURE_DAY + 1) * DAY + 3600)
#define SECOND (FIRST + DAY)

#define ROWS_MAX 4096

struct rows {
	struct store_sum_row items[ROWS_MAX];
	size_t count;
};

static void read_rows(const struct fixture *f, int64_t until,
                      int64_t first_domain, int64_t last_domain,
                      struct rows *out)
{
	const struct store_day_range range = {
		.first_day = FIXTURE_DAY - 10,
		.last_day = FIXTURE_DAY + 10,
		.first_domain = first_domain,
		.last_domain = last_domain,
		.until = until,
	};
	struct store_cursor *rows;
	struct err err;
	int result;

	out->count = 0;
	memset(out->items, 0, sizeof(out->items));
	if (store_read_day_sums(f->store, &range, &rows, &err) < 0)
		fail_msg("%s", err.text);
	while ((result = store_read_day_sums_next(rows, &out->items[out->count],
	                                          &err)) == 1) {
		out->count++;
		assert_true(out->count < ROWS_MAX);
	}
	if (result < 0)
		fail_msg("%s", err.text);
	store_read_close(&rows);
}

static void assert_same_row(const struct store_sum_row *a,
                            const struct store_sum_row *b)
{
	const struct evidence *x = &a->evidence, *y = &b->evidence;

	assert_int_equal(a->day, b->day);
	assert_int_equal(a->domain_id, b->domain_id);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->reporter_id, b->reporter_id);
	assert_int_equal(a->count_as, b->count_as);
	assert_int_equal(a->policy_id, b->policy_id);
	assert_int_equal(a->arrived, b->arrived);
	assert_int_equal(a->reports, b->reports);
	assert_int_equal(a->successes, b->successes);
	assert_int_equal(a->failures, b->failures);
	assert_memory_equal(x, y, sizeof(*x));
}

static void assert_same(const struct rows *a, const struct rows *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++)
		assert_same_row(&a->items[i], &b->items[i]);
}

static void add(struct fixture *f, const struct wish *wish)
{
	assert_int_not_equal(fixture_add(f, wish).outcome, OUTCOME_REFUSED);
}

/* The only row of a moment. */
static struct store_sum_row the_row(const struct fixture *f, int64_t until)
{
	static struct rows rows;

	read_rows(f, until, 1, STORE_ALL_DOMAINS, &rows);
	assert_int_equal(rows.count, 1);
	return rows.items[0];
}

static size_t count_rows(const struct fixture *f, int64_t until)
{
	static struct rows rows;

	read_rows(f, until, 1, STORE_ALL_DOMAINS, &rows);
	return rows.count;
}

/* --- arrivals ------------------------------------------------------------ */

static void what_came_later_is_not_known(void **state)
{
	const struct wish early = {.successes = 5, .received = FIRST};
	const struct wish late = {
		.successes = 7, .id = "late", .received = SECOND};
	struct fixture *f = *state;

	add(f, &early);
	add(f, &late);
	assert_int_equal(count_rows(f, FIRST - 1), 0);
	assert_int_equal(the_row(f, FIRST).successes, 5);
	assert_int_equal(the_row(f, SECOND - 1).successes, 5);
	assert_int_equal(the_row(f, SECOND - 1).arrived, FIXTURE_DAY + 1);
	assert_int_equal(count_rows(f, SECOND), 2);
}

static void a_report_that_is_dated_back_is_known_when_it_came(void **state)
{
	const struct wish wish = {
		.successes = 5, .day = FIXTURE_DAY - 9, .received = SECOND};
	struct fixture *f = *state;

	add(f, &wish);
	assert_int_equal(count_rows(f, SECOND - 1), 0);
	assert_int_equal(the_row(f, SECOND).day, FIXTURE_DAY - 9);
}

static void only_the_domains_that_are_asked_for(void **state)
{
	const struct wish both = {
		.successes = 5,
		.received = FIRST,
		.more = ",{\"policy\":{\"policy-type\":\"sts\",\"policy-"
			"domain\":\"example.net\"},\"summary\":{\"total-"
			"successful-session-count\":9,\"total-failure-session-"
			"count\":0}}",
	};
	static struct rows rows;
	struct fixture *f = *state;

	add(f, &both);
	read_rows(f, FIRST, 2, 2, &rows);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.items[0].domain_id, 2);
	assert_int_equal(rows.items[0].successes, 9);
	read_rows(f, FIRST, 3, 9, &rows);
	assert_int_equal(rows.count, 0);
}

/* --- proofs -------------------------------------------------------------- */

static void a_proof_that_came_later_proves_nothing_yet(void **state)
{
	struct wish wish = {.successes = 5, .received = FIRST};
	struct store_sum_row row;
	struct fixture *f = *state;

	add(f, &wish);
	wish.trust = TRUST_DKIM;
	wish.signer = "mail.sender.example";
	wish.received = SECOND;
	add(f, &wish);
	row = the_row(f, SECOND);
	assert_int_equal(row.count_as, COUNT_AS_DKIM);
	assert_int_equal(row.reporter_id, 2);
	assert_int_equal(row.arrived, FIXTURE_DAY + 2);
	row = the_row(f, SECOND - 1);
	assert_int_equal(row.count_as, COUNT_AS_ANONYMOUS);
	assert_int_equal(row.reporter_id, 1);
	assert_int_equal(row.arrived, FIXTURE_DAY + 1);
	assert_int_equal(row.evidence.trials, 5);
}

static void change(const struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->store_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void a_mail_that_proved_nothing_counted_for_nothing(void **state)
{
	struct wish wish = {
		.successes = 5, .unproved = true, .received = FIRST};
	struct fixture *f = *state;
	struct store_sum_row row;

	add(f, &wish);
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	wish.received = SECOND;
	add(f, &wish);
	change(f, "UPDATE report SET channel = 1");
	assert_int_equal(the_row(f, SECOND).count_as, COUNT_AS_DKIM);
	row = the_row(f, SECOND - 1);
	assert_int_equal(row.count_as, COUNT_AS_NONE);
	assert_int_equal(row.evidence.trials, 0);
	assert_int_equal(row.successes, 5);
}

/* --- copies -------------------------------------------------------------- */

static void a_copy_counts_until_another_takes_its_place(void **state)
{
	const struct wish claim = {.successes = 100, .received = FIRST};
	const struct wish proof = {.failures = 3,
	                           .result = "certificate-expired",
	                           .trust = TRUST_DKIM,
	                           .signer = "sender.example",
	                           .received = SECOND};
	static struct rows rows;
	struct fixture *f = *state;
	struct store_sum_row row;

	add(f, &claim);
	add(f, &proof);
	row = the_row(f, SECOND - 1);
	assert_int_equal(row.count_as, COUNT_AS_ANONYMOUS);
	assert_int_equal(row.evidence.trials, 100);
	assert_int_equal(row.evidence.refused, 0);
	read_rows(f, SECOND, 1, STORE_ALL_DOMAINS, &rows);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.items[0].count_as, COUNT_AS_DKIM);
	assert_int_equal(rows.items[0].evidence.refused, 3);
	assert_int_equal(rows.items[1].count_as, COUNT_AS_DISPLACED);
	assert_int_equal(rows.items[1].evidence.trials, 0);
}

static void a_contradiction_is_known_when_it_came(void **state)
{
	struct wish wish = {.successes = 100, .received = FIRST};
	static struct rows rows;
	struct fixture *f = *state;

	add(f, &wish);
	wish.successes = 40;
	wish.received = SECOND;
	add(f, &wish);
	assert_int_equal(the_row(f, SECOND - 1).evidence.trials, 100);
	read_rows(f, SECOND, 1, STORE_ALL_DOMAINS, &rows);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.items[0].evidence.trials, 40);
	assert_int_equal(rows.items[0].successes, 100);
}

/* --- the sums themselves ------------------------------------------------- */

/* One of many reports: others of the same key, other keys, days, domains and
   senders. */
static void add_random(struct fixture *f, int64_t received, unsigned int *seed)
{
	static const char *const senders[] = {"sender.example", "b.example"};
	static const char *const domains[] = {"example.org", "example.net"};
	static const char *const more =
		",{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
		"\"example.com\"},\"summary\":{\"total-successful-session-"
		"count\":9,\"total-failure-session-count\":0}}";
	const char *sender = senders[rand_r(seed) % 2];
	bool proved = rand_r(seed) % 2 == 0, failing = rand_r(seed) % 3 == 0;
	const struct wish wish = {
		.contact = arena_printf(f->arena, "tlsrpt@%s", sender),
		.id = arena_printf(f->arena, "%d", rand_r(seed) % 2),
		.domain = domains[rand_r(seed) % 2],
		.day = FIXTURE_DAY - rand_r(seed) % 2,
		.successes = 10,
		.failures = failing ? 4 : 0,
		.result = failing ? "certificate-expired" : NULL,
		.policy = rand_r(seed) % 6 == 0 ? "mode: enforce" : NULL,
		.tlsa = rand_r(seed) % 5 == 0,
		.more = rand_r(seed) % 6 == 0 ? more : NULL,
		.trust = proved ? TRUST_DKIM : TRUST_NONE,
		.signer = proved ? arena_printf(f->arena, "m%d.%s",
	                                        rand_r(seed) % 2, sender)
	                         : NULL,
		.received = received,
	};

	(void)fixture_add(f, &wish);
}

static int64_t trials_of(const struct rows *rows)
{
	int64_t trials = 0;
	size_t i;

	for (i = 0; i < rows->count; i++)
		trials += rows->items[i].evidence.trials;
	return trials;
}

/* Nothing goes away here, so that every moment comes back as it was. */
static void every_moment_is_what_the_sums_were_then(void **state)
{
	enum {
		REPORTS = 90
	};
	static struct rows then[REPORTS], again;
	struct fixture *f = *state;
	unsigned int seed = 7;
	size_t i, displaced = 0, lesser = 0, k;

	for (i = 0; i < REPORTS; i++) {
		add_random(f, FIRST + (int64_t)i * 3000, &seed);
		read_rows(f, 0, 1, STORE_ALL_DOMAINS, &then[i]);
	}
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 0);
	for (i = 0; i < REPORTS; i++) {
		read_rows(f, FIRST + (int64_t)i * 3000, 1, STORE_ALL_DOMAINS,
		          &again);
		assert_same(&again, &then[i]);
		for (k = 0; k < again.count; k++)
			displaced += again.items[k].count_as ==
			             COUNT_AS_DISPLACED;
		lesser += i > 0 &&
		          trials_of(&then[i]) < trials_of(&then[i - 1]);
	}
	assert_true(displaced > 0);
	assert_true(lesser > 0);
	assert_true(fixture_number(f, "SELECT count(*) FROM report WHERE "
	                              "proved_at > received_at") > 5);
}

/* --- failures ------------------------------------------------------------ */

static int64_t failed_sessions(const struct fixture *f, int64_t until,
                               enum count_as count_as)
{
	const struct store_day_range range = {
		.first_day = FIXTURE_DAY - 10,
		.last_day = FIXTURE_DAY + 10,
		.first_domain = 1,
		.last_domain = 1,
		.until = until,
	};
	struct store_cursor *rows;
	struct store_failure_row row;
	int64_t sessions = 0;
	struct err err;
	int result;

	if (store_read_day_failures(f->store, &range, &rows, &err) < 0)
		fail_msg("%s", err.text);
	while ((result = store_read_day_failures_next(rows, &row, &err)) == 1) {
		assert_true(text_is(row.mx, "mx1.example.org"));
		assert_true(text_is(row.reason, "why"));
		assert_int_equal(row.result, RESULT_CERTIFICATE_EXPIRED);
		assert_int_equal(row.type, POLICY_STS);
		assert_int_equal(row.day, FIXTURE_DAY);
		if (row.count_as == count_as)
			sessions += row.sessions;
	}
	if (result < 0)
		fail_msg("%s", err.text);
	store_read_close(&rows);
	return sessions;
}

static void failures_are_those_that_were_known(void **state)
{
	const struct wish clean = {
		.successes = 8, .id = "8", .received = FIRST};
	struct wish wish = {.failures = 100,
	                    .result = "certificate-expired",
	                    .reason = "why",
	                    .received = FIRST};
	struct fixture *f = *state;

	add(f, &clean);
	add(f, &wish);
	wish.failures = 3;
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	wish.received = SECOND;
	add(f, &wish);
	assert_int_equal(failed_sessions(f, FIRST - 1, COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(failed_sessions(f, FIRST, COUNT_AS_ANONYMOUS), 100);
	assert_int_equal(failed_sessions(f, SECOND, COUNT_AS_ANONYMOUS), 0);
	assert_int_equal(failed_sessions(f, SECOND, COUNT_AS_DISPLACED), 100);
	assert_int_equal(failed_sessions(f, SECOND, COUNT_AS_DKIM), 3);
	assert_int_equal(failed_sessions(f, 0, COUNT_AS_DKIM), 3);
	assert_int_equal(failed_sessions(f, 0, COUNT_AS_DISPLACED), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_came_later_is_not_known,
	                                        fixture_setup,
	                                        fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_report_that_is_dated_back_is_known_when_it_came,
			fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			only_the_domains_that_are_asked_for, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_proof_that_came_later_proves_nothing_yet,
			fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_mail_that_proved_nothing_counted_for_nothing,
			fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_copy_counts_until_another_takes_its_place,
			fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_contradiction_is_known_when_it_came, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(
			every_moment_is_what_the_sums_were_then, fixture_setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(
			failures_are_those_that_were_known, fixture_setup,
			fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
