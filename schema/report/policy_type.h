/*
 * The policy types of reports and their names.
 */
#ifndef SCHEMA_REPORT_POLICY_TYPE_H
#define SCHEMA_REPORT_POLICY_TYPE_H

#include "base/text.h"

/* RFC 8460 section 4.4, policy-type. The numbers are stored: append only. */
enum policy_type {
	POLICY_TLSA,
	POLICY_STS,
	POLICY_NOT_FOUND,
	POLICY_OTHER, /* not in the RFC; the report's own word is kept */
	POLICY_TYPES, /* how many there are */
};

/* As the RFC writes them; "other" for what it does not know. */
const char *policy_type_name(enum policy_type type);
enum policy_type policy_type_of(struct text name);

#endif
