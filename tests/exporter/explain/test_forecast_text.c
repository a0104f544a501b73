#include "exporter/explain/forecast_text.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static const struct forecast ready = {
	.outcome = FORECAST_READY,
	.ready_on = SAMPLE_TODAY + 20,
	.ready_limited_on = VERDICT_NO_DAY,
	.reporters = 2,
	.daily_sessions = 1100,
};

static void assert_says(const struct forecast *forecast, const char *expected)
{
	struct buf out = BUF_INIT(65536);

	forecast_text_sentence(forecast, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void each_outcome_has_a_sentence(void **state)
{
	struct forecast forecast = ready;

	(void)state;
	assert_says(&forecast,
	            "about 2026-06-17, if all 2 reporters go on as in their "
	            "last four weeks, about 1 100 sessions a day, and from "
	            "now on nothing is refused and every sender can use the "
	            "policy");
	forecast.ready_limited_on = SAMPLE_TODAY + 2;
	forecast.reporters = forecast.daily_sessions = 1;
	assert_says(&forecast,
	            "about 2026-06-17 (ready_limited about 2026-05-30), if 1 "
	            "reporter goes on as in its last four weeks, about 1 "
	            "session a day, and from now on nothing is refused and "
	            "every sender can use the policy");
	forecast.outcome = FORECAST_NOT_WITHIN;
	assert_says(&forecast,
	            "not within 126 days, even if 1 reporter goes on as in "
	            "its last four weeks, about 1 session a day, and from now "
	            "on nothing is refused and every sender can use the "
	            "policy");
	forecast.outcome = FORECAST_NOBODY;
	assert_says(&forecast, "no forecast: no reporter has reported lately");
	forecast.outcome = FORECAST_TOO_MANY;
	assert_says(&forecast, "no forecast: too many reporters");
	forecast.outcome = FORECAST_CHECKS_FAIL;
	assert_says(&forecast, "no forecast: mend first what the checks from "
	                       "outside find");
	forecast_clear(&forecast);
	assert_says(&forecast, "");
}

static void it_is_a_line_below_the_evidence(void **state)
{
	struct buf out = BUF_INIT(65536);
	struct forecast none;

	(void)state;
	forecast_text_write(&ready, &out);
	assert_true(explanation_sample_says(&out,
	                                    "  Ready      about 2026-06-17, if "
	                                    "all"));
	assert_true(explanation_sample_says(&out, "use the policy. "));
	buf_reset(&out);
	forecast_clear(&none);
	forecast_text_write(&none, &out);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_outcome_has_a_sentence),
		cmocka_unit_test(it_is_a_line_below_the_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
