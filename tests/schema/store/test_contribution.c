#include "schema/store/contribution.h"
#include "tests/support/cmocka_all.h"

/* A report about domain 1 twice and domain 2 once. */
struct example {
	struct arena *arena;
	struct report_detail details[2];
	struct report_policy policies[3];
	struct report report;
	int64_t domain_ids[3];
	int64_t policy_ids[3];
	int origins[3];
	struct contributions parts;
};

static const struct contribution *list(struct example *e)
{
	const struct store_loaded loaded = {&e->report, e->domain_ids,
	                                    e->policy_ids, e->origins};

	contribution_list(&loaded, e->arena, &e->parts);
	return e->parts.items;
}

static void begin(struct example *e)
{
	int i;

	*e = (struct example){
		.arena = arena_new(0),
		.details = {{.type = RESULT_CERTIFICATE_EXPIRED, .sessions = 2},
	                    {.type = RESULT_CERTIFICATE_EXPIRED,
	                     .sessions = 3}},
		.domain_ids = {1, 1, 2},
		.policy_ids = {11, 12, 13},
	};
	for (i = 0; i < 3; i++) {
		e->policies[i].type = POLICY_STS;
		e->policies[i].successes = 10 * (i + 1);
	}
	e->policies[0].failures = 5;
	e->policies[0].details = e->details;
	e->policies[0].detail_count = 2;
	e->report.policies = e->policies;
	e->report.policy_count = 3;
}

static void end(struct example *e)
{
	arena_free(&e->arena);
}

static void each_element_is_a_part(void **state)
{
	const struct contribution *parts;
	struct example e;

	(void)state;
	begin(&e);
	parts = list(&e);
	assert_int_equal(e.parts.count, 3);
	assert_int_equal(parts[0].domain_id, 1);
	assert_int_equal(parts[0].policy_id, 11);
	assert_int_equal(parts[0].type, POLICY_STS);
	assert_int_equal(parts[0].successes, 10);
	assert_int_equal(parts[0].failures, 5);
	assert_int_equal(parts[0].by_result[RESULT_CERTIFICATE_EXPIRED], 5);
	assert_int_equal(parts[0].evidence.trials, 15);
	assert_int_equal(parts[2].domain_id, 2);
	assert_int_equal(parts[2].successes, 30);
	end(&e);
}

static void a_domain_is_first_once(void **state)
{
	const struct contribution *parts;
	struct example e;

	(void)state;
	begin(&e);
	parts = list(&e);
	assert_true(parts[0].first);
	assert_false(parts[1].first);
	assert_true(parts[2].first);
	end(&e);
}

static void an_element_without_a_domain_adds_nothing(void **state)
{
	const struct contribution *parts;
	struct example e;

	(void)state;
	begin(&e);
	e.domain_ids[0] = 0;
	parts = list(&e);
	assert_int_equal(e.parts.count, 2);
	assert_int_equal(parts[0].policy_id, 12);
	assert_true(parts[0].first);
	end(&e);
}

static void sessions_that_another_report_counts_are_not_added(void **state)
{
	const struct contribution *parts;
	struct example e;

	(void)state;
	begin(&e);
	e.origins[0] = STORE_ORIGIN_MX | STORE_ORIGIN_COUNTED;
	e.origins[2] = STORE_ORIGIN_MX;
	parts = list(&e);
	assert_int_equal(e.parts.count, 3);
	assert_true(parts[0].first);
	assert_int_equal(parts[0].successes, 0);
	assert_int_equal(parts[0].by_result[RESULT_CERTIFICATE_EXPIRED], 0);
	assert_true(evidence_is_zero(&parts[0].evidence));
	assert_int_equal(parts[2].successes, 30);
	end(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_element_is_a_part),
		cmocka_unit_test(a_domain_is_first_once),
		cmocka_unit_test(an_element_without_a_domain_adds_nothing),
		cmocka_unit_test(
			sessions_that_another_report_counts_are_not_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
