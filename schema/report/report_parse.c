/*
 * Tolerant in, strict inside. What a member may be is said once, where it is
 * read; the three treatments are: nothing, report_reader_note() a quirk,
 * report_reader_fail() with the member's path. The first failure sticks and
 * ends everything.
 */
#include "schema/report/report.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "base/domain.h"
#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/report/quirk.h"
#include "schema/report/report_json.h"

/* Where we are in the document, from the inside out; only read on failure. */
struct report_path {
	const struct report_path *up;
	const char *key; /* NULL: an element */
	size_t index;
};

struct report_reader {
	struct arena *arena;
	struct err *err;
	uint64_t quirks;
	size_t details; /* in the whole report */
	int64_t sessions, detail_sessions;
	size_t u_labels;
	struct text mx_written, mx_normal; /* the last receiving MX */
	bool failed;
};

static void report_reader_note(struct report_reader *rd, enum quirk quirk)
{
	rd->quirks |= QUIRK_BIT(quirk);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, six. */
static void report_reader_print_path(const struct report_path *path,
                                     struct buf *out)
{
	if (path == NULL)
		return;
	report_reader_print_path(path->up, out);
	if (path->key == NULL)
		buf_printf(out, "[%zu]", path->index);
	else
		buf_printf(out, "%s%s", out->len > 0 ? "." : "", path->key);
}

static void report_reader_fail_with(struct report_reader *rd,
                                    enum err_code code,
                                    const struct report_path *up,
                                    const char *key, const char *sentence)
{
	struct report_path path = {up, key, 0};
	struct buf text = BUF_INIT(ERR_TEXT_SIZE);

	if (rd->failed)
		return;
	rd->failed = true;
	report_reader_print_path(key != NULL ? &path : up, &text);
	(void)err_set(rd->err, code, "%s: %s", buf_text(&text), sentence);
	buf_free(&text);
}

static void report_reader_fail(struct report_reader *rd,
                               const struct report_path *up, const char *key,
                               const char *sentence)
{
	report_reader_fail_with(rd, ERR_MALFORMED, up, key, sentence);
}

/* An array of zeros in the arena, or NULL and a failure where that is over its
   limit: how many elements there are is the sender's word. */
static void *report_reader_array(struct report_reader *rd, size_t count,
                                 size_t size, const struct report_path *up)
{
	void *array = arena_try_array(rd->arena, count, size);

	if (array == NULL)
		report_reader_fail_with(
			rd, ERR_TOO_LARGE, up, NULL,
			"more than we can hold of a report of this size");
	return array;
}

/* --- members ------------------------------------------------------------- */

/* A member, or NULL when it is absent or null: null is absence everywhere. */
static json_t *report_reader_member(struct report_reader *rd,
                                    const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (json_is_null(value)) {
		report_reader_note(rd, QUIRK_EXPLICIT_NULL);
		return NULL;
	}
	return value;
}

static struct text report_reader_string(struct report_reader *rd,
                                        const json_t *value)
{
	struct text text = {json_string_value(value),
	                    json_string_length(value)};

	if (text.len > LIMIT_STRING)
		report_reader_note(rd, QUIRK_TEXT_CUT);
	return text_cut(text, LIMIT_STRING);
}

/* An optional string; anything else is left out with a flag. */
static struct text report_reader_text(struct report_reader *rd,
                                      const json_t *object, const char *key)
{
	const json_t *value = report_reader_member(rd, object, key);

	if (value == NULL)
		return TEXT("");
	if (!json_is_string(value)) {
		report_reader_note(rd, QUIRK_WRONG_KIND);
		return TEXT("");
	}
	return report_reader_string(rd, value);
}

/* A string under its own name or, with a flag, a draft's. */
static struct text report_reader_text_or_alias(struct report_reader *rd,
                                               const json_t *object,
                                               const char *key,
                                               const char *alias)
{
	struct text text = report_reader_text(rd, object, key);

	if (text.len > 0 || json_object_get(object, alias) == NULL)
		return text;
	report_reader_note(rd, QUIRK_MEMBER_ALIAS);
	return report_reader_text(rd, object, alias);
}

/* A host or address: an empty string is an absent one. */
static struct text report_reader_name(struct report_reader *rd,
                                      const json_t *object, const char *key)
{
	struct text text = report_reader_text(rd, object, key);

	if (text.len == 0 && json_is_string(json_object_get(object, key)))
		report_reader_note(rd, QUIRK_EMPTY_STRING);
	return text_trim(text);
}

/* --- counts -------------------------------------------------------------- */

/* A whole number in float form, "1.0e1"; -1 when it failed. */
static int64_t report_reader_count_real(struct report_reader *rd, double real,
                                        const struct report_path *up,
                                        const char *key)
{
	char sentence[96];

	report_reader_note(rd, QUIRK_COUNT_FLOAT);
	if (real >= 0 && real <= (double)LIMIT_COUNT_MAX && floor(real) >= real)
		return (int64_t)real;
	(void)snprintf(sentence, sizeof(sentence), "%g is not a count", real);
	report_reader_fail(rd, up, key, sentence);
	return -1;
}

static bool report_reader_count_string(struct report_reader *rd,
                                       const json_t *value, int64_t *count)
{
	if (!json_is_string(value))
		return false;
	report_reader_note(rd, QUIRK_COUNT_STRING);
	return text_integer(text_trim(report_reader_string(rd, value)), count);
}

/* A count, from a whole number in any JSON form; -1 when it failed. */
static int64_t report_reader_count_value(struct report_reader *rd,
                                         const json_t *value,
                                         const struct report_path *up,
                                         const char *key)
{
	int64_t count = 0;
	char sentence[96];

	if (json_is_real(value))
		return report_reader_count_real(rd, json_real_value(value), up,
		                                key);
	if (json_is_integer(value)) {
		count = json_integer_value(value);
	} else if (!report_reader_count_string(rd, value, &count)) {
		report_reader_fail(rd, up, key, "not a number");
		return -1;
	}
	if (count >= 0 && count <= LIMIT_COUNT_MAX)
		return count;
	(void)snprintf(sentence, sizeof(sentence), "%lld is %s",
	               (long long)count,
	               count < 0 ? "negative" : "over 2^53-1");
	report_reader_fail(rd, up, key, sentence);
	return -1;
}

static int64_t report_reader_count(struct report_reader *rd,
                                   const json_t *object,
                                   const struct report_path *up,
                                   const char *key)
{
	const json_t *value = report_reader_member(rd, object, key);
	int64_t count;

	if (value == NULL) {
		report_reader_note(rd, QUIRK_COUNT_MISSING);
		return 0;
	}
	count = report_reader_count_value(rd, value, up, key);
	if (count > LIMIT_COUNT_CAP) {
		report_reader_note(rd, QUIRK_COUNT_CAPPED);
		return LIMIT_COUNT_CAP;
	}
	return count;
}

/* What all of a report says, so that sums of reports do not overflow. */
static void report_reader_add_sessions(struct report_reader *rd, int64_t *sum,
                                       int64_t sessions,
                                       const struct report_path *up)
{
	if (rd->failed)
		return;
	*sum += sessions;
	if (*sum > LIMIT_REPORT_SESSIONS)
		report_reader_fail_with(
			rd, ERR_TOO_LARGE, up, NULL,
			"more sessions than we take in a report");
}

static void report_parse_summary(struct report_reader *rd,
                                 const json_t *element,
                                 const struct report_path *up,
                                 struct report_policy *policy)
{
	static const char successes[] = "total-successful-session-count";
	static const char failures[] = "total-failure-session-count";
	const json_t *summary = report_reader_member(rd, element, "summary");
	struct report_path path = {up, "summary", 0};

	if (!json_is_object(summary)) {
		report_reader_fail(rd, up, "summary",
		                   summary == NULL ? "missing"
		                                   : "not an object");
		return;
	}
	if (report_reader_member(rd, summary, successes) == NULL &&
	    report_reader_member(rd, summary, failures) == NULL) {
		report_reader_fail(rd, &path, NULL, "both counts are missing");
		return;
	}
	policy->successes = report_reader_count(rd, summary, &path, successes);
	policy->failures = report_reader_count(rd, summary, &path, failures);
	report_reader_add_sessions(rd, &rd->sessions,
	                           policy->successes + policy->failures, &path);
}

/* --- lists of strings ---------------------------------------------------- */

struct report_list {
	struct report_reader *rd;
	struct text_list *list;
	enum quirk not_list;
};

static void report_list_add(struct report_list *lr, struct text item)
{
	if (lr->list->count == LIMIT_LIST) {
		report_reader_note(lr->rd, QUIRK_LIST_CUT);
		return;
	}
	lr->list->items[lr->list->count++] = item;
}

static void report_list_add_value(struct report_list *lr, const json_t *value)
{
	size_t i;

	if (json_is_string(value)) {
		report_list_add(lr, report_reader_string(lr->rd, value));
	} else if (json_is_array(value)) {
		report_reader_note(lr->rd, QUIRK_LIST_NESTED);
		for (i = 0; i < json_array_size(value); i++) {
			const json_t *inner = json_array_get(value, i);

			if (json_is_string(inner))
				report_list_add(lr, report_reader_string(
							    lr->rd, inner));
			else
				report_reader_note(lr->rd, QUIRK_WRONG_KIND);
		}
	} else {
		report_reader_note(lr->rd, QUIRK_WRONG_KIND);
	}
}

static size_t report_list_room(const json_t *value)
{
	size_t room = 0, i;

	if (!json_is_array(value))
		return 1;
	for (i = 0; i < json_array_size(value) && room < LIMIT_LIST; i++) {
		const json_t *inner = json_array_get(value, i);

		room += json_is_array(inner) ? json_array_size(inner) : 1;
	}
	return room < LIMIT_LIST ? room : LIMIT_LIST;
}

/* A list of strings, or one string for it with a flag. */
static void report_list_read(struct report_reader *rd, const json_t *value,
                             const struct report_path *up, enum quirk not_list,
                             struct text_list *list)
{
	struct report_list lr = {rd, list, not_list};
	size_t i;

	list->count = 0;
	if (value == NULL)
		return;
	list->items = report_reader_array(rd, report_list_room(value) + 1,
	                                  sizeof(*list->items), up);
	if (list->items == NULL)
		return;
	if (!json_is_array(value)) {
		report_reader_note(rd, not_list);
		report_list_add_value(&lr, value);
		return;
	}
	for (i = 0; i < json_array_size(value); i++)
		report_list_add_value(&lr, json_array_get(value, i));
}

/* policy-string as Microsoft writes it for tlsa: one string that holds a JSON
   array of the real ones. */
static void report_list_unfold(struct report_reader *rd,
                               const struct report_path *up,
                               struct text_list *list)
{
	const json_t *nested;

	if (list->count == 1 && list->items[0].len == 0) {
		report_reader_note(rd, QUIRK_EMPTY_STRING);
		list->count = 0;
		return;
	}
	if (list->count != 1 || list->items[0].data[0] != '[')
		return;
	nested = report_json_nested(rd->arena, list->items[0].data,
	                            list->items[0].len);
	if (nested == NULL)
		return;
	report_reader_note(rd, QUIRK_POLICY_STRING_NESTED);
	report_list_read(rd, nested, up, QUIRK_POLICY_STRING_NOT_LIST, list);
}

/* mx-host with the decorations that were seen around the name. */
static void report_list_strip_mx_hosts(struct report_reader *rd,
                                       struct text_list *list)
{
	struct text *item;
	size_t i;

	for (i = 0; i < list->count; i++) {
		item = &list->items[i];
		if (text_starts(*item, "mx:")) {
			report_reader_note(rd, QUIRK_MX_HOST_SPELLING);
			*item = text_trim(
				(struct text){item->data + 3, item->len - 3});
		}
		if (item->len >= 2 && item->data[0] == '[' &&
		    item->data[item->len - 1] == ']') {
			report_reader_note(rd, QUIRK_MX_HOST_SPELLING);
			*item = (struct text){item->data + 1, item->len - 2};
		}
	}
	if (list->count == 1 && list->items[0].len == 0) {
		report_reader_note(rd, QUIRK_EMPTY_STRING);
		list->count = 0;
	}
}

/* --- failure-details ----------------------------------------------------- */

static struct report_ip report_detail_read_ip(struct report_reader *rd,
                                              const json_t *object,
                                              const char *key)
{
	struct text text = report_reader_name(rd, object, key);
	struct report_ip ip = {{0}, 0};
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0)
		return ip;
	if (text.len < sizeof(copy) &&
	    memchr(text.data, '\0', text.len) == NULL) {
		memcpy(copy, text.data, text.len);
		copy[text.len] = '\0';
		if (inet_pton(AF_INET, copy, ip.bytes) == 1)
			ip.len = 4;
		else if (inet_pton(AF_INET6, copy, ip.bytes) == 1)
			ip.len = 16;
	}
	if (ip.len == 0)
		report_reader_note(rd, QUIRK_IP_INVALID);
	return ip;
}

