#include "base/attr.h"
#include "exporter/http/negotiate.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_the_format),
		cmocka_unit_test(chooses_the_coding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
