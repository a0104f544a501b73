/*
 * The body of a stored report: the elements of its policies[] and their
 * details, packed into one value of its row. What repeats stands in it by the
 * ids of the dictionary tables.
 *
 *	body    = version count element*
 *	element = flags [origin] [type-text] [domain] [policy]
 *	          successes failures [count detail*]
 *	detail  = flags type sessions [type-text] [sending-ip] [receiving-ip]
 *	          [mx] [helo] [reason] [additional]
 *
 * version is one byte, 1; flags is one byte, and says which of the members in
 * brackets follow. A number is unsigned LEB128: seven bits a byte, the lowest
 * first, the top bit set in all but the last byte. A text or an address is its
 * length, a number, and its bytes.
 */
#ifndef SCHEMA_STORE_BODY_H
#define SCHEMA_STORE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/report/report.h"

/* Ids are 0 where there is none. */
struct body_detail {
	enum result_type type;
	struct text type_text; /* as written, where the type is unknown */
	int64_t sessions;
	struct report_ip sending_ip;
	struct report_ip receiving_ip;
	int64_t mx_id;     /* host */
	int64_t helo_id;   /* host */
	int64_t reason_id; /* reason */
	struct text additional;
};

struct body_element {
	int64_t domain_id;
	enum policy_type type;
	struct text type_text;  /* as written, where the type is unknown */
	int64_t policy_id;      /* policy_text */
	bool has_policy_string; /* it shows a policy, whatever became of the
	                           text */
	int origin;             /* bits of contribution.h */
	int64_t successes;
	int64_t failures;
	struct body_detail *details;
	size_t detail_count;
};

struct body {
	struct body_element *elements;
	size_t count;
};

/* Adds the packed body to out. Counts and ids are not negative. */
void body_encode(const struct body *body, struct buf *out);

/* Unpacks a body; what it holds lives in arena, texts are copied into it. Fails
   with ERR_DAMAGED where the bytes are none that body_encode() wrote. */
int body_decode(struct text packed, struct arena *arena, struct body *body,
                struct err *err) ATTR_MUST_CHECK;

#endif
