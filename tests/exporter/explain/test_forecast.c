#include "exporter/explain/forecast.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

#define ROWS_MAX 100000

/* What a reporter says of one day: the world's rule, which goes on. Weekdays
   are by day % 7. */
struct says {
	int64_t clean, refused;
};

typedef struct says world_rule(uint32_t group, int32_t day);

#define GROUPS 3

static bool is_weekend(int32_t day)
{
	return (day + 700) % 7 < 2;
}

/* Two small reporters for twenty days. */
static struct says small_world(uint32_t group, int32_t day)
{
	if (day < -20 || group > 1)
		return (struct says){0, 0};
	return (struct says){group == 0 ? 5 : 6, 0};
}

/* Young, and on weekdays only. */
static struct says weekday_world(uint32_t group, int32_t day)
{
	if (day < -8 || group > 1 || is_weekend(day))
		return (struct says){0, 0};
	return (struct says){90, 0};
}

/* A certificate had expired until yesterday. */
static struct says expired_world(uint32_t group, int32_t day)
{
	if (day < -60 || group > 1)
		return (struct says){0, 0};
	if (day >= -4 && day <= -1)
		return (struct says){20, 30};
	return (struct says){50, 0};
}

/* A large reporter, a small one, and one that came ten days ago. */
static struct says newcomer_world(uint32_t group, int32_t day)
{
	if (group == 2)
		return (struct says){day >= -10 ? 60 : 0, 0};
	return (struct says){day < -60 ? 0 : group == 0 ? 100 : 1, 0};
}

struct world {
	struct verdict_example x;
	int32_t arrivals[GROUPS][256];
};

/* A world up to the day before today. */
static void fill(struct world *w, world_rule *rule, int32_t today)
{
	struct verdict_reporter_group *group;
	struct says says;
	uint32_t i;
	int32_t day;

	verdict_example_begin(&w->x, STS_MODE_TESTING);
	w->x.t.standing_report_days = 7;
	w->x.in.fold_days = VERDICT_FOLD_DAYS;
	for (i = 0; i < GROUPS; i++) {
		group = &w->x.groups[i];
		group->arrivals = w->arrivals[i];
		for (day = -80; day < today; day++) {
			says = rule(i, day);
			if (says.clean + says.refused == 0)
				continue;
			if (group->arrival_count == 0)
				group->known_since = day + 1;
			w->arrivals[i][group->arrival_count++] = day + 1;
			(void)verdict_example_add(&w->x, i, day, day,
			                          says.clean, says.refused,
			                          CAUSE_CERTIFICATE);
		}
	}
	w->x.in.today = today;
	w->x.in.last = today - 2;
}

static enum verdict_state state_on(world_rule *rule, int32_t today,
                                   uint32_t *unmet)
{
	enum verdict_state state;
	struct world w;

	fill(&w, rule, today);
	state = verdict_example_decide(&w.x, VERDICT_STATES)->state;
	*unmet = conditions_unmet(&w.x.in, &w.x.verdict);
	verdict_example_end(&w.x);
	return state;
}

static void look_ahead(struct verdict_example *x, struct forecast *out)
{
	struct arena *scratch = arena_new(0);
	const struct verdict *verdict =
		verdict_example_decide(x, VERDICT_STATES);
	struct verdict_ahead ahead;

	assert_true(verdict_ahead_begin(&x->in, ROWS_MAX, x->arena, &ahead));
	forecast_find(&x->in, verdict, &ahead, scratch, out);
	arena_free(&scratch);
}

static void find(world_rule *rule, struct forecast *out)
{
	struct world w;

	fill(&w, rule, 0);
	look_ahead(&w.x, out);
	verdict_example_end(&w.x);
}

/* The world itself, gone on with, agrees on every day up to the one. */
static void assert_agrees(world_rule *rule, enum verdict_state now)
{
	int last[CONDITIONS] = {0}, kind;
	struct forecast forecast;
	enum verdict_state state;
	uint32_t unmet;
	int32_t day;

	assert_int_equal(state_on(rule, 0, &unmet), now);
	find(rule, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_READY);
	assert_true(forecast.ready_on > 1);
	for (day = 1; day <= forecast.ready_on; day++) {
		state = state_on(rule, day, &unmet);
		assert_int_equal(state == VERDICT_READY,
		                 day == forecast.ready_on);
		if (state == VERDICT_READY_LIMITED)
			assert_true(forecast.ready_limited_on !=
			                    VERDICT_NO_DAY &&
			            forecast.ready_limited_on <= day);
		for (kind = 0; kind < CONDITIONS; kind++) {
			if ((unmet & CONDITION_BIT(kind)) != 0)
				last[kind] = day;
		}
	}
	for (kind = 0; kind < CONDITIONS; kind++)
		assert_int_equal(forecast.met_from[kind], last[kind] + 1);
	assert_int_equal(forecast.decisions, forecast.ready_on);
}

