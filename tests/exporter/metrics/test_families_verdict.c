#include <string.h>

#include "exporter/metrics/families_private.h"
#include "tests/support/cmocka_all.h"

static const struct family *family(const char *name)
{
	size_t i;

	for (i = 0; i < families_verdict.count; i++) {
		if (strcmp(families_verdict.rows[i].metric.name, name) == 0)
			return &families_verdict.rows[i];
	}
	fail_msg("no %s", name);
	return NULL;
}

/* The number of a family, -1: no such series. index is the label's value. */
static int64_t number(const struct domain_figures *domain, const char *name,
                      unsigned int index)
{
	const struct family_point at = {
		.family = family(name), .domain = domain, .index = {index}};
	struct family_value value = {0, 0};

	return families_verdict.number(&at, &value) ? value.whole : -1;
}

static void shows_who_the_verdict_rests_on(void **state)
{
	const struct domain_figures domain = {.verdict = {.bound_sessions = 56,
	                                                  .standing = 2,
	                                                  .newcomers = 3}};

	(void)state;
	assert_int_equal(number(&domain, "tlsrpt_verdict_bound_sessions", 0),
	                 56);
	assert_int_equal(
		number(&domain, "tlsrpt_verdict_standing_reporters", 0), 2);
	assert_int_equal(
		number(&domain, "tlsrpt_verdict_newcomer_reporters", 0), 3);
}

static void only_an_enforced_policy_is_accused(void **state)
{
	struct domain_figures domain = {.verdict = {.mode = STS_MODE_TESTING,
	                                            .accusing = 2,
	                                            .contradicting = 1}};

	(void)state;
	assert_int_equal(
		number(&domain, "tlsrpt_verdict_accusing_reporters", 0), -1);
	assert_int_equal(number(&domain,
	                        "tlsrpt_verdict_contradicting_reporters", 0),
	                 -1);
	domain.verdict.mode = STS_MODE_ENFORCE;
	assert_int_equal(
		number(&domain, "tlsrpt_verdict_accusing_reporters", 0), 2);
	assert_int_equal(number(&domain,
	                        "tlsrpt_verdict_contradicting_reporters", 0),
	                 1);
}

static void checks_from_outside_are_a_state_set(void **state)
{
	const struct family *probe = family("tlsrpt_domain_probe");
	struct domain_figures domain = {.verdict = {.probe = PROBE_FINE}};
	unsigned int i, first = families_label_first(probe->labels[0]);
	unsigned int end = families_label_end(NULL, probe->labels[0]);

	(void)state;
	assert_int_equal(end - first, 5);
	for (i = first; i < end; i++)
		assert_int_equal(
			number(&domain, "tlsrpt_domain_probe", i),
			strcmp(families_label_value(NULL, probe->labels[0], i),
		               "fine") == 0);
	domain.verdict.probe = PROBE_ABSENT;
	for (i = first; i < end; i++)
		assert_int_equal(number(&domain, "tlsrpt_domain_probe", i), -1);
}

static void every_reason_is_a_label(void **state)
{
	const struct domain_figures domain = {
		.verdict = {.reasons = REASON_BIT(REASON_NO_REPORTS) |
	                               REASON_BIT(VERDICT_REASONS - 1)}};
	const struct family *reason = family("tlsrpt_domain_verdict_reason");
	unsigned int i;

	(void)state;
	assert_int_equal(families_label_end(NULL, reason->labels[0]),
	                 VERDICT_REASONS);
	for (i = 0; i < VERDICT_REASONS; i++)
		assert_int_equal(number(&domain, "tlsrpt_domain_verdict_reason",
		                        i),
		                 i == 0 || i == VERDICT_REASONS - 1 ? 1 : -1);
	assert_string_equal(families_label_value(NULL, reason->labels[0],
	                                         VERDICT_REASONS - 1),
	                    "policy_id_unchanged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_who_the_verdict_rests_on),
		cmocka_unit_test(only_an_enforced_policy_is_accused),
		cmocka_unit_test(checks_from_outside_are_a_state_set),
		cmocka_unit_test(every_reason_is_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
