#include "exporter/model/model_refusing.h"
#include "tests/support/cmocka_all.h"

#define GROUPS 3
#define ROWS   8
#define TODAY  1000

/* Recent are the last five days. */
struct example {
	struct verdict_reporter_group groups[GROUPS];
	struct verdict_row rows[ROWS];
	struct verdict_input in;
	struct verdict verdict;
	struct assessment assessment;
	struct domain_figures *figures;
};

static void begin(struct example *x)
{
	static const uint64_t keys[GROUPS] = {40, 41, 70};

	*x = (struct example){
		.in = {.today = TODAY, .mode = STS_MODE_ENFORCE},
		.verdict = {.numbers = {.known = true,
	                                .recent_since = TODAY - 4}},
	};
	x->groups[1].anonymous = true;
	x->in.groups = x->groups;
	x->in.group_count = GROUPS;
	x->in.rows = x->rows;
	x->assessment = (struct assessment){
		.verdict = &x->verdict, .input = &x->in, .group_keys = keys};
	x->figures = model_figures_new(TEXT("example.org"));
}

static void end(struct example *x)
{
	model_figures_free(x->figures);
}

/* Ten sessions of a group, some of them refused. */
static struct verdict_row *row(struct example *x, uint32_t group, int32_t day,
                               int64_t refused)
{
	struct verdict_row *out = &x->rows[x->in.row_count++];

	*out = (struct verdict_row){
		.day = day,
		.group = group,
		.type = POLICY_STS,
		.match = POLICY_MATCH_CURRENT,
		.evidence = {.trials = 10, .refused = refused},
	};
	return out;
}

static void assert_figures(const struct example *x, size_t i, uint32_t group,
                           bool proved, int64_t sessions, int64_t refused)
{
	const struct refusing_figures *figures = &x->figures->refusing[i];

	assert_true(i < x->figures->refusing_count);
	assert_int_equal(figures->group, group);
	assert_int_equal(figures->proved, proved);
	assert_int_equal(figures->sessions, sessions);
	assert_int_equal(figures->refused, refused);
}

static void names_who_refuses_and_how_much(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	(void)row(&x, 2, TODAY - 5, 10); /* no recent day */
	(void)row(&x, 0, TODAY - 4, 1);
	(void)row(&x, 1, TODAY - 4, 5);
	(void)row(&x, 0, TODAY - 1, 1);
	(void)row(&x, 2, TODAY, 0);
	(void)row(&x, 2, TODAY + 1, 10); /* nobody's evidence */
	model_refusing_find(&x.assessment, 10, x.figures);
	assert_int_equal(x.figures->refusing_count, 2);
	assert_figures(&x, 0, 20, false, 10, 5);
	assert_figures(&x, 1, 20, true, 20, 2);
	end(&x);
}

static void keeps_the_most(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	(void)row(&x, 0, TODAY - 1, 1);
	(void)row(&x, 1, TODAY - 1, 3);
	(void)row(&x, 2, TODAY, 2);
	model_refusing_find(&x.assessment, 2, x.figures);
	assert_int_equal(x.figures->refusing_count, 2);
	assert_figures(&x, 0, 20, false, 10, 3);
	assert_figures(&x, 1, 35, true, 10, 2);
	end(&x);
}

static void an_old_policy_refuses_under_enforce(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	row(&x, 2, TODAY, 4)->match = POLICY_MATCH_OLD;
	row(&x, 0, TODAY, 4)->type = POLICY_TLSA;
	model_refusing_find(&x.assessment, 10, x.figures);
	assert_int_equal(x.figures->refusing_count, 1);
	assert_figures(&x, 0, 35, true, 10, 4);
	end(&x);
	begin(&x);
	x.in.mode = STS_MODE_TESTING;
	row(&x, 2, TODAY, 4)->match = POLICY_MATCH_OLD;
	model_refusing_find(&x.assessment, 10, x.figures);
	assert_int_equal(x.figures->refusing_count, 0);
	assert_null(x.figures->refusing);
	end(&x);
}

static void nothing_is_known_of_no_reports(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	model_refusing_find(&x.assessment, 10, x.figures);
	assert_null(x.figures->refusing);
	x.verdict.numbers = (struct verdict_numbers){0};
	(void)row(&x, 0, TODAY, 4);
	model_refusing_find(&x.assessment, 10, x.figures);
	assert_null(x.figures->refusing);
	end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_who_refuses_and_how_much),
		cmocka_unit_test(keeps_the_most),
		cmocka_unit_test(an_old_policy_refuses_under_enforce),
		cmocka_unit_test(nothing_is_known_of_no_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
