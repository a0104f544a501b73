#include <stdlib.h>
#include <string.h>

#include "collector/mail/mbox.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

static struct mbox *must_open(const char *path, int64_t offset)
{
	struct mbox *mbox;
	struct err err;

	if (mbox_open(path, offset, &mbox, &err) < 0)
		fail_msg("%s", err.text);
	return mbox;
}

static void check_next(struct mbox *mbox, const char *wanted)
{
	struct buf message = BUF_INIT(1000);
	struct err err;

	assert_int_equal(mbox_next(mbox, &message, &err), wanted != NULL);
	if (wanted != NULL)
		assert_string_equal(buf_text(&message), wanted);
	buf_free(&message);
}

static void a_separator_follows_an_empty_line(void **state)
{
	const char *path = fixture_file(
		*state, "box",
		"From a@b Wed Nov 25 10:00:00 2026\nSubject: 1\n\nx\nFrom no "
		"empty line before\n>From quoted\n>>From twice\n> From not\n\n"
		"From a@b Wed Nov 25 10:00:01 2026\r\nSubject: 2\r\n\r\ny\r\n"
		"\r\nFrom a@b\nSubject: 3\n");
	struct mbox *mbox = must_open(path, 0);
	int64_t second;

	check_next(mbox, "Subject: 1\n\nx\nFrom no empty line before\nFrom "
	                 "quoted\n>From twice\n> From not\n\n");
	second = mbox_offset(mbox);
	check_next(mbox, "Subject: 2\r\n\r\ny\r\n\r\n");
	check_next(mbox, "Subject: 3\n");
	check_next(mbox, NULL);
	mbox_close(&mbox);
	/* It can be opened where a message begins. */
	mbox = must_open(path, second);
	check_next(mbox, "Subject: 2\r\n\r\ny\r\n\r\n");
	mbox_close(&mbox);
}

static void long_ones_are_passed_over(void **state)
{
	struct buf text = BUF_INIT(1U << 22);
	struct buf small = BUF_INIT(64);
	struct mbox *mbox;
	struct err err;
	int i;

	buf_add_text(&text, "From a@b\nSubject: long\n\n");
	for (i = 0; i < 200000; i++)
		buf_add_text(&text, "0123456789");
	buf_add_text(&text, "\n\nFrom a@b\nSubject: short\n");
	mbox = must_open(fixture_file(*state, "box", buf_text(&text)), 0);
	assert_int_equal(mbox_next(mbox, &small, &err), 1);
	assert_true(small.full);
	buf_reset(&small);
	assert_int_equal(mbox_next(mbox, &small, &err), 1);
	assert_string_equal(buf_text(&small), "Subject: short\n");
	mbox_close(&mbox);
	buf_free(&small);
	buf_free(&text);
}

static void empty_and_missing_files(void **state)
{
	struct mbox *mbox = must_open(fixture_file(*state, "box", ""), 0);
	struct err err;

	check_next(mbox, NULL);
	mbox_close(&mbox);
	assert_int_equal(mbox_open("/nowhere/at/all", 0, &mbox, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(mbox_open("/tmp", 0, &mbox, &err), -1);
	assert_true(mbox_is((const uint8_t *)"From x", 6));
	assert_false(mbox_is((const uint8_t *)"From: x", 7));
}

static void a_pipe_may_begin_with_a_separator(void **state)
{
	static const struct {
		const char *message, *left;
	} cases[] = {
		{"From a@b Wed Nov 25\nSubject: 1\n", "Subject: 1\n"},
		{"From a@b\nFrom c@d\n", "From c@d\n"},
		{"From: a@b\n\nx\n", "From: a@b\n\nx\n"},
		{"From a@b", "From a@b"},
		{"", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct buf message = BUF_INIT(256);

		buf_add_text(&message, cases[i].message);
		mbox_drop_from_line(&message);
		assert_string_equal(buf_text(&message), cases[i].left);
		buf_free(&message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_separator_follows_an_empty_line),
		cmocka_unit_test(long_ones_are_passed_over),
		cmocka_unit_test(empty_and_missing_files),
		cmocka_unit_test(a_pipe_may_begin_with_a_separator),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