/* A receiving MX, normalised when it is a name and kept as written when not:
   it is shown, never compared with what matters. */
static struct text report_detail_read_mx(struct report_reader *rd,
                                         const json_t *object)
{
	struct text name =
		report_reader_name(rd, object, "receiving-mx-hostname");
	struct domain_changes changes = {false, false};
	struct text normal = name;
	struct err ignored;

	if (name.len == 0)
		return name;
	/* Most details of a report name the same few. */
	if (text_equal(name, rd->mx_written))
		return rd->mx_normal;
	if ((!text_is_ascii(name) && rd->u_labels++ >= LIMIT_U_LABELS) ||
	    domain_normalise(rd->arena, name, &normal, &changes, &ignored) <
	            0 ||
	    changes.spelling || changes.u_label)
		report_reader_note(rd, QUIRK_MX_NAME_SPELLING);
	rd->mx_written = name;
	rd->mx_normal = normal;
	return normal;
}

static void report_detail_read_type(struct report_reader *rd,
                                    const json_t *object,
                                    struct report_detail *detail)
{
	struct text name = report_reader_text(rd, object, "result-type");

	detail->type = result_type_of(name);
	if (detail->type != RESULT_OTHER)
		return;
	report_reader_note(rd, name.len == 0 ? QUIRK_RESULT_TYPE_MISSING
	                                     : QUIRK_RESULT_TYPE_UNKNOWN);
	detail->type_text = name;
}

