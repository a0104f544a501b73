#include <string.h>

#include "schema/rules/channel.h"
#include "tests/support/cmocka_all.h"

/* The numbers are stored and the names are label values: append only. */
static void names_stay_as_they_are_stored(void **state)
{
	static const char *const names[] = {
		"https", "imap", "pop3", "maildir", "mbox", "import", "submit"};
	size_t i;

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), CHANNELS);
	for (i = 0; i < CHANNELS; i++)
		assert_string_equal(channel_name((enum channel)i), names[i]);
}

static void files_and_requests_are_no_mail(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < CHANNELS; i++)
		assert_int_equal(channel_is_mail((enum channel)i),
		                 i != CHANNEL_HTTPS && i != CHANNEL_IMPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_as_they_are_stored),
		cmocka_unit_test(files_and_requests_are_no_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
