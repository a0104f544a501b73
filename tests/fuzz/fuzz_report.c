/* JSON of a stranger to a report, its identity, and its evidence. */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>

#include "base/text.h"
#include "schema/limits.h"
#include "schema/report/report.h"
#include "schema/rules/evidence.h"
#include "schema/rules/identity.h"

static void check_evidence(const struct report_policy *policy)
{
	struct evidence e;
	int class;

	evidence_of(policy, &e);
	MUST(e.elements == 1);
	MUST(e.trials >= 0 && e.refused >= 0 && e.unusable >= 0);
	MUST(e.refused <= e.trials);
	MUST(policy->type == POLICY_STS || e.trials == 0);
	for (class = 0; class < REFUSAL_CAUSES; class ++)
		MUST(e.by_cause[class] >= 0 && e.by_cause[class] <= e.refused &&
		     e.predicted[class] >= 0);
}

static void check_policy(const struct report_policy *policy)
{
	size_t i;

	MUST(policy->type < POLICY_TYPES);
	MUST(policy->successes >= 0 && policy->successes <= LIMIT_COUNT_CAP);
	MUST(policy->failures >= 0 && policy->failures <= LIMIT_COUNT_CAP);
	MUST(policy->domain.len <= 253);
	for (i = 0; i < policy->detail_count; i++) {
		MUST(policy->details[i].type < RESULT_TYPES);
		MUST(policy->details[i].sessions >= 0);
		MUST(text_is_utf8(policy->details[i].reason));
		MUST(policy->details[i].reason.len <= LIMIT_STRING);
	}
	check_evidence(policy);
}

static void check_report(struct arena *arena, const struct report *report)
{
	const uint8_t digest[DIGEST_SIZE] = {0};
	struct identity identity;
	size_t i;

	MUST(report->begin <= report->end);
	MUST(report->policy_count <= LIMIT_POLICIES);
	MUST(text_is_utf8(report->organization) && text_is_utf8(report->id));
	for (i = 0; i < report->policy_count; i++)
		check_policy(&report->policies[i]);
	identity_of(arena, report, TRUST_ANONYMOUS, TEXT(""), digest,
	            &identity);
	MUST(identity.key >= 0);
	MUST(identity.reporter.len > 0 &&
	     identity.reporter.len <= REPORTER_NAME_MAX);
	for (i = 0; i < identity.reporter.len; i++)
		MUST(identity.reporter.data[i] >= ' ' &&
		     identity.reporter.data[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	struct arena *arena;
	struct report *report;
	struct err err;

	if (!begun)
		report_json_init();
	begun = true;
	arena = arena_new(report_parse_memory(size));
	if (report_parse(arena, (const char *)data, size, &report, NULL, &err) <
	    0)
		MUST(err.text[0] != '\0');
	else
		check_report(arena, report);
	arena_free(&arena);
	return 0;
}
