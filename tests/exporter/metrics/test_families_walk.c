/*
 * Walks over one row of data; those over domains are in test_model.c.
 */
#include <string.h>

#include "exporter/metrics/families_private.h"
#include "tests/support/cmocka_all.h"

static const char *const handlers[] = {"a", "other"};
static const struct self_figures self = {.handlers = handlers,
                                         .handler_count = 2};

/* 10 times the first label's value and the second's; none where they are
   equal. */
static bool number(const struct family_point *at, struct family_value *value)
{
	value->whole = 10 * (int64_t)at->index[0] + (int64_t)at->index[1];
	value->real = (double)value->whole / 8;
	return at->index[0] != at->index[1];
}

static bool no_number(const struct family_point *at, struct family_value *value)
{
	(void)at;
	(void)value;
	return false;
}

static bool one(const struct family_point *at, struct family_value *value)
{
	(void)at;
	value->whole = 1;
	value->real = 0.25;
	return true;
}

static const struct family pairs = {
	.metric = {"x", METRIC_GAUGE, NULL, "Help."},
	.walk = FAMILY_ONCE,
	.labels = {LABEL_HANDLER, LABEL_OPERATION},
};

struct example {
	struct family_table table;
	struct families_request what;
	struct render render;
	struct buf text;
};

static void begin(struct example *e,
                  bool (*numbers)(const struct family_point *at,
                                  struct family_value *value))
{
	*e = (struct example){.text = BUF_INIT(65536)};
	e->table.number = numbers;
	e->render = (struct render){.e.out = &e->text, .self = &self};
}

static const char *walk(struct example *e, const struct family *family)
{
	e->render.what = &e->what;
	buf_reset(&e->text);
	families_walk(&e->render, &e->table, family);
	return buf_text(&e->text);
}

static void end(struct example *e)
{
	buf_free(&e->text);
}

static void writes_a_series_for_each_pair_of_values(void **state)
{
	struct example e;

	(void)state;
	begin(&e, number);
	assert_string_equal(walk(&e, &pairs),
	                    "# HELP x Help.\n# TYPE x gauge\n"
	                    "x{handler=\"a\",operation=\"write\"} 1\n"
	                    "x{handler=\"other\",operation=\"read\"} 10\n");
	end(&e);
}

static void writes_nothing_where_there_is_no_series(void **state)
{
	struct example e;

	(void)state;
	begin(&e, no_number);
	assert_string_equal(walk(&e, &pairs), "");
	end(&e);
}

static void history_has_samples_alone(void **state)
{
	struct family family = pairs;
	struct example e;

	(void)state;
	begin(&e, one);
	memset(family.labels, 0, sizeof(family.labels));
	e.render.samples_only = true;
	assert_string_equal(walk(&e, &family), "x 1\n");
	end(&e);
}

static void a_page_of_single_domains_has_none_of_it(void **state)
{
	const struct text domain = TEXT("example.org");
	struct example e;

	(void)state;
	begin(&e, one);
	e.what.domains = &domain;
	e.what.domain_count = 1;
	assert_string_equal(walk(&e, &pairs), "");
	end(&e);
}

static void a_number_is_written_in_the_familys_format(void **state)
{
	struct family family = pairs;
	struct example e;

	(void)state;
	begin(&e, one);
	memset(family.labels, 0, sizeof(family.labels));
	e.render.samples_only = true;
	family.format = FAMILY_NUMBER;
	assert_string_equal(walk(&e, &family), "x 0.25\n");
	family.format = FAMILY_RATIO;
	assert_memory_equal(walk(&e, &family), "x 0.25", 6);
	end(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_series_for_each_pair_of_values),
		cmocka_unit_test(writes_nothing_where_there_is_no_series),
		cmocka_unit_test(history_has_samples_alone),
		cmocka_unit_test(a_page_of_single_domains_has_none_of_it),
		cmocka_unit_test(a_number_is_written_in_the_familys_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
