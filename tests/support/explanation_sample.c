#include "tests/support/explanation_sample.h"

#include <string.h>

#include "exporter/verdict/verdict_scope_rule.h"
#include "tests/support/verdict_defaults.h"

#define NOON INT64_C(1780401600) /* of the day after */

static void fill_reporters(struct explanation_sample *s)
{
	static const struct evidence_reporter reporters[5] = {
		{.name = {"google.com", 10},
	         .part = {0, 3400, 3280, 120, 4, 20597, 20600}},
		{.name = {"microsoft.com", 13},
	         .part = {1, 60, 58, 2, 1, 20599, 20599}},
		{.name = {SAMPLE_HOSTILE, sizeof(SAMPLE_HOSTILE) - 1},
	         .part = {2, 30, 29, 1, 1, 20598, 20598}},
		{.name = {"d.example", 9},
	         .part = {3, 10, 9, 1, 1, 20598, 20598}},
		{.name = {"e.example", 9},
	         .part = {4, 10, 9, 1, 1, 20598, 20600}},
	};
	static const struct evidence_reporter others[2] = {
		{.name = {"yahoo.com", 9},
	         .part = {5, 400, 400, 0, 7, 20593, 20600}},
		{.name = {"comcast.net", 11},
	         .part = {6, 1200, 1200, 0, 7, 20593, 20600}},
	};
	size_t i;

	for (i = 0; i < 5; i++)
		s->reporters[i] = reporters[i];
	for (i = 0; i < 2; i++)
		s->others[i] = others[i];
}

static void fill_hosts(struct explanation_sample *s)
{
	s->hosts[0] = (struct evidence_host){
		.name = TEXT("mx1.example.org"),
		.sessions = 120,
	};
	s->hosts[1] = (struct evidence_host){
		.name = TEXT("mx2.example.org"),
		.sessions = 5,
	};
	s->failing[0] = (struct evidence_host){
		.name = TEXT("mx1.example.org"),
		.checked = true,
		.state = PROBE_HOST_CERTIFICATE_EXPIRED,
		.since = NOON - 86400,
		.ends = NOON + 86400,
	};
	s->failing[1] = (struct evidence_host){
		.name = TEXT("mx2.example.org"),
		.checked = true,
		.state = PROBE_HOST_STARTTLS_MISSING,
		.since = NOON - 3600,
	};
	s->unreachable[0] = (struct evidence_host){
		.name = TEXT("mx3.example.org"),
		.checked = true,
		.state = PROBE_HOST_UNREACHABLE,
		.since = NOON - 3600,
	};
}

static void fill_evidence(struct explanation_sample *s,
                          enum verdict_reason reason)
{
	struct explanation_evidence *v = &s->evidence[reason];

	*v = (struct explanation_evidence){
		.scope = {.news = verdict_scope_rule_news(reason),
	                  .first = 20597,
	                  .last = 20601,
	                  .sessions = 5110,
	                  .affected = 125,
	                  .since = 20590,
	                  .until = 20600,
	                  .bad_days = 3,
	                  .part_count = 5,
	                  .other_count = 2},
		.reporters = s->reporters,
		.reporters_kept = 5,
		.others = s->others,
		.others_kept = 2,
		.hosts = s->hosts,
		.host_count = 2,
		.record = PROBE_RECORD_MISSING,
		.seen_since = NOON - 7200,
		.checked = NOON - 600,
	};
	if (reason == REASON_MX_CHECK_FAILED ||
	    reason == REASON_MX_ALL_FAILED ||
	    reason == REASON_PROBE_CONTRADICTED ||
	    reason == REASON_CERTIFICATE_ENDS_SOON)
		v->hosts = s->failing;
	if (reason == REASON_MX_UNREACHABLE) {
		v->hosts = s->unreachable;
		v->host_count = 1;
	}
	if (v->scope.news == NEWS_UNUSABLE)
		v->failures[RESULT_STS_POLICY_FETCH_ERROR].sessions = 125;
	else if (v->scope.news == NEWS_DANE)
		v->failures[RESULT_TLSA_INVALID].sessions = 125;
	else
		v->failures[RESULT_CERTIFICATE_EXPIRED] =
			(struct evidence_failures){120, TEXT("not after")};
	v->failures[RESULT_OTHER].sessions = 1;
}

static const struct verdict_numbers sample_numbers = {
	.known = true,
	.window_days = 14,
	.observed_days = 9,
	.covered_days = 4,
	.covered_needed = 10,
	.reporters = 1,
	.sessions = 5110,
	.n = 2800,
	.x = 28,
	.n_bound = 1400,
	.upper = 0.0421,
	.limit = 0.01,
	.gap_days = 9,
	.stale_limit = 4,
	.untested_sessions = 9000,
	.standing_days_needed = 28,
	.standing_reports_needed = 7,
};

void explanation_sample_begin(struct explanation_sample *s)
{
	int reason;

	*s = (struct explanation_sample){0};
	verdict_defaults(&s->thresholds);
	fill_reporters(s);
	fill_hosts(s);
	for (reason = 0; reason < VERDICT_REASONS; reason++)
		fill_evidence(s, (enum verdict_reason)reason);
	s->explanation = (struct explanation){
		.domain = TEXT("example.org"),
		.now = NOON,
		.today = SAMPLE_TODAY,
		.last = SAMPLE_TODAY - 2,
		.thresholds = &s->thresholds,
		.evidence = s->evidence,
		.verdict = {.reasons = REASON_BIT(VERDICT_REASONS) - 1,
	                    .numbers = sample_numbers,
	                    .proved = VERDICT_READY_LIMITED,
	                    .proved_upper = 0.0211},
		.policy.policy.mode = STS_MODE_TESTING,
	};
}

bool explanation_sample_says(struct buf *text, const char *sentence)
{
	struct buf line = BUF_INIT(1U << 22);
	const char *at = buf_text(text);
	bool found;

	while (*at != '\0') {
		if (*at != '\n') {
			buf_add_char(&line, *at++);
			continue;
		}
		buf_add_char(&line, ' ');
		at += strspn(at, "\n ");
	}
	found = strstr(buf_text(&line), sentence) != NULL;
	buf_free(&line);
	return found;
}
