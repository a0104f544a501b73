#include "schema/store/store_sum.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* A day of its own: on FIXTURE_DAY stands the report that brought the domain
   and the reporter. */
#define DAY 10

static const struct sum_scope add_both = {1, true, true};
static const struct sum_scope take_both = {-1, true, true};

static const struct sum_key place = {DAY, 1, COUNT_AS_DKIM, DAY + 1};

static void fill(struct contribution *part)
{
	*part = (struct contribution){
		.domain_id = 1,
		.type = POLICY_STS,
		.policy_id = 7,
		.first = true,
		.successes = 20,
		.failures = 3,
		.by_result =
			{[RESULT_CERTIFICATE_EXPIRED] = 2, [RESULT_OTHER] = 1},
		.evidence = {.elements = 1,
	                     .untested = 4,
	                     .trials = 23,
	                     .refused = 3,
	                     .unusable = 5,
	                     .dane = 6,
	                     .by_cause = {7, 8, 9},
	                     .predicted = {11, 12, 13}},
	};
}

static void apply_at(struct fixture *f, const struct sum_key *where,
                     const struct contribution *part,
                     const struct sum_scope *what)
{
	struct contribution copy = *part;
	const struct contributions parts = {&copy, 1};
	struct sums sums = {0};
	struct err err;

	sums_add(&sums, where, &parts, what);
	sums_merge(&sums);
	if (store_begin(f->store, FIXTURE_NOW, &err) < 0 ||
	    store_sum_write(f->store, &sums, &err) < 0 ||
	    store_commit(f->store, &err) < 0)
		fail_msg("%s", err.text);
	sums_free(&sums);
}

static void apply(struct fixture *f, const struct contribution *part,
                  const struct sum_scope *what)
{
	apply_at(f, &place, part, what);
}

static int64_t number(const struct fixture *f, const char *what)
{
	return fixture_number(f, arena_printf(f->arena,
	                                      "SELECT %s FROM day_sum WHERE "
	                                      "day = 10",
	                                      what));
}

static int64_t results(const struct fixture *f, const char *what)
{
	return fixture_number(f, arena_printf(f->arena,
	                                      "SELECT %s FROM day_result WHERE "
	                                      "day = 10",
	                                      what));
}

static void writes_each_number_into_its_column(void **state)
{
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	apply(f, &part, &add_both);
	assert_int_equal(number(f, "count(*)"), 1);
	assert_int_equal(number(f, "domain_id = 1 AND policy_type = 1 AND "
	                           "reporter_id = 1 AND count_as = 3 AND "
	                           "policy_id = 7 AND arrived = 11"),
	                 1);
	assert_int_equal(number(f, "reports = 1 AND successes = 20 AND "
	                           "failures = 3"),
	                 1);
	assert_int_equal(number(f, "elements = 1 AND untested = 4 AND "
	                           "trials = 23 AND refused = 3 AND "
	                           "unusable = 5 AND dane = 6"),
	                 1);
	assert_int_equal(number(f, "refused_starttls = 7 AND "
	                           "refused_certificate = 8 AND "
	                           "refused_other = 9"),
	                 1);
	assert_int_equal(number(f, "predicted_starttls = 11 AND "
	                           "predicted_certificate = 12 AND "
	                           "predicted_other = 13"),
	                 1);
	assert_int_equal(results(f, "count(*)"), 2);
	assert_int_equal(results(f, "sum(sessions * (result_type = 2))"), 2);
}

static void adds_to_what_is_there(void **state)
{
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	apply(f, &part, &add_both);
	apply(f, &part, &add_both);
	assert_int_equal(number(f, "count(*)"), 1);
	assert_int_equal(number(f, "reports = 2 AND successes = 40 AND "
	                           "failures = 6 AND trials = 46 AND "
	                           "refused = 6 AND unusable = 10 AND "
	                           "dane = 12 AND elements = 2 AND "
	                           "untested = 8"),
	                 1);
	assert_int_equal(number(f, "refused_starttls + refused_certificate + "
	                           "refused_other + predicted_starttls + "
	                           "predicted_certificate + predicted_other"),
	                 120);
	assert_int_equal(results(f, "sum(sessions)"), 6);
}

