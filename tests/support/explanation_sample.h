/*
 * An explanation in which every reason rests on something: for tests of
 * sentences. Today is 2026-05-28.
 */
#ifndef TESTS_SUPPORT_EXPLANATION_SAMPLE_H
#define TESTS_SUPPORT_EXPLANATION_SAMPLE_H

#include "base/buf.h"
#include "exporter/explain/explanation.h"

/* What strangers may have put into names: it must reach no terminal. */
#define SAMPLE_HOSTILE "a\x1b[2Jb\nc\xe2\x80\xae"

#define SAMPLE_TODAY INT32_C(20601)

struct explanation_sample {
	struct explanation explanation;
	struct thresholds thresholds;
	struct explanation_evidence evidence[VERDICT_REASONS];
	struct evidence_reporter reporters[5], others[2];
	struct evidence_host hosts[2]; /* that failures name */
	struct evidence_host failing[2], unreachable[1]; /* in checks */
};

void explanation_sample_begin(struct explanation_sample *s);

/* Whether a text has a sentence, wherever its lines break. */
bool explanation_sample_says(struct buf *text, const char *sentence);

#endif
