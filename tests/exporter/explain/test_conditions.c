#include "exporter/explain/conditions.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

static struct conditions found;

/* Two reporters a day for so many days. */
static void begin(struct verdict_example *x, int32_t first)
{
	verdict_example_begin(x, STS_MODE_TESTING);
	(void)verdict_example_add(x, 0, first, -1, 50, 0, 0);
	(void)verdict_example_add(x, 1, first, -1, 50, 0, 0);
}

static void find(struct verdict_example *x)
{
	conditions_find(&x->in, verdict_example_decide(x, VERDICT_STATES),
	                x->arena, &found);
}

static const struct condition *get(enum condition_kind kind)
{
	const struct condition *c = conditions_get(&found, kind);

	assert_non_null(c);
	return c;
}

static void assert_count(enum condition_kind kind, bool met, int64_t seen,
                         int64_t needed)
{
	const struct condition *c = get(kind);

	assert_int_equal(c->met, met);
	assert_int_equal((int64_t)c->seen, seen);
	assert_int_equal((int64_t)c->needed, needed);
}

static void assert_share(enum condition_kind kind, bool met, int64_t part,
                         int64_t whole, double needed)
{
	const struct condition *c = get(kind);

	assert_int_equal(c->met, met);
	assert_int_equal(c->part, part);
	assert_int_equal(c->whole, whole);
	assert_float_equal(c->needed, needed, 1e-9);
}

static void a_young_domain_lacks_days(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -5);
	find(&x);
	assert_false(found.enforced);
	assert_count(CONDITION_REPORTS_ARRIVE, true, 0, 3);
	assert_count(CONDITION_POLICY_SEEN, true, 1, 1);
	assert_share(CONDITION_POLICY_USABLE, true, 0, 400, 0.05);
	assert_share(CONDITION_NO_REFUSALS_NOW, true, 0, 400, 0.01);
	assert_share(CONDITION_REFUSAL_RATIO, true, 0, 400, 0.01);
	assert_share(CONDITION_SENDER_FAULTS, true, 0, 400, 0.01);
	assert_count(CONDITION_OBSERVED_DAYS, false, 4, 14);
	assert_count(CONDITION_COVERED_DAYS, false, 4, 10);
	assert_count(CONDITION_REPORTERS, true, 2, 2);
	assert_count(CONDITION_BOUND, true, 400, 343);
	assert_share(CONDITION_PRESENT_POLICY, true, 0, 300, 0.2);
	assert_count(CONDITION_NOT_RECURRING, true, 0, 1);
	assert_count(CONDITION_NEWCOMERS, true, 0, 0);
	assert_count(CONDITION_CONFIRMED, false, 0, 3);
	assert_null(conditions_get(&found, CONDITION_MX_IN_POLICY));
	assert_null(conditions_get(&found, CONDITION_CHECKS));
	assert_null(conditions_get(&found, CONDITION_SIGNED_EVIDENCE));
	verdict_example_end(&x);
}

static void ready_meets_them_all(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -60);
	find(&x);
	assert_int_equal(x.verdict.state, VERDICT_READY);
	assert_int_equal(conditions_unmet(&x.in, &x.verdict), 0);
	assert_count(CONDITION_CONFIRMED, true, 3, 3);
	verdict_example_end(&x);
}

static void confirming_counts_its_days(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -16);
	find(&x);
	assert_true(verdict_example_says(&x, REASON_CONFIRMING));
	assert_count(CONDITION_CONFIRMED, false, 2, 3);
	assert_int_equal(conditions_unmet(&x.in, &x.verdict),
	                 CONDITION_BIT(CONDITION_CONFIRMED));
	verdict_example_end(&x);
}

static void faults_do_not_hide_what_else_is_lacking(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -5);
	(void)verdict_example_add(&x, 2, -5, -1, 50, 50, CAUSE_CERTIFICATE);
	(void)verdict_example_add(&x, 3, -5, -1, 50, 50, CAUSE_CERTIFICATE);
	find(&x);
	assert_int_equal(x.verdict.state, VERDICT_BLOCKED);
	assert_share(CONDITION_NO_REFUSALS_NOW, false, 400, 1200, 0.01);
	assert_false(get(CONDITION_REFUSAL_RATIO)->met);
	assert_count(CONDITION_OBSERVED_DAYS, false, 4, 14);
	assert_false(get(CONDITION_BOUND)->met);
	verdict_example_end(&x);
}

static void the_bound_takes_more_after_a_refusal(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -60);
	(void)verdict_example_add(&x, 2, -10, -10, 50, 1, CAUSE_OTHER);
	find(&x);
	assert_int_equal((int64_t)get(CONDITION_BOUND)->needed, 777);
	verdict_example_end(&x);
}

