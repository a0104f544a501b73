#include "exporter/metrics/exposition.h"
#include "tests/support/cmocka_all.h"

static const struct metric gauge = {"x_seconds", METRIC_GAUGE, "seconds",
                                    "Help with \"quotes\" and \\ and\nline."};
static const struct metric counter = {"y_total", METRIC_COUNTER, NULL, "Y."};

static void write_all(struct buf *out, bool openmetrics)
{
	struct exposition e = {.out = out, .openmetrics = openmetrics};
	const struct label labels[] = {
		{"a", TEXT("plain")},
		{"b", TEXT("q\" b\\ n\n")},
	};

	exposition_metric(&e, &gauge);
	exposition_integer(&e, &gauge, "", NULL, 0, -5);
	exposition_number(&e, &gauge, labels, 2, 0.25);
	exposition_metric(&e, &counter);
	exposition_number(&e, &counter, labels, 1, 1e15);
	exposition_end(&e);
}

static void writes_the_text_format(void **state)
{
	struct buf out = BUF_INIT(4096);

	(void)state;
	write_all(&out, false);
	assert_string_equal(
		buf_text(&out),
		"# HELP x_seconds Help with \"quotes\" and \\\\ and\\nline.\n"
		"# TYPE x_seconds gauge\n"
		"x_seconds -5\n"
		"x_seconds{a=\"plain\",b=\"q\\\" b\\\\ n\\n\"} 0.25\n"
		"# HELP y_total Y.\n"
		"# TYPE y_total counter\n"
		"y_total{a=\"plain\"} 1000000000000000\n");
	buf_free(&out);
}

static void writes_openmetrics(void **state)
{
	struct buf out = BUF_INIT(4096);

	(void)state;
	write_all(&out, true);
	assert_string_equal(
		buf_text(&out),
		"# HELP x_seconds Help with \\\"quotes\\\" and \\\\ and\\nline.\n"
		"# TYPE x_seconds gauge\n"
		"# UNIT x_seconds seconds\n"
		"x_seconds -5\n"
		"x_seconds{a=\"plain\",b=\"q\\\" b\\\\ n\\n\"} 0.25\n"
		"# HELP y Y.\n"
		"# TYPE y counter\n"
		"y_total{a=\"plain\"} 1000000000000000\n"
		"# EOF\n");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_text_format),
		cmocka_unit_test(writes_openmetrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
