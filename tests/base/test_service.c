#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/service.h"

/* What a service manager puts into the environment of this very process. */
static void hand_over(const char *count, const char *names)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", count, 1), 0);
	if (names != NULL)
		assert_int_equal(setenv("LISTEN_FDNAMES", names, 1), 0);
	else
		assert_int_equal(unsetenv("LISTEN_FDNAMES"), 0);
}

static void handed_sockets_have_their_names(void **state)
{
	struct service_socket sockets[SERVICE_SOCKETS_MAX];

	(void)state;
	hand_over("5", "https:http:tlsrpt-collector.socket:unknown:submit");
	assert_int_equal(service_sockets(sockets), 5);
	assert_int_equal(sockets[0].fd, 3);
	assert_string_equal(sockets[0].name, "https");
	assert_int_equal(sockets[1].fd, 4);
	assert_string_equal(sockets[1].name, "http");
	assert_string_equal(sockets[2].name, "");
	assert_string_equal(sockets[3].name, "");
	assert_int_equal(sockets[4].fd, 7);
	assert_string_equal(sockets[4].name, "submit");
	/* They are handed over once. */
	assert_null(getenv("LISTEN_FDNAMES"));
	assert_int_equal(service_sockets(sockets), 0);
}

static void sockets_without_names_have_empty_ones(void **state)
{
	struct service_socket sockets[SERVICE_SOCKETS_MAX];

	(void)state;
	hand_over("2", NULL);
	assert_int_equal(service_sockets(sockets), 2);
	assert_string_equal(sockets[0].name, "");
	assert_string_equal(sockets[1].name, "");
	hand_over("3", "https::");
	assert_int_equal(service_sockets(sockets), 3);
	assert_string_equal(sockets[0].name, "https");
	assert_string_equal(sockets[2].name, "");
}

static void odd_variables_hand_nothing_over(void **state)
{
	static const char *const counts[] = {"-1", "65", "x", "", "1x"};
	struct service_socket sockets[SERVICE_SOCKETS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(counts); i++) {
		hand_over(counts[i], "https");
		assert_int_equal(service_sockets(sockets), 0);
	}
	hand_over("1", "https");
	assert_int_equal(setenv("LISTEN_PID", "1", 1), 0);
	assert_int_equal(service_sockets(sockets), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handed_sockets_have_their_names),
		cmocka_unit_test(sockets_without_names_have_empty_ones),
		cmocka_unit_test(odd_variables_hand_nothing_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