static int64_t report_detail_read_count(struct report_reader *rd,
                                        const json_t *object,
                                        const struct report_path *up)
{
	static const char key[] = "failed-session-count";
	const json_t *value = report_reader_member(rd, object, key);
	int64_t count;

	if (value == NULL) {
		report_reader_note(
			rd,
			json_object_get(object, "session-count") != NULL ||
					json_object_get(
						object,
						"failure-session-count") != NULL
				? QUIRK_MEMBER_ALIAS
				: QUIRK_DETAIL_COUNT_MISSING);
		return 0;
	}
	count = report_reader_count_value(rd, value, up, key);
	if (count <= LIMIT_COUNT_CAP)
		return count;
	report_reader_note(rd, QUIRK_COUNT_CAPPED);
	return LIMIT_COUNT_CAP;
}

static void report_detail_read(struct report_reader *rd, const json_t *object,
                               const struct report_path *up,
                               struct report_detail *detail)
{
	report_detail_read_type(rd, object, detail);
	detail->sessions = report_detail_read_count(rd, object, up);
	report_reader_add_sessions(rd, &rd->detail_sessions, detail->sessions,
	                           up);
	detail->sending_ip =
		report_detail_read_ip(rd, object, "sending-mta-ip");
	detail->receiving_ip =
		report_detail_read_ip(rd, object, "receiving-ip");
	detail->receiving_mx = report_detail_read_mx(rd, object);
	detail->helo = report_reader_name(rd, object, "receiving-mx-helo");
	detail->reason = report_reader_text_or_alias(
		rd, object, "failure-reason-code", "failure-error-code");
	detail->additional = report_reader_text_or_alias(
		rd, object, "additional-information", "additional-info-uri");
}

