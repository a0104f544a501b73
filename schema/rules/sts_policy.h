/*
 * An MTA-STS policy (RFC 8461 section 3.2): read from the lines of a file or of
 * a policy-string, compared, matched against hosts, and printed. Pure
 * functions.
 */
#ifndef SCHEMA_RULES_STS_POLICY_H
#define SCHEMA_RULES_STS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "schema/report/report.h"

enum sts_mode {
	STS_MODE_UNKNOWN,
	STS_MODE_NONE,
	STS_MODE_TESTING,
	STS_MODE_ENFORCE,
	STS_MODES,
};

struct sts_policy {
	enum sts_mode mode;
	int64_t max_age;       /* seconds, 0: not said */
	const struct text *mx; /* patterns, normalised, sorted, once each */
	size_t mx_count;
	uint8_t set[DIGEST_SIZE]; /* of the patterns */
};

const char *sts_policy_mode_name(enum sts_mode mode);

/* Reads the lines of a policy-string. What is not understood is passed over;
   a policy without a mode that is known has STS_MODE_UNKNOWN. */
void sts_policy_parse(struct arena *arena, const struct text_list *lines,
                      struct sts_policy *out);

/* The same from patterns alone. */
void sts_policy_from_patterns(struct arena *arena, const char *const *patterns,
                              size_t count, struct sts_policy *out);

/* Less than, equal to or greater than 0 by their patterns, then by mode:
   policies that say the same are equal, however they are spelt. */
int sts_policy_compare(const struct sts_policy *a, const struct sts_policy *b);

/* Whether an mx pattern of a policy covers a host (RFC 8461 section 4.1): "*."
   stands for exactly one label. Both in any case, with or without a dot at the
   end. */
bool sts_policy_mx_matches(struct text pattern, struct text host);

/* Whether one of the patterns covers a host. */
bool sts_policy_covers(const struct text *mx, size_t count, struct text host);

/* The file to publish, with line feeds; nothing where there are no patterns. */
void sts_policy_print(enum sts_mode mode, const struct text *mx, size_t count,
                      int64_t max_age, struct buf *out);

#endif
