#include <string.h>

#include "exporter/http/metrics_query.h"
#include "exporter/metrics/metric_group.h"
#include "tests/support/cmocka_all.h"

struct argument {
	const char *key, *value;
};

static int ask(struct metrics_query *query, const struct argument *arguments,
               unsigned int *groups, struct err *err)
{
	memset(query, 0, sizeof(*query));
	query->arena = arena_new(0);
	for (; arguments->key != NULL; arguments++)
		metrics_query_add(query, arguments->key, arguments->value);
	return metrics_query_groups(query, groups, err);
}

static void reads_the_query(void **state)
{
	static const struct argument all[] = {{"other", "x"}, {NULL, NULL}};
	static const struct argument some[] = {
		{"collect[]", "day"}, {"collect[]", "self"}, {NULL, NULL}};
	static const struct argument less[] = {{"exclude[]", "self"},
	                                       {NULL, NULL}};
	static const struct argument both[] = {
		{"exclude[]", "self"}, {"collect[]", "day"}, {NULL, NULL}};
	static const struct argument unknown[] = {{"collect[]", "x\n"},
	                                          {NULL, NULL}};
	static const struct argument nothing[] = {{"collect[]", NULL},
	                                          {NULL, NULL}};
	unsigned int groups;
	struct metrics_query query;
	struct err err;

	(void)state;
	assert_int_equal(ask(&query, all, &groups, &err), 0);
	assert_int_equal(groups, (1U << METRIC_GROUPS) - 1);
	arena_free(&query.arena);
	assert_int_equal(ask(&query, some, &groups, &err), 0);
	assert_int_equal(groups,
	                 1U << METRIC_GROUP_DAY | 1U << METRIC_GROUP_SELF);
	arena_free(&query.arena);
	assert_int_equal(ask(&query, less, &groups, &err), 0);
	assert_int_equal(groups, (1U << METRIC_GROUP_SELF) - 1);
	arena_free(&query.arena);
	assert_int_equal(ask(&query, both, &groups, &err), -1);
	arena_free(&query.arena);
	assert_int_equal(ask(&query, unknown, &groups, &err), -1);
	arena_free(&query.arena);
	assert_int_equal(ask(&query, nothing, &groups, &err), -1);
	arena_free(&query.arena);
}

static void names_each_domain_once(void **state)
{
	static const struct argument twice[] = {{"domain", "A.example"},
	                                        {"domain", "a.example."},
	                                        {"domain", "b.example"},
	                                        {"domain", "no name"},
	                                        {NULL, NULL}};
	unsigned int groups;
	struct metrics_query query;
	struct err err;

	(void)state;
	assert_int_equal(ask(&query, twice, &groups, &err), 0);
	assert_true(query.filtered);
	assert_int_equal(query.domain_count, 2);
	arena_free(&query.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_query),
		cmocka_unit_test(names_each_domain_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
