#include "exporter/explain/conditions_text.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

/* A domain that lacks days and sessions, and once had a fault. */
static const struct condition sample[] = {
	{CONDITION_REPORTS_ARRIVE, true, false, 1, 4, 0, 0},
	{CONDITION_NO_REFUSALS_NOW, false, false, 0.1, 0.01, 10, 100},
	{CONDITION_COVERED_DAYS, false, true, 4, 10, 0, 0},
	{CONDITION_REPORTERS, false, true, 1, 2, 0, 0},
	{CONDITION_BOUND, false, true, 120, 343, 0, 0},
};

#define SAMPLE_COUNT (sizeof(sample) / sizeof(sample[0]))

static void begin(struct explanation_sample *s)
{
	struct explanation *e = &s->explanation;
	size_t i;

	explanation_sample_begin(s);
	for (i = 0; i < SAMPLE_COUNT; i++)
		e->conditions.items[i] = sample[i];
	e->conditions.count = SAMPLE_COUNT;
	e->verdict.progress.n_bound = 120;
	e->verdict.numbers.recent_since = SAMPLE_TODAY - 4;
	forecast_clear(&e->forecast);
	e->forecast.outcome = FORECAST_NOT_WITHIN;
	e->forecast.met_from[CONDITION_NO_REFUSALS_NOW] = SAMPLE_TODAY + 5;
	e->forecast.met_from[CONDITION_COVERED_DAYS] = SAMPLE_TODAY + 6;
}

static void what_is_lacking_stands_with_its_day(void **state)
{
	struct buf out = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	begin(&s);
	conditions_text_write(&s.explanation, false, &out);
	assert_string_equal(
		buf_text(&out),
		"\nWhat is lacking until ready\n"
		"  no   no refusals now      10 of 100 sessions (10.00 %) refused since\n"
		"                            2026-05-24; of one kind fewer than 2 or 1 %: not by\n"
		"                            waiting: fix what is refused; then about 2026-06-02\n"
		"  no   days with reports    4 days; at least 10: about 2026-06-03 at the present\n"
		"                            rate\n"
		"  no   reporters            1 reporter; at least 2: not within 126 days at the\n"
		"                            present rate: no other reporter is in sight\n"
		"  no   sessions             120 counted sessions with 0 refusals; at least 343\n"
		"                            to exclude that 1 % are refused: not within 126 days\n"
		"                            at the present rate: too few sessions are reported\n");
	buf_free(&out);
}

static void all_stand_in_the_whole_table(void **state)
{
	struct buf out = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	begin(&s);
	conditions_text_write(&s.explanation, true, &out);
	assert_true(explanation_sample_says(
		&out,
		" Conditions of ready yes  reports arrive       newest report 1 "
		"settled day old; at most 4 no "));
	buf_free(&out);
}

static void what_is_met_needs_no_table(void **state)
{
	struct buf out = BUF_INIT(65536);
	struct explanation_sample s;
	size_t i;

	(void)state;
	begin(&s);
	for (i = 0; i < SAMPLE_COUNT; i++)
		s.explanation.conditions.items[i].met = true;
	conditions_text_write(&s.explanation, false, &out);
	assert_int_equal(out.len, 0);
	s.explanation.conditions.enforced = true;
	conditions_text_write(&s.explanation, true, &out);
	assert_true(explanation_sample_says(
		&out, "Conditions of staying in enforce"));
	buf_reset(&out);
	s.explanation.conditions.items[0].met = false;
	conditions_text_write(&s.explanation, false, &out);
	assert_true(explanation_sample_says(
		&out, "What speaks against staying in enforce no   reports "
		      "arrive"));
	buf_free(&out);
}

static void without_a_forecast_no_day_is_named(void **state)
{
	struct buf out = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	begin(&s);
	forecast_clear(&s.explanation.forecast);
	conditions_text_add_status(&s.explanation, &sample[2], &out);
	assert_string_equal(buf_text(&out), "not met");
	buf_reset(&out);
	conditions_text_add_status(&s.explanation, &sample[1], &out);
	assert_string_equal(buf_text(&out),
	                    "not by waiting: fix what is refused");
	buf_reset(&out);
	s.explanation.forecast.outcome = FORECAST_NOBODY;
	conditions_text_add_status(&s.explanation, &sample[2], &out);
	assert_string_equal(buf_text(&out),
	                    "not by waiting: reports come on too few days");
	buf_reset(&out);
	conditions_text_add_status(&s.explanation, &sample[0], &out);
	assert_string_equal(buf_text(&out), "met");
	buf_free(&out);
}

/* A sentence that is another's, or none, would be a table's hole. */
static void each_kind_has_its_words(void **state)
{
	struct buf seen = BUF_INIT(65536), out = BUF_INIT(65536);
	struct condition one = {.seen = 0.5, .needed = 0.5};
	struct explanation_sample s;
	int kind;

	(void)state;
	begin(&s);
	forecast_clear(&s.explanation.forecast);
	s.explanation.forecast.outcome = FORECAST_NOBODY;
	s.explanation.conditions.count = 1;
	for (kind = 0; kind < CONDITIONS; kind++) {
		one.kind = (enum condition_kind)kind;
		s.explanation.conditions.items[0] = one;
		buf_reset(&seen);
		conditions_text_add_seen(&s.explanation, &one, &seen);
		assert_true(seen.len > 0);
		buf_reset(&out);
		conditions_text_write(&s.explanation, false, &out);
		assert_true(explanation_sample_says(&out, buf_text(&seen)));
		assert_true(explanation_sample_says(&out, "not by waiting: "));
		assert_false(explanation_sample_says(&out, "(null)"));
	}
	buf_free(&seen);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_lacking_stands_with_its_day),
		cmocka_unit_test(all_stand_in_the_whole_table),
		cmocka_unit_test(what_is_met_needs_no_table),
		cmocka_unit_test(without_a_forecast_no_day_is_named),
		cmocka_unit_test(each_kind_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
