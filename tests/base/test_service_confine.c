/* What a program gives up when it starts, under a supervisor's filter of system
   calls too. Each case is a process of its own. */
#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/service.h"
#include "tests/support/cmocka_all.h"

#define SENTENCE_SIZE ERR_TEXT_SIZE

static int set_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {
		{.effective = mask, .permitted = mask, .inheritable = mask}};

	return (int)syscall(SYS_capset, &header, sets);
}

static uint32_t permitted(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, sets) < 0)
		return UINT32_MAX;
	return sets[0].permitted | sets[1].permitted;
}

/* As SystemCallFilter=~@privileged with SystemCallErrorNumber=EPERM. */
static int refuse_capset(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	if (filter == NULL)
		return -1;
	result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
	                          SCMP_SYS(capset), 0);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

/* In a process with such capabilities, of a user who is not root: the error's
   sentence, or "" when all was given up. */
static void confine_in_a_process(uint32_t mask, bool filtered,
                                 char sentence[SENTENCE_SIZE])
{
	struct err err = {0};
	int pipes[2], status = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
		                       setresgid(65534, 65534, 65534) < 0 ||
		                       setresuid(65534, 65534, 65534) < 0))
			_exit(1);
		if (set_capabilities(mask) < 0 ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    (filtered && refuse_capset() != 0))
			_exit(77);
		if (service_confine(&err) == 0 && permitted() != 0)
			(void)snprintf(err.text, sizeof(err.text),
			               "capabilities are left");
		_exit(write(pipes[1], err.text, strlen(err.text) + 1) < 0);
	}
	assert_true(pid > 0);
	(void)close(pipes[1]);
	got = read(pipes[0], sentence, SENTENCE_SIZE);
	(void)close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0 && got > 0);
}

static void capabilities_are_given_up(void **state)
{
	char sentence[SENTENCE_SIZE];

	(void)state;
	confine_in_a_process(CAP_TO_MASK(CAP_NET_BIND_SERVICE), false,
	                     sentence);
	assert_string_equal(sentence, "");
}

static void without_any_nothing_is_asked_for(void **state)
{
	char sentence[SENTENCE_SIZE];

	(void)state;
	confine_in_a_process(0, true, sentence);
	assert_string_equal(sentence, "");
}

static void a_filter_that_refuses_is_named(void **state)
{
	char sentence[SENTENCE_SIZE];

	(void)state;
	confine_in_a_process(CAP_TO_MASK(CAP_NET_BIND_SERVICE), true, sentence);
	assert_non_null(strstr(sentence, "a filter of system calls refuses "
	                                 "capset()"));
	assert_non_null(strstr(sentence, "SystemCallFilter=capset"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_are_given_up),
		cmocka_unit_test(without_any_nothing_is_asked_for),
		cmocka_unit_test(a_filter_that_refuses_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
