/*
 * When reports arrived, and when they were proved: by the clock that saw them
 * come, whatever they say of themselves. Every case ends by working the sums
 * out anew and finding them the same.
 */
#include "base/attr.h"
#include "schema/store/admin.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

#define TODAY (FIXTURE_DAY + 1) /* of FIXTURE_NOW */

static const struct wish signed_copy = {
	.trust = TRUST_DKIM, .signer = "sender.example", .successes = 1};

/* The sums of each day of arrival, as "DAY:STANDING:REPORTS". */
#define ARRIVALS                                                          \
	"SELECT coalesce(group_concat(line, ' '), '') FROM (SELECT "      \
	"(arrived - 20600) || ':' || count_as || ':' || sum(reports) AS " \
	"line FROM day_sum GROUP BY arrived, count_as HAVING "            \
	"sum(reports) <> 0 OR sum(elements) <> 0 ORDER BY arrived, "      \
	"count_as)"

static void print_fault(void *cls, const char *sentence)
{
	(void)cls;
	print_message("%s\n", sentence);
}

static void assert_arrivals(struct fixture *f, const char *wanted)
{
	int64_t faults;
	struct err err;
	int round;

	for (round = 0; round < 2; round++) {
		assert_int_equal(fixture_number(f,
		                                arena_printf(f->arena,
		                                             "SELECT (" ARRIVALS
		                                             ") = '%s'",
		                                             wanted)),
		                 1);
		assert_int_equal(store_check(f->store, print_fault, NULL,
		                             &faults, &err),
		                 0);
		assert_int_equal(faults, 0);
		assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
		assert_int_equal(store_rebuild_sums(f->store, &err), 0);
		assert_int_equal(store_commit(f->store, &err), 0);
	}
}

static int64_t first_proved(struct fixture *f, const char *name)
{
	return fixture_number(
		f, arena_printf(f->arena,
	                        "SELECT coalesce((SELECT first_proved FROM "
	                        "reporter WHERE name = '%s'), 0)",
	                        name));
}

static void ten_days_that_come_in_an_hour_are_one_arrival(void **state)
{
	struct fixture *f = *state;
	struct wish wish = signed_copy;
	int i;

	for (i = 0; i < 10; i++) {
		wish.id = arena_printf(f->arena, "id-%d", i);
		wish.day = FIXTURE_DAY - i;
		wish.received = FIXTURE_NOW + i * 360;
		assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_STORED);
	}
	assert_arrivals(f, "6:3:10");
	assert_int_equal(first_proved(f, "sender.example"), FIXTURE_NOW);
}

static void reports_of_a_day_that_come_on_two_are_two(void **state)
{
	struct fixture *f = *state;
	struct wish wish = signed_copy;

	wish.received = FIXTURE_NOW - DAY;
	(void)fixture_add(f, &wish);
	wish.id = "id-2";
	wish.received = FIXTURE_NOW;
	(void)fixture_add(f, &wish);
	wish.id = "id-3";
	(void)fixture_add(f, &wish);
	assert_arrivals(f, "5:3:1 6:3:2");
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM day_sum"), 2);
}

/* What lay here unproved for a week is believed from the proof on. */
static void a_proof_counts_from_when_it_came(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.successes = 1, .day = FIXTURE_DAY - 7};

	wish.received = FIXTURE_NOW - 6 * DAY;
	(void)fixture_add(f, &wish);
	assert_arrivals(f, "0:1:1");
	assert_int_equal(first_proved(f, "sender.example"), 0);
	wish.trust = TRUST_DKIM;
	wish.signer = "sender.example";
	wish.received = FIXTURE_NOW;
	assert_true(fixture_add(f, &wish).trust_raised);
	assert_arrivals(f, "6:3:1");
	assert_int_equal(first_proved(f, "sender.example"), FIXTURE_NOW);
	assert_int_equal(
		fixture_number(f,
	                       "SELECT day * 86400 + received_at FROM report"),
		FIXTURE_NOW - 6 * DAY);
	assert_int_equal(
		fixture_number(f, "SELECT day * 86400 + proved_at FROM report"),
		FIXTURE_NOW);
	/* Once more proves nothing more. */
	wish.received = FIXTURE_NOW + DAY;
	assert_false(fixture_add(f, &wish).trust_raised);
	assert_arrivals(f, "6:3:1");
}

/* A better proof of the same reporter is no later one; that of another is. */
static void who_was_proved_is_not_proved_anew(void **state)
{
	struct fixture *f = *state;
	struct wish wish = {.trust = TRUST_AUTHSERV,
	                    .signer = "sender.example",
	                    .successes = 1,
	                    .received = FIXTURE_NOW - 2 * DAY};

	(void)fixture_add(f, &wish);
	assert_arrivals(f, "4:2:1");
	wish.trust = TRUST_DKIM;
	wish.received = FIXTURE_NOW - DAY;
	assert_true(fixture_add(f, &wish).trust_raised);
	assert_arrivals(f, "4:3:1");
	assert_int_equal(first_proved(f, "sender.example"),
	                 FIXTURE_NOW - 2 * DAY);
	/* Without contact-info whoever signs is as good as another. */
	wish.contact = "";
	wish.trust = TRUST_AUTHSERV;
	wish.signer = "other.example";
	wish.received = FIXTURE_NOW - 2 * DAY;
	(void)fixture_add(f, &wish);
	wish.trust = TRUST_DKIM;
	wish.signer = "third.example";
	wish.received = FIXTURE_NOW;
	assert_true(fixture_add(f, &wish).trust_raised);
	assert_arrivals(f, "4:3:1 6:3:1");
	assert_int_equal(first_proved(f, "other.example"),
	                 FIXTURE_NOW - 2 * DAY);
	assert_int_equal(first_proved(f, "third.example"), FIXTURE_NOW);
}

