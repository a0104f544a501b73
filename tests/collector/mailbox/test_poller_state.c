#include "base/attr.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_state.h"
#include "tests/support/cmocka_all.h"

/* From each state RESTING, or OVER where there is one round, may follow. */
static const struct {
	enum poller_state from, to;
} transitions[] = {
	{POLLER_RESTING, POLLER_STARTING},
	{POLLER_STARTING, POLLER_WRITING}, /* OPENED */
	{POLLER_WRITING, POLLER_READING},
	{POLLER_READING, POLLER_IDLING}, /* OVER */
	{POLLER_READING, POLLER_ENDING}, /* STOP */
	{POLLER_IDLING, POLLER_WRITING}, /* NEWS */
	{POLLER_IDLING, POLLER_ENDING},  /* STOP */
};

static bool is_listed(enum poller_state from, enum poller_state to)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(transitions); i++) {
		if (transitions[i].from == from && transitions[i].to == to)
			return true;
	}
	return to == POLLER_RESTING ||
	       (to == POLLER_OVER && from != POLLER_OVER);
}

static void has_these_transitions_and_no_others(void **state)
{
	int from, to;

	(void)state;
	for (from = POLLER_RESTING; from <= POLLER_OVER; from++) {
		for (to = POLLER_RESTING; to <= POLLER_OVER; to++) {
			if (poller_state_may_follow((enum poller_state)from,
			                            (enum poller_state)to) !=
			    is_listed((enum poller_state)from,
			              (enum poller_state)to))
				fail_msg("from %d to %d", from, to);
		}
	}
}

static void sets_the_watchdog_with_each_state(void **state)
{
	static const struct mailbox_settings settings = {
		.name = "a", .interval = 900, .timeout = 60};
	static const enum poller_state walk[] = {POLLER_STARTING,
	                                         POLLER_WRITING, POLLER_READING,
	                                         POLLER_IDLING, POLLER_ENDING};
	struct poller_mailbox mailbox = {.settings = &settings};
	int64_t now = timestamp_monotonic_ms();
	size_t i;

	(void)state;
	mailbox.child.pid = 1;
	for (i = 0; i < ARRAY_LENGTH(walk); i++) {
		mailbox.watchdog = 0;
		assert_true(poller_state_is_stuck(&mailbox, now));
		poller_state_enter(&mailbox, walk[i], "a test");
		assert_int_equal(mailbox.state, walk[i]);
		assert_false(poller_state_is_stuck(&mailbox, now));
		assert_true(poller_state_is_stuck(&mailbox, INT64_MAX));
	}
	/* Without a process there is nothing to end. */
	mailbox.child.pid = 0;
	assert_false(poller_state_is_stuck(&mailbox, INT64_MAX));
}

/* An idle connection is silent for an interval, and what the collector itself
   does may take longer than a command. */
static void waits_as_long_as_the_state_may_take(void **state)
{
	static const struct mailbox_settings settings = {
		.name = "a", .interval = 900, .timeout = 60};
	struct poller_mailbox mailbox = {.settings = &settings,
	                                 .state = POLLER_READING};
	int64_t reading, writing, idling;

	(void)state;
	mailbox.child.pid = 1;
	poller_state_watchdog_reset(&mailbox);
	reading = mailbox.watchdog - timestamp_monotonic_ms();
	assert_string_equal(poller_state_stuck_reason(&mailbox),
	                    "its process does not respond");
	mailbox.state = POLLER_WRITING;
	poller_state_watchdog_reset(&mailbox);
	writing = mailbox.watchdog - timestamp_monotonic_ms();
	assert_string_equal(
		poller_state_stuck_reason(&mailbox),
		"what it did before cannot be written to the store");
	mailbox.state = POLLER_IDLING;
	poller_state_watchdog_reset(&mailbox);
	idling = mailbox.watchdog - timestamp_monotonic_ms();
	assert_true(reading <= 240000);
	assert_true(writing > 240000 && writing <= 600000);
	assert_true(idling > 900000);
	/* Messages that are being stored are ours to wait for. */
	mailbox.state = POLLER_READING;
	mailbox.pending_count = 1;
	assert_string_equal(poller_state_stuck_reason(&mailbox),
	                    "its messages are not stored in time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_these_transitions_and_no_others),
		cmocka_unit_test(sets_the_watchdog_with_each_state),
		cmocka_unit_test(waits_as_long_as_the_state_may_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
