#include "base/attr.h"
#include "exporter/model/model_figures.h"
#include "tests/support/cmocka_all.h"

/* A window of seven days up to day 100. */
struct example {
	struct figures_scope scope;
	struct domain_figures *figures;
	struct store_sum_row rows[8];
	size_t count;
};

static void begin(struct example *e)
{
	*e = (struct example){.scope = {.first_day = 94,
	                                .last_day = 100,
	                                .reporters_max = 10}};
	e->figures = model_figures_new(TEXT("example.org"));
}

static void end(struct example *e)
{
	model_figures_free(e->figures);
}

static struct store_sum_row *row(struct example *e, int64_t day,
                                 int64_t reporter, int64_t sessions)
{
	struct store_sum_row *row = &e->rows[e->count++];

	*row = (struct store_sum_row){.day = day,
	                              .reporter_id = reporter,
	                              .type = POLICY_STS,
	                              .count_as = COUNT_AS_DKIM,
	                              .reports = 1,
	                              .successes = sessions - 1,
	                              .failures = 1};
	return row;
}

static const struct domain_figures *add(struct example *e)
{
	struct reporters *reporters = reporters_new();

	e->scope.reporters = reporters;
	model_figures_add_rows(&e->scope, e->figures, e->rows, e->count);
	reporters_unref(&reporters);
	return e->figures;
}

static void each_day_falls_into_its_sums(void **state)
{
	const struct domain_figures *figures;
	struct example e;

	(void)state;
	begin(&e);
	(void)row(&e, 93, 1, 1000);
	(void)row(&e, 94, 1, 10);
	row(&e, 100, 1, 20)->evidence.refused = 3;
	(void)row(&e, 101, 1, 40);
	figures = add(&e);
	assert_int_equal(figures->window[POLICY_STS].sessions, 30);
	assert_int_equal(figures->window[POLICY_STS].failed, 2);
	assert_int_equal(figures->window_reports, 2);
	assert_int_equal(figures->day[POLICY_STS].sessions, 20);
	assert_int_equal(figures->day_refused, 3);
	assert_int_equal(figures->recent[POLICY_STS].sessions, 40);
	assert_int_equal(figures->window[POLICY_TLSA].sessions, 0);
	/* The first day of the window and its last. */
	assert_int_equal(figures->covered, 0x41);
	end(&e);
}

static void what_does_not_count_is_kept_apart(void **state)
{
	const struct domain_figures *figures;
	struct example e;

	(void)state;
	begin(&e);
	row(&e, 100, 1, 10)->count_as = COUNT_AS_NONE;
	row(&e, 99, 2, 20)->count_as = COUNT_AS_DISPLACED;
	row(&e, 93, 2, 40)->count_as = COUNT_AS_DISPLACED;
	row(&e, 101, 2, 80)->count_as = COUNT_AS_NONE;
	figures = add(&e);
	assert_int_equal(figures->uncounted[UNCOUNTED_UNAUTHENTICATED], 10);
	assert_int_equal(figures->uncounted[UNCOUNTED_CONFLICT], 20);
	assert_int_equal(figures->window[POLICY_STS].sessions, 0);
	assert_int_equal(figures->window_reporters, 0);
	assert_int_equal(figures->covered, 0);
	end(&e);
}

static void the_largest_reporters_come_first(void **state)
{
	const struct domain_figures *figures;
	struct example e;

	(void)state;
	begin(&e);
	e.scope.reporters_max = 2;
	(void)row(&e, 99, 1, 10);
	(void)row(&e, 99, 2, 30);
	(void)row(&e, 100, 3, 20);
	(void)row(&e, 100, 4, 15);
	(void)row(&e, 98, 1, 25);
	figures = add(&e);
	assert_int_equal(figures->window_reporters, 4);
	assert_int_equal(figures->day_reporters, 2);
	assert_int_equal(figures->reporter_count, 2);
	assert_int_equal(figures->reporters[0].id, 1);
	assert_int_equal(figures->reporters[0].window.sessions, 35);
	assert_int_equal(figures->reporters[1].id, 2);
	assert_true(figures->has_others);
	assert_int_equal(figures->other_reporters.window.sessions, 35);
	assert_int_equal(figures->other_reporters.day.sessions, 35);
	end(&e);
}

static void a_reporter_once_signed_and_once_not_is_two(void **state)
{
	const struct domain_figures *figures;
	struct example e;

	(void)state;
	begin(&e);
	(void)row(&e, 99, 1, 10);
	row(&e, 99, 1, 20)->count_as = COUNT_AS_ANONYMOUS;
	row(&e, 100, 1, 5)->count_as = COUNT_AS_AUTHSERV;
	figures = add(&e);
	assert_int_equal(figures->reporter_count, 2);
	assert_int_equal(figures->reporters[0].window.sessions, 20);
	assert_false(figures->reporters[0].proved);
	assert_int_equal(figures->reporters[1].window.sessions, 15);
	assert_true(figures->reporters[1].proved);
	end(&e);
}

static void reporters_are_those_of_mta_sts(void **state)
{
	const struct domain_figures *figures;
	struct example e;

	(void)state;
	begin(&e);
	row(&e, 100, 1, 10)->type = POLICY_TLSA;
	figures = add(&e);
	assert_int_equal(figures->window_reporters, 1);
	assert_int_equal(figures->reporter_count, 0);
	assert_false(figures->has_others);
	assert_int_equal(figures->window[POLICY_TLSA].sessions, 10);
	end(&e);
}

static void each_kind_counts_or_has_a_name(void **state)
{
	(void)state;
	assert_false(model_figures_is_counted(COUNT_AS_NONE));
	assert_true(model_figures_is_counted(COUNT_AS_ANONYMOUS));
	assert_true(model_figures_is_counted(COUNT_AS_AUTHSERV));
	assert_true(model_figures_is_counted(COUNT_AS_DKIM));
	assert_false(model_figures_is_counted(COUNT_AS_DISPLACED));
	assert_string_equal(
		model_figures_uncounted_name(UNCOUNTED_UNAUTHENTICATED),
		"unauthenticated");
	assert_string_equal(model_figures_uncounted_name(UNCOUNTED_CONFLICT),
	                    "conflict");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_falls_into_its_sums),
		cmocka_unit_test(what_does_not_count_is_kept_apart),
		cmocka_unit_test(the_largest_reporters_come_first),
		cmocka_unit_test(a_reporter_once_signed_and_once_not_is_two),
		cmocka_unit_test(reporters_are_those_of_mta_sts),
		cmocka_unit_test(each_kind_counts_or_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