static void report_detail_add(struct report_reader *rd, const json_t *value,
                              const struct report_path *up,
                              struct report_policy *policy)
{
	if (!json_is_object(value)) {
		report_reader_note(rd, QUIRK_WRONG_KIND);
		return;
	}
	if (++rd->details > LIMIT_DETAILS) {
		report_reader_fail_with(
			rd, ERR_TOO_LARGE, up, NULL,
			"more failure details than we take in a report");
		return;
	}
	report_detail_read(rd, value, up,
	                   &policy->details[policy->detail_count++]);
}

static void report_detail_check_sum(struct report_reader *rd,
                                    const struct report_policy *policy)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < policy->detail_count; i++)
		sum += policy->details[i].sessions;
	if (policy->detail_count > 0 && sum != policy->failures)
		report_reader_note(rd, QUIRK_DETAILS_SUM);
}

/* Only objects are details; what else stands in the list takes no room. */
static size_t report_detail_count(const json_t *list)
{
	size_t count = 0, i;

	if (!json_is_array(list))
		return json_is_object(list) ? 1 : 0;
	for (i = 0; i < json_array_size(list) && count <= LIMIT_DETAILS; i++)
		count += json_is_object(json_array_get(list, i));
	return count;
}

static void report_detail_read_all(struct report_reader *rd,
                                   const json_t *element,
                                   const struct report_path *up,
                                   struct report_policy *policy)
{
	const json_t *list =
		report_reader_member(rd, element, "failure-details");
	struct report_path here = {up, "failure-details", 0},
			   item = {&here, NULL, 0};

