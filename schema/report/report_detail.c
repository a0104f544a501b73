#include "schema/report/report_detail.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/domain.h"
#include "schema/limits.h"

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

void report_detail_read_all(struct report_reader *rd, const json_t *element,
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
