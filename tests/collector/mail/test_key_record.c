/* What we read of a DKIM key's record, and hide from libopendkim. */
#include <string.h>

#include "collector/mail/key_record.h"
#include "tests/support/cmocka_all.h"

static void joins_whole_strings(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(key_record_join("\3abc\0\2de", 8, out, sizeof(out)),
	                 5);
	assert_string_equal(out, "abcde");
	assert_int_equal(key_record_join("", 0, out, sizeof(out)), 0);
	assert_string_equal(out, "");
}

static void leaves_what_is_cut_or_too_long(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(key_record_join("\2ab\5cd", 6, out, sizeof(out)), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(key_record_join("\2ab\2cd", 6, out, sizeof(out)), 2);
	assert_string_equal(out, "ab");
}

static struct key_record read_record(const char *record, char *text)
{
	struct key_record read = {.testing = false};

	strcpy(text, record);
	key_record_read(text, &read);
	return read;
}

static void reads_services_and_flags(void **state)
{
	struct key_record read;
	char text[64];

	(void)state;
	read = read_record("v=DKIM1; p=x", text);
	assert_false(read.for_reports || read.excludes_reports || read.testing);
	assert_string_equal(text, "v=DKIM1; p=x");
	read = read_record("v=DKIM1; s=email; p=x", text);
	assert_true(read.excludes_reports);
	assert_string_equal(text, "v=DKIM1;          p=x");
	read = read_record("s = email : TLSRPT ;t= s:y ;p=x", text);
	assert_true(read.for_reports && !read.excludes_reports && read.testing);
	read = read_record("s=*", text);
	assert_false(read.for_reports || read.excludes_reports);
	assert_string_equal(text, "   ");
	/* Another tag's value may look like one. */
	read = read_record("n=s=email;p=s=", text);
	assert_false(read.excludes_reports);
	assert_string_equal(text, "n=s=email;p=s=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_whole_strings),
		cmocka_unit_test(leaves_what_is_cut_or_too_long),
		cmocka_unit_test(reads_services_and_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
