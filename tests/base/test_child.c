/*
 * A child is this program again: what it does is its verb.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/child.h"
#include "base/timestamp.h"
#include "tests/support/cmocka_all.h"

/* A descriptor that a child must not find, and a word of its parent's. */
#define LEAK_FD   9
#define LEAK_NAME "CHILD_TEST_SECRET"

/* --- in the child -------------------------------------------------------- */

/* What is wrong with the child's surroundings; 0: nothing. */
static int look_around(void)
{
	struct rlimit core;
	char byte;
	int signal_number = 0;

	if (fcntl(LEAK_FD, F_GETFD) >= 0 || errno != EBADF)
		return 1;
	if (read(STDIN_FILENO, &byte, 1) != 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
		return 3;
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 4;
	if (prctl(PR_GET_PDEATHSIG, &signal_number) < 0 ||
	    signal_number != SIGKILL)
		return 5;
	/* That of a terminal is the parent's. */
	if (signal(SIGINT, SIG_IGN) != SIG_IGN)
		return 7;
	return getenv(LEAK_NAME) != NULL ? 6 : 0;
}

static void send_back(struct wire *wire)
{
	const int64_t deadline = timestamp_monotonic_ms() + 10000;
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct wire_frame got;
	struct err err;

	if (wire_receive(wire, &got, deadline, &err) != 1)
		child_exit(EX_PROTOCOL);
	wire_begin(&frame, got.kind);
	buf_add(&frame, got.payload.data, got.payload.len);
	if (wire_send(wire, &frame, deadline, &err) < 0)
		child_exit(EX_PROTOCOL);
}

static void run_child(const char *verb)
{
	struct wire wire;

	child_enter(&wire);
	if (strcmp(verb, "look") == 0)
		child_exit(look_around());
	if (strcmp(verb, "echo") == 0)
		send_back(&wire);
	if (strcmp(verb, "crash") == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		(void)raise(SIGSEGV);
	}
	while (strcmp(verb, "hang") == 0)
		(void)pause();
	child_exit(atoi(verb));
}

/* --- in the parent ------------------------------------------------------- */

static void start(const char *verb, bool environment, struct child *child)
{
	struct err err;

	if (child_start(verb, environment, child, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(child->pid > 0);
}

/* Waits until the child has closed its side. */
static void wait_for_end(struct child *child)
{
	struct wire_frame frame;
	struct err err;

	assert_int_equal(wire_receive(&child->wire, &frame,
	                              timestamp_monotonic_ms() + 60000, &err),
	                 0);
}

static void says_how_a_child_ended(void **state)
{
	static const struct {
		const char *verb, *how;
		bool broke;
	} cases[] = {
		{"0", "exit status 0", false},
		/* Its socket was closed. */
		{"74", "exit status 74", false},
		{"75", "exit status 75", true},
		{"1", "exit status 1", true},
		{"crash", "signal 11", true},
	};
	struct child child;
	char how[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		start(cases[i].verb, false, &child);
		wait_for_end(&child);
		assert_int_equal(child_end(&child, how, sizeof(how)),
		                 cases[i].broke);
		assert_string_equal(how, cases[i].how);
		assert_int_equal(child.pid, 0);
	}
}

static void kills_a_child_that_does_not_end(void **state)
{
	struct child child;
	char how[32];

	(void)state;
	start("hang", false, &child);
	assert_false(child_end(&child, how, sizeof(how)));
	assert_string_equal(how, "signal 9");
}

static void no_child_needs_no_end(void **state)
{
	struct child child = {.pid = 0};
	char how[32] = "x";

	(void)state;
	assert_false(child_end(&child, how, sizeof(how)));
	assert_string_equal(how, "");
}

static void a_child_has_nothing_of_its_parents_but_a_socket(void **state)
{
	struct child child;
	char how[32];

	(void)state;
	assert_int_equal(dup2(STDERR_FILENO, LEAK_FD), LEAK_FD);
	assert_int_equal(setenv(LEAK_NAME, "x", 1), 0);
	start("look", false, &child);
	wait_for_end(&child);
	(void)child_end(&child, how, sizeof(how));
	assert_string_equal(how, "exit status 0");
	/* And the environment, where it is asked for. */
	start("look", true, &child);
	wait_for_end(&child);
	(void)child_end(&child, how, sizeof(how));
	assert_string_equal(how, "exit status 6");
	assert_int_equal(unsetenv(LEAK_NAME), 0);
	assert_int_equal(close(LEAK_FD), 0);
}

static void parent_and_child_talk_over_the_socket(void **state)
{
	const int64_t deadline = timestamp_monotonic_ms() + 60000;
	struct buf frame = BUF_INIT(WIRE_FRAME_MAX);
	struct wire_reader fields;
	struct wire_frame got;
	struct child child;
	struct err err;
	char how[32];

	(void)state;
	start("echo", false, &child);
	wire_begin(&frame, 7);
	wire_put_text(&frame, TEXT("word"));
	assert_int_equal(wire_send(&child.wire, &frame, deadline, &err), 0);
	assert_int_equal(wire_receive(&child.wire, &got, deadline, &err), 1);
	assert_int_equal(got.kind, 7);
	fields = (struct wire_reader){got.payload, false};
	assert_true(text_is(wire_get_text(&fields), "word"));
	wait_for_end(&child);
	assert_false(child_end(&child, how, sizeof(how)));
	buf_free(&frame);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_a_child_ended),
		cmocka_unit_test(kills_a_child_that_does_not_end),
		cmocka_unit_test(no_child_needs_no_end),
		cmocka_unit_test(
			a_child_has_nothing_of_its_parents_but_a_socket),
		cmocka_unit_test(parent_and_child_talk_over_the_socket),
	};

	if (argc > 1)
		run_child(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
