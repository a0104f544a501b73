#include <stdlib.h>

#include "exporter/explain/explanation_json_outlook.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static void assert_json(json_t *value, const char *expected)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
	                                       JSON_REAL_PRECISION(10));

	assert_string_equal(text, expected);
	free(text);
	json_decref(value);
}

static void conditions_are_objects(void **state)
{
	static const struct condition items[3] = {
		{CONDITION_COVERED_DAYS, false, true, 4, 10, 0, 0},
		{CONDITION_REFUSAL_RATIO, true, false, 0.25, 0.01, 25, 100},
		{CONDITION_NOT_RECURRING, true, false, 1, 1, 0, 0},
	};
	struct explanation_sample s;
	struct explanation *e = &s.explanation;
	size_t i;

	(void)state;
	explanation_sample_begin(&s);
	forecast_clear(&e->forecast);
	assert_json(explanation_json_outlook_conditions(e), "[]");
	for (i = 0; i < 3; i++)
		e->conditions.items[i] = items[i];
	e->conditions.count = 3;
	e->forecast.outcome = FORECAST_READY;
	e->forecast.met_from[CONDITION_COVERED_DAYS] = SAMPLE_TODAY + 6;
	e->forecast.met_from[CONDITION_REFUSAL_RATIO] = SAMPLE_TODAY + 1;
	assert_json(
		explanation_json_outlook_conditions(e),
		"[{\"condition\":\"covered_days\",\"met\":false,\"seen\":4,"
		"\"at_least\":10,\"at_most\":null,\"by_waiting\":true,"
		"\"met_from\":\"2026-06-03\",\"sentence\":\"4 days; at least "
		"10: about 2026-06-03 at the present rate\"},"
		"{\"condition\":\"refusal_ratio\",\"met\":true,\"seen\":0.25,"
		"\"at_most\":0.01,\"at_least\":null,\"by_waiting\":false,"
		"\"met_from\":null,\"sentence\":\"25 of 100 sessions (25 "
		"%) refused; with and without any one reporter less than 1 "
		"%: met\"},"
		"{\"condition\":\"not_recurring\",\"met\":true,\"seen\":1,"
		"\"at_most\":1,\"at_least\":null,\"by_waiting\":true,"
		"\"met_from\":null,\"sentence\":\"1 bad day in 56; no two "
		"that are 2 days apart: met\"}]");
}

static void what_no_number_reaches_is_null(void **state)
{
	struct explanation_sample s;
	struct explanation *e = &s.explanation;
	json_t *value;

	(void)state;
	explanation_sample_begin(&s);
	forecast_clear(&e->forecast);
	e->conditions.items[0] = (struct condition){
		CONDITION_BOUND, false, true, 4, (double)INT64_MAX, 0, 0};
	e->conditions.count = 1;
	value = explanation_json_outlook_conditions(e);
	assert_true(json_is_null(
		json_object_get(json_array_get(value, 0), "at_least")));
	json_decref(value);
}

static void the_forecast_is_an_object_or_null(void **state)
{
	struct explanation_sample s;
	struct explanation *e = &s.explanation;

	(void)state;
	explanation_sample_begin(&s);
	forecast_clear(&e->forecast);
	assert_json(explanation_json_outlook_forecast(e), "null");
	e->forecast.outcome = FORECAST_NOBODY;
	assert_json(explanation_json_outlook_forecast(e),
	            "{\"outcome\":\"no_reporters\",\"ready_on\":null,"
	            "\"ready_limited_on\":null,\"reporters\":0,"
	            "\"daily_sessions\":0,\"sentence\":\"no forecast: no "
	            "reporter has reported lately\"}");
	e->forecast.outcome = FORECAST_READY;
	e->forecast.ready_on = SAMPLE_TODAY;
	e->forecast.ready_limited_on = SAMPLE_TODAY - 1;
	e->forecast.reporters = 3;
	e->forecast.daily_sessions = 7;
	assert_json(explanation_json_outlook_forecast(e),
	            "{\"outcome\":\"ready\",\"ready_on\":\"2026-05-28\","
	            "\"ready_limited_on\":\"2026-05-27\",\"reporters\":3,"
	            "\"daily_sessions\":7,\"sentence\":\"about 2026-05-28 "
	            "(ready_limited about 2026-05-27), if all 3 reporters go "
	            "on as in their last four weeks, about 7 sessions a day, "
	            "and from now on nothing is refused and every sender can "
	            "use the policy\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_objects),
		cmocka_unit_test(what_no_number_reaches_is_null),
		cmocka_unit_test(the_forecast_is_an_object_or_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