/* Beside an anchor the two largest others are left out of the bound of ready,
   but one of that of ready_limited. */
static void the_bound_is_that_of_ready(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -1, 100, 0, 0);
	(void)verdict_example_add(&x, 1, -60, -1, 2, 0, 0);
	(void)verdict_example_add(&x, 2, -60, -1, 1, 0, 0);
	x.groups[2].anchor = true;
	find(&x);
	assert_int_equal(x.verdict.state, VERDICT_READY_LIMITED);
	assert_int_equal(x.verdict.numbers.n_bound, 354);
	assert_count(CONDITION_BOUND, false, 118, 343);
	verdict_example_end(&x);
}

static void unusable_and_old_policies_are_counted(void **state)
{
	struct verdict_example x;
	struct verdict_row *row;

	(void)state;
	begin(&x, -60);
	row = verdict_example_add(&x, 2, -2, -2, 0, 0, 0);
	row->evidence.unusable = 30;
	row = verdict_example_add(&x, 3, -3, -3, 200, 0, 0);
	row->match = POLICY_MATCH_OLD;
	find(&x);
	assert_share(CONDITION_POLICY_USABLE, true, 30, 430, 0.05);
	assert_share(CONDITION_PRESENT_POLICY, false, 200, 500, 0.2);
	verdict_example_end(&x);
}

static void hosts_and_checks_stand_where_there_are_some(void **state)
{
	struct text hosts[] = {TEXT("mx1.example"), TEXT("mx2.example")};
	struct text patterns[] = {TEXT("mx1.example")};
	struct verdict_example x;

	(void)state;
	begin(&x, -60);
	x.in.hosts = hosts;
	x.in.host_count = 2;
	x.in.mx = patterns;
	x.in.mx_count = 1;
	verdict_example_probe(&x, 1, PROBE_HOST_STARTTLS_MISSING, 3);
	find(&x);
	assert_count(CONDITION_MX_IN_POLICY, false, 1, 0);
	assert_count(CONDITION_CHECKS, false, 0, 1);
	verdict_example_probe(&x, 1, PROBE_HOST_OK, 0);
	find(&x);
	assert_count(CONDITION_CHECKS, true, 1, 1);
	verdict_example_end(&x);
}

static void before_anything_is_known_few_are(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	find(&x);
	assert_int_equal(found.count, 2);
	assert_count(CONDITION_REPORTS_ARRIVE, false, 0, 1);
	assert_count(CONDITION_POLICY_SEEN, true, 0, 1);
	verdict_example_end(&x);
}

static void enforce_has_conditions_of_its_own(void **state)
{
	struct verdict_example x;

	(void)state;
	begin(&x, -60);
	x.in.mode = STS_MODE_ENFORCE;
	find(&x);
	assert_true(found.enforced);
	assert_int_equal(conditions_unmet(&x.in, &x.verdict), 0);
	assert_share(CONDITION_NO_REFUSALS_NOW, true, 0, 300, 0.005);
	assert_null(conditions_get(&found, CONDITION_BOUND));
	assert_null(conditions_get(&found, CONDITION_CONFIRMED));
	(void)verdict_example_add(&x, 2, -2, -1, 0, 40, CAUSE_OTHER);
	(void)verdict_example_add(&x, 3, -2, -1, 0, 40, CAUSE_OTHER);
	find(&x);
	assert_share(CONDITION_NO_REFUSALS_NOW, false, 160, 460, 0.005);
	verdict_example_end(&x);
}

static void each_has_a_name(void **state)
{
	int kind;

	(void)state;
	for (kind = 0; kind < CONDITIONS; kind++)
		assert_non_null(conditions_name((enum condition_kind)kind));
	assert_string_equal(conditions_name(CONDITION_BOUND), "bound");
	assert_true(conditions_is_waited_for(CONDITION_BOUND));
	assert_false(conditions_is_waited_for(CONDITION_CHECKS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_young_domain_lacks_days),
		cmocka_unit_test(ready_meets_them_all),
		cmocka_unit_test(confirming_counts_its_days),
		cmocka_unit_test(faults_do_not_hide_what_else_is_lacking),
		cmocka_unit_test(the_bound_takes_more_after_a_refusal),
		cmocka_unit_test(the_bound_is_that_of_ready),
		cmocka_unit_test(unusable_and_old_policies_are_counted),
		cmocka_unit_test(hosts_and_checks_stand_where_there_are_some),
		cmocka_unit_test(before_anything_is_known_few_are),
		cmocka_unit_test(enforce_has_conditions_of_its_own),
		cmocka_unit_test(each_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
