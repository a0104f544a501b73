#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "exporter/metrics/families.h"
#include "tests/support/cmocka_all.h"

static void add_row(void *cls, const struct family_view *view)
{
	static const char *const types[] = {[METRIC_GAUGE] = "gauge",
	                                    [METRIC_COUNTER] = "counter",
	                                    [METRIC_HISTOGRAM] = "histogram"};
	struct buf *table = cls;
	size_t i;

	buf_printf(table, "| `%s` | %s | ", view->metric->name,
	           types[view->metric->type]);
	for (i = 0; i < view->label_count; i++)
		buf_printf(table, "%s`%s`", i == 0 ? "" : ", ",
		           view->labels[i]);
	if (view->label_count == 0)
		buf_add_text(table, "–");
	buf_printf(table, " | %s |\n", view->metric->help);
}

/* A row of the one and a line of the other belong together, in their order. */
static void the_readme_has_a_line_for_each_row(void **state)
{
	struct buf table = BUF_INIT(1 << 20);
	char line[1024], *rest, *row;
	FILE *readme = fopen(METRICS_README, "r");

	(void)state;
	assert_non_null(readme);
	families_each(add_row, &table);
	rest = table.data;
	table.data[table.len - 1] = '\0';
	row = strtok_r(rest, "\n", &rest);
	while (fgets(line, sizeof(line), readme) != NULL) {
		if (strncmp(line, "| `", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		assert_non_null(row);
		assert_string_equal(line, row);
		row = strtok_r(NULL, "\n", &rest);
	}
	assert_null(row);
	(void)fclose(readme);
	buf_free(&table);
}

struct seen {
	const char *names[256];
	size_t count;
};

static void note_name(void *cls, const struct family_view *view)
{
	struct seen *seen = cls;
	const struct metric *metric = view->metric;
	const size_t len = strlen(metric->name);
	size_t i;

	for (i = 0; i < seen->count; i++)
		assert_string_not_equal(seen->names[i], metric->name);
	assert_true(seen->count < ARRAY_LENGTH(seen->names));
	seen->names[seen->count++] = metric->name;
	assert_int_equal(metric->type == METRIC_COUNTER,
	                 strcmp(metric->name + len - 6, "_total") == 0);
	/* OpenMetrics wants the unit at the end of the name. */
	if (metric->unit != NULL)
		assert_string_equal(metric->name + len - strlen(metric->unit),
		                    metric->unit);
	for (i = 0; i < view->label_count; i++)
		assert_non_null(view->labels[i]);
}

static void names_are_unique_and_tell_type_and_unit(void **state)
{
	struct seen seen = {.count = 0};

	(void)state;
	families_each(note_name, &seen);
	assert_true(seen.count > families_count());
}

static void labels_of_history_are_ours(void **state)
{
	static const char *const ours[] = {
		"domain", "policy_type", "result_type", "reporter", "verdict",
		"reason", "mode",        "why",         "probe"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(ours); i++)
		assert_true(families_has_label(text_of(ours[i])));
	assert_false(families_has_label(TEXT("job")));
	assert_false(families_has_label(TEXT("channel")));
}

static void only_what_has_a_day_has_a_history(void **state)
{
	enum metric_group group;
	bool of_now;
	size_t i;

	(void)state;
	for (i = 0; i < families_count(); i++) {
		of_now = strstr(families_metric(i)->name, "_recent_") != NULL ||
		         strstr(families_metric(i)->name, "_last_") != NULL;
		assert_int_equal(families_has_history(i, &group), !of_now);
		assert_true(group < METRIC_GROUP_SELF);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_readme_has_a_line_for_each_row),
		cmocka_unit_test(names_are_unique_and_tell_type_and_unit),
		cmocka_unit_test(labels_of_history_are_ours),
		cmocka_unit_test(only_what_has_a_day_has_a_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
