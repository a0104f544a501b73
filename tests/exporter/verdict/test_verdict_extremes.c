/* Input that no honest world has, by thresholds at the ends of their ranges:
   what is asked of an answer is that it adds up. */
#include "exporter/config/config.h"
#include "exporter/model/model.h"
#include "exporter/verdict/verdict_selection.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

#define HUGE_COUNT (INT64_C(1) << 53)
#define MANY       2000U
#define EPSILON    1e-9

/* As many days before today as settle_hours can make the newest settled one. */
#define OLDEST_LAST (-11)

static void check(const struct verdict_example *x)
{
	const struct verdict_numbers *n = &x->verdict.numbers;

	assert_true(x->verdict.state < VERDICT_STATES);
	assert_true(x->verdict.reasons >> VERDICT_REASONS == 0);
	assert_true(n->x >= 0 && n->x <= n->n);
	assert_true(n->n_bound >= 0 && n->n_bound <= n->n);
	assert_true(n->refused >= 0 && n->refused <= n->sessions);
	assert_true(n->covered_days <= n->window_days);
	assert_true(n->upper >= 0.0 && n->upper <= 1.0);
	assert_true(x->verdict.state != VERDICT_READY ||
	            n->upper <= n->limit + EPSILON);
}

/* Every kind of group, from before the first day that is looked at until after
   today. */
static void begin(struct verdict_example *x, enum sts_mode mode)
{
	const int32_t first = OLDEST_LAST - VERDICT_SPAN_DAYS - 2, last = 2;
	struct verdict_row *row;
	int32_t day;

	verdict_example_begin(x, mode);
	x->in.last = OLDEST_LAST;
	x->in.limited = true;
	x->in.fold_days = VERDICT_FOLD_DAYS;
	x->groups[0].anchor = true;
	x->groups[2].accepted = true;
	x->groups[3].failures_only = true;
	x->groups[4].anonymous = true;
	x->groups[5].known_since = 3;
	(void)verdict_example_add(x, 0, first, last, 5, 0, 0);
	for (day = first; day <= last; day += 5)
		(void)verdict_example_add(x, 1, day, day, 3, 3,
		                          CAUSE_CERTIFICATE);
	(void)verdict_example_add(x, 2, first, last, 1, 3, CAUSE_CERTIFICATE);
	(void)verdict_example_add(x, 3, first, last, 9, 1, CAUSE_OTHER);
	(void)verdict_example_add(x, 4, first, last, HUGE_COUNT, HUGE_COUNT,
	                          CAUSE_STARTTLS);
	(void)verdict_example_add(x, 5, -1, last, 0, HUGE_COUNT, CAUSE_OTHER);
	(void)verdict_example_add(x, 6, first, first, HUGE_COUNT, 0, 0);
	row = verdict_example_add(x, 7, last, last, 0, 7, CAUSE_OTHER);
	row->match = POLICY_MATCH_OLD;
}

static void decide_in_every_mode(struct verdict_example *x)
{
	static const enum verdict_state before[] = {
		VERDICT_NO_DATA, VERDICT_READY, VERDICT_STATES};
	size_t i;
	int mode;

	for (mode = 0; mode < STS_MODES; mode++) {
		x->in.mode = (enum sts_mode)mode;
		for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
			(void)verdict_example_decide(x, before[i]);
			check(x);
		}
	}
}

/* --- days --------------------------------------------------------------------
 */

static void there_is_room_for_the_days_that_settle_hours_leave(void **state)
{
	const int64_t day = 20000, seconds = 86400;
	int64_t now, unsettled, most = 0;

	(void)state;
	for (now = day * seconds; now < (day + 1) * seconds; now += 3600) {
		unsettled =
			day - model_settled_day(now, CONFIG_SETTLE_HOURS_MAX);
		most = unsettled > most ? unsettled : most;
	}
	assert_int_equal(most, -OLDEST_LAST);
	assert_true(most < VERDICT_UNSETTLED_DAYS);
}

static void days_may_be_anywhere(void **state)
{
	static const int32_t days[] = {VERDICT_NO_DAY, INT32_MIN, -1, 0, 1, 500,
	                               INT32_MAX};
	struct verdict_example x;
	size_t i;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		x.in.since = days[i];
		x.groups[1].known_since = days[i];
		x.in.clean_enforce_days = days[i];
		decide_in_every_mode(&x);
	}
	verdict_example_end(&x);
}

/* --- thresholds --------------------------------------------------------------
 */

static bool is_number(const struct option_spec *spec)
{
	return spec->type == OPTION_NUMBER || spec->type == OPTION_RATIO;
}

static int64_t *field_of(struct thresholds *t, const struct option_spec *spec)
{
	return (int64_t *)(void *)((char *)t + spec->offset);
}

static void decide_by(struct verdict_example *x)
{
	/* What the settings refuse. */
	if (x->t.max_window_days < x->t.window_days)
		x->t.max_window_days = x->t.window_days;
	decide_in_every_mode(x);
}

