#include "base/attr.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_pause.h"
#include "tests/support/cmocka_all.h"

#define SECONDS INT64_C(1000)

/* A pause is spread by a quarter to both sides. */
static void assert_about(int64_t pause, int64_t wanted)
{
	assert_in_range(pause, wanted * 3 / 4, wanted * 5 / 4 + 1);
}

static void doubles_after_failures(void **state)
{
	static const struct {
		int64_t interval; /* seconds */
		int failures;
		int64_t wanted; /* milliseconds */
	} cases[] = {
		{900, 1, 15 * SECONDS},
		{900, 2, 30 * SECONDS},
		{900, 4, 120 * SECONDS},
		{900, 7, 900 * SECONDS},
		{900, 1000000, 900 * SECONDS},
		/* Never longer than a round waits for the next, or an hour. */
		{10, 1, 10 * SECONDS},
		{86400, 1000000, 3600 * SECONDS},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct mailbox_settings settings = {
			.name = "a", .interval = cases[i].interval};
		const struct poller_mailbox mailbox = {
			.settings = &settings, .failures = cases[i].failures};

		assert_about(poller_pause_after_failure(&mailbox),
		             cases[i].wanted);
	}
}

static void doubles_where_a_server_ends_its_waiting_soon(void **state)
{
	static const struct mailbox_settings settings = {.name = "a",
	                                                 .interval = 60};
	static const int64_t wanted[] = {2 * SECONDS,  4 * SECONDS,
	                                 8 * SECONDS,  16 * SECONDS,
	                                 32 * SECONDS, 60 * SECONDS,
	                                 60 * SECONDS};
	struct poller_mailbox mailbox = {.settings = &settings};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(wanted); i++) {
		mailbox.idle_began = timestamp_monotonic_ms();
		assert_about(poller_pause_after_idle(&mailbox), wanted[i]);
	}
	/* One that lasted is none of these. */
	mailbox.idle_began = timestamp_monotonic_ms() - 600 * SECONDS;
	assert_about(poller_pause_after_idle(&mailbox), wanted[0]);
	assert_int_equal(mailbox.idle_ends, 1);
}

static void doubles_after_news_of_nothing(void **state)
{
	static const struct mailbox_settings settings = {.name = "a",
	                                                 .interval = 5};
	static const int64_t wanted[] = {0,           1 * SECONDS, 2 * SECONDS,
	                                 4 * SECONDS, 5 * SECONDS, 5 * SECONDS};
	struct poller_mailbox mailbox = {.settings = &settings};
	int i;

	(void)state;
	for (i = 0; i < (int)ARRAY_LENGTH(wanted); i++) {
		mailbox.empty_news = i;
		assert_int_equal(poller_pause_after_news(&mailbox), wanted[i]);
	}
}

static void tries_a_message_again_four_times_as_late(void **state)
{
	static const struct {
		int64_t tries, wanted; /* seconds */
	} cases[] = {{0, 16},  {1, 16},   {2, 64},
	             {3, 256}, {4, 1000}, {99, 1000}};
	int64_t now = timestamp_now(), at;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		at = poller_pause_retry_at(cases[i].tries, 16, 1000);
		assert_true(at >= now + cases[i].wanted * 3 / 4);
		assert_true(at <=
		            timestamp_now() + cases[i].wanted * 5 / 4 + 1);
	}
}

static void stays_below_its_maximum(void **state)
{
	int i;

	(void)state;
	assert_int_equal(poller_pause_random_below(0), 0);
	assert_int_equal(poller_pause_random_below(-1), 0);
	assert_int_equal(poller_pause_random_below(1), 0);
	for (i = 0; i < 1000; i++)
		assert_in_range(poller_pause_random_below(7), 0, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_after_failures),
		cmocka_unit_test(doubles_where_a_server_ends_its_waiting_soon),
		cmocka_unit_test(doubles_after_news_of_nothing),
		cmocka_unit_test(tries_a_message_again_four_times_as_late),
		cmocka_unit_test(stays_below_its_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
