/*
 * What verdicts, reasons and result types mean, in plain sentences.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_H
#define EXPORTER_EXPLAIN_PHRASES_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* One sentence on what a state means for the owner. */
const char *words_state(enum verdict_state state);

/* One sentence on why, with its numbers. */
void words_reason(const struct account *account, enum verdict_reason reason,
                  struct buf *out);

/* What a result type means, and what is to be done about it. */
const char *words_result_meaning(enum result_type type);
void words_result_cure(const struct account *account, enum result_type type,
                       struct buf *out);

/* Whether a failure names an MX host that the policy in force leaves out: its
   mx patterns are known and none of them covers the host (RFC 8461 section
   4.1). */
bool words_is_unlisted(const struct account *account, struct text mx);

/* The class that a result type's refusals belong to, -1 for those that an
   enforced policy does not refuse. */
int words_result_class(enum result_type type);

/* Whose fault a group of failures looks like: "receiver", "sender", "unknown",
   or "none" where enforcing would refuse nothing. */
const char *words_blame(const struct account *account, enum result_type type);

/* What to do next, in a sentence or two. */
void words_next(const struct account *account, struct buf *out);

/* Whether the next step is another policy than the one in force. */
bool words_publishes(const struct account *account);

/* The policy file to publish next, with line feeds; empty where the mx
   patterns are not known. */
void words_policy_file(const struct account *account, struct buf *out);

/* The id for the TXT record that announces it. */
void words_policy_id(const struct account *account, struct buf *out);

/* 0.0123 as "1.23 %". */
void words_percent(double ratio, struct buf *out);

/* 1234567 as "1 234 567". */
void words_count(int64_t count, struct buf *out);

/* A UTC day as 2026-11-25. */
void words_day(int64_t day, struct buf *out);

#endif
