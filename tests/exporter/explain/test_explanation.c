#include <string.h>

#include <jansson.h>

#include "base/attr.h"
#include "exporter/explain/explanation.h"
#include "exporter/explain/explanation_json.h"
#include "exporter/explain/explanation_text.h"
#include "exporter/explain/phrases.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/explanation_sample.h"

/* What strangers may have put into names: it must reach no terminal. */
#define HOSTILE "a\x1b[2Jb\nc\xe2\x80\xae"

struct sample {
	struct explanation explanation;
	struct thresholds thresholds;
	struct text names[2];
	struct text patterns[2];
	struct faulty_reporter faulty[1];
	struct explanation_reporter reporters[1];
	struct explanation_day days[2];
	struct explanation_failure failures[RESULT_TYPES];
	struct stored_policy other;
	struct explanation_sample evidence;
};

static void fill_failures(struct sample *s)
{
	int i;

	for (i = 0; i < RESULT_TYPES; i++)
		s->failures[i] = (struct explanation_failure){
			.mx = i % 2 == 0 ? TEXT(HOSTILE) : TEXT(""),
			.type = POLICY_STS,
			.result = (enum result_type)i,
			.sessions = 1234567 - i,
			.last_day = 20600,
			.reporters = s->names,
			.reporter_count = 2,
			.reason = i % 3 == 0 ? TEXT(HOSTILE) : TEXT(""),
		};
	s->explanation.failures = s->failures;
	s->explanation.failure_count = RESULT_TYPES;
}

static struct thresholds fill_thresholds(void)
{
	return (struct thresholds){
		.window_days = 14,
		.max_window_days = 84,
		.min_covered_days = 10,
		.min_reporters = 2,
		.alpha = 50000,
		.max_refusal = 10000,
		.cell_cap = 200,
		.recent_days = 3,
		.enforce_recent_days = 2,
		.unusable_share = 50000,
		.outdated_share = 200000,
		.local_share_max = 10000,
		.confirm_days = 3,
	};
}

static void fill(struct sample *s)
{
	struct explanation *a = &s->explanation;

	*s = (struct sample){
		.names = {TEXT("google.com"), TEXT(HOSTILE)},
		.patterns = {TEXT("mx1.example.org"), TEXT("*.example.net")},
		.days = {{20600, true, 100, 41}, {20601, false, 10, 3}},
	};
	s->thresholds = fill_thresholds();
	a->domain = TEXT("example.org");
	a->now = INT64_C(1780401600);
	a->today = 20601;
	a->last = 20599;
	a->thresholds = &s->thresholds;
	a->faulty_reporters = s->names;
	s->reporters[0] = (struct explanation_reporter){
		.name = TEXT(HOSTILE), .sessions = 110, .refused = 44};
	a->reporters = s->reporters;
	a->reporter_count = 1;
	a->days = s->days;
	a->day_count = 2;
	a->verdict.faulty_reporters = s->faulty;
	a->verdict.faulty_reporter_count = 1;
	explanation_sample_begin(&s->evidence);
	a->evidence = s->evidence.evidence;
	a->verdict.numbers = (struct verdict_numbers){
		.known = true,
		.window_days = 14,
		.observed_days = 9,
		.covered_days = 1,
		.reporters = 1,
		.sessions = 110,
		.n = 110,
		.x = 44,
		.upper = 0.5,
		.limit = 0.01,
		.recent_sessions = 1,
		.recent_refused = {1, 2, 3},
	};
	a->policy.policy.mx = s->patterns;
	a->policy.policy.mx_count = 2;
	a->policy.policy.mode = STS_MODE_TESTING;
	a->policy.since = 20000;
	a->policy.other = &s->other;
	a->policy.other_newest = 20600;
	a->other_reporter = TEXT(HOSTILE);
	s->other.policy = a->policy.policy;
	fill_failures(s);
}

static void assert_printable(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if ((text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f ||
		    (unsigned char)text[i] >= 0x80)
			fail_msg("byte %02x at \"%.30s\"",
			         (unsigned char)text[i], text + i);
	}
}

