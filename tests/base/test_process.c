#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/process.h"
#include "tests/support/cmocka_all.h"

static void counts_descriptors_that_are_open(void **state)
{
	struct process_stats before, after;
	int fd;

	(void)state;
	process_stats(&before);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	process_stats(&after);
	assert_int_equal((int)after.open_fds, (int)before.open_fds + 1);
	assert_int_equal(close(fd), 0);
	process_stats(&after);
	assert_int_equal((int)after.open_fds, (int)before.open_fds);
}

/* Those of a test are among the first thousand. */
static void counts_all_descriptors_and_no_other(void **state)
{
	struct process_stats stats;
	int open_fds = 0, fd;

	(void)state;
	for (fd = 0; fd < 1000; fd++)
		open_fds += fcntl(fd, F_GETFD) >= 0;
	process_stats(&stats);
	assert_int_equal((int)stats.open_fds, open_fds);
}

static void knows_the_limit_of_descriptors(void **state)
{
	struct process_stats stats;
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	process_stats(&stats);
	assert_int_equal((uint64_t)stats.max_fds, limit.rlim_cur);
}

/* To the hour, for a machine may be slow. */
static void knows_when_it_began(void **state)
{
	const time_t now = time(NULL);
	struct process_stats stats;

	(void)state;
	process_stats(&stats);
	assert_true((time_t)stats.start_time <= now + 2);
	assert_true((time_t)stats.start_time > now - 3600);
}

static void knows_its_memory_and_its_time(void **state)
{
	struct process_stats stats;
	volatile unsigned int work = 0;

	(void)state;
	do {
		work++;
	} while (clock() < CLOCKS_PER_SEC / 20);
	process_stats(&stats);
	assert_true(stats.cpu_seconds >= 0.03 && stats.cpu_seconds < 3600);
	assert_true(stats.resident_bytes > 100000);
	assert_true(stats.virtual_bytes >= stats.resident_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_descriptors_that_are_open),
		cmocka_unit_test(counts_all_descriptors_and_no_other),
		cmocka_unit_test(knows_the_limit_of_descriptors),
		cmocka_unit_test(knows_when_it_began),
		cmocka_unit_test(knows_its_memory_and_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
