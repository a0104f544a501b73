#include <string.h>

#include "base/attr.h"
#include "exporter/explain/explanation_heading.h"
#include "tests/support/cmocka_all.h"

static void assert_heading(const struct what_if *what_if,
                           enum verdict_state state, enum verdict_state real,
                           const char *wanted)
{
	const struct explanation explanation = {
		.verdict = {.state = state},
		.what_if = what_if,
		.real = real,
	};
	struct buf text = BUF_INIT(65536);

	explanation_heading_what_if(&explanation, &text);
	assert_string_equal(buf_text(&text), wanted);
	buf_free(&text);
}

static void it_says_what_is_assumed_and_what_is(void **state)
{
	const char *names[] = {"a.example", "b.example", "c.example"};
	const struct what_if one = {.without = {names, 1}};
	const struct what_if three = {.without = {names, 3}};
	const struct what_if accepted = {.accept = {names, 2}};
	const struct what_if both = {.without = {names, 1},
	                             .accept = {names + 1, 1}};

	(void)state;
	assert_heading(&one, VERDICT_READY, VERDICT_BLOCKED,
	               "This is a what if: without the reports of a.example, "
	               "the verdict would be ready. It is blocked.");
	assert_heading(&three, VERDICT_READY, VERDICT_READY,
	               "This is a what if: without the reports of a.example, "
	               "b.example and c.example, the verdict would be ready, "
	               "as it is.");
	assert_heading(&accepted, VERDICT_READY, VERDICT_BLOCKED,
	               "This is a what if: with a.example and b.example in "
	               "accept_reporters, the verdict would be ready. It is "
	               "blocked.");
	assert_heading(&both, VERDICT_COLLECTING, VERDICT_BLOCKED,
	               "This is a what if: without the reports of a.example, "
	               "and with b.example in accept_reporters, the verdict "
	               "would be collecting. It is blocked.");
}

static void limited_verdicts_have_their_bounds(void **state)
{
	const char *name = "a.example";
	const struct what_if what_if = {.without = {&name, 1}};
	struct explanation explanation = {
		.verdict = {.state = VERDICT_READY_LIMITED,
	                    .numbers.upper = 0.0421},
		.what_if = &what_if,
		.real = VERDICT_READY_LIMITED,
		.real_upper = 0.0311,
	};
	struct buf text = BUF_INIT(65536);

	(void)state;
	explanation_heading_what_if(&explanation, &text);
	assert_string_equal(
		buf_text(&text),
		"This is a what if: without the reports of a.example, the "
		"verdict would be ready_limited (at most 4.3 % refused). It is "
		"ready_limited (at most 3.2 % refused).");
	buf_free(&text);
}

static void assert_known(int64_t until, int32_t deleted_before,
                         const char *wanted)
{
	const struct explanation explanation = {
		.until = until,
		.deleted_before = deleted_before,
	};
	struct buf text = BUF_INIT(65536);

	explanation_heading_known(&explanation, &text);
	assert_string_equal(buf_text(&text), wanted);
	buf_free(&text);
}

static void it_says_of_when_it_is_and_what_is_gone(void **state)
{
	(void)state;
	assert_known(INT64_C(1780401600) + 3661, 0,
	             "As known on 2026-06-02 at 13:01:01 UTC, from the reports "
	             "that had arrived by then.");
	assert_known(INT64_C(1780401600) - 1, 20605,
	             "As known on 2026-06-02 at 11:59:59 UTC, from the reports "
	             "that had arrived by then. Reports of days before "
	             "2026-06-01 have been deleted since (retention_days), so "
	             "that more was known then than is left.");
}

static void names_reach_no_terminal_raw(void **state)
{
	const char *name = "\x1b[2J";
	const struct what_if what_if = {.without = {&name, 1}};
	struct buf text = BUF_INIT(65536);

	(void)state;
	explanation_heading_assumption(&what_if, &text);
	assert_string_equal(buf_text(&text), "without the reports of \\x1b[2J");
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_is_assumed_and_what_is),
		cmocka_unit_test(it_says_of_when_it_is_and_what_is_gone),
		cmocka_unit_test(names_reach_no_terminal_raw),
		cmocka_unit_test(limited_verdicts_have_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
