#include "exporter/explain/explanation_json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/timestamp.h"
#include "exporter/explain/explanation_heading.h"
#include "exporter/explain/explanation_json_outlook.h"
#include "exporter/explain/explanation_json_private.h"
#include "exporter/explain/explanation_json_reasons.h"
#include "exporter/explain/explanation_json_witnesses.h"
#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_result.h"

#define TEXT_MAX (1U << 20)

void explanation_json_put(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key,
	                          value != NULL ? value : json_null());
}

void explanation_json_put_integer(json_t *object, const char *key,
                                  int64_t value)
{
	explanation_json_put(object, key, json_integer(value));
}

json_t *explanation_json_string(struct text text)
{
	return json_stringn(text.data, text.len);
}

json_t *explanation_json_take_buf(struct buf *buf)
{
	json_t *value = json_stringn(buf->data, buf->len);

	buf_reset(buf);
	return value;
}

json_t *explanation_json_day(int64_t day)
{
	struct buf text = BUF_INIT(64);
	json_t *value;

	if (day == VERDICT_NO_DAY)
		return json_null();
	phrases_day(day, &text);
	value = explanation_json_take_buf(&text);
	buf_free(&text);
	return value;
}

/* --- parts --------------------------------------------------------------- */

static json_t *explanation_json_faults(const struct verdict_numbers *n)
{
	json_t *out = json_object();
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		explanation_json_put(
			out,
			verdict_refusal_cause_name((enum refusal_cause)cause),
			json_string(verdict_fault_name(n->faults[cause])));
	return out;
}

static json_t *explanation_json_numbers(const struct explanation *e)
{
	const struct verdict_numbers *n = &e->verdict.numbers;
	json_t *out = json_object();

	explanation_json_put(out, "last_settled_day",
	                     explanation_json_day(e->last));
	if (!n->known)
		return out;
	explanation_json_put_integer(out, "window_days", n->window_days);
	explanation_json_put_integer(out, "observed_days", n->observed_days);
	explanation_json_put_integer(out, "covered_days", n->covered_days);
	explanation_json_put_integer(out, "reporters", n->reporters);
	explanation_json_put_integer(out, "sessions", n->sessions);
	explanation_json_put_integer(out, "refused_sessions", n->refused);
	explanation_json_put_integer(out, "sender_local_refused_sessions",
	                             n->local_refused);
	explanation_json_put_integer(out, "n", n->n);
	explanation_json_put_integer(out, "x", n->x);
	explanation_json_put(out, "ratio",
	                     n->n > 0 ? json_real((double)n->x / (double)n->n)
	                              : json_null());
	explanation_json_put(out, "upper", json_real(n->upper));
	explanation_json_put(out, "limit", json_real(n->limit));
	explanation_json_put_integer(out, "gap_days", n->gap_days);
	explanation_json_put_integer(out, "stale_limit_days", n->stale_limit);
	explanation_json_put_integer(out, "untested_sessions",
	                             n->untested_sessions);
	explanation_json_put(out, "faults", explanation_json_faults(n));
	return out;
}

static json_t *explanation_json_patterns(const struct sts_policy *policy)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < policy->mx_count; i++)
		(void)json_array_append_new(
			out, explanation_json_string(policy->mx[i]));
	return out;
}

static json_t *explanation_json_source(enum policy_source source)
{
	static const char *const names[] = {
		[POLICY_SOURCE_NONE] = "nobody",
		[POLICY_SOURCE_CONFIGURATION] = "configuration",
		[POLICY_SOURCE_REPORTS] = "reports",
		[POLICY_SOURCE_SIGNED] = "signed_reports",
		[POLICY_SOURCE_UNSIGNED] = "unsigned_reports",
	};

	return json_string(names[source]);
}

static json_t *explanation_json_other_policy(const struct explanation *e)
{
	json_t *out;

	if (e->policy.other == NULL)
		return json_null();
	out = json_object();
	explanation_json_put(out, "mode",
	                     json_string(sts_policy_mode_name(
				     e->policy.other->policy.mode)));
	explanation_json_put(
		out, "mx", explanation_json_patterns(&e->policy.other->policy));
	explanation_json_put(out, "reporter",
	                     explanation_json_string(e->other_reporter));
	explanation_json_put(out, "last_day",
	                     explanation_json_day(e->policy.other_newest));
	return out;
}

static json_t *explanation_json_policy(const struct explanation *e)
{
	const struct sts_policy *policy = &e->policy.policy;
	json_t *out = json_object();

	explanation_json_put(out, "mode",
	                     json_string(sts_policy_mode_name(policy->mode)));
	explanation_json_put(out, "mode_from",
	                     explanation_json_source(e->policy.mode_from));
	explanation_json_put(out, "mx", explanation_json_patterns(policy));
	explanation_json_put(out, "mx_from",
	                     explanation_json_source(e->policy.mx_from));
	explanation_json_put(out, "max_age",
	                     policy->max_age > 0 ? json_integer(policy->max_age)
	                                         : json_null());
	explanation_json_put(out, "since",
	                     explanation_json_day(e->policy.since));
	explanation_json_put(out, "not_obeyed",
	                     explanation_json_other_policy(e));
	return out;
}

