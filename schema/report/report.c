#include "schema/report/report.h"

#include <assert.h>

#include "base/timestamp.h"
#include "schema/limits.h"

static const char *const policy_type_names[] = {
	[POLICY_TLSA] = "tlsa",
	[POLICY_STS] = "sts",
	[POLICY_NOT_FOUND] = "no-policy-found",
	[POLICY_OTHER] = "other",
};

static const char *const result_type_names[] = {
	[RESULT_STARTTLS_NOT_SUPPORTED] = "starttls-not-supported",
	[RESULT_CERTIFICATE_HOST_MISMATCH] = "certificate-host-mismatch",
	[RESULT_CERTIFICATE_EXPIRED] = "certificate-expired",
	[RESULT_CERTIFICATE_NOT_TRUSTED] = "certificate-not-trusted",
	[RESULT_VALIDATION_FAILURE] = "validation-failure",
	[RESULT_TLSA_INVALID] = "tlsa-invalid",
	[RESULT_DNSSEC_INVALID] = "dnssec-invalid",
	[RESULT_DANE_REQUIRED] = "dane-required",
	[RESULT_STS_POLICY_FETCH_ERROR] = "sts-policy-fetch-error",
	[RESULT_STS_POLICY_INVALID] = "sts-policy-invalid",
	[RESULT_STS_WEBPKI_INVALID] = "sts-webpki-invalid",
	[RESULT_OTHER] = "other",
};

static_assert(ARRAY_LENGTH(policy_type_names) == POLICY_TYPES,
              "every policy type has a name");
static_assert(ARRAY_LENGTH(result_type_names) == RESULT_TYPES,
              "every result type has a name");

const char *policy_type_name(enum policy_type type)
{
	return policy_type_names[type];
}

const char *result_type_name(enum result_type type)
{
	return result_type_names[type];
}

enum policy_type policy_type_of(struct text name)
{
	int type;

	for (type = 0; type < POLICY_OTHER; type++) {
		if (text_is(name, policy_type_names[type]))
			break;
	}
	return (enum policy_type)type;
}

enum result_type result_type_of(struct text name)
{
	int type;

	for (type = 0; type < RESULT_OTHER; type++) {
		if (text_is(name, result_type_names[type]))
			break;
	}
	return (enum result_type)type;
}

int64_t report_day(const struct report *report)
{
	return timestamp_day(report->begin + (report->end - report->begin) / 2);
}

size_t report_parse_memory(size_t json_len)
{
	size_t memory = LIMIT_PARSER_BASE;

	if (json_len > LIMIT_PARSER_MAX / LIMIT_PARSER_FACTOR)
		return LIMIT_PARSER_MAX;
	return memory + json_len * LIMIT_PARSER_FACTOR;
}