	if (list == NULL)
		return;
	policy->details = report_reader_array(rd, report_detail_count(list),
	                                      sizeof(*policy->details), &here);
	if (!json_is_array(list)) {
		report_reader_note(rd, QUIRK_DETAILS_NOT_LIST);
		if (!rd->failed)
			report_detail_add(rd, list, &here, policy);
	} else {
		for (; item.index < json_array_size(list) && !rd->failed;
		     item.index++)
			report_detail_add(rd, json_array_get(list, item.index),
			                  &item, policy);
	}
	report_detail_check_sum(rd, policy);
}

/* --- policies ------------------------------------------------------------ */

static void report_parse_policy_domain(struct report_reader *rd,
                                       const json_t *object,
                                       const struct report_path *up,
                                       struct report_policy *policy)
{
	static const char key[] = "policy-domain";
	const json_t *value = report_reader_member(rd, object, key);
	struct domain_changes changes = {false, false};
	struct text name;
	struct err why;

	if (value != NULL && !json_is_string(value)) {
		report_reader_fail(rd, up, key, "not a domain name");
		return;
	}
	name = value == NULL
	               ? TEXT("")
	               : text_trim((struct text){json_string_value(value),
	                                         json_string_length(value)});
	if (name.len == 0) {
		report_reader_note(rd, QUIRK_DOMAIN_MISSING);
		return;
	}
	if (domain_normalise(rd->arena, name, &policy->domain, &changes, &why) <
	    0) {
		report_reader_fail(rd, up, key, why.text);
		return;
	}
	if (changes.spelling)
		report_reader_note(rd, QUIRK_DOMAIN_SPELLING);
	if (changes.u_label)
		report_reader_note(rd, QUIRK_DOMAIN_U_LABEL);
}

