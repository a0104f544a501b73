#include <string.h>

#include "base/attr.h"
#include "exporter/http/negotiate.h"
#include "exporter/metrics/families.h"
#include "tests/support/cmocka_all.h"

static void chooses_the_format(void **state)
{
	static const struct {
		const char *accept;
		bool openmetrics;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"*/*", false},
		{"text/html", false},
		/* Prometheus 2.42 */
		{"application/openmetrics-text;version=1.0.0,application/"
	         "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4"
	         ";q=0.5,*/*;q=0.1",
	         true},
		/* Prometheus 3 */
		{"application/openmetrics-text;version=1.0.0;escaping=allow-"
	         "utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
	         "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain"
	         ";version=0.0.4;q=0.3,*/*;q=0.2",
	         true},
		{"text/plain;version=0.0.4;q=0.9,application/openmetrics-text;"
	         "q=0.8",
	         false},
		{"application/openmetrics-text; version=\"1.0.0\"; q=1", true},
		{"application/openmetrics-text;version=2.0.0", false},
		{"application/openmetrics-text;q=0", false},
		{"application/openmetrics-text;q=2", false},
		{"application/vnd.google.protobuf;proto=x,text/plain;q=0.1",
	         false},
		{";;;,,,q=,=;", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (negotiate_openmetrics(cases[i].accept) !=
		    cases[i].openmetrics)
			fail_msg("%s", cases[i].accept);
	}
}

static void chooses_the_coding(void **state)
{
	(void)state;
	assert_false(negotiate_gzip(NULL));
	assert_true(negotiate_gzip("gzip"));
	assert_true(negotiate_gzip("deflate, GZIP;q=0.5"));
	assert_false(negotiate_gzip("gzip;q=0"));
	assert_false(negotiate_gzip("gzip;q=0, *"));
	assert_true(negotiate_gzip("*"));
	assert_false(negotiate_gzip("br"));
}

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
		cmocka_unit_test(chooses_the_format),
		cmocka_unit_test(chooses_the_coding),
		cmocka_unit_test(reads_the_query),
		cmocka_unit_test(names_each_domain_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
