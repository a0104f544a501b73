/*
 * An account as JSON. Members are only ever added; what is not known is null.
 */
#include "exporter/explain/explanation.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/timestamp.h"
#include "exporter/explain/phrases.h"

#define TEXT_MOST (1U << 20)

static void put(json_t *object, const char *key, json_t *value)
{
	/* A text that is no UTF-8 makes no value; then null tells so. */
	(void)json_object_set_new(object, key,
	                          value != NULL ? value : json_null());
}

static void put_integer(json_t *object, const char *key, int64_t value)
{
	put(object, key, json_integer(value));
}

static json_t *string_of(struct text text)
{
	return json_stringn(text.data, text.len);
}

static json_t *buf_string(struct buf *buf)
{
	json_t *value = json_stringn(buf->data, buf->len);

	buf_reset(buf);
	return value;
}

static json_t *day_of(int64_t day)
{
	struct buf text = BUF_INIT(64);
	json_t *value;

	if (day == VERDICT_NO_DAY)
		return json_null();
	words_day(day, &text);
	value = buf_string(&text);
	buf_free(&text);
	return value;
}

/* --- parts --------------------------------------------------------------- */

static json_t *reasons_of(const struct account *a)
{
	struct buf sentence = BUF_INIT(TEXT_MOST);
	json_t *out = json_array(), *one;
	int reason;

	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		if ((a->verdict.reasons & REASON_BIT(reason)) == 0)
			continue;
		one = json_object();
		put(one, "reason",
		    json_string(
			    verdict_reason_name((enum verdict_reason)reason)));
		words_reason(a, (enum verdict_reason)reason, &sentence);
		put(one, "sentence", buf_string(&sentence));
		(void)json_array_append_new(out, one);
	}
	buf_free(&sentence);
	return out;
}

static json_t *faults_of(const struct verdict_numbers *n)
{
	json_t *out = json_object();
	int class;

	for (class = 0; class < REFUSAL_CAUSES; class ++)
		put(out, refusal_class_name((enum refusal_cause) class),
		    json_string(fault_name(n->faults[class])));
	return out;
}

static json_t *numbers_of(const struct account *a)
{
	const struct verdict_numbers *n = &a->verdict.numbers;
	json_t *out = json_object();

	put(out, "last_settled_day", day_of(a->last));
	if (!n->known)
		return out;
	put_integer(out, "window_days", n->window_days);
	put_integer(out, "observed_days", n->observed_days);
	put_integer(out, "covered_days", n->covered_days);
	put_integer(out, "reporters", n->reporters);
	put_integer(out, "sessions", n->sessions);
	put_integer(out, "refused_sessions", n->refused);
	put_integer(out, "sender_local_refused_sessions", n->local_refused);
	put_integer(out, "n", n->n);
	put_integer(out, "x", n->x);
	put(out, "ratio",
	    n->n > 0 ? json_real((double)n->x / (double)n->n) : json_null());
	put(out, "upper", json_real(n->upper));
	put(out, "limit", json_real(n->limit));
	put_integer(out, "gap_days", n->gap_days);
	put_integer(out, "stale_limit_days", n->stale_limit);
	put_integer(out, "untested_sessions", n->untested_sessions);
	put(out, "faults", faults_of(n));
	return out;
}

static json_t *patterns_of(const struct sts_policy *policy)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < policy->mx_count; i++)
		(void)json_array_append_new(out, string_of(policy->mx[i]));
	return out;
}

static json_t *source_of(enum policy_source source)
{
	static const char *const names[] = {
		[SOURCE_NOBODY] = "nobody",
		[SOURCE_CONFIGURATION] = "configuration",
		[SOURCE_REPORTS] = "reports",
		[SOURCE_SIGNED] = "signed_reports",
		[SOURCE_UNSIGNED] = "unsigned_reports",
	};

	return json_string(names[source]);
}

static json_t *other_of(const struct account *a)
{
	json_t *out;

	if (a->policy.other == NULL)
		return json_null();
	out = json_object();
	put(out, "mode",
	    json_string(sts_mode_name(a->policy.other->policy.mode)));
	put(out, "mx", patterns_of(&a->policy.other->policy));
	put(out, "reporter", string_of(a->other_reporter));
	put(out, "last_day", day_of(a->policy.other_newest));
	return out;
}

static json_t *policy_of(const struct account *a)
{
	const struct sts_policy *policy = &a->policy.policy;
	json_t *out = json_object();

	put(out, "mode", json_string(sts_mode_name(policy->mode)));
	put(out, "mode_from", source_of(a->policy.mode_from));
	put(out, "mx", patterns_of(policy));
	put(out, "mx_from", source_of(a->policy.mx_from));
	put(out, "max_age",
	    policy->max_age > 0 ? json_integer(policy->max_age) : json_null());
	put(out, "since", day_of(a->policy.since));
	put(out, "not_obeyed", other_of(a));
	return out;
}