static const json_t *report_parse_mx_host_member(struct report_reader *rd,
                                                 const json_t *object)
{
	const json_t *value = report_reader_member(rd, object, "mx-host");

	if (value == NULL &&
	    json_object_get(object, "mx-host-pattern") != NULL) {
		report_reader_note(rd, QUIRK_MEMBER_ALIAS);
		value = report_reader_member(rd, object, "mx-host-pattern");
	}
	return value;
}

static void report_parse_policy(struct report_reader *rd, const json_t *element,
                                const struct report_path *up,
                                struct report_policy *policy)
{
	const json_t *object = report_reader_member(rd, element, "policy");
	struct report_path path = {up, "policy", 0};
	struct text type;

	if (!json_is_object(object)) {
		report_reader_fail(rd, up, "policy",
		                   object == NULL ? "missing"
		                                  : "not an object");
		return;
	}
	type = report_reader_text(rd, object, "policy-type");
	policy->type = policy_type_of(type);
	if (policy->type == POLICY_OTHER) {
		report_reader_note(rd, QUIRK_POLICY_TYPE_UNKNOWN);
		policy->type_text = type;
	}
	report_parse_policy_domain(rd, object, &path, policy);
	report_list_read(rd, report_reader_member(rd, object, "policy-string"),
	                 &path, QUIRK_POLICY_STRING_NOT_LIST,
	                 &policy->policy_string);
	report_list_unfold(rd, &path, &policy->policy_string);
	report_list_read(rd, report_parse_mx_host_member(rd, object), &path,
	                 QUIRK_MX_HOST_NOT_LIST, &policy->mx_hosts);
	report_list_strip_mx_hosts(rd, &policy->mx_hosts);
	report_parse_summary(rd, element, up, policy);
	report_detail_read_all(rd, element, up, policy);
}

static void report_parse_policies(struct report_reader *rd, const json_t *root,
                                  struct report *report)
{
	const json_t *list = report_reader_member(rd, root, "policies");
	struct report_path here = {NULL, "policies", 0},
			   item = {&here, NULL, 0};
	const json_t *element;

	if (!json_is_array(list)) {
		report_reader_fail(rd, NULL, "policies",
		                   list == NULL ? "missing" : "not an array");
		return;
	}
	if (json_array_size(list) > LIMIT_POLICIES) {
		report_reader_fail_with(
			rd, ERR_TOO_LARGE, NULL, "policies",
			"more policies than we take in a report");
		return;
	}
	if (json_array_size(list) == 0)
		report_reader_note(rd, QUIRK_POLICIES_EMPTY);
	report->policies = report_reader_array(
		rd, json_array_size(list), sizeof(*report->policies), &here);
	for (; item.index < json_array_size(list) && !rd->failed;
	     item.index++) {
		element = json_array_get(list, item.index);
		if (!json_is_object(element))
			report_reader_fail(rd, &item, NULL, "not an object");
		else
			report_parse_policy(
				rd, element, &item,
				&report->policies[report->policy_count++]);
	}
}

/* --- the report ---------------------------------------------------------- */

static int64_t report_parse_date(struct report_reader *rd, const json_t *range,
                                 const char *key)
{
	const json_t *value = report_reader_member(rd, range, key);
	struct timestamp_oddities odd = {false, false, false};
	struct report_path path = {NULL, "date-range", 0};
	int64_t seconds = 0;
	struct err why;

	if (!json_is_string(value)) {
		report_reader_fail(rd, &path, key,
		                   value == NULL ? "missing" : "not a string");
		return 0;
	}
	if (timestamp_parse(text_trim(report_reader_string(rd, value)),
	                    &seconds, &odd, &why) < 0) {
		report_reader_fail(rd, &path, key, why.text);
		return 0;
	}
	if (odd.no_offset)
		report_reader_note(rd, QUIRK_DATE_NO_OFFSET);
	if (odd.space_separator)
		report_reader_note(rd, QUIRK_DATE_SPACE);
	if (odd.hour_24)
		report_reader_note(rd, QUIRK_DATE_HOUR_24);
	return seconds;
}