static void writes_counts_and_evidence_apart(void **state)
{
	const struct sum_scope counts = {1, true, false},
			       evidence = {1, false, true};
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	apply(f, &part, &counts);
	assert_int_equal(number(f, "reports"), 1);
	assert_int_equal(number(f, "trials"), 0);
	assert_int_equal(results(f, "sum(sessions)"), 3);
	apply(f, &part, &evidence);
	assert_int_equal(number(f, "reports"), 1);
	assert_int_equal(number(f, "trials"), 23);
	assert_int_equal(results(f, "sum(sessions)"), 3);
}

static void counts_a_report_once_a_domain(void **state)
{
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	apply(f, &part, &add_both);
	part.first = false;
	apply(f, &part, &add_both);
	assert_int_equal(number(f, "reports"), 1);
	assert_int_equal(number(f, "successes"), 40);
}

static void what_was_taken_away_leaves_no_rows(void **state)
{
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	apply(f, &part, &add_both);
	assert_int_equal(number(f, "count(*)"), 1);
	apply(f, &part, &take_both);
	assert_int_equal(number(f, "count(*)"), 0);
	assert_int_equal(results(f, "count(*)"), 0);
	assert_int_equal(fixture_number(f, "SELECT count(*) FROM day_sum"), 1);
}

static void each_day_of_arrival_has_its_row(void **state)
{
	const struct sum_key later = {DAY, 1, COUNT_AS_DKIM, DAY + 2};
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	apply(f, &part, &add_both);
	apply_at(f, &later, &part, &add_both);
	assert_int_equal(number(f, "count(*) = 2 AND min(reports) = 1"), 1);
	/* One goes without the other. */
	apply_at(f, &later, &part, &take_both);
	assert_int_equal(number(f, "arrived"), DAY + 1);
	assert_int_equal(number(f, "count(*)"), 1);
}

static void drops_no_row_that_counts(void **state)
{
	const struct sum_scope take_counts = {-1, true, false};
	struct fixture *f = *state;
	struct contribution part;

	fill(&part);
	part.evidence = (struct evidence){.untested = 1};
	apply(f, &part, &add_both);
	apply(f, &part, &take_counts);
	assert_int_equal(number(f, "untested"), 1);
	assert_int_equal(number(f, "reports"), 0);
	assert_int_equal(results(f, "count(*)"), 0);
}

static void notes_a_change_once_in_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct contribution part;
	const struct contributions parts = {&part, 1};
	struct sums sums = {0};
	struct err err;
	int i;

	fill(&part);
	sums_add(&sums, &place, &parts, &add_both);
	sums_merge(&sums);
	assert_int_equal(store_begin(f->store, FIXTURE_NOW, &err), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(store_sum_write(f->store, &sums, &err), 0);
	assert_int_equal(store_commit(f->store, &err), 0);
	sums_free(&sums);
	assert_int_equal(
		fixture_number(f, "SELECT count(*) FROM change WHERE day = 10"),
		1);
	apply(f, &part, &add_both);
	assert_int_equal(
		fixture_number(f, "SELECT count(*) FROM change WHERE day = 10"),
		2);
}

static int setup(void **state)
{
	const struct wish wish = {.successes = 1};

	(void)fixture_setup(state);
	(void)fixture_add(*state, &wish);
	return 0;
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_each_number_into_its_column),
		TEST(adds_to_what_is_there),
		TEST(writes_counts_and_evidence_apart),
		TEST(counts_a_report_once_a_domain),
		TEST(what_was_taken_away_leaves_no_rows),
		TEST(each_day_of_arrival_has_its_row),
		TEST(drops_no_row_that_counts),
		TEST(notes_a_change_once_in_a_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
