#include "base/attr.h"
#include "schema/store/sums.h"
#include "tests/support/cmocka_all.h"

#define DAY 20000

static const struct sum_scope add_both = {1, true, true};
static const struct sum_scope take_both = {-1, true, true};

static struct contribution part_of(int64_t domain_id, int64_t successes)
{
	return (struct contribution){
		.domain_id = domain_id,
		.type = POLICY_STS,
		.policy_id = 3,
		.first = true,
		.successes = successes,
		.failures = 2,
		.by_result = {[RESULT_CERTIFICATE_EXPIRED] = 2},
		.evidence = {.elements = 1,
	                     .trials = successes + 2,
	                     .refused = 2},
	};
}

static void add(struct sums *sums, int64_t reporter_id, int64_t domain_id,
                int64_t successes, const struct sum_scope *scope)
{
	const struct sum_key key = {DAY, reporter_id, COUNT_AS_DKIM, DAY + 1};
	struct contribution part = part_of(domain_id, successes);
	const struct contributions parts = {&part, 1};

	sums_add(sums, &key, &parts, scope);
}

static void lines_of_one_key_become_one(void **state)
{
	struct sums sums = {0};

	(void)state;
	add(&sums, 1, 7, 10, &add_both);
	add(&sums, 1, 7, 20, &add_both);
	add(&sums, 2, 7, 5, &add_both);
	sums_merge(&sums);
	assert_int_equal(sums.count, 2);
	assert_int_equal(sums.lines[0].reports, 2);
	assert_int_equal(sums.lines[0].successes, 30);
	assert_int_equal(sums.lines[0].evidence.trials, 34);
	assert_int_equal(sums.lines[1].successes, 5);
	assert_int_equal(sums.result_count, 2);
	assert_int_equal(sums.results[0].sessions, 4);
	assert_false(sums.lines[0].lowered);
	sums_free(&sums);
}

/* Rows are written in the order of the tables' keys, so that two writers cannot
   wait for each other, and pages are touched once. */
static void lines_come_in_the_order_of_their_keys(void **state)
{
	struct sums sums = {0};
	size_t i;

	(void)state;
	for (i = 0; i < 200; i++)
		add(&sums, 1 + (int64_t)(i * 7 % 5), 1 + (int64_t)(i * 31 % 40),
		    1, &add_both);
	sums_merge(&sums);
	assert_int_equal(sums.count, 40);
	for (i = 1; i < sums.count; i++)
		assert_true(sums.lines[i - 1].domain_id <
		                    sums.lines[i].domain_id ||
		            (sums.lines[i - 1].domain_id ==
		                     sums.lines[i].domain_id &&
		             sums.lines[i - 1].key.reporter_id <
		                     sums.lines[i].key.reporter_id));
	sums_free(&sums);
}

static void what_is_taken_away_again_is_no_line(void **state)
{
	struct sums sums = {0};

	(void)state;
	add(&sums, 1, 7, 10, &add_both);
	add(&sums, 1, 8, 10, &take_both);
	add(&sums, 1, 7, 10, &take_both);
	sums_merge(&sums);
	assert_int_equal(sums.count, 1);
	assert_int_equal(sums.lines[0].domain_id, 8);
	assert_int_equal(sums.lines[0].reports, -1);
	assert_true(sums.lines[0].lowered);
	assert_int_equal(sums.result_count, 1);
	assert_true(sums.results[0].lowered);
	sums_clear(&sums);
	assert_int_equal(sums.count + sums.result_count, 0);
	sums_merge(&sums);
	sums_free(&sums);
}

static struct store_copy copy_of(struct contribution *part, enum trust trust,
                                 enum count_as count_as, int64_t reporter_id)
{
	return (struct store_copy){
		.reporter_id = reporter_id,
		.begin = DAY * INT64_C(86400),
		.end = (DAY + 1) * INT64_C(86400),
		.received = (DAY + 1) * INT64_C(86400) + 3600,
		.proved = (DAY + 3) * INT64_C(86400),
		.trust = trust,
		.rank = RANK_CLAIMED,
		.count_as = count_as,
		.contributions = {part, 1},
	};
}

/* The displaced copy counts as displaced, and its larger refusals are the
   evidence of the one that counts. */
static void copies_count_where_they_stand(void **state)
{
	struct contribution parts[] = {part_of(7, 10), part_of(7, 4)};
	struct store_copies copies = {.day = DAY, .count = 2};
	struct arena *arena = arena_new(0);
	struct sums sums = {0};

	(void)state;
	parts[1].evidence.refused = 3;
	copies.items[0] =
		copy_of(&parts[0], TRUST_ANONYMOUS, COUNT_AS_ANONYMOUS, 1);
	copies.items[1] =
		copy_of(&parts[1], TRUST_ANONYMOUS, COUNT_AS_DISPLACED, 1);
	sums_add_copies(&sums, &copies, arena, 1);
	sums_merge(&sums);
	assert_int_equal(sums.count, 2);
	assert_int_equal(sums.lines[0].key.count_as, COUNT_AS_ANONYMOUS);
	assert_int_equal(sums.lines[0].key.arrived, DAY + 1);
	assert_int_equal(sums.lines[0].successes, 10);
	assert_int_equal(sums.lines[0].evidence.refused, 3);
	assert_int_equal(sums.lines[1].key.count_as, COUNT_AS_DISPLACED);
	assert_int_equal(sums.lines[1].successes, 4);
	assert_int_equal(sums.lines[1].evidence.trials, 0);
	sums_add_copies(&sums, &copies, arena, -1);
	sums_merge(&sums);
	assert_int_equal(sums.count + sums.result_count, 0);
	sums_free(&sums);
	arena_free(&arena);
}

static void a_proof_arrives_when_it_came(void **state)
{
	struct contribution part = part_of(7, 10);
	struct store_copies copies = {.day = DAY, .count = 1};
	struct arena *arena = arena_new(0);
	struct sums sums = {0};

	(void)state;
	copies.items[0] = copy_of(&part, TRUST_DKIM, COUNT_AS_DKIM, 1);
	sums_add_copies(&sums, &copies, arena, 1);
	assert_int_equal(sums.count, 1);
	assert_int_equal(sums.lines[0].key.arrived, DAY + 3);
	assert_int_equal(sums.lines[0].evidence.trials, 12);
	sums_free(&sums);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_key_become_one),
		cmocka_unit_test(lines_come_in_the_order_of_their_keys),
		cmocka_unit_test(what_is_taken_away_again_is_no_line),
		cmocka_unit_test(copies_count_where_they_stand),
		cmocka_unit_test(a_proof_arrives_when_it_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
