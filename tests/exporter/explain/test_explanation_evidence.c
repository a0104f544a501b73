/*
 * From a verdict and rows of failures to what its reasons rest on. Today is day
 * 0, the newest settled day is -2.
 */
#include <stdio.h>

#include "exporter/explain/explanation.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/verdict_example.h"

#define NOW INT64_C(1780401600)

struct world {
	struct verdict_example x;
	struct assessment assessment;
	uint64_t keys[EXAMPLE_GROUPS];
	int32_t first_day;
	struct explanation_evidence *evidence;
};

static void begin(struct world *w, enum sts_mode mode)
{
	size_t i;

	verdict_example_begin(&w->x, mode);
	/* Keys in another order than the groups. */
	for (i = 0; i < EXAMPLE_GROUPS; i++)
		w->keys[i] = 2 * (EXAMPLE_GROUPS - i);
}

static const struct explanation_evidence *gather(struct world *w,
                                                 enum verdict_reason reason)
{
	(void)verdict_example_decide(&w->x, VERDICT_STATES);
	if (!verdict_example_says(&w->x, reason))
		fail_msg("%s does not hold", verdict_reason_name(reason));
	w->assessment = (struct assessment){.verdict = &w->x.verdict,
	                                    .input = &w->x.in,
	                                    .thresholds = &w->x.t,
	                                    .group_keys = w->keys};
	w->first_day = -15;
	w->evidence = explanation_evidence_gather(&w->assessment, NOW,
	                                          w->x.arena, &w->first_day);
	return &w->evidence[reason];
}

static void add_failure(struct world *w, uint32_t group, int32_t day,
                        const char *mx, enum result_type result,
                        int64_t sessions)
{
	const struct store_failure_row row = {
		.day = day,
		.type = POLICY_STS,
		.result = result,
		.mx = text_of(mx),
		.sessions = sessions,
		.reason = text_of("because"),
	};

	explanation_evidence_add_failure(w->evidence, &row, w->keys[group],
	                                 w->x.arena);
}

static void failures_name_the_hosts_and_the_result(void **state)
{
	const struct explanation_evidence *v;
	struct world w;

	(void)state;
	begin(&w, STS_MODE_TESTING);
	(void)verdict_example_add(&w.x, 0, -60, -21, 100, 0, 0);
	(void)verdict_example_add(&w.x, 0, -20, 0, 90, 10, CAUSE_CERTIFICATE);
	(void)verdict_example_add(&w.x, 1, -60, 0, 100, 0, 0);
	v = gather(&w, REASON_ACTIVE_REFUSALS);
	assert_int_equal(v->reporters_kept, 1);
	assert_true(text_is(v->reporters[0].name, "a"));
	assert_int_equal(v->reporters[0].part.affected, 50);
	assert_int_equal(v->others_kept, 1);
	/* The failures of the whole fault are asked for. */
	assert_int_equal(w.first_day, -20);
	assert_int_equal(explanation_evidence_result(v), -1);
	add_failure(&w, 0, -20, "mx1", RESULT_CERTIFICATE_EXPIRED, 5);
	add_failure(&w, 0, -1, "mx2", RESULT_CERTIFICATE_EXPIRED, 6);
	add_failure(&w, 0, -1, "mx1", RESULT_CERTIFICATE_HOST_MISMATCH, 7);
	add_failure(&w, 0, -1, "", RESULT_CERTIFICATE_HOST_MISMATCH, 1);
	/* Before the fault, of somebody else, of another kind. */
	add_failure(&w, 0, -21, "mx3", RESULT_CERTIFICATE_EXPIRED, 100);
	add_failure(&w, 1, -1, "mx3", RESULT_CERTIFICATE_EXPIRED, 100);
	add_failure(&w, 0, -1, "mx3", RESULT_STS_POLICY_INVALID, 100);
	explanation_evidence_finish(w.evidence);
	assert_int_equal(v->host_count, 2);
	assert_true(text_is(v->hosts[0].name, "mx1"));
	assert_int_equal(v->hosts[0].sessions, 12);
	assert_true(text_is(v->hosts[1].name, "mx2"));
	assert_int_equal(explanation_evidence_result(v),
	                 RESULT_CERTIFICATE_EXPIRED);
	assert_int_equal(v->failures[RESULT_CERTIFICATE_EXPIRED].sessions, 11);
	assert_true(text_is(v->failures[RESULT_CERTIFICATE_EXPIRED].code,
	                    "because"));
	verdict_example_end(&w.x);
}

static void strangers_names_have_a_limit(void **state)
{
	const struct explanation_evidence *v;
	struct world w;
	char name[16];
	int i;

	(void)state;
	begin(&w, STS_MODE_TESTING);
	(void)verdict_example_add(&w.x, 0, -60, 0, 90, 10, CAUSE_CERTIFICATE);
	(void)verdict_example_add(&w.x, 1, -60, 0, 100, 0, 0);
	v = gather(&w, REASON_ACTIVE_REFUSALS);
	for (i = 0; i < (int)EVIDENCE_HOSTS_MAX + 5; i++) {
		(void)snprintf(name, sizeof(name), "mx%d", i);
		add_failure(&w, 0, -1, name, RESULT_CERTIFICATE_EXPIRED, i);
	}
	explanation_evidence_finish(w.evidence);
	assert_int_equal(v->host_count, EVIDENCE_HOSTS_MAX);
	assert_true(v->hosts_cut);
	assert_int_equal(v->hosts[0].sessions, EVIDENCE_HOSTS_MAX - 1);
	verdict_example_end(&w.x);
}

