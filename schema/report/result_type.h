/*
 * The result types of reports and their names.
 */
#ifndef SCHEMA_REPORT_RESULT_TYPE_H
#define SCHEMA_REPORT_RESULT_TYPE_H

#include "base/text.h"

/* RFC 8460 section 4.3 and the IANA registry "STARTTLS Validation Result
   Types". The numbers are stored: append only. */
enum result_type {
	RESULT_STARTTLS_NOT_SUPPORTED,
	RESULT_CERTIFICATE_HOST_MISMATCH,
	RESULT_CERTIFICATE_EXPIRED,
	RESULT_CERTIFICATE_NOT_TRUSTED,
	RESULT_VALIDATION_FAILURE,
	RESULT_TLSA_INVALID,
	RESULT_DNSSEC_INVALID,
	RESULT_DANE_REQUIRED,
	RESULT_STS_POLICY_FETCH_ERROR,
	RESULT_STS_POLICY_INVALID,
	RESULT_STS_WEBPKI_INVALID,
	RESULT_OTHER, /* not registered; the report's own word is kept */
	RESULT_TYPES, /* how many there are */
};

/* As the RFC writes them; "other" for what it does not know. */
const char *result_type_name(enum result_type type);
enum result_type result_type_of(struct text name);

#endif
