#include <string.h>

#include "base/attr.h"
#include "base/gzip.h"
#include "collector/mail/file_type.h"
#include "tests/support/cmocka_all.h"

static bool is_message(const char *text)
{
	return file_type_is_message((const uint8_t *)text, strlen(text));
}

static void a_message_begins_with_a_field(void **state)
{
	static const struct {
		const char *text;
		bool message;
	} cases[] = {
		{"Received: from a", true},
		{"X-Spam_Flag.2:", true},
		{"\xef\xbb\xbf"
	         "Subject: x",
	         true},
		{"{\"organization-name\": \"x\"}", false},
		{"From a@b.example Wed Nov 25 10:00:00 2026\n", false},
		{": x", false},
		{"Subject", false},
		{"Sub ject: x", false},
		{"", false},
		{"\xef\xbb\xbf", false},
	};
	char name[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (is_message(cases[i].text) != cases[i].message)
			fail_msg("%s", cases[i].text);
	}
	memset(name, 'a', sizeof(name) - 2);
	name[sizeof(name) - 2] = ':';
	name[sizeof(name) - 1] = '\0';
	assert_false(is_message(name));
	assert_true(is_message(name + 100));
}

static bool is_packed(const char *text)
{
	struct buf gzip = BUF_INIT(65536);
	struct err err;
	bool packed;

	if (gzip_compress(text, strlen(text), &gzip, &err) < 0)
		fail_msg("%s", err.text);
	packed = file_type_is_packed((const uint8_t *)gzip.data, gzip.len);
	buf_free(&gzip);
	return packed;
}

static void gzip_may_hold_a_message_or_a_report(void **state)
{
	(void)state;
	assert_true(is_packed("Subject: x\r\n\r\nhello"));
	assert_true(is_packed("From a@b.example Wed Nov 25 10:00:00 2026\n"
	                      "Subject: x\n\nhello\n"));
	assert_false(is_packed("{\"organization-name\": \"x\"}"));
}

static void what_is_packed_otherwise_is_no_report(void **state)
{
	static const char bzip2[] = "BZh91AY&SY", plain[] = "{}";

	(void)state;
	assert_true(
		file_type_is_packed((const uint8_t *)bzip2, sizeof(bzip2) - 1));
	assert_false(
		file_type_is_packed((const uint8_t *)plain, sizeof(plain) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_begins_with_a_field),
		cmocka_unit_test(gzip_may_hold_a_message_or_a_report),
		cmocka_unit_test(what_is_packed_otherwise_is_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
