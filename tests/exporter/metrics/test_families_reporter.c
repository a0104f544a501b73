#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exporter/metrics/families_private.h"
#include "tests/support/cmocka_all.h"

/* With top_reporters = 10, as the manual has it. */
#define TOP 10

static int64_t number(const struct family_point *at, const char *name)
{
	struct family_point point = *at;
	struct family_value value = {0, 0};
	size_t i;

	for (i = 0; i < families_reporter.count; i++) {
		point.family = &families_reporter.rows[i];
		if (strcmp(point.family->metric.name, name) == 0)
			return families_reporter.number(&point, &value)
			               ? value.whole
			               : -1;
	}
	fail_msg("no %s", name);
	return -1;
}

static void a_reporter_has_its_own_numbers(void **state)
{
	const struct reporter_figures reporter = {.window = {70, 7},
	                                          .day = {30, 3}};
	const struct watched_figures silent = {.silent = true}, watched = {0};
	const struct refusing_figures refusing = {.sessions = 50, .refused = 5};
	struct family_point at = {.reporter = &reporter,
	                          .watched = &silent,
	                          .refusing = &refusing};

	(void)state;
	assert_int_equal(number(&at, "tlsrpt_window_reporter_sessions"), 70);
	assert_int_equal(number(&at, "tlsrpt_window_reporter_failed_sessions"),
	                 7);
	assert_int_equal(number(&at, "tlsrpt_day_reporter_sessions"), 30);
	assert_int_equal(number(&at, "tlsrpt_day_reporter_failed_sessions"), 3);
	assert_int_equal(number(&at, "tlsrpt_refusing_reporter_sessions"), 50);
	assert_int_equal(
		number(&at, "tlsrpt_refusing_reporter_refused_sessions"), 5);
	assert_int_equal(number(&at, "tlsrpt_reporter_silent"), 1);
	at.watched = &watched;
	assert_int_equal(number(&at, "tlsrpt_reporter_silent"), 0);
}

/* Series of one family and domain. */
static long count_series(const struct family *family)
{
	long count = 1;
	int i;

	for (i = 0; i < FAMILY_LABELS_MAX && family->labels[i] != LABEL_NONE;
	     i++)
		count *= families_label_end(NULL, family->labels[i]) -
		         families_label_first(family->labels[i]);
	switch (family->walk) {
	case FAMILY_DOMAIN:
	case FAMILY_DOMAIN_AND_OTHER:
		return count;
	case FAMILY_REPORTER:
		return count * (TOP + 1);
	case FAMILY_WATCHED:
	case FAMILY_REFUSING:
		return count * TOP;
	case FAMILY_ONCE:
	case FAMILY_LISTED:
	case FAMILY_HISTOGRAM:
		break;
	}
	return 0;
}

static void a_domain_has_as_many_series_as_the_readme_says(void **state)
{
	static const struct family_table *const tables[] = {
		&families_domain, &families_verdict, &families_reporter};
	static const char before[] = "A domain has at most ";
	long count = 0, said = -1;
	char line[1024];
	FILE *readme = fopen(METRICS_README, "r");
	size_t i, k;

	(void)state;
	assert_non_null(readme);
	for (i = 0; i < ARRAY_LENGTH(tables); i++) {
		for (k = 0; k < tables[i]->count; k++)
			count += count_series(&tables[i]->rows[k]);
	}
	while (fgets(line, sizeof(line), readme) != NULL) {
		if (strncmp(line, before, strlen(before)) == 0)
			said = strtol(line + strlen(before), NULL, 10);
	}
	(void)fclose(readme);
	assert_int_equal(count, said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reporter_has_its_own_numbers),
		cmocka_unit_test(
			a_domain_has_as_many_series_as_the_readme_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