static json_t *explanation_json_reporters(const struct explanation *e)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < e->reporter_count; i++) {
		one = json_object();
		explanation_json_put(
			one, "name",
			explanation_json_string(e->reporters[i].name));
		explanation_json_put(one, "proved",
		                     json_boolean(e->reporters[i].proved));
		explanation_json_put_integer(one, "days", e->reporters[i].days);
		explanation_json_put_integer(one, "sessions",
		                             e->reporters[i].sessions);
		explanation_json_put_integer(one, "refused_sessions",
		                             e->reporters[i].refused);
		(void)json_array_append_new(out, one);
	}
	return out;
}

static json_t *explanation_json_silent(const struct explanation *e)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < e->silent_count; i++) {
		const struct watched_reporter *rhythm = &e->silent[i].rhythm;

		one = json_object();
		explanation_json_put(
			one, "name",
			explanation_json_string(e->silent[i].name));
		explanation_json_put(one, "last_day",
		                     explanation_json_day(rhythm->newest));
		explanation_json_put_integer(one, "report_days",
		                             rhythm->report_days);
		explanation_json_put_integer(one, "usual_gap_days",
		                             rhythm->usual_gap);
		explanation_json_put_integer(one, "silent_days",
		                             rhythm->quiet_days);
		(void)json_array_append_new(out, one);
	}
	return out;
}

static json_t *explanation_json_days(const struct explanation *e)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < e->day_count; i++) {
		one = json_object();
		explanation_json_put(one, "day",
		                     explanation_json_day(e->days[i].day));
		explanation_json_put(one, "settled",
		                     json_boolean(e->days[i].settled));
		explanation_json_put_integer(one, "sessions",
		                             e->days[i].sessions);
		explanation_json_put_integer(one, "refused_sessions",
		                             e->days[i].refused);
		(void)json_array_append_new(out, one);
	}
	return out;
}

static json_t *
explanation_json_failure(const struct explanation *e,
                         const struct explanation_failure *failure)
{
	json_t *out = json_object(), *names = json_array();
	struct buf remedy = BUF_INIT(TEXT_MAX);
	size_t i;

	explanation_json_put(out, "mx",
	                     failure->mx.len > 0
	                             ? explanation_json_string(failure->mx)
	                             : json_null());
	explanation_json_put(
		out, "mx_unlisted",
		json_boolean(failure->type == POLICY_STS &&
	                     phrases_result_is_unlisted_mx(e, failure->mx)));
	explanation_json_put(out, "policy_type",
	                     json_string(policy_type_name(failure->type)));
	explanation_json_put(out, "result_type",
	                     json_string(result_type_name(failure->result)));
	explanation_json_put_integer(out, "sessions", failure->sessions);
	explanation_json_put(out, "last_day",
	                     explanation_json_day(failure->last_day));
	for (i = 0; i < failure->reporter_count; i++)
		(void)json_array_append_new(
			names, explanation_json_string(failure->reporters[i]));
	explanation_json_put(out, "reporters", names);
	explanation_json_put(out, "reason_code",
	                     failure->reason.len > 0
	                             ? explanation_json_string(failure->reason)
	                             : json_null());
	explanation_json_put(
		out, "fault",
		json_string(phrases_result_fault(e, failure->result)));
	explanation_json_put(
		out, "meaning",
		json_string(phrases_result_meaning(failure->result)));
	phrases_result_remedy(e, failure->result, &remedy);
	explanation_json_put(out, "cure", explanation_json_take_buf(&remedy));
	buf_free(&remedy);
	return out;
}

static json_t *explanation_json_failures(const struct explanation *e)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < e->failure_count; i++)
		(void)json_array_append_new(
			out, explanation_json_failure(e, &e->failures[i]));
	return out;
}

static json_t *explanation_json_next_step(const struct explanation *e)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	json_t *out = json_object();
	bool publishes = phrases_publishes_policy(e);

	phrases_next_step(e, &text);
	explanation_json_put(out, "sentence", explanation_json_take_buf(&text));
	explanation_json_put(
		out, "mode",
		json_string(sts_policy_mode_name(e->verdict.advised_mode)));
	explanation_json_put_integer(out, "max_age",
	                             e->verdict.advised_max_age);
	explanation_json_put(out, "publish", json_boolean(publishes));
	sts_policy_print(e->verdict.advised_mode, e->policy.policy.mx,
	                 e->policy.policy.mx_count, e->verdict.advised_max_age,
	                 &text);
	explanation_json_put(out, "policy_file",
	                     publishes && text.len > 0
	                             ? explanation_json_take_buf(&text)
	                             : json_null());
	buf_reset(&text);
	phrases_policy_id(e, &text);
	explanation_json_put(out, "txt_id",
	                     publishes ? explanation_json_take_buf(&text)
	                               : json_null());
	buf_reset(&text);
	buf_add_text(&text, "_mta-sts.");
	buf_add(&text, e->domain.data, e->domain.len);
	buf_add_text(&text, ". IN TXT \"v=STSv1; id=");
	phrases_policy_id(e, &text);
	buf_add_text(&text, ";\"");
	explanation_json_put(out, "txt_record",
	                     publishes ? explanation_json_take_buf(&text)
	                               : json_null());
	buf_free(&text);
	return out;
}

