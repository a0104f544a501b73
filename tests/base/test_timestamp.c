#include <string.h>

#include "base/timestamp.h"
#include "tests/support/cmocka_all.h"

static void reads_rfc_3339(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		bool no_offset, space, hour_24;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0, false, false, false},
		{"2026-06-01T23:59:59Z", 1780358399, false, false, false},
		{"2026-06-01t02:00:00.5+02:00", 1780272000, false, false,
	         false},
		{"2026-05-31T19:00:00-05:00", 1780272000, false, false, false},
		{"2026-06-01T02:00:00+0200", 1780272000, false, false, false},
		{"2026-05-31T19:00:00-05", 1780272000, false, false, false},
		{"2026-06-01T00:00:00", 1780272000, true, false, false},
		{"2026-06-01 00:00:00Z", 1780272000, false, true, false},
		{"2026-06-01T24:00:00Z", 1780358400, false, false, true},
		{"2024-02-29T00:00:00-00:00", 1709164800, false, false, false},
		{"2016-12-31T23:59:60Z", 1483228799, false, false, false},
	};
	struct timestamp_oddities odd;
	int64_t seconds;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&odd, 0, sizeof(odd));
		if (timestamp_parse(text_of(cases[i].text), &seconds, &odd,
		                    &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		if (seconds != cases[i].seconds ||
		    odd.no_offset != cases[i].no_offset ||
		    odd.space_separator != cases[i].space ||
		    odd.hour_24 != cases[i].hour_24)
			fail_msg("%s: %lld", cases[i].text, (long long)seconds);
	}
}

static void refuses_what_is_no_time(void **state)
{
	static const char *const cases[] = {
		"",
		"2026",
		"2026-06-01",
		"2026-13-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-06-01T25:00:00Z",
		"2026-06-01T24:00:01Z",
		"2026-06-01T00:60:00Z",
		"2026-06-01T00:00:00Zx",
		"2026-06-01T00:00:00+2",
		"2026-06-01T00:00:00+02:",
		"2026-06-01T00:00:00+020",
		"2026-06-01T00:00:00+02000",
		"2026-06-01T00:00:00+2400",
		"2026-06-01T00:00:00.Z",
		"1969-12-31T00:00:00Z",
		"+2026-06-01T00:00:00Z",
	};
	struct timestamp_oddities odd;
	int64_t seconds = 7;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (timestamp_parse(text_of(cases[i]), &seconds, &odd, &err) ==
		    0)
			fail_msg("taken: %s", cases[i]);
	}
	assert_int_equal(seconds, 7);
}

static void knows_days_and_prints_them(void **state)
{
	char text[TIMESTAMP_SIZE];

	(void)state;
	assert_int_equal(timestamp_day(0), 0);
	assert_int_equal(timestamp_day(-1), -1);
	assert_int_equal(timestamp_day(86399), 0);
	assert_int_equal(timestamp_minute_of_day(86399), 1439);
	assert_int_equal(timestamp_minute_of_day(3600 + 86400), 60);
	assert_int_equal(timestamp_minute_of_day(-60), 1439);
	timestamp_format(1780358399, text, sizeof(text));
	assert_string_equal(text, "2026-06-01T23:59:59Z");
	timestamp_format_day(20605, text, sizeof(text));
	assert_string_equal(text, "2026-06-01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rfc_3339),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(knows_days_and_prints_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