/* The table: test_explanation_table.c. */
static void ready_limited_is_never_said_without_its_bound(void **state)
{
	static const char limited[] = "ready_limited";
	struct buf text = BUF_INIT(1U << 22);
	struct sample s;
	const char *found;

	(void)state;
	fill(&s);
	s.explanation.verdict.state = VERDICT_READY_LIMITED;
	s.explanation.verdict.proved = VERDICT_READY_LIMITED;
	s.explanation.verdict.proved_upper = 0.0311;
	s.explanation.verdict.numbers.upper = 0.0421;
	s.explanation.verdict.reasons = REASON_BIT(VERDICT_REASONS) - 1;
	explanation_text_write(&s.explanation, true, &text);
	assert_non_null(
		strstr(buf_text(&text),
	               "example.org: ready_limited (at most 4.3 % refused)\n"));
	for (found = buf_text(&text); (found = strstr(found, limited)) != NULL;
	     found++) {
		if (strstr(found, "at most") == NULL ||
		    strstr(found, "at most") > found + 40)
			fail_msg("%.60s", found);
	}
	assert_non_null(strstr(buf_text(&text), "at most 4.3 % with"));
	buf_reset(&text);
	explanation_json_write(&s.explanation, &text);
	assert_non_null(strstr(buf_text(&text),
	                       "\"headline\":\"ready_limited (at most 4.3 % "
	                       "refused)\""));
	assert_non_null(
		strstr(buf_text(&text),
	               "\"from_proved_reports_headline\":\"ready_limited (at "
	               "most 3.2 % refused)\""));
	buf_free(&text);
}

static void each_reason_comes_with_what_to_do(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct sample s;

	(void)state;
	fill(&s);
	s.explanation.verdict.reasons = REASON_BIT(REASON_CONFIRMING);
	explanation_text_write(&s.explanation, false, &text);
	assert_non_null(strstr(buf_text(&text),
	                       "\n    What to do: Wait a day or two.\n"));
	buf_free(&text);
}

/* "1 200 sessions (3.4 %)" */
static void numbers_are_not_torn_apart(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct sample s;
	const char *line;
	int window;

	(void)state;
	fill(&s);
	s.explanation.verdict.reasons = REASON_BIT(VERDICT_REASONS) - 1;
	for (window = 1; window < 1000000; window *= 10) {
		s.explanation.verdict.numbers.window_days = window;
		buf_reset(&text);
		explanation_text_write(&s.explanation, false, &text);
		for (line = buf_text(&text);
		     (line = strchr(line, '\n')) != NULL;) {
			line++;
			line += strspn(line, " ");
			assert_int_not_equal(*line, '%');
		}
	}
	buf_free(&text);
}

static void all_of_it_as_text_fits_a_terminal(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct sample s;
	struct text rest, line;
	int i;

	(void)state;
	for (i = 0; i < VERDICT_STATES; i++) {
		fill(&s);
		s.explanation.verdict.state = (enum verdict_state)i;
		s.explanation.verdict.reasons = REASON_BIT(VERDICT_REASONS) - 1;
		buf_reset(&text);
		explanation_text_write(&s.explanation, true, &text);
		assert_printable(buf_text(&text));
		assert_non_null(strstr(text.data, "41 of 100 sessions"));
		assert_null(strstr(text.data, "DOMAIN,"));
		rest = (struct text){text.data, text.len};
		while (text_next(&rest, '\n', &line)) {
			/* The arithmetic is for reading, not for looks. */
			if (text_starts(line, "Arithmetic"))
				break;
			if (line.len > 80)
				fail_msg("%zu: %.*s", line.len, (int)line.len,
				         line.data);
		}
	}
	buf_free(&text);
}

/* Also where no mx_hosts are configured: the reports name the host. */
static void a_host_outside_the_policy_is_named(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct sample s;

	(void)state;
	fill(&s);
	s.explanation.failure_count = 1;
	s.failures[0] = (struct explanation_failure){
		.mx = TEXT("mx9.example.org"),
		.type = POLICY_STS,
		.result = RESULT_VALIDATION_FAILURE,
		.sessions = 5,
		.last_day = 20600,
		.reporters = s.names,
		.reporter_count = 1,
		.reason = TEXT("MX_HOSTS_MISMATCH"),
	};
	explanation_text_write(&s.explanation, false, &text);
	assert_non_null(strstr(buf_text(&text),
	                       "mx9.example.org is covered by no mx pattern"));
	assert_null(strstr(buf_text(&text), "no nearer reason"));
	buf_reset(&text);
	s.failures[0].mx = TEXT("MX1.example.org.");
	explanation_text_write(&s.explanation, false, &text);
	assert_null(strstr(buf_text(&text), "is covered by no mx pattern"));
	buf_free(&text);
}

static void all_of_it_as_json_is_json(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	json_error_t error;
	struct sample s;
	json_t *root;
	int i;

	(void)state;
	for (i = 0; i < VERDICT_STATES; i++) {
		fill(&s);
		s.explanation.verdict.state = (enum verdict_state)i;
		s.explanation.verdict.reasons = REASON_BIT(VERDICT_REASONS) - 1;
		s.explanation.verdict.numbers.known = i % 2 == 0;
		buf_reset(&text);
		explanation_json_write(&s.explanation, &text);
		assert_null(strchr(buf_text(&text), '\n'));
		root = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES,
		                  &error);
		if (root == NULL)
			fail_msg("%s", error.text);
		assert_int_equal(
			json_integer_value(json_object_get(root, "code")), i);
		assert_int_equal(
			json_array_size(json_object_get(root, "failures")),
			RESULT_TYPES);
		assert_string_equal(
			json_string_value(json_object_get(
				json_array_get(
					json_object_get(root, "failures"), 0),
				"mx")),
			HOSTILE);
		json_decref(root);
	}
	buf_free(&text);
}

