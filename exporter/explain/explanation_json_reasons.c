#include "exporter/explain/explanation_json_reasons.h"

#include "exporter/explain/explanation_json_private.h"
#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_reason.h"

#define TEXT_MAX (1U << 20)

static json_t *explanation_json_reasons_time(int64_t time)
{
	return time > 0 ? json_integer(time) : json_null();
}

static json_t *
explanation_json_reasons_reporters(const struct evidence_reporter *reporters,
                                   size_t count)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct verdict_part *part = &reporters[i].part;

		one = json_object();
		explanation_json_put(
			one, "name",
			explanation_json_string(reporters[i].name));
		explanation_json_put(one, "sessions",
		                     json_integer(part->sessions));
		explanation_json_put(one, "affected_sessions",
		                     json_integer(part->affected));
		explanation_json_put(one, "clean_sessions",
		                     json_integer(part->clean));
		explanation_json_put(one, "first_day",
		                     explanation_json_day(part->first));
		explanation_json_put(one, "last_day",
		                     explanation_json_day(part->last));
		(void)json_array_append_new(out, one);
	}
	return out;
}

static const char *const host_states[PROBE_HOST_STATES] = {
	[PROBE_HOST_OK] = "ok",
	[PROBE_HOST_STARTTLS_MISSING] = "starttls_missing",
	[PROBE_HOST_CERTIFICATE_EXPIRED] = "certificate_expired",
	[PROBE_HOST_CERTIFICATE_NAME] = "certificate_name",
	[PROBE_HOST_CERTIFICATE_UNTRUSTED] = "certificate_untrusted",
	[PROBE_HOST_UNREACHABLE] = "unreachable",
	[PROBE_HOST_NOT_IN_POLICY] = "not_in_policy",
	[PROBE_HOST_UNKNOWN] = "unknown",
};

static json_t *
explanation_json_reasons_hosts(const struct explanation_evidence *evidence)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < evidence->host_count; i++) {
		const struct evidence_host *host = &evidence->hosts[i];

		one = json_object();
		explanation_json_put(one, "mx",
		                     explanation_json_string(host->name));
		explanation_json_put(one, "sessions",
		                     json_integer(host->sessions));
		explanation_json_put(
			one, "state",
			host->checked ? json_string(host_states[host->state])
				      : json_null());
		explanation_json_put(
			one, "since_time",
			explanation_json_reasons_time(host->since));
		explanation_json_put(one, "certificate_ends",
		                     explanation_json_reasons_time(host->ends));
		(void)json_array_append_new(out, one);
	}
	return out;
}

static json_t *explanation_json_reasons_sum(const struct verdict_scope *scope,
                                            int64_t sum)
{
	return scope->news != NEWS_NONE && scope->news != NEWS_REPORTS
	               ? json_integer(sum)
	               : json_null();
}

static void explanation_json_reasons_put_evidence(
	json_t *out, const struct explanation_evidence *evidence)
{
	const struct verdict_scope *scope = &evidence->scope;
	int result = explanation_evidence_result(evidence);
	const struct text none = {NULL, 0};
	struct text code = result < 0 ? none : evidence->failures[result].code;

	explanation_json_put(
		out, "reporters",
		explanation_json_reasons_reporters(evidence->reporters,
	                                           evidence->reporters_kept));
	explanation_json_put(out, "reporter_count",
	                     json_integer((json_int_t)scope->part_count));
	explanation_json_put(out, "others",
	                     explanation_json_reasons_reporters(
				     evidence->others, evidence->others_kept));
	explanation_json_put(out, "other_count",
	                     json_integer((json_int_t)scope->other_count));
	explanation_json_put(out, "sessions",
	                     explanation_json_reasons_sum(scope,
	                                                  scope->sessions));
	explanation_json_put(out, "affected_sessions",
	                     explanation_json_reasons_sum(scope,
	                                                  scope->affected));
	explanation_json_put(out, "since", explanation_json_day(scope->since));
	explanation_json_put(out, "last_day",
	                     explanation_json_day(scope->until));
	explanation_json_put(out, "hosts",
	                     explanation_json_reasons_hosts(evidence));
	explanation_json_put(out, "result_type",
	                     result >= 0 ? json_string(result_type_name(
						   (enum result_type)result))
	                                 : json_null());
	explanation_json_put(out, "reason_code",
	                     code.len > 0 ? explanation_json_string(code)
	                                  : json_null());
}

json_t *explanation_json_reasons(const struct explanation *explanation)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	json_t *out = json_array(), *one;
	int i;

	for (i = 0; i < VERDICT_REASONS; i++) {
		enum verdict_reason reason = (enum verdict_reason)i;

		if ((explanation->verdict.reasons & REASON_BIT(i)) == 0)
			continue;
		one = json_object();
		explanation_json_put(one, "reason",
		                     json_string(verdict_reason_name(reason)));
		phrases_reason_write(explanation, reason, &text);
		explanation_json_put(one, "sentence",
		                     explanation_json_take_buf(&text));
		phrases_reason_advise(explanation, reason, &text);
		explanation_json_put(one, "advice",
		                     explanation_json_take_buf(&text));
		explanation_json_reasons_put_evidence(
			one, explanation_evidence_of(explanation, reason));
		(void)json_array_append_new(out, one);
	}
	buf_free(&text);
	return out;
}
