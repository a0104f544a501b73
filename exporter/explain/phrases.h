/*
 * What verdicts mean and what to do next, in plain sentences; and numbers in
 * them.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_H
#define EXPORTER_EXPLAIN_PHRASES_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* One sentence on what a state means for the owner. */
const char *phrases_state(enum verdict_state state);

/* What to do next, in a sentence or two. */
void phrases_next_step(const struct explanation *explanation, struct buf *out);

/* Whether the next step is another policy than the one in force. */
bool phrases_publishes_policy(const struct explanation *explanation);

/* The id for the TXT record that announces it. */
void phrases_policy_id(const struct explanation *explanation, struct buf *out);

/* 0.0123 as "1.23 %". */
void phrases_percent(double ratio, struct buf *out);

/* 1234567 as "1 234 567". */
void phrases_count(int64_t count, struct buf *out);

/* Adds text with the domain's name in place of the word DOMAIN. */
void phrases_add_with_domain(const struct explanation *explanation,
                             const char *text, struct buf *out);

/* A UTC day as 2026-11-25. */
void phrases_day(int64_t day, struct buf *out);

#endif
