#include "base/attr.h"
#include "base/timestamp.h"
#include "collector/mailbox/poller_failure.h"
#include "collector/mailbox/poller_job.h"
#include "tests/support/cmocka_all.h"

static const struct mailbox_settings settings = {.name = "a", .interval = 900};

static struct poller new_poller(struct config *config)
{
	*config = (struct config){.max_message = 1000, .dkim_wait = 3600};
	return (struct poller){.config = config,
	                       .checkpoints = checkpoints_new()};
}

static struct poller_lost lost(int64_t message, int64_t tries, int64_t others,
                               bool alone)
{
	return (struct poller_lost){
		.known = {.message = message, .tries = tries, .others = others},
		.alone = alone};
}

static void blames_a_message_that_fails_where_others_do_not(void **state)
{
	static const struct {
		int64_t fetched, fetched_before;
		size_t lost;
		int64_t tries, others;
		bool alone;
	} cases[] = {
		{0, 5, 0, 2, 4, true},
		/* Not the first of its session. */
		{1, 5, 0, 2, 4, false},
		{0, 5, 1, 2, 4, false},
		/* For the first time. */
		{0, 5, 0, 1, 4, false},
		/* None was fetched since. */
		{0, 5, 0, 2, 5, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct poller_mailbox mailbox = {
			.settings = &settings,
			.fetched = cases[i].fetched,
			.fetched_before = cases[i].fetched_before,
			.lost_count = cases[i].lost};
		const struct store_mailbox_message known = {
			.tries = cases[i].tries, .others = cases[i].others};

		assert_int_equal(poller_failure_is_alone(&mailbox, &known),
		                 cases[i].alone);
	}
}

/* The round went on to its end: of two that it did not give it may be the
   server's fault, of one it is that one's. */
static void charges_at_the_end_of_a_round(void **state)
{
	struct config config;
	struct poller poller = new_poller(&config);
	struct poller_mailbox mailbox = {.settings = &settings, .fetched = 3};

	(void)state;
	mailbox.lost[mailbox.lost_count++] = lost(1, 2, 0, false);
	mailbox.lost[mailbox.lost_count++] = lost(2, 2, 0, true);
	poller_failure_charge_alone(&poller, &mailbox);
	assert_int_equal(mailbox.lost_count, 0);
	assert_int_equal(mailbox.lost[0].known.faults, 0);
	assert_int_equal(mailbox.lost[1].known.faults, 1);
	mailbox.lost[mailbox.lost_count++] = lost(3, 2, 0, false);
	poller_failure_charge_alone(&poller, &mailbox);
	assert_int_equal(mailbox.lost[0].known.faults, 1);
	/* Where none was fetched, or for the first time, it is nobody's. */
	mailbox.lost[mailbox.lost_count++] = lost(4, 1, 0, false);
	poller_failure_charge_alone(&poller, &mailbox);
	assert_int_equal(mailbox.lost[0].known.faults, 0);
	mailbox.fetched = 0;
	mailbox.lost[mailbox.lost_count++] = lost(5, 2, 0, false);
	poller_failure_charge_alone(&poller, &mailbox);
	assert_int_equal(mailbox.lost[0].known.faults, 0);
	checkpoints_free(&poller.checkpoints);
}

/* The server gives the next one: what it did not give is to blame. */
static void charges_all_that_were_lost_before_another(void **state)
{
	struct config config;
	struct poller poller = new_poller(&config);
	struct poller_mailbox mailbox = {
		.settings = &settings, .fetched = 1, .fetched_before = 7};
	int64_t now = timestamp_now();

	(void)state;
	mailbox.lost[mailbox.lost_count++] = lost(1, 1, 0, false);
	mailbox.lost[mailbox.lost_count++] = lost(2, 2, 0, false);
	poller_failure_charge_lost(&poller, &mailbox);
	assert_int_equal(mailbox.lost_count, 0);
	assert_int_equal(mailbox.lost[0].known.faults, 1);
	assert_int_equal(mailbox.lost[1].known.faults, 1);
	assert_int_equal(mailbox.lost[1].known.others, 8);
	assert_true(mailbox.lost[0].known.next_try > now);
	assert_true(mailbox.lost[1].known.next_try > now + 30);
	/* Each is to be written down. */
	assert_false(checkpoints_are_committed(poller.checkpoints));
	checkpoints_free(&poller.checkpoints);
}

/* A process that a message ended, and one that was ended. */
static void charges_what_was_being_fetched(void **state)
{
	struct config config;
	struct poller poller = new_poller(&config);
	struct poller_mailbox mailbox = {.settings = &settings};
	struct mail_job *job;

	(void)state;
	mailbox.pending[0].known.message = 12;
	mailbox.pending_count = 1;
	job = poller_job_new(&poller, &mailbox, &mailbox.pending[0]);
	assert_int_equal(poller_job_of(job)->known.message, 12);
	poller_failure_charge_current(&poller, &mailbox, true);
	assert_int_equal(mailbox.pending[0].known.tries, 0);
	mailbox.receiving = job;
	poller_failure_charge_current(&poller, &mailbox, false);
	assert_int_equal(mailbox.pending[0].known.tries, 1);
	assert_int_equal(mailbox.pending[0].known.faults, 0);
	poller_failure_charge_current(&poller, &mailbox, true);
	assert_int_equal(mailbox.pending[0].known.tries, 2);
	assert_int_equal(mailbox.pending[0].known.faults, 1);
	poller_job_release(&poller, &mailbox.receiving);
	assert_null(mailbox.receiving);
	checkpoints_free(&poller.checkpoints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			blames_a_message_that_fails_where_others_do_not),
		cmocka_unit_test(charges_at_the_end_of_a_round),
		cmocka_unit_test(charges_all_that_were_lost_before_another),
		cmocka_unit_test(charges_what_was_being_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
