#include "base/attr.h"
#include "collector/mailbox/worker_state.h"
#include "tests/support/cmocka_all.h"

static const struct {
	enum worker_state from, to;
} transitions[] = {
	{WORKER_STARTING, WORKER_OPENING}, {WORKER_OPENING, WORKER_WAITING},
	{WORKER_WAITING, WORKER_LISTING},  {WORKER_WAITING, WORKER_IDLING},
	{WORKER_WAITING, WORKER_CLOSING}, /* STOP */
	{WORKER_LISTING, WORKER_FETCHING}, {WORKER_FETCHING, WORKER_WAITING},
	{WORKER_FETCHING, WORKER_CLOSING}, /* STOP, or late marks */
	{WORKER_IDLING, WORKER_WAITING},
};

static bool is_listed(enum worker_state from, enum worker_state to)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(transitions); i++) {
		if (transitions[i].from == from && transitions[i].to == to)
			return true;
	}
	return false;
}

static void has_these_transitions_and_no_others(void **state)
{
	int from, to;

	(void)state;
	for (from = WORKER_STARTING; from <= WORKER_CLOSING; from++) {
		for (to = WORKER_STARTING; to <= WORKER_CLOSING; to++) {
			if (worker_state_may_follow((enum worker_state)from,
			                            (enum worker_state)to) !=
			    is_listed((enum worker_state)from,
			              (enum worker_state)to))
				fail_msg("from %d to %d", from, to);
		}
	}
}

static void enters_each_state_of_a_session(void **state)
{
	static const enum worker_state walk[] = {
		WORKER_OPENING, WORKER_WAITING, WORKER_LISTING, WORKER_FETCHING,
		WORKER_WAITING, WORKER_IDLING,  WORKER_WAITING, WORKER_CLOSING};
	struct worker worker = {.settings = {.name = "a"}};
	size_t i;

	(void)state;
	assert_int_equal(worker.state, WORKER_STARTING);
	for (i = 0; i < ARRAY_LENGTH(walk); i++) {
		assert_true(worker_state_may_follow(worker.state, walk[i]));
		worker_state_enter(&worker, walk[i]);
		assert_int_equal(worker.state, walk[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_these_transitions_and_no_others),
		cmocka_unit_test(enters_each_state_of_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
