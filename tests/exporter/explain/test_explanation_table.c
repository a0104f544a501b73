#include <string.h>

#include "exporter/explain/explanation_table.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

static void each_verdict_stands_beside_its_bound(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.verdict.state = VERDICT_READY_LIMITED;
	explanation_table_head(&text);
	explanation_table_line(&s.explanation, &text);
	assert_string_equal(
		buf_text(&text),
		"DOMAIN                           VERDICT          MODE      AT "
		"MOST   SESSIONS  REFUSED  REP.  DAYS\n"
		"example.org                      ready_limited    testing     "
		"4.3 %       5110        0     1     4\n");
	buf_reset(&text);
	s.explanation.verdict.numbers.known = false;
	s.explanation.verdict.state = VERDICT_NO_DATA;
	explanation_table_line(&s.explanation, &text);
	assert_string_equal(
		buf_text(&text),
		"example.org                      no_data          testing      "
		"   -          -        -     -     -\n");
	buf_free(&text);
}

static void a_what_if_has_two_headlines(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.verdict.state = VERDICT_READY_LIMITED;
	s.explanation.real = VERDICT_BLOCKED;
	explanation_table_what_if_head(&text);
	explanation_table_what_if_line(&s.explanation, &text);
	assert_string_equal(
		buf_text(&text),
		"DOMAIN                           VERDICT          WHAT IF\n"
		"example.org                      blocked          ready_limited "
		"(at most 4.3 % refused)\n");
	buf_reset(&text);
	s.explanation.verdict.state = VERDICT_READY;
	s.explanation.real = VERDICT_READY_LIMITED;
	s.explanation.real_upper = 0.0501;
	explanation_table_what_if_line(&s.explanation, &text);
	assert_non_null(
		strstr(buf_text(&text),
	               " ready_limited (at most 5.1 % refused) ready\n"));
	buf_free(&text);
}

static void names_reach_no_terminal_raw(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct explanation_sample s;

	(void)state;
	explanation_sample_begin(&s);
	s.explanation.domain = TEXT(SAMPLE_HOSTILE);
	explanation_table_line(&s.explanation, &text);
	explanation_table_what_if_line(&s.explanation, &text);
	assert_null(strchr(buf_text(&text), '\x1b'));
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verdict_stands_beside_its_bound),
		cmocka_unit_test(a_what_if_has_two_headlines),
		cmocka_unit_test(names_reach_no_terminal_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
