#include "exporter/verdict/verdict_cells.h"
#include "tests/support/cmocka_all.h"

static const struct thresholds assuming = {.assume_policy_when_missing = 1};
static const struct thresholds not_assuming = {0};

struct example {
	struct arena *arena;
	struct verdict_reporter_group groups[3];
	struct verdict_row rows[4];
	struct verdict_input in;
	struct verdict_cells cells;
};

/* Rows of ten trials, of which three were refused. */
static void begin(struct example *e, size_t rows)
{
	size_t i;

	*e = (struct example){.arena = arena_new(0)};
	for (i = 0; i < rows; i++)
		e->rows[i] = (struct verdict_row){
			.day = 100,
			.type = POLICY_STS,
			.match = POLICY_MATCH_CURRENT,
			.evidence = {.elements = 1,
		                     .untested = 6,
		                     .trials = 10,
		                     .refused = 3,
		                     .unusable = 2,
		                     .dane = 1,
		                     .by_cause = {1, 2, 0},
		                     .predicted = {0, 0, 5}}};
	e->in = (struct verdict_input){
		.since = VERDICT_NO_DAY,
		.groups = e->groups,
		.group_count = 3,
		.rows = e->rows,
		.row_count = rows,
		.thresholds = &assuming,
	};
}

static const struct verdict_cell *build(struct example *e)
{
	verdict_cells_build(&e->in, e->arena, &e->cells);
	return e->cells.items;
}

static void end(struct example *e)
{
	arena_free(&e->arena);
}

static void a_cell_is_a_group_and_a_day(void **state)
{
	const struct verdict_cell *cells;
	struct example e;

	(void)state;
	begin(&e, 4);
	e.rows[0].group = 2;
	e.rows[1].group = 0;
	e.rows[2].group = 2;
	e.rows[3].group = 2;
	e.rows[3].day = 101;
	cells = build(&e);
	assert_int_equal(e.cells.starts[0], 0);
	assert_int_equal(e.cells.starts[1], 1);
	assert_int_equal(e.cells.starts[2], 1);
	assert_int_equal(e.cells.starts[3], 3);
	assert_int_equal(cells[0].group, 0);
	assert_int_equal(cells[1].group, 2);
	assert_int_equal(cells[1].day, 100);
	assert_int_equal(cells[1].n, 20);
	assert_int_equal(cells[2].day, 101);
	assert_int_equal(cells[2].n, 10);
	end(&e);
}

static void trials_of_the_policy_count(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 2);
	cell = build(&e);
	assert_true(cell->sts);
	assert_int_equal(cell->n, 20);
	assert_int_equal(cell->all, 20);
	assert_int_equal(cell->x, 6);
	assert_int_equal(cell->by_cause[CAUSE_CERTIFICATE], 4);
	assert_int_equal(cell->unusable, 4);
	assert_true(cell->dane);
	assert_int_equal(cell->old, 0);
	/* What was seen without the policy is another row's. */
	assert_int_equal(cell->predicted[CAUSE_OTHER], 0);
	assert_int_equal(cell->untested, 0);
	end(&e);
}

static void trials_of_another_policy_are_kept_apart(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 2);
	e.rows[0].match = POLICY_MATCH_OLD;
	cell = build(&e);
	assert_int_equal(cell->old, 10);
	assert_int_equal(cell->n, 10);
	assert_int_equal(cell->x, 3);
	/* The same patterns, but before they were published. */
	e.in.since = 101;
	cell = build(&e);
	assert_int_equal(cell->old, 20);
	assert_int_equal(cell->n, 0);
	end(&e);
}

static void refusals_by_a_cached_policy_count_under_enforce(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 2);
	e.in.mode = STS_MODE_ENFORCE;
	e.rows[0].match = e.rows[1].match = POLICY_MATCH_OLD;
	e.rows[1].evidence.refused = 0;
	cell = build(&e);
	assert_int_equal(cell->x, 3);
	assert_int_equal(cell->n, 10);
	assert_int_equal(cell->old, 10);
	end(&e);
}

static void a_policy_that_nobody_names_is_assumed_or_not(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 1);
	e.rows[0].match = POLICY_MATCH_MISSING;
	assert_int_equal(build(&e)->n, 10);
	e.in.thresholds = &not_assuming;
	cell = build(&e);
	assert_int_equal(cell->n, 0);
	assert_int_equal(cell->unusable, 0);
	assert_true(cell->sts);
	/* It is no trial of another policy either. */
	e.in.since = 101;
	assert_int_equal(build(&e)->old, 0);
	e.in.since = VERDICT_NO_DAY;
	/* One that could not be had at all is evidence. */
	e.rows[0].evidence.trials = e.rows[0].evidence.refused = 0;
	assert_int_equal(build(&e)->unusable, 2);
	end(&e);
}

static void other_policy_types_only_predict(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 1);
	e.rows[0].type = POLICY_NOT_FOUND;
	cell = build(&e);
	assert_false(cell->sts);
	assert_int_equal(cell->n, 0);
	assert_int_equal(cell->x, 0);
	assert_int_equal(cell->untested, 6);
	assert_true(cell->dane);
	assert_int_equal(cell->predicted[CAUSE_OTHER], 5);
	end(&e);
}

static void a_claim_counts_against_the_domain_only(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 1);
	e.rows[0].against_only = true;
	cell = build(&e);
	assert_int_equal(cell->n, 3);
	assert_int_equal(cell->x, 3);
	assert_int_equal(cell->all, 3);
	/* A reporter of failures only is measured against all it tried. */
	e.rows[0].against_only = false;
	e.groups[0].failures_only = true;
	cell = build(&e);
	assert_int_equal(cell->n, 3);
	assert_int_equal(cell->all, 10);
	end(&e);
}

static void sums_end_at_the_largest_number(void **state)
{
	const struct verdict_cell *cell;
	struct example e;

	(void)state;
	begin(&e, 2);
	e.rows[0].evidence.trials = e.rows[1].evidence.trials = INT64_MAX - 1;
	cell = build(&e);
	assert_true(cell->n == INT64_MAX && cell->all == INT64_MAX);
	assert_int_equal(cell->x, 6);
	end(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_is_a_group_and_a_day),
		cmocka_unit_test(trials_of_the_policy_count),
		cmocka_unit_test(trials_of_another_policy_are_kept_apart),
		cmocka_unit_test(a_policy_that_nobody_names_is_assumed_or_not),
		cmocka_unit_test(other_policy_types_only_predict),
		cmocka_unit_test(a_claim_counts_against_the_domain_only),
		cmocka_unit_test(
			refusals_by_a_cached_policy_count_under_enforce),
		cmocka_unit_test(sums_end_at_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
