#include "exporter/explain/witnesses_text.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

#define SAMPLE_COUNT 6

static const struct witness sample[SAMPLE_COUNT] = {
	{.name = {"google.com", 10},
         .role = WITNESS_COUNTS,
         .anchor = true,
         .goes_on = true,
         .is = {.known_days = 40,
                .report_days = 40,
                .good_days = 39,
                .arrival_days = 41,
                .n = 2800,
                .x = 3},
         .counts_from = SAMPLE_TODAY},
	{.name = {SAMPLE_HOSTILE, sizeof(SAMPLE_HOSTILE) - 1},
         .role = WITNESS_AGAINST,
         .goes_on = true,
         .counts_from = SAMPLE_TODAY + 2},
	{.name = {"new.example", 11},
         .role = WITNESS_NEWCOMER,
         .goes_on = true,
         .is = {.known_days = 1, .report_days = 1, .arrival_days = INT64_MAX},
         .counts_from = SAMPLE_TODAY + 20},
	{.name = {"rare.example", 12},
         .role = WITNESS_NEWCOMER,
         .goes_on = true,
         .counts_from = VERDICT_NO_DAY},
	{.name = {"gone.example", 12},
         .role = WITNESS_NEWCOMER,
         .counts_from = VERDICT_NO_DAY},
	{.name = {"u (unverified)", 14},
         .role = WITNESS_UNSIGNED,
         .counts_from = VERDICT_NO_DAY},
};

struct example {
	struct witness items[SAMPLE_COUNT];
	struct witnesses all;
	struct buf out;
};

static void begin(struct example *x)
{
	size_t i;

	*x = (struct example){.out = BUF_INIT(1U << 20)};
	for (i = 0; i < SAMPLE_COUNT; i++)
		x->items[i] = sample[i];
	x->all = (struct witnesses){
		.items = x->items,
		.count = SAMPLE_COUNT,
		.role_counts = {1, 1, 3, 1},
		.days_needed = 28,
		.reports_needed = 7,
		.days_later = 28,
		.ahead_known = true,
	};
}

static void who_counts_is_named_in_a_few_lines(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	witnesses_text_write_short(&x.all, &x.out);
	assert_string_equal(
		buf_text(&x.out),
		"  Rests on   google.com (anchor)\n"
		"  Against    a\\x1b[2Jb\\x0ac\\xe2\\x80\\xae (from 2026-05-30): "
		"only what they refuse\n"
		"             counts\n"
		"  Newcomers  new.example (from 2026-06-17), rare.example (not "
		"within 126 days at\n"
		"             its present rate), gone.example (silent, not by "
		"waiting)\n"
		"  Unsigned   u (unverified)\n");
	buf_free(&x.out);
}

static void all_is_told_of_each(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	witnesses_text_write(&x.all, &x.out);
	assert_true(explanation_sample_says(
		&x.out,
		"Who counts A signed reporter counts once it has been known for 28 "
		"days and has 7 report "
		"days that came in on as many days;"));
	assert_true(explanation_sample_says(
		&x.out,
		"google.com (anchor): counts; known for 40 days, 40 report "
		"days (39 with "
		"successes) that came in on 41 days, 2 800 counted "
		"sessions in the window, 3 "
		"refused."));
	assert_true(explanation_sample_says(
		&x.out,
		"new.example: newcomer, counts from 2026-06-17; known for 1 "
		"day, 1 report day"));
	assert_true(explanation_sample_says(
		&x.out, "counts against the domain only, in full from "
			"2026-05-30"));
	buf_free(&x.out);
}

static void the_fallback_is_told(void **state)
{
	struct example x;

	(void)state;
	begin(&x);
	x.all.everybody = true;
	x.all.ahead_known = false;
	witnesses_text_write_short(&x.all, &x.out);
	assert_true(explanation_sample_says(
		&x.out, "google.com (anchor); no reporter has standing "
			"yet, so that all"));
	assert_true(explanation_sample_says(&x.out,
	                                    "new.example (date not computed)"));
	buf_reset(&x.out);
	witnesses_text_write(&x.all, &x.out);
	assert_true(explanation_sample_says(&x.out, "all of them count."));
	assert_false(explanation_sample_says(&x.out, "for up to"));
	buf_reset(&x.out);
	x.all.days_needed = 12;
	witnesses_text_write(&x.all, &x.out);
	assert_true(explanation_sample_says(&x.out, "for up to 28)"));
	buf_free(&x.out);
}

static void long_lists_are_cut(void **state)
{
	struct witness items[80];
	struct example x;
	size_t i;

	(void)state;
	begin(&x);
	for (i = 0; i < 80; i++)
		items[i] = sample[0];
	x.all.items = items;
	x.all.count = x.all.role_counts[WITNESS_COUNTS] = 80;
	witnesses_text_write_short(&x.all, &x.out);
	assert_true(explanation_sample_says(&x.out, " and 70 more"));
	buf_reset(&x.out);
	witnesses_text_write(&x.all, &x.out);
	assert_true(explanation_sample_says(&x.out, " and 16 more"));
	buf_free(&x.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_counts_is_named_in_a_few_lines),
		cmocka_unit_test(all_is_told_of_each),
		cmocka_unit_test(the_fallback_is_told),
		cmocka_unit_test(long_lists_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