static json_t *explanation_json_faulty_reporters(const struct explanation *e)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < e->verdict.faulty_reporter_count; i++)
		(void)json_array_append_new(
			out, explanation_json_string(e->faulty_reporters[i]));
	return out;
}

static json_t *explanation_json_known(const struct explanation *e)
{
	struct buf sentence = BUF_INIT(TEXT_MAX);
	json_t *out;

	if (e->until == 0)
		return json_null();
	out = json_object();
	explanation_heading_known(e, &sentence);
	explanation_json_put_integer(out, "time", e->until);
	explanation_json_put(out, "deleted_before",
	                     e->deleted_before == 0
	                             ? json_null()
	                             : explanation_json_day(e->deleted_before));
	explanation_json_put(out, "sentence",
	                     explanation_json_take_buf(&sentence));
	buf_free(&sentence);
	return out;
}

static json_t *explanation_json_list(const struct option_list *list)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		(void)json_array_append_new(out, json_string(list->items[i]));
	return out;
}

static json_t *explanation_json_what_if(const struct explanation *e)
{
	struct buf sentence = BUF_INIT(TEXT_MAX);
	json_t *out;

	if (e->what_if == NULL)
		return json_null();
	out = json_object();
	explanation_heading_what_if(e, &sentence);
	explanation_json_put(out, "without",
	                     explanation_json_list(&e->what_if->without));
	explanation_json_put(out, "accept",
	                     explanation_json_list(&e->what_if->accept));
	explanation_json_put(out, "real_verdict",
	                     json_string(verdict_state_name(e->real)));
	explanation_json_put_integer(out, "real_code", (int64_t)e->real);
	explanation_json_put(out, "sentence",
	                     explanation_json_take_buf(&sentence));
	verdict_headline_of(e->real, e->real_upper, &sentence);
	explanation_json_put(out, "real_headline",
	                     explanation_json_take_buf(&sentence));
	buf_free(&sentence);
	return out;
}

/* --- the whole ----------------------------------------------------------- */

void explanation_json_write(const struct explanation *explanation,
                            struct buf *out)
{
	struct buf headline = BUF_INIT(TEXT_MAX);
	json_t *root = json_object();
	char *text;

	explanation_json_put(root, "domain",
	                     explanation_json_string(explanation->domain));
	explanation_json_put(
		root, "verdict",
		json_string(verdict_state_name(explanation->verdict.state)));
	explanation_json_put_integer(root, "code",
	                             (int64_t)explanation->verdict.state);
	explanation_json_put_integer(root, "time", explanation->now);
	explanation_json_put(root, "as_known_at",
	                     explanation_json_known(explanation));
	explanation_json_put(root, "what_if",
	                     explanation_json_what_if(explanation));
	explanation_json_put(
		root, "sentence",
		json_string(phrases_state(explanation->verdict.state)));
	verdict_headline(&explanation->verdict, &headline);
	explanation_json_put(root, "headline",
	                     explanation_json_take_buf(&headline));
	explanation_json_put(root, "reasons",
	                     explanation_json_reasons(explanation));
	explanation_json_put(root, "numbers",
	                     explanation_json_numbers(explanation));
	explanation_json_put(root, "policy",
	                     explanation_json_policy(explanation));
	explanation_json_put(root, "culprits",
	                     explanation_json_faulty_reporters(explanation));
	explanation_json_put(root, "reporters",
	                     explanation_json_reporters(explanation));
	explanation_json_put(root, "standing",
	                     explanation_json_witnesses(explanation));
	explanation_json_put(root, "conditions",
	                     explanation_json_outlook_conditions(explanation));
	explanation_json_put(root, "forecast",
	                     explanation_json_outlook_forecast(explanation));
	explanation_json_put(root, "silent_reporters",
	                     explanation_json_silent(explanation));
	explanation_json_put(root, "days", explanation_json_days(explanation));
	explanation_json_put(root, "failures",
	                     explanation_json_failures(explanation));
	explanation_json_put(root, "next_step",
	                     explanation_json_next_step(explanation));
	explanation_json_put(
		root, "from_proved_reports",
		json_string(verdict_state_name(explanation->verdict.proved)));
	verdict_headline_of(explanation->verdict.proved,
	                    explanation->verdict.proved_upper, &headline);
	explanation_json_put(root, "from_proved_reports_headline",
	                     explanation_json_take_buf(&headline));
	buf_free(&headline);
	text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(10));
	json_decref(root);
	buf_add_text(out, text != NULL ? text : "null");
	free(text);
}
