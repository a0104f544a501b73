/*
 * What a report was accepted with although it should not be so: one bit and
 * one name each. What is merely written in another way (an end of 23:59:59 or
 * of the next midnight, unknown members, several gzip members) is normalised
 * without a word, and what cannot be counted rightly is refused.
 */
#ifndef SCHEMA_REPORT_QUIRK_H
#define SCHEMA_REPORT_QUIRK_H

#include <stdint.h>

#include "base/buf.h"

/* The numbers are stored as bits: append only, at most 63. */
enum quirk {
	/* the container */
	QUIRK_GZIP_TRAILING_ZEROS,
	QUIRK_GZIP_TRAILING_GARBAGE,
	QUIRK_LABEL_DISAGREES, /* media type or name against bytes */
	/* the text */
	QUIRK_BYTE_ORDER_MARK,
	QUIRK_INVALID_UTF8,   /* replaced by U+FFFD */
	QUIRK_LONE_SURROGATE, /* replaced by U+FFFD */
	QUIRK_TEXT_CUT,       /* a string over LIMIT_STRING */
	QUIRK_WRONG_KIND,     /* a member of another JSON type, left out */
	QUIRK_EXPLICIT_NULL,
	QUIRK_EMPTY_STRING, /* for a host, an address or a policy */
	/* who and when */
	QUIRK_ORGANIZATION_MISSING,
	QUIRK_CONTACT_MISSING,
	QUIRK_CONTACT_NOT_ADDRESS,
	QUIRK_REPORT_ID_MISSING,
	QUIRK_REPORT_ID_NOT_STRING,
	QUIRK_DATE_NO_OFFSET,
	QUIRK_DATE_SPACE,
	QUIRK_DATE_HOUR_24,
	QUIRK_RANGE_EMPTY,
	QUIRK_RANGE_NOT_A_DAY,
	QUIRK_LATE,
	/* policies */
	QUIRK_POLICIES_EMPTY,
	QUIRK_POLICY_TYPE_UNKNOWN,
	QUIRK_DOMAIN_MISSING,
	QUIRK_DOMAIN_SPELLING, /* upper case, trailing dot */
	QUIRK_DOMAIN_U_LABEL,
	QUIRK_DOMAIN_FOREIGN, /* beside ours; its part was left out */
	QUIRK_DOMAIN_FROM_HINT,
	QUIRK_POLICY_STRING_NOT_LIST,
	QUIRK_POLICY_STRING_NESTED, /* a JSON array inside a string */
	QUIRK_MX_HOST_NOT_LIST,
	QUIRK_MX_HOST_SPELLING, /* brackets or "mx:" around the name */
	QUIRK_LIST_NESTED,
	QUIRK_LIST_CUT,
	/* counts */
	QUIRK_COUNT_STRING,
	QUIRK_COUNT_FLOAT,
	QUIRK_COUNT_MISSING, /* one of the two: 0 */
	QUIRK_COUNT_CAPPED,
	/* failure-details */
	QUIRK_DETAILS_NOT_LIST,
	QUIRK_RESULT_TYPE_UNKNOWN,
	QUIRK_RESULT_TYPE_MISSING,
	QUIRK_DETAIL_COUNT_MISSING,
	QUIRK_MEMBER_ALIAS, /* a draft's or a placeholder's name */
	QUIRK_IP_INVALID,
	QUIRK_MX_NAME_SPELLING,
	QUIRK_DETAILS_SUM, /* not the failure total; types may overlap */
	QUIRK_HINT_DISAGREES,
	/* the mail around it */
	QUIRK_MAIL_NO_REPORT_HEADERS, /* TLS-Report-Domain or -Submitter */
	QUIRK_MAIL_NOT_REPORT_TYPE,   /* no multipart/report of type tlsrpt */
	QUIRK_MAIL_BOUNDARY_OPEN,     /* the last boundary is missing */
	QUIRKS,                       /* how many there are */
};

#define QUIRK_BIT(quirk) (UINT64_C(1) << (quirk))

/* A fixed lower-case name such as "date-no-offset". */
const char *quirk_name(enum quirk quirk);

/* Adds the names of all bits, separated by a blank. */
void quirk_print_names(uint64_t quirks, struct buf *out);

#endif
