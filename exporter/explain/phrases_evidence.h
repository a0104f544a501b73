/*
 * Who, how many, where and since when: the pieces of sentences on reasons.
 */
#ifndef EXPORTER_EXPLAIN_PHRASES_EVIDENCE_H
#define EXPORTER_EXPLAIN_PHRASES_EVIDENCE_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* Writes a sentence or two on a reason, or what to do about it. */
typedef void phrases_writer(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out);

/* 50000 millionths as "5 %". */
void phrases_evidence_limit(int64_t millionths, struct buf *out);

/* "1 session", "1 200 sessions" */
void phrases_evidence_counted(int64_t count, const char *one, const char *many,
                              struct buf *out);
void phrases_evidence_sessions(int64_t count, struct buf *out);

/* "3 of 90 sessions (3.34 %)" */
void phrases_evidence_share(int64_t part, int64_t whole, struct buf *out);

/* "a, b and c", "a, b, c and 4 others", "no reporter". */
void phrases_evidence_reporters(const struct explanation_evidence *v,
                                struct buf *out);

/* The same with numbers: "a (12 of 100 sessions) and b (3 of 90)". */
void phrases_evidence_parts(const struct explanation_evidence *v,
                            struct buf *out);

/* The others, where they see it differently. */
void phrases_evidence_others(const struct explanation_evidence *v,
                             struct buf *out);
void phrases_evidence_clean_others(const struct explanation_evidence *v,
                                   struct buf *out);

/* "mx1.example.org, mx2.example.org, mx3.example.org and 4 others" */
void phrases_evidence_hosts(const struct explanation_evidence *v,
                            struct buf *out);

/* " They met certificate-expired at mx1.example.org ("not after"), first on
   2026-06-12 and last on 2026-06-19." Empty where nothing of it is known. */
void phrases_evidence_fault(const struct explanation *e,
                            const struct explanation_evidence *v,
                            struct buf *out);

/* What to do about the commonest failure; without one, as the text says. */
void phrases_evidence_remedy(const struct explanation *e,
                             const struct explanation_evidence *v,
                             const char *otherwise, struct buf *out);

/* A Unix time as "2026-06-19 08:15 UTC". */
void phrases_evidence_time(int64_t time, struct buf *out);

#endif
