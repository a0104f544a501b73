#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"
#include "tests/support/cmocka_all.h"

static void says_why_and_is_minus_one(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_TOO_LARGE, "%s: %d", "a", 7), -1);
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_string_equal(err.text, "a: 7");
}

static void errno_decides_what_is_to_be_done(void **state)
{
	static const struct {
		int number;
		enum err_code code;
	} cases[] = {
		{ENOSPC, ERR_FULL}, {EDQUOT, ERR_FULL}, {ENOENT, ERR_NOT_FOUND},
		{EAGAIN, ERR_BUSY}, {EINTR, ERR_BUSY},  {EACCES, ERR_SYSTEM},
		{EIO, ERR_SYSTEM},
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		assert_int_equal(err_set_errno(&err, cases[i].number, "/x"),
		                 -1);
		assert_int_equal(err.code, cases[i].code);
	}
	(void)err_set_errno(&err, ENOENT, "%s", "/x");
	assert_string_equal(err.text, "/x: No such file or directory");
}

static void a_prefix_stands_before_what_was_said(void **state)
{
	struct err err;

	(void)state;
	(void)err_set(&err, ERR_CONFIG, "is wrong");
	assert_int_equal(err_prefix(&err, "%s:%d", "x.conf", 3), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_string_equal(err.text, "x.conf:3: is wrong");
}

static void a_long_sentence_is_cut(void **state)
{
	char word[ERR_TEXT_SIZE + 100];
	struct err err;

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	(void)err_set(&err, ERR_SYSTEM, "%s", word);
	assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
	(void)err_set_errno(&err, ENOENT, "%s", word);
	assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
	(void)err_set(&err, ERR_SYSTEM, "%s", word);
	(void)err_prefix(&err, "path");
	assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
	assert_memory_equal(err.text, "path: xxx", 9);
	(void)err_prefix(&err, "%s", word);
	assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_why_and_is_minus_one),
		cmocka_unit_test(errno_decides_what_is_to_be_done),
		cmocka_unit_test(a_prefix_stands_before_what_was_said),
		cmocka_unit_test(a_long_sentence_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
