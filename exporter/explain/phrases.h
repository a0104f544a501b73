/*
 * What verdicts, reasons and result types mean, in plain sentences.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_H
#define EXPORTER_EXPLAIN_PHRASES_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* One sentence on what a state means for the owner. */
const char *phrases_state(enum verdict_state state);

/* One sentence on why, with its numbers. */
void phrases_reason_write(const struct explanation *account,
                          enum verdict_reason reason, struct buf *out);

/* What a result type means, and what is to be done about it. */
const char *phrases_result_meaning(enum result_type type);
void phrases_result_remedy(const struct explanation *account,
                           enum result_type type, struct buf *out);

/* Whether a failure names an MX host that the policy in force leaves out: its
   mx patterns are known and none of them covers the host (RFC 8461 section
   4.1). */
bool phrases_result_is_unlisted_mx(const struct explanation *account,
                                   struct text mx);

/* The class that a result type's refusals belong to, -1 for those that an
   enforced policy does not refuse. */
int phrases_result_refusal_cause(enum result_type type);

/* Whose fault a group of failures looks like: "receiver", "sender", "unknown",
   or "none" where enforcing would refuse nothing. */
const char *phrases_result_fault(const struct explanation *account,
                                 enum result_type type);

/* What to do next, in a sentence or two. */
void phrases_next_step(const struct explanation *account, struct buf *out);

/* Whether the next step is another policy than the one in force. */
bool phrases_publishes_policy(const struct explanation *account);

/* The id for the TXT record that announces it. */
void phrases_policy_id(const struct explanation *account, struct buf *out);

/* 0.0123 as "1.23 %". */
void phrases_percent(double ratio, struct buf *out);

/* 1234567 as "1 234 567". */
void phrases_count(int64_t count, struct buf *out);

/* A UTC day as 2026-11-25. */
void phrases_day(int64_t day, struct buf *out);

#endif
