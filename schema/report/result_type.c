#include "schema/report/result_type.h"

#include <assert.h>

#include "base/attr.h"

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

static_assert(ARRAY_LENGTH(result_type_names) == RESULT_TYPES,
              "every result type has a name");

const char *result_type_name(enum result_type type)
{
	return result_type_names[type];
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
