/*
 * Which copy of a key counts, which goes, and what the key is worth; without a
 * store.
 */
#include "base/attr.h"
#include "schema/store/conflict.h"
#include "tests/support/cmocka_all.h"

#define DAY 86400

static struct store_copy *add(struct store_copies *copies, enum trust trust,
                              enum rank rank, int64_t reporter_id)
{
	struct store_copy *copy = &copies->items[copies->count];

	*copy = (struct store_copy){
		.id = (int64_t)copies->count + 1,
		.number = (int64_t)copies->count,
		.end = DAY - 1,
		.received = DAY,
		.trust = trust,
		.rank = rank,
		.reporter_id = reporter_id,
	};
	copies->count++;
	return copy;
}

static void the_highest_rank_counts(void **state)
{
	struct store_copies copies = {0};

	(void)state;
	add(&copies, TRUST_NONE, RANK_UNCOUNTED, 1);
	add(&copies, TRUST_ANONYMOUS, RANK_CLAIMED, 2);
	add(&copies, TRUST_DKIM, RANK_PROVED, 3);
	add(&copies, TRUST_DKIM, RANK_PROVED, 3);
	conflict_resolve(&copies);
	assert_int_equal(copies.items[0].count_as, COUNT_AS_NONE);
	assert_int_equal(copies.items[1].count_as, COUNT_AS_DISPLACED);
	/* Of two equals the first. */
	assert_int_equal(copies.items[2].count_as, (enum count_as)TRUST_DKIM);
	assert_int_equal(copies.items[3].count_as, COUNT_AS_DISPLACED);
}

static void one_goes_when_its_kind_is_full(void **state)
{
	struct store_copies copies = {0};
	size_t i;

	(void)state;
	for (i = 0; i < LIMIT_COPIES - 1; i++)
		add(&copies, TRUST_DKIM, RANK_CLAIMED, (int64_t)(i % 2));
	assert_null(conflict_lowest(&copies, true, 9));
	add(&copies, TRUST_DKIM, RANK_CLAIMED, 7);
	/* The newest of the reporter that has most of them. */
	assert_ptr_equal(conflict_lowest(&copies, true, 9), &copies.items[2]);
	/* The newcomer counts for its reporter. */
	assert_ptr_equal(conflict_lowest(&copies, true, 1), &copies.items[2]);
	/* The other kind of trust has places of its own. */
	assert_null(conflict_lowest(&copies, false, 9));
	copies.items[1].rank = RANK_UNCOUNTED;
	assert_ptr_equal(conflict_lowest(&copies, true, 9), &copies.items[1]);
}

static void contribute(struct store_copy *copy, struct contribution *part,
                       int64_t trials, int64_t refused)
{
	*part = (struct contribution){
		.domain_id = 1,
		.type = POLICY_STS,
		.first = true,
		.evidence = {.trials = trials, .refused = refused},
	};
	copy->contributions = (struct contributions){part, 1};
}

static void a_contradiction_is_worth_the_worst(void **state)
{
	struct arena *arena = arena_new(0);
	struct store_copies copies = {0};
	struct contributions evidence;
	struct contribution parts[3];

	(void)state;
	contribute(add(&copies, TRUST_DKIM, RANK_PROVED, 1), &parts[0], 100, 0);
	contribute(add(&copies, TRUST_DKIM, RANK_PROVED, 1), &parts[1], 60, 10);
	/* What a stranger says is not set against what somebody signed. */
	contribute(add(&copies, TRUST_ANONYMOUS, RANK_CLAIMED, 2), &parts[2],
	           1000, 1000);
	conflict_resolve(&copies);
	assert_ptr_equal(conflict_evidence(&copies, arena, &evidence),
	                 &copies.items[0]);
	assert_int_equal(evidence.count, 1);
	assert_int_equal(evidence.items[0].evidence.refused, 10);
	assert_int_equal(evidence.items[0].evidence.trials, 60);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_rank_counts),
		cmocka_unit_test(one_goes_when_its_kind_is_full),
		cmocka_unit_test(a_contradiction_is_worth_the_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