static void each_threshold_may_be_at_either_end(void **state)
{
	const struct option_spec *spec;
	struct thresholds usual;
	struct verdict_example x;
	size_t i;

	(void)state;
	begin(&x, STS_MODE_TESTING);
	usual = x.t;
	for (i = 0; i < THRESHOLDS_COUNT; i++) {
		spec = &thresholds_options[i];
		if (!is_number(spec))
			continue;
		x.t = usual;
		*field_of(&x.t, spec) = spec->min;
		decide_by(&x);
		x.t = usual;
		*field_of(&x.t, spec) = spec->max;
		decide_by(&x);
	}
	verdict_example_end(&x);
}

static void all_thresholds_may_be_at_one_end(void **state)
{
	struct verdict_example x;
	size_t i;
	int most;

	(void)state;
	for (most = 0; most < 2; most++) {
		begin(&x, STS_MODE_TESTING);
		for (i = 0; i < THRESHOLDS_COUNT; i++) {
			if (is_number(&thresholds_options[i]))
				*field_of(&x.t, &thresholds_options[i]) =
					most ? thresholds_options[i].max
					     : thresholds_options[i].min;
		}
		decide_by(&x);
		verdict_example_end(&x);
	}
}

/* --- counts ------------------------------------------------------------------
 */

static void sums_of_many_huge_counts_end_at_the_largest(void **state)
{
	struct verdict_row *rows;
	struct verdict_example x;
	size_t i;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	(void)verdict_example_add(&x, 0, -1, -1, HUGE_COUNT, HUGE_COUNT,
	                          CAUSE_OTHER);
	rows = arena_array(x.arena, MANY, sizeof(*rows));
	for (i = 0; i < MANY; i++)
		rows[i] = x.rows[0];
	x.in.rows = rows;
	x.in.row_count = MANY;
	decide_in_every_mode(&x);
	verdict_example_end(&x);
}

static void there_may_be_thousands_of_reporters(void **state)
{
	struct verdict_reporter_group *groups;
	struct verdict_row *rows;
	struct verdict_example x;
	uint32_t i;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	groups = arena_array(x.arena, MANY, sizeof(*groups));
	rows = arena_array(x.arena, (size_t)MANY * 2, sizeof(*rows));
	for (i = 0; i < MANY; i++) {
		(void)verdict_example_add(&x, 0, -5, -5, 1, i % 2, CAUSE_OTHER);
		groups[i] = x.groups[0];
		rows[i] = x.rows[0];
		rows[i].group = i;
		rows[MANY + i] = rows[i];
		rows[MANY + i].day = 0;
		x.in.row_count = 0;
	}
	x.in.groups = groups;
	x.in.group_count = MANY;
	x.in.rows = rows;
	x.in.row_count = (size_t)MANY * 2;
	assert_int_equal(verdict_example_decide(&x, VERDICT_STATES)->state,
	                 VERDICT_BLOCKED);
	assert_int_equal(x.verdict.numbers.reporters, MANY);
	verdict_example_end(&x);
}

static void there_may_be_nothing_at_all(void **state)
{
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	verdict_example_probe(&x, 0, PROBE_HOST_OK, 0);
	x.in.groups = NULL;
	x.in.group_count = 0;
	x.in.rows = NULL;
	decide_in_every_mode(&x);
	assert_int_equal(x.verdict.state, VERDICT_NO_DATA);
	verdict_example_end(&x);
}

/* Days that came in may be missing, none, or all still to come. */
static void arrivals_may_be_empty(void **state)
{
	static const int32_t to_come[] = {1, 2, 3};
	struct verdict_example x;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	x.t.standing_report_days = 7;
	(void)verdict_example_add(&x, 0, -90, 0, 50, 0, 0);
	(void)verdict_example_add(&x, 1, -90, 0, 50, 0, 0);
	(void)verdict_example_add(&x, 2, -90, 0, 50, 0, 0);
	x.groups[0].arrivals = to_come;
	x.groups[1].arrivals = to_come;
	x.groups[1].arrival_count = 3;
	(void)verdict_example_decide(&x, VERDICT_STATES);
	assert_false(x.verdict.witnesses[0].standing);
	assert_false(x.verdict.witnesses[1].standing);
	assert_true(x.verdict.witnesses[2].standing);
	verdict_example_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			there_is_room_for_the_days_that_settle_hours_leave),
		cmocka_unit_test(days_may_be_anywhere),
		cmocka_unit_test(each_threshold_may_be_at_either_end),
		cmocka_unit_test(all_thresholds_may_be_at_one_end),
		cmocka_unit_test(sums_of_many_huge_counts_end_at_the_largest),
		cmocka_unit_test(there_may_be_thousands_of_reporters),
		cmocka_unit_test(there_may_be_nothing_at_all),
		cmocka_unit_test(arrivals_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