/* The end is written in three ways: 23:59:59, 24:00:00, and the next day's
   00:00:00. All of them mean the midnight. */
static void report_parse_range(struct report_reader *rd, const json_t *root,
                               struct report *report)
{
	const json_t *range = report_reader_member(rd, root, "date-range");

	if (!json_is_object(range)) {
		report_reader_fail(rd, NULL, "date-range",
		                   range == NULL ? "missing" : "not an object");
		return;
	}
	report->begin = report_parse_date(rd, range, "start-datetime");
	report->end = report_parse_date(rd, range, "end-datetime");
	if (rd->failed)
		return;
	if (report->end < report->begin) {
		report_reader_fail(rd, NULL, "date-range",
		                   "ends before it begins");
		return;
	}
	if (report->end == report->begin)
		report_reader_note(rd, QUIRK_RANGE_EMPTY);
	else if (report->end % SECONDS_PER_DAY == SECONDS_PER_DAY - 1)
		report->end++;
	if (report->begin % SECONDS_PER_DAY != 0 ||
	    report->end - report->begin != SECONDS_PER_DAY)
		report_reader_note(rd, QUIRK_RANGE_NOT_A_DAY);
}

static void report_parse_id(struct report_reader *rd, const json_t *root,
                            struct report *report)
{
	static const char key[] = "report-id";
	const json_t *value = report_reader_member(rd, root, key);

	if (json_is_integer(value)) {
		report_reader_note(rd, QUIRK_REPORT_ID_NOT_STRING);
		report->id.data =
			arena_printf(rd->arena, "%lld",
		                     (long long)json_integer_value(value));
		report->id.len = strlen(report->id.data);
	} else if (json_is_string(value)) {
		if (json_string_length(value) > LIMIT_REPORT_ID) {
			report_reader_fail_with(rd, ERR_TOO_LARGE, NULL, key,
			                        "longer than we take");
			return;
		}
		report->id = report_reader_string(rd, value);
	} else if (value != NULL) {
		report_reader_note(rd, QUIRK_REPORT_ID_NOT_STRING);
	}
	if (report->id.len == 0)
		report_reader_note(rd, QUIRK_REPORT_ID_MISSING);
}

/* An addr-spec as far as it matters: something, "@", a name. */
static bool report_parse_is_address(struct text text)
{
	const char *at = memrchr(text.data, '@', text.len);

	return at != NULL && at != text.data &&
	       at != text.data + text.len - 1 &&
	       memchr(text.data, ' ', text.len) == NULL &&
	       memchr(text.data, ':', text.len) == NULL;
}

static void report_parse_members(struct report_reader *rd, const json_t *root,
                                 struct report *report)
{
	report->organization =
		text_trim(report_reader_text(rd, root, "organization-name"));
	if (report->organization.len == 0)
		report_reader_note(rd, QUIRK_ORGANIZATION_MISSING);
	report->contact =
		text_trim(report_reader_text(rd, root, "contact-info"));
	if (report->contact.len == 0)
		report_reader_note(rd, QUIRK_CONTACT_MISSING);
	else if (!report_parse_is_address(report->contact))
		report_reader_note(rd, QUIRK_CONTACT_NOT_ADDRESS);
	report_parse_id(rd, root, report);
	report_parse_range(rd, root, report);
	report_parse_policies(rd, root, report);
}

int report_parse(struct arena *arena, const char *json, size_t len,
                 struct report **out, struct err *err)
{
	struct report_reader rd = {.arena = arena, .err = err};
	struct report *report;
	json_t *root;

	if (report_json_load(arena, json, len, &root, &rd.quirks, err) < 0)
		return -1;
	report = arena_alloc(arena, sizeof(*report));
	report_parse_members(&rd, root, report);
	if (rd.failed)
		return -1;
	report->quirks = rd.quirks;
	*out = report;
	return 0;
}
