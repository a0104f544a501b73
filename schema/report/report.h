/*
 * A TLS report (RFC 8460 section 4.4) in memory.
 *
 * What always holds of one that report_parse() returned:
 *   (1) begin <= end, both in Unix seconds, end exclusive;
 *   (2) counts are 0 to LIMIT_COUNT_CAP;
 *   (3) a domain is a normalised name or empty;
 *   (4) every text is valid UTF-8 of at most LIMIT_STRING bytes and may hold
 *       any character, NUL and line feeds too: whoever prints it escapes it;
 *   (5) nothing in it is an absent pointer: what the report does not say is an
 *       empty text, a list of none, or a zero.
 */
#ifndef SCHEMA_REPORT_REPORT_H
#define SCHEMA_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/report/policy_type.h"
#include "schema/report/result_type.h"

/* An IP address in the shortest binary form: 4 or 16 bytes, 0 for none. */
struct report_ip {
	uint8_t bytes[16];
	uint8_t len;
};

/* One element of failure-details. */
struct report_detail {
	enum result_type type;
	struct text type_text; /* as written, where type is RESULT_OTHER */
	int64_t sessions;      /* failed-session-count */
	struct report_ip sending_ip;
	struct report_ip receiving_ip;
	struct text receiving_mx; /* receiving-mx-hostname */
	struct text helo;         /* receiving-mx-helo */
	struct text reason;       /* failure-reason-code */
	struct text additional;   /* additional-information */
};

/* One element of policies. */
struct report_policy {
	enum policy_type type;
	struct text type_text; /* as written, where type is POLICY_OTHER */
	struct text domain;    /* policy-domain, normalised */
	struct text_list policy_string;
	struct text_list mx_hosts; /* mx-host */
	int64_t successes;         /* total-successful-session-count */
	int64_t failures;          /* total-failure-session-count */
	struct report_detail *details;
	size_t detail_count;
};

struct report {
	struct text organization; /* organization-name */
	struct text contact;      /* contact-info */
	struct text id;           /* report-id */
	int64_t begin;            /* date-range */
	int64_t end;
	uint64_t quirks; /* bits of enum quirk */
	struct report_policy *policies;
	size_t policy_count;
};

/* What a document that is no report fails by. */
enum report_fault {
	REPORT_NOT_JSON,
	REPORT_BAD_DATE_RANGE,
	REPORT_BAD_SCHEMA,
	REPORT_FAULTS,
};

/* Parses the JSON of one report. json need not be NUL-terminated and must
   outlive the report, which lives in arena; so does what jansson allocates,
   under the limit that the arena was given. Fails with ERR_MALFORMED or
   ERR_TOO_LARGE and a sentence that begins with the member's path
   ("policies[3].summary.total-failure-session-count: -1 is negative"); *fault
   says what kind of failure it is; it may be NULL. */
int report_parse(struct arena *arena, const char *json, size_t len,
                 struct report **report, enum report_fault *fault,
                 struct err *err) ATTR_MUST_CHECK;

/* Call once before any thread starts: jansson's allocator and hash seed are
   the process's. */
void report_json_init(void);

/* The most that an arena for a JSON text of this length should try to give. */
size_t report_parse_memory(size_t json_len);

/* The UTC day on which a report is booked: that of the middle of its range. */
int64_t report_day(const struct report *report);

#endif
