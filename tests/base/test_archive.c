#include "base/archive.h"
#include "base/attr.h"
#include "tests/support/cmocka_all.h"

static void tells_packed_data_by_its_first_bytes(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *name; /* NULL: not packed */
	} cases[] = {
		{"PK\x03\x04x", 5, "a ZIP archive"},
		{"BZh9", 4, "compressed with bzip2"},
		{"\xfd"
	         "7zXZ",
	         5, "compressed with xz"},
		{"\x28\xb5\x2f\xfd", 4, "compressed with Zstandard"},
		{"\x78\x9c", 2, "a zlib stream"},
		{"\x78\xda", 2, "a zlib stream"},
		/* "x" before anything that is no check of it. */
		{"\x78\x9d", 2, NULL},
		{"\x68\x9c", 2, NULL},
		/* gzip is what reports are packed with. */
		{"\x1f\x8b\x08", 3, NULL},
		{"{\"a\":1}", 7, NULL},
	};
	const char *name;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		name = archive_name((const uint8_t *)cases[i].data,
		                    cases[i].len);
		if (cases[i].name == NULL)
			assert_null(name);
		else
			assert_string_equal(name, cases[i].name);
	}
}

static void half_a_mark_is_none(void **state)
{
	(void)state;
	assert_null(archive_name((const uint8_t *)"PK\x03\x04", 3));
	assert_null(archive_name((const uint8_t *)"\x78\x9c", 1));
	assert_null(archive_name((const uint8_t *)"", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_packed_data_by_its_first_bytes),
		cmocka_unit_test(half_a_mark_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
