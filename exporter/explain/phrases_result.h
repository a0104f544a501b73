/*
 * What the result types of failures mean, in plain sentences.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_RESULT_H
#define EXPORTER_EXPLAIN_PHRASES_RESULT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"
#include "exporter/explain/explanation.h"

/* What a result type means, and what is to be done about it. */
const char *phrases_result_meaning(enum result_type type);
void phrases_result_remedy(const struct explanation *explanation,
                           enum result_type type, struct buf *out);

/* Whether a failure names an MX host that the policy in force leaves out: its
   mx patterns are known and none of them covers the host (RFC 8461 section
   4.1). */
bool phrases_result_is_unlisted_mx(const struct explanation *explanation,
                                   struct text mx);

/* Whose fault a group of failures looks like: "receiver", "sender", "unknown",
   or "none" where enforcing would refuse nothing. */
const char *phrases_result_fault(const struct explanation *explanation,
                                 enum result_type type);

#endif