/* A signed copy that displaces a stranger's has come when it came, and the
   stranger's when that came. */
static void a_displaced_copy_keeps_its_day(void **state)
{
	struct fixture *f = *state;
	struct wish forged = {.successes = 9,
	                      .received = FIXTURE_NOW - 3 * HOUR * 8};
	struct wish real = signed_copy;

	(void)fixture_add(f, &forged);
	assert_arrivals(f, "5:1:1");
	assert_int_equal(fixture_add(f, &real).outcome, OUTCOME_CONFLICT);
	assert_arrivals(f, "5:4:1 6:3:1");
}

/* One that is proved and still does not count moves to the day of its proof. */
static void a_displaced_copy_is_proved_too(void **state)
{
	struct fixture *f = *state;
	struct wish first = signed_copy;
	struct wish second = {.successes = 2,
	                      .received = FIXTURE_NOW - 2 * DAY};

	first.received = FIXTURE_NOW - 3 * DAY;
	(void)fixture_add(f, &first);
	(void)fixture_add(f, &second);
	assert_arrivals(f, "3:3:1 4:4:1");
	second.trust = TRUST_DKIM;
	second.signer = "sender.example";
	second.received = FIXTURE_NOW;
	assert_true(fixture_add(f, &second).trust_raised);
	assert_arrivals(f, "3:3:1 6:4:1");
}

/* The evidence of a contested key stands where its first copy does. */
static void a_contest_is_of_the_day_of_the_first_copy(void **state)
{
	struct fixture *f = *state;
	struct wish first = signed_copy, second = signed_copy;

	first.received = FIXTURE_NOW - DAY;
	second.successes = 2;
	second.failures = 4;
	second.result = "certificate-expired";
	(void)fixture_add(f, &first);
	assert_int_equal(fixture_add(f, &second).outcome, OUTCOME_CONFLICT);
	assert_arrivals(f, "5:3:1 6:4:1");
	assert_int_equal(fixture_number(f, "SELECT sum(refused) FROM day_sum "
	                                   "WHERE arrived = 20605"),
	                 4);
	assert_int_equal(fixture_number(f, "SELECT sum(elements) FROM day_sum "
	                                   "WHERE arrived = 20606"),
	                 0);
}

static void what_is_not_taken_proves_nobody(void **state)
{
	struct fixture *f = *state;
	struct wish wish = signed_copy;
	struct store_added added;
	struct err err;

	wish.domain = "";
	assert_int_equal(fixture_add(f, &wish).outcome, OUTCOME_REFUSED);
	assert_int_equal(first_proved(f, "sender.example"), 0);
	wish.domain = NULL;
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	assert_int_equal(fixture_add_open(f, &wish, &added, &err), 0);
	store_rollback(f->store);
	assert_int_equal(first_proved(f, "sender.example"), 0);
	/* Nor does the cache remember it. */
	wish.received = FIXTURE_NOW + HOUR;
	(void)fixture_add(f, &wish);
	assert_int_equal(first_proved(f, "sender.example"), FIXTURE_NOW + HOUR);
}

static void what_is_tried_again_came_when_it_came(void **state)
{
	struct fixture *f = *state;
	struct wish wish = signed_copy;

	(void)fixture_add(f, &wish);
	wish.id = "refused at first";
	wish.again = true;
	wish.received = FIXTURE_NOW - 5 * DAY;
	(void)fixture_add(f, &wish);
	assert_arrivals(f, "1:3:1 6:3:1");
	assert_int_equal(first_proved(f, "sender.example"),
	                 FIXTURE_NOW - 5 * DAY);
}

/* Whoever dates reports back shows no policy of then. */
static void a_policy_is_shown_shortly_before_it_arrives(void **state)
{
	struct fixture *f = *state;
	struct wish wish = signed_copy;

	wish.day = FIXTURE_DAY - 60;
	(void)fixture_add(f, &wish);
	assert_int_equal(fixture_number(f,
	                                "SELECT first_proved FROM policy_text"),
	                 TODAY - 3);
	assert_int_equal(fixture_number(f, "SELECT first_day FROM policy_text"),
	                 TODAY - 3);
	/* Archives are of the days on which they were saved. */
	wish.id = "archived";
	wish.received = FIXTURE_NOW - 59 * DAY;
	(void)fixture_add(f, &wish);
	assert_int_equal(fixture_number(f,
	                                "SELECT first_proved FROM policy_text"),
	                 FIXTURE_DAY - 60);
}

#define TEST(function)                                           \
	cmocka_unit_test_setup_teardown(function, fixture_setup, \
	                                fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ten_days_that_come_in_an_hour_are_one_arrival),
		TEST(reports_of_a_day_that_come_on_two_are_two),
		TEST(a_proof_counts_from_when_it_came),
		TEST(who_was_proved_is_not_proved_anew),
		TEST(a_displaced_copy_keeps_its_day),
		TEST(a_displaced_copy_is_proved_too),
		TEST(a_contest_is_of_the_day_of_the_first_copy),
		TEST(what_is_not_taken_proves_nobody),
		TEST(what_is_tried_again_came_when_it_came),
		TEST(a_policy_is_shown_shortly_before_it_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
