/*
 * Tolerant in, strict inside. What a member may be is said once, where it is
 * read.
 */
#include "schema/report/report.h"

#include <string.h>

#include "base/domain.h"
#include "base/timestamp.h"
#include "schema/limits.h"
#include "schema/report/policy_type.h"
#include "schema/report/quirk.h"
#include "schema/report/report_detail.h"
#include "schema/report/report_json.h"
#include "schema/report/report_list.h"
#include "schema/report/report_reader.h"

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
	if (!rd->failed) {
		report_parse_range(rd, root, report);
		if (rd->failed)
			rd->fault = REPORT_BAD_DATE_RANGE;
	}
	report_parse_policies(rd, root, report);
}

int report_parse(struct arena *arena, const char *json, size_t len,
                 struct report **out, enum report_fault *fault, struct err *err)
{
	struct report_reader rd = {
		.arena = arena, .err = err, .fault = REPORT_BAD_SCHEMA};
	enum report_fault ignored;
	struct report *report;
	json_t *root;

	if (fault == NULL)
		fault = &ignored;
	*fault = REPORT_NOT_JSON;
	if (report_json_load(arena, json, len, &root, &rd.quirks, err) < 0)
		return -1;
	*fault = REPORT_BAD_SCHEMA;
	if (!json_is_object(root))
		return err_set(err, ERR_MALFORMED,
		               "the top of the JSON is not an object");
	report = arena_alloc(arena, sizeof(*report));
	report_parse_members(&rd, root, report);
	if (rd.failed) {
		*fault = rd.fault;
		return -1;
	}
	report->quirks = rd.quirks;
	*out = report;
	return 0;
}

size_t report_parse_memory(size_t json_len)
{
	size_t memory = LIMIT_PARSER_BASE;

	if (json_len > LIMIT_PARSER_MAX / LIMIT_PARSER_FACTOR)
		return LIMIT_PARSER_MAX;
	return memory + json_len * LIMIT_PARSER_FACTOR;
}