static json_t *reporters_of(const struct account *a)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < a->reporter_count; i++) {
		one = json_object();
		put(one, "name", string_of(a->reporters[i].name));
		put(one, "proved", json_boolean(a->reporters[i].proved));
		put_integer(one, "days", a->reporters[i].days);
		put_integer(one, "sessions", a->reporters[i].sessions);
		put_integer(one, "refused_sessions", a->reporters[i].refused);
		(void)json_array_append_new(out, one);
	}
	return out;
}

static json_t *days_of(const struct account *a)
{
	json_t *out = json_array(), *one;
	size_t i;

	for (i = 0; i < a->day_count; i++) {
		one = json_object();
		put(one, "day", day_of(a->days[i].day));
		put(one, "settled", json_boolean(a->days[i].settled));
		put_integer(one, "sessions", a->days[i].sessions);
		put_integer(one, "refused_sessions", a->days[i].refused);
		(void)json_array_append_new(out, one);
	}
	return out;
}

static json_t *failure_of(const struct account *a,
                          const struct account_failure *failure)
{
	json_t *out = json_object(), *names = json_array();
	struct buf cure = BUF_INIT(TEXT_MOST);
	size_t i;

	put(out, "mx",
	    failure->mx.len > 0 ? string_of(failure->mx) : json_null());
	put(out, "mx_unlisted",
	    json_boolean(failure->type == POLICY_STS &&
	                 words_is_unlisted(a, failure->mx)));
	put(out, "policy_type", json_string(policy_type_name(failure->type)));
	put(out, "result_type", json_string(result_type_name(failure->result)));
	put_integer(out, "sessions", failure->sessions);
	put(out, "last_day", day_of(failure->last_day));
	for (i = 0; i < failure->reporter_count; i++)
		(void)json_array_append_new(names,
		                            string_of(failure->reporters[i]));
	put(out, "reporters", names);
	put(out, "reason_code",
	    failure->reason.len > 0 ? string_of(failure->reason) : json_null());
	put(out, "fault", json_string(words_blame(a, failure->result)));
	put(out, "meaning", json_string(words_result_meaning(failure->result)));
	words_result_cure(a, failure->result, &cure);
	put(out, "cure", buf_string(&cure));
	buf_free(&cure);
	return out;
}

static json_t *failures_of(const struct account *a)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < a->failure_count; i++)
		(void)json_array_append_new(out,
		                            failure_of(a, &a->failures[i]));
	return out;
}

static json_t *next_of(const struct account *a)
{
	struct buf text = BUF_INIT(TEXT_MOST);
	json_t *out = json_object();
	bool publishes = words_publishes(a);

	words_next(a, &text);
	put(out, "sentence", buf_string(&text));
	put(out, "mode", json_string(sts_mode_name(a->verdict.advised_mode)));
	put_integer(out, "max_age", a->verdict.advised_max_age);
	put(out, "publish", json_boolean(publishes));
	words_policy_file(a, &text);
	put(out, "policy_file",
	    publishes && text.len > 0 ? buf_string(&text) : json_null());
	buf_reset(&text);
	words_policy_id(a, &text);
	put(out, "txt_id", publishes ? buf_string(&text) : json_null());
	buf_reset(&text);
	buf_add_text(&text, "_mta-sts.");
	buf_add(&text, a->domain.data, a->domain.len);
	buf_add_text(&text, ". IN TXT \"v=STSv1; id=");
	words_policy_id(a, &text);
	buf_add_text(&text, ";\"");
	put(out, "txt_record", publishes ? buf_string(&text) : json_null());
	buf_free(&text);
	return out;
}

static json_t *culprits_of(const struct account *a)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < a->verdict.culprit_count; i++)
		(void)json_array_append_new(out, string_of(a->culprits[i]));
	return out;
}

/* --- the whole ----------------------------------------------------------- */

void account_json(const struct account *account, struct buf *out)
{
	json_t *root = json_object();
	char *text;

	put(root, "domain", string_of(account->domain));
	put(root, "verdict",
	    json_string(verdict_state_name(account->verdict.state)));
	put_integer(root, "code", (int64_t)account->verdict.state);
	put_integer(root, "time", account->now);
	put(root, "sentence", json_string(words_state(account->verdict.state)));
	put(root, "reasons", reasons_of(account));
	put(root, "numbers", numbers_of(account));
	put(root, "policy", policy_of(account));
	put(root, "culprits", culprits_of(account));
	put(root, "reporters", reporters_of(account));
	put(root, "days", days_of(account));
	put(root, "failures", failures_of(account));
	put(root, "next_step", next_of(account));
	put(root, "from_proved_reports",
	    json_string(verdict_state_name(account->verdict.proved)));
	text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(10));
	json_decref(root);
	buf_add_text(out, text != NULL ? text : "null");
	free(text);
}
