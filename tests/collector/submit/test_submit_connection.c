/*
 * The states of a connection of a mail pipe: a message is stored or refused
 * once it has been announced, and whoever goes early leaves nothing.
 */
#include "base/attr.h"
#include "collector/submit/submit_private.h"
#include "tests/support/cmocka_all.h"

static void states_follow_the_diagram(void **state)
{
	static const struct {
		enum submit_state from, to;
	} arrows[] = {
		{SUBMIT_FREE, SUBMIT_HEAD},
		{SUBMIT_HEAD, SUBMIT_WAITING},
		{SUBMIT_HEAD, SUBMIT_FREE},
		{SUBMIT_WAITING, SUBMIT_RECEIVING},
		{SUBMIT_WAITING, SUBMIT_STORING},
		{SUBMIT_WAITING, SUBMIT_FREE},
		{SUBMIT_RECEIVING, SUBMIT_STORING},
		{SUBMIT_RECEIVING, SUBMIT_FREE},
		{SUBMIT_STORING, SUBMIT_FREE},
	};
	int from, to;
	size_t i;

	(void)state;
	for (from = 0; from < (int)SUBMIT_STATES; from++) {
		for (to = 0; to < (int)SUBMIT_STATES; to++) {
			bool drawn = false;

			for (i = 0; i < ARRAY_LENGTH(arrows); i++)
				drawn = drawn || ((int)arrows[i].from == from &&
				                  (int)arrows[i].to == to);
			if (submit_connection_may_enter(
				    (enum submit_state)from,
				    (enum submit_state)to) != drawn)
				fail_msg("%d -> %d", from, to);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_follow_the_diagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
