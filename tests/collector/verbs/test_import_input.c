#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector/verbs/import_input.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/fixture.h"

/* The diagram of import_input.h, arrow by arrow. */
static void only_the_arrows_are_ways(void **state)
{
	static const enum import_input_stage arrows[][2] = {
		{IMPORT_INPUT_WAITING, IMPORT_INPUT_IN_WORK},
		{IMPORT_INPUT_WAITING, IMPORT_INPUT_DONE},
		{IMPORT_INPUT_IN_WORK, IMPORT_INPUT_READY},
		{IMPORT_INPUT_IN_WORK, IMPORT_INPUT_DONE},
		{IMPORT_INPUT_READY, IMPORT_INPUT_OFFERED},
		{IMPORT_INPUT_OFFERED, IMPORT_INPUT_DONE},
	};
	unsigned int from, to, found = 0;
	size_t i;

	(void)state;
	for (from = 0; from < IMPORT_INPUT_STAGES; from++) {
		for (to = 0; to < IMPORT_INPUT_STAGES; to++)
			found += import_input_may_enter(from, to);
	}
	assert_int_equal(found, ARRAY_LENGTH(arrows));
	for (i = 0; i < ARRAY_LENGTH(arrows); i++)
		assert_true(import_input_may_enter(arrows[i][0], arrows[i][1]));
}

static void every_stage_has_a_name(void **state)
{
	unsigned int stage;

	(void)state;
	for (stage = 0; stage < IMPORT_INPUT_STAGES; stage++)
		assert_true(strlen(import_input_stage_name(stage)) > 0);
}

static void a_file_is_open_until_it_is_closed_or_freed(void **state)
{
	struct fixture *f = *state;
	const char *path = fixture_file(f, "a.json", "{}");
	struct import_input *input = import_input_new(NULL, path, true);
	struct err err;
	int fd;

	assert_int_equal(input->fd, -1);
	assert_int_equal(input->stage, IMPORT_INPUT_WAITING);
	assert_int_equal(import_input_open(input, &err), 0);
	assert_int_equal(input->opened.st_size, 2);
	fd = input->fd;
	assert_true(fcntl(fd, F_GETFD) >= 0);
	import_input_close(input);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	import_input_close(input);
	assert_int_equal(import_input_open(input, &err), 0);
	fd = input->fd;
	import_input_free(&input);
	assert_null(input);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	input = import_input_new(NULL, "/nonexistent/a.json", false);
	assert_int_equal(import_input_open(input, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	import_input_free(&input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_arrows_are_ways),
		cmocka_unit_test(every_stage_has_a_name),
		cmocka_unit_test(a_file_is_open_until_it_is_closed_or_freed),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