static void checks_name_the_hosts_that_fail(void **state)
{
	const struct explanation_evidence *v;
	struct world w;

	(void)state;
	begin(&w, STS_MODE_TESTING);
	(void)verdict_example_add(&w.x, 0, -60, 0, 100, 0, 0);
	verdict_example_probe(&w.x, 2, PROBE_HOST_OK, 0);
	w.x.hosts[1].name = TEXT("mx2");
	w.x.hosts[1].state = PROBE_HOST_CERTIFICATE_NAME;
	w.x.hosts[1].look = (struct probe_look){3, 120, 10};
	w.x.hosts[1].not_after_minutes = 60;
	v = gather(&w, REASON_MX_CHECK_FAILED);
	assert_int_equal(v->host_count, 1);
	assert_true(text_is(v->hosts[0].name, "mx2"));
	assert_true(v->hosts[0].checked);
	assert_int_equal(v->hosts[0].state, PROBE_HOST_CERTIFICATE_NAME);
	assert_int_equal(v->hosts[0].since, NOW - 130 * 60);
	assert_int_equal(v->hosts[0].ends, NOW + 3600);
	assert_int_equal(v->checked, NOW);
	w.x.hosts[0].state = PROBE_HOST_NOT_IN_POLICY;
	w.x.hosts[0].look = w.x.hosts[1].look;
	v = gather(&w, REASON_MX_ALL_FAILED);
	assert_int_equal(v->host_count, 2);
	/* The certificate's end is not known. */
	assert_int_equal(v->hosts[0].ends, 0);
	verdict_example_end(&w.x);
}

static void the_configuration_names_hosts_too(void **state)
{
	const struct text hosts[] = {TEXT("mx1"), TEXT("mx2")};
	const struct text mx[] = {TEXT("mx1")};
	const struct explanation_evidence *v;
	struct world w;

	(void)state;
	begin(&w, STS_MODE_TESTING);
	(void)verdict_example_add(&w.x, 0, -60, 0, 100, 0, 0);
	w.x.in.hosts = hosts;
	w.x.in.host_count = 2;
	w.x.in.mx = mx;
	w.x.in.mx_count = 1;
	v = gather(&w, REASON_MX_NOT_IN_POLICY);
	assert_int_equal(v->host_count, 1);
	assert_true(text_is(v->hosts[0].name, "mx2"));
	assert_false(v->hosts[0].checked);
	assert_int_equal(gather(&w, REASON_MX_UNPROVEN)->host_count, 2);
	verdict_example_end(&w.x);
}

static void checks_of_the_policy_have_their_times(void **state)
{
	const struct explanation_evidence *v;
	struct world w;

	(void)state;
	begin(&w, STS_MODE_TESTING);
	(void)verdict_example_add(&w.x, 0, -60, 0, 100, 0, 0);
	verdict_example_probe(&w.x, 1, PROBE_HOST_OK, 0);
	w.x.hosts[0].look.age_minutes = 30;
	w.x.outside.policy_checked = true;
	w.x.outside.record = PROBE_RECORD_MISSING;
	w.x.outside.policy_look = (struct probe_look){2, 60, 5};
	v = gather(&w, REASON_POLICY_RECORD_BAD);
	assert_int_equal(v->record, PROBE_RECORD_MISSING);
	assert_int_equal(v->seen_since, NOW - 65 * 60);
	assert_int_equal(v->checked, NOW - 5 * 60);
	w.x.hosts[0].look.age_minutes = PROBE_NEVER;
	w.x.outside.policy_look = (struct probe_look){2, 60, PROBE_NEVER};
	v = gather(&w, REASON_PROBE_STALE);
	assert_int_equal(v->seen_since, 0);
	assert_int_equal(v->checked, 0);
	verdict_example_end(&w.x);
}

static void reporters_that_are_given_up_are_marked(void **state)
{
	const struct explanation_evidence *v;
	struct world w;

	(void)state;
	begin(&w, STS_MODE_TESTING);
	(void)verdict_example_add(&w.x, 0, -60, 0, 100, 0, 0);
	(void)verdict_example_add(&w.x, 1, -60, 0, 0, 10, CAUSE_OTHER);
	w.x.groups[1].accepted = true;
	v = gather(&w, REASON_SENDER_LOCAL_FAULT);
	assert_int_equal(v->reporters_kept, 1);
	assert_true(v->reporters[0].accepted);
	assert_false(v->others[0].accepted);
	verdict_example_end(&w.x);
}

static void without_evidence_it_is_empty(void **state)
{
	const struct explanation e = {0};
	const struct explanation_evidence *v =
		explanation_evidence_of(&e, REASON_ACTIVE_REFUSALS);

	(void)state;
	assert_int_equal(v->reporters_kept, 0);
	assert_int_equal(v->scope.since, VERDICT_NO_DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_name_the_hosts_and_the_result),
		cmocka_unit_test(strangers_names_have_a_limit),
		cmocka_unit_test(checks_name_the_hosts_that_fail),
		cmocka_unit_test(the_configuration_names_hosts_too),
		cmocka_unit_test(checks_of_the_policy_have_their_times),
		cmocka_unit_test(reporters_that_are_given_up_are_marked),
		cmocka_unit_test(without_evidence_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