static void publishes_what_is_advised(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct sample s;

	(void)state;
	fill(&s);
	s.explanation.verdict.advised_mode = STS_MODE_ENFORCE;
	s.explanation.verdict.advised_max_age = 86400;
	s.explanation.verdict.state = VERDICT_READY;
	explanation_text_write(&s.explanation, false, &text);
	assert_non_null(strstr(buf_text(&text), "       version: STSv1\n"
	                                        "       mode: enforce\n"
	                                        "       mx: mx1.example.org\n"
	                                        "       mx: *.example.net\n"
	                                        "       max_age: 86400\n"));
	buf_reset(&text);
	phrases_policy_id(&s.explanation, &text);
	assert_string_equal(buf_text(&text), "20260602120000");
	s.explanation.verdict.state = VERDICT_ENFORCE_OK;
	s.explanation.policy.policy.max_age = 86400;
	assert_false(phrases_publishes_policy(&s.explanation));
	s.explanation.verdict.advised_max_age = 604800;
	assert_true(phrases_publishes_policy(&s.explanation));
	s.explanation.verdict.state = VERDICT_BLOCKED;
	assert_false(phrases_publishes_policy(&s.explanation));
	buf_free(&text);
}

static void fill_silent(struct sample *s, struct explanation_silent silent[2])
{
	fill(s);
	silent[0] = (struct explanation_silent){.name = TEXT("google.com"),
	                                        .rhythm = {.newest = 20590,
	                                                   .report_days = 30,
	                                                   .usual_gap = 1,
	                                                   .quiet_days = 9,
	                                                   .silent = true}};
	silent[1] = (struct explanation_silent){.name = TEXT(HOSTILE),
	                                        .rhythm = {.newest = 20580,
	                                                   .report_days = 8,
	                                                   .usual_gap = 7,
	                                                   .quiet_days = 19,
	                                                   .silent = true}};
	s->explanation.silent = silent;
	s->explanation.silent_count = 2;
}

static void silent_reporters_are_named_in_the_text(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct explanation_silent silent[2];
	struct sample s;

	(void)state;
	fill_silent(&s, silent);
	explanation_text_write(&s.explanation, false, &text);
	assert_printable(buf_text(&text));
	assert_non_null(strstr(
		buf_text(&text),
		"  Silent     google.com since 2026-05-17, its last report "
		"day, for 9 settled\n"
		"             days; its longest usual gap is 1 day\n"));
	assert_non_null(strstr(buf_text(&text), "is 7 days\n"));
	buf_reset(&text);
	s.explanation.silent_count = 0;
	explanation_text_write(&s.explanation, false, &text);
	assert_null(strstr(buf_text(&text), "Silent"));
	buf_free(&text);
}

static void silent_reporters_are_named_in_json(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct explanation_silent silent[2];
	const json_t *list, *one;
	json_error_t error;
	struct sample s;
	json_t *root;

	(void)state;
	fill_silent(&s, silent);
	explanation_json_write(&s.explanation, &text);
	root = json_loads(buf_text(&text), 0, &error);
	list = json_object_get(root, "silent_reporters");
	assert_int_equal(json_array_size(list), 2);
	one = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(one, "name")),
	                    "google.com");
	assert_string_equal(json_string_value(json_object_get(one, "last_day")),
	                    "2026-05-17");
	assert_int_equal(
		json_integer_value(json_object_get(one, "report_days")), 30);
	assert_int_equal(
		json_integer_value(json_object_get(one, "usual_gap_days")), 1);
	assert_int_equal(
		json_integer_value(json_object_get(one, "silent_days")), 9);
	json_decref(root);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ready_limited_is_never_said_without_its_bound),
		cmocka_unit_test(each_reason_comes_with_what_to_do),
		cmocka_unit_test(numbers_are_not_torn_apart),
		cmocka_unit_test(all_of_it_as_text_fits_a_terminal),
		cmocka_unit_test(a_host_outside_the_policy_is_named),
		cmocka_unit_test(all_of_it_as_json_is_json),
		cmocka_unit_test(publishes_what_is_advised),
		cmocka_unit_test(silent_reporters_are_named_in_the_text),
		cmocka_unit_test(silent_reporters_are_named_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
