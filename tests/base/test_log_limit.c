#include <string.h>

#include "base/log_limit.h"
#include "tests/support/cmocka_all.h"

#define MINUTE 60000

static uint64_t told, told_lines;

static void tell(const struct address *address, unsigned int reason,
                 uint64_t count)
{
	(void)address;
	(void)reason;
	told += count;
	told_lines++;
}

static struct address numbered(unsigned int number)
{
	struct address address = {{0x20, 1, 0xd, 0xb8}};

	address.bytes[5] = (uint8_t)(number >> 16);
	address.bytes[6] = (uint8_t)(number >> 8);
	address.bytes[7] = (uint8_t)number;
	return address;
}

/* What of so many lines is admitted. */
static uint64_t admitted(struct log_limit *limit, unsigned int number,
                         unsigned int reason, unsigned int lines, int64_t now)
{
	struct address address = numbered(number);
	uint64_t count = 0;

	for (; lines > 0; lines--)
		count += log_limit_take(limit, &address, reason, now);
	return count;
}

static void each_address_and_reason_has_its_lines(void **state)
{
	struct log_limit *limit = log_limit_new();
	struct address neighbour = numbered(1);

	(void)state;
	told = told_lines = 0;
	assert_int_equal(admitted(limit, 1, 404, 100, 1), LOG_LIMIT_EACH);
	assert_int_equal(admitted(limit, 1, 405, 100, 1), LOG_LIMIT_EACH);
	assert_int_equal(admitted(limit, 2, 404, 3, 1), 3);
	/* The same /64. */
	neighbour.bytes[15] = 9;
	assert_false(log_limit_take(limit, &neighbour, 404, 1));
	log_limit_sum_up(limit, false, 1, tell);
	assert_int_equal(told, 0);
	log_limit_sum_up(limit, false, 2 * MINUTE, tell);
	assert_int_equal(told, 100 + 100 + 1 - 2 * LOG_LIMIT_EACH);
	assert_int_equal(told_lines, 2);
	assert_int_equal(admitted(limit, 1, 404, 100, 2 * MINUTE + 1),
	                 LOG_LIMIT_EACH);
	log_limit_sum_up(limit, true, 2 * MINUTE + 1, tell);
	assert_int_equal(told_lines, 3);
	log_limit_free(&limit);
}

static void many_addresses_share_a_number_of_lines(void **state)
{
	struct log_limit *limit = log_limit_new();
	uint64_t lines = 0;
	unsigned int i;

	(void)state;
	told = told_lines = 0;
	for (i = 0; i < 100000; i += 50)
		lines += admitted(limit, i, 404, 2, 1);
	assert_int_equal(lines, LOG_LIMIT_ALL);
	log_limit_sum_up(limit, true, 1, tell);
	assert_int_equal(told, 4000 - LOG_LIMIT_ALL);
	assert_true(told_lines <= 513);
	log_limit_free(&limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_and_reason_has_its_lines),
		cmocka_unit_test(many_addresses_share_a_number_of_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
