/*
 * What a program's exit status is for each kind of error; --help and the
 * manual pages promise these numbers.
 */
#include <sysexits.h>

#include "base/exit.h"
#include "tests/support/cmocka_all.h"

static void gives_each_error_its_status(void **state)
{
	static const struct {
		enum err_code code;
		int status;
	} cases[] = {
		{ERR_USAGE, EX_USAGE},       {ERR_CONFIG, EX_CONFIG},
		{ERR_NOT_FOUND, EX_NOINPUT}, {ERR_MALFORMED, EX_DATAERR},
		{ERR_TOO_LARGE, EX_DATAERR}, {ERR_BUSY, EX_TEMPFAIL},
		{ERR_FULL, EX_TEMPFAIL},     {ERR_SYSTEM, EX_OSERR},
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)err_set(&err, cases[i].code, "why");
		assert_int_equal(exit_status(&err), cases[i].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_error_its_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
