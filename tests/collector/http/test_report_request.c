/*
 * The states of a request that brings a report: it is answered once, after a
 * queue has had it.
 */
#include "base/attr.h"
#include "collector/http/report_request.h"
#include "tests/support/cmocka_all.h"

static void states_follow_the_diagram(void **state)
{
	static const struct {
		enum report_request_state from, to;
	} arrows[] = {
		{REPORT_REQUEST_RECEIVED, REPORT_REQUEST_QUEUED},
		{REPORT_REQUEST_RECEIVED, REPORT_REQUEST_LARGE},
		{REPORT_REQUEST_QUEUED, REPORT_REQUEST_ANSWERED},
		{REPORT_REQUEST_LARGE, REPORT_REQUEST_ANSWERED},
	};
	int from, to;
	size_t i;

	(void)state;
	for (from = 0; from < REPORT_REQUEST_STATES; from++) {
		for (to = 0; to < REPORT_REQUEST_STATES; to++) {
			bool drawn = false;

			for (i = 0; i < ARRAY_LENGTH(arrows); i++)
				drawn = drawn || ((int)arrows[i].from == from &&
				                  (int)arrows[i].to == to);
			if (report_request_may_enter(
				    (enum report_request_state)from,
				    (enum report_request_state)to) != drawn)
				fail_msg(
					"%s -> %s",
					report_request_state_name((
						enum report_request_state)from),
					report_request_state_name(
						(enum report_request_state)to));
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