static void a_small_domain_is_ready_on_the_day(void **state)
{
	struct forecast forecast;

	(void)state;
	assert_agrees(small_world, VERDICT_COLLECTING);
	find(small_world, &forecast);
	assert_int_equal(forecast.reporters, 2);
	assert_int_equal(forecast.daily_sessions, 11);
	assert_true(forecast.ready_limited_on != VERDICT_NO_DAY);
	assert_true(forecast.ready_limited_on < forecast.ready_on);
	/* ready_limited is confirmed, too; ready waits for the bound alone. */
	assert_int_equal(forecast.met_from[CONDITION_CONFIRMED],
	                 forecast.ready_limited_on);
	assert_true(forecast.met_from[CONDITION_BOUND] <= forecast.ready_on);
}

static void a_domain_without_weekends_is_too(void **state)
{
	(void)state;
	assert_agrees(weekday_world, VERDICT_COLLECTING);
}

static void a_mended_fault_has_a_day(void **state)
{
	struct forecast forecast;

	(void)state;
	assert_agrees(expired_world, VERDICT_BLOCKED);
	find(expired_world, &forecast);
	assert_true(forecast.met_from[CONDITION_NO_REFUSALS_NOW] <
	            forecast.met_from[CONDITION_REFUSAL_RATIO]);
}

static void a_newcomer_that_is_needed_is_waited_for(void **state)
{
	(void)state;
	assert_agrees(newcomer_world, VERDICT_READY_LIMITED);
}

static void some_are_not_ready_within_the_days(void **state)
{
	struct verdict_example x;
	struct forecast forecast;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -1, 50, 0, 0);
	look_ahead(&x, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_NOT_WITHIN);
	assert_int_equal(forecast.ready_on, VERDICT_NO_DAY);
	assert_int_equal(forecast.decisions, VERDICT_AHEAD_DAYS);
	assert_int_equal(forecast.met_from[CONDITION_REPORTERS],
	                 VERDICT_NO_DAY);
	assert_int_equal(forecast.met_from[CONDITION_OBSERVED_DAYS], 1);
	verdict_example_end(&x);
}

static void without_reporters_there_is_no_forecast(void **state)
{
	struct verdict_example x;
	struct forecast forecast;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	look_ahead(&x, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_NOBODY);
	(void)verdict_example_add(&x, 0, -60, -20, 50, 0, 0);
	look_ahead(&x, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_NOBODY);
	assert_int_equal(forecast.decisions, 0);
	verdict_example_end(&x);
}

static void what_is_ready_or_enforced_has_none(void **state)
{
	struct verdict_example x;
	struct forecast forecast;

	(void)state;
	verdict_example_begin(&x, STS_MODE_ENFORCE);
	(void)verdict_example_add(&x, 0, -60, -1, 50, 0, 0);
	look_ahead(&x, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_NOT_ASKED);
	x.in.mode = STS_MODE_NONE;
	look_ahead(&x, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_NOT_ASKED);
	x.in.mode = STS_MODE_TESTING;
	(void)verdict_example_add(&x, 1, -60, -1, 50, 0, 0);
	look_ahead(&x, &forecast);
	assert_int_equal(x.verdict.state, VERDICT_READY);
	assert_int_equal(forecast.outcome, FORECAST_NOT_ASKED);
	assert_int_equal(forecast.met_from[CONDITION_BOUND], VERDICT_NO_DAY);
	verdict_example_end(&x);
}

static void too_many_rows_are_said(void **state)
{
	struct arena *scratch = arena_new(0);
	struct verdict_example x;
	struct forecast forecast;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -1, 50, 0, 0);
	forecast_find(&x.in, verdict_example_decide(&x, VERDICT_STATES), NULL,
	              scratch, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_TOO_MANY);
	assert_string_equal(forecast_outcome_name(forecast.outcome),
	                    "too_many_reporters");
	assert_null(forecast_outcome_name(FORECAST_NOT_ASKED));
	verdict_example_end(&x);
	arena_free(&scratch);
}

static void what_a_check_finds_is_not_waited_for(void **state)
{
	struct arena *scratch = arena_new(0);
	struct verdict_example x;
	struct forecast forecast;
	struct verdict verdict;

	(void)state;
	verdict_example_begin(&x, STS_MODE_TESTING);
	(void)verdict_example_add(&x, 0, -60, -1, 50, 0, 0);
	verdict = *verdict_example_decide(&x, VERDICT_STATES);
	verdict.reasons |= REASON_BIT(REASON_MX_CHECK_FAILED);
	forecast_find(&x.in, &verdict, NULL, scratch, &forecast);
	assert_int_equal(forecast.outcome, FORECAST_CHECKS_FAIL);
	assert_string_equal(forecast_outcome_name(forecast.outcome),
	                    "checks_fail");
	assert_int_equal(forecast.ready_on, VERDICT_NO_DAY);
	verdict_example_end(&x);
	arena_free(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_domain_is_ready_on_the_day),
		cmocka_unit_test(a_domain_without_weekends_is_too),
		cmocka_unit_test(a_mended_fault_has_a_day),
		cmocka_unit_test(a_newcomer_that_is_needed_is_waited_for),
		cmocka_unit_test(some_are_not_ready_within_the_days),
		cmocka_unit_test(without_reporters_there_is_no_forecast),
		cmocka_unit_test(what_is_ready_or_enforced_has_none),
		cmocka_unit_test(too_many_rows_are_said),
		cmocka_unit_test(what_a_check_finds_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
